/* Resolving a host's name in a thread: getaddrinfo() may take half a minute. */
#ifndef STOCKFOLD_STORE_LOOKUP_H
#define STOCKFOLD_STORE_LOOKUP_H

#include <netdb.h>
#include <stdbool.h>

/* Resolves at once, blocking. Flags, result and its ownership are getaddrinfo()'s. */
int lookup_now(const char *host, int port, int flags, struct addrinfo **ret_found);

struct lookup;

/* NULL: no thread could be started. */
struct lookup *lookup_start(const char *host, int port);
/* True: the lookup has ended and is freed. The caller frees the result with freeaddrinfo(); NULL: getaddrinfo() failed
 * with this code. */
bool lookup_take(struct lookup *lookup, struct addrinfo **ret_found, int *ret_code);
/* Abandons the lookup, at any time, once. Accepts NULL. */
void lookup_drop(struct lookup *lookup);

#endif
