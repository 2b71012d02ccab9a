/* The addresses of a link's server, tried one after the other: those of its host's name, its socket's path, or the peer
 * of another connection.
 *
 * A round ends when all addresses have been tried. Before the next round the name is looked up again, so that a server
 * that moved is found. If that lookup fails or takes longer than a second, the previous addresses are tried. */
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
/* From now on the only address is the peer of this connected socket. False: it has no peer. */
bool endpoints_fix(struct endpoints *endpoints, int fd);

/* Begins a new round when the last one is over. True: there is an address to try, or a reason why there is none. False:
 * the name is being looked up; ask again later. */
bool endpoints_ready(struct endpoints *endpoints);
/* The same, blocking. */
void endpoints_wait(struct endpoints *endpoints);
/* The next address of the round; NULL: there is none. */
const struct addrinfo *endpoints_take(struct endpoints *endpoints);
/* Why the name gave no address at all; NULL: it gave some. */
const char *endpoints_problem(const struct endpoints *endpoints);

#endif
