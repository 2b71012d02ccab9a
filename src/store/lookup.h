/* Looking a host's name up without waiting, in a thread of its own: getaddrinfo() may take half a minute. */
#ifndef STOCKFOLD_STORE_LOOKUP_H
#define STOCKFOLD_STORE_LOOKUP_H

#include <netdb.h>
#include <stdbool.h>

/* At once, waiting; `flags` are getaddrinfo()'s, and so are what is returned and who frees it. */
int lookup_now(const char *host, int port, int flags, struct addrinfo **ret_found);

struct lookup;

/* NULL: no thread is to be had. */
struct lookup *lookup_start(const char *host, int port);
/* True: it is over, and freed. The result is the caller's, to be freed with freeaddrinfo(); NULL with the code of
 * getaddrinfo(). */
bool lookup_take(struct lookup *lookup, struct addrinfo **ret_found, int *ret_code);
/* Nobody wants the answer any more; at any time, once. NULL is allowed. */
void lookup_drop(struct lookup *lookup);

#endif
