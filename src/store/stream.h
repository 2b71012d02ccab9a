/* A connection's bytes, over TCP or a Unix socket, plain or TLS. Deadlines are by clock_steady_us(). */
#ifndef STOCKFOLD_STORE_STREAM_H
#define STOCKFOLD_STORE_STREAM_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stockfold/store/link.h"

struct stream {
    int fd;                               /* -1: closed */
    struct tls *tls;                      /* NULL: in the clear */
    short send_waits_for, recv_waits_for; /* of the newest call that could not go on: POLLIN or POLLOUT; 0: it could */
};

extern const struct stream stream_closed;

/* Starts connecting. False: see errno. */
bool stream_start(struct stream *stream, const struct addrinfo *info);
/* Connects, waiting until the deadline. False: see errno. */
bool stream_connect(struct stream *stream, const struct addrinfo *info, int64_t deadline_us);
/* Switches a stream that was just started to TLS. False: see error. */
bool stream_secure(struct stream *stream, const struct link_address *address, struct error *error);
void stream_close(struct stream *stream);

/* As send() and recv(). -1: see errno, and error where errno says too little. */
ssize_t stream_send(struct stream *stream, const void *bytes, size_t len, struct error *error);
ssize_t stream_recv(struct stream *stream, void *bytes, size_t len, struct error *error);
/* Whether a read that got `got` of `room` bytes may have left something to read. */
bool stream_may_have_more(const struct stream *stream, size_t got, size_t room);
/* The events to poll() for, with or without unsent bytes. */
short stream_events(const struct stream *stream, bool unsent);

/* Waits for one of poll()'s `events`. False: the deadline came first. */
bool stream_wait(const struct stream *stream, short events, int64_t deadline_us);
/* Rounded up; 0: it has passed. */
int stream_left_ms(int64_t deadline_us);

#endif
