/* TLS for links: what a connection's settings say, and a session over a socket that does not block. The only file that
 * sees OpenSSL is tls.c. */
#ifndef STOCKFOLD_STORE_TLS_H
#define STOCKFOLD_STORE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stockfold/store/link.h"

struct tls; /* a session: one connection */

/* Over a socket that is connecting or connected; its files are read now. NULL, with the reason in words. `name` is whose
 * certificate is expected: it goes into SNI, unless it is an address. The socket stays the caller's. */
struct tls *tls_new(int fd, const struct link_tls *settings, const char *name, struct error *error);
void tls_free(struct tls *tls);

/* As send() and recv(), the handshake among them: -1 with EAGAIN and what is waited for (POLLIN or POLLOUT), or with
 * EPROTO and the reason in words. */
ssize_t tls_send(struct tls *tls, const void *bytes, size_t len, short *ret_waits_for, struct error *error);
ssize_t tls_recv(struct tls *tls, void *bytes, size_t len, short *ret_waits_for, struct error *error);

#endif
