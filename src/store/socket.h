/* A TCP connection before anything is said on it. Deadlines are by clock_steady_us(). */
#ifndef STOCKFOLD_STORE_SOCKET_H
#define STOCKFOLD_STORE_SOCKET_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

/* A non-blocking socket that is connecting, or -1 with errno. */
int socket_start(const struct addrinfo *info);
/* A connected one, or -1 with errno. */
int socket_connect(const struct addrinfo *info, int64_t deadline_us);

/* Until one of poll()'s `events`; false: not by then. */
bool socket_wait(int fd, short events, int64_t deadline_us);
/* Rounded up; 0: it has passed. */
int socket_left_ms(int64_t deadline_us);

#endif
