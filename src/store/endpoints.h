/* The addresses that a link's server may have, tried one after the other: what its host's name stands for, its socket's
 * path, or the one peer of another connection.
 *
 * A round ends when all of them have been tried; the name is looked up again before the next one, so that a server that
 * moved is found. When that fails or takes longer than a second, the addresses known last are tried meanwhile. */
#ifndef STOCKFOLD_STORE_ENDPOINTS_H
#define STOCKFOLD_STORE_ENDPOINTS_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "stockfold/store/link.h"

struct endpoints {
    const struct link_address *address;
    struct addrinfo *found;      /* of the newest lookup that found any; NULL: none did yet, or none is needed */
    const struct addrinfo *next; /* to be tried; NULL: the round is over */
    int code;                    /* getaddrinfo()'s, of the newest lookup */
    struct lookup *lookup;       /* under way; NULL: none */
    int64_t lookup_since_us;
    struct addrinfo own; /* of a path or a peer: needs no lookup; ai_addr NULL: none */
    struct sockaddr_storage own_name;
};

/* `address` is borrowed. */
void endpoints_init(struct endpoints *ret_endpoints, const struct link_address *address);
void endpoints_done(struct endpoints *endpoints);
/* That peer of a connected socket alone, from now on. False: it has none. */
bool endpoints_fix(struct endpoints *endpoints, int fd);

/* Begins the next round if one is over: whether there is an address to try, or a reason why there is none. False: the
 * name is being looked up; to be asked again in a while. */
bool endpoints_ready(struct endpoints *endpoints);
/* The same, waiting. */
void endpoints_wait(struct endpoints *endpoints);
/* The next address of the round; NULL: there is none. */
const struct addrinfo *endpoints_take(struct endpoints *endpoints);
/* Why there was none from the beginning; NULL: there were some. */
const char *endpoints_problem(const struct endpoints *endpoints);

#endif
