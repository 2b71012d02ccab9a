/* TLS sessions over non-blocking sockets. Only tls.c sees OpenSSL. */
#ifndef STOCKFOLD_STORE_TLS_H
#define STOCKFOLD_STORE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stockfold/store/link.h"

struct tls; /* a session: one connection */

/* A session over a socket that is connecting or connected; reads the files of its settings. `name` must be in the
 * server's certificate, and is sent as SNI unless it is an IP address. The caller keeps the socket. NULL: see error. */
struct tls *tls_new(int fd, const struct link_tls *settings, const char *name, struct error *error);
void tls_free(struct tls *tls);

/* As send() and recv(); the first calls perform the handshake. -1: errno is EAGAIN, with what to wait for (POLLIN or
 * POLLOUT), or EPROTO, with the reason in error, or another. */
ssize_t tls_send(struct tls *tls, const void *bytes, size_t len, short *ret_waits_for, struct error *error);
ssize_t tls_recv(struct tls *tls, void *bytes, size_t len, short *ret_waits_for, struct error *error);

#endif
