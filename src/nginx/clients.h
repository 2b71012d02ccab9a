/* How many requests each client has, of those that wait (parking.h) or of those with a body (body.c), and what these hold.
 * A client is an address of IPv4, and of IPv6 the first 64 bits, since whoever has one of those has them all. Clients behind
 * a proxy are one, unless nginx is told better (realip). */
#ifndef STOCKFOLD_NGINX_CLIENTS_H
#define STOCKFOLD_NGINX_CLIENTS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <stdbool.h>

struct clients {
    ngx_rbtree_t tree; /* by address, so that nobody can choose what falls together */
    ngx_rbtree_node_t sentinel;
};

struct client;

void clients_init(struct clients *ret_clients);

/* One more of the client at that address. NULL: it has `most` already, or there is no memory. */
struct client *clients_enter(struct clients *clients, const struct sockaddr *address, int64_t most);
/* One less. */
void clients_leave(struct clients *clients, struct client *client);

/* One of its requests, which held so many bytes before, holds so many now. */
void client_hold(struct client *client, size_t before, size_t now);
/* Bytes that all of its requests hold. */
size_t client_held(const struct client *client);
/* An address of this machine: a proxy may speak for many clients from there. */
bool client_is_local(const struct sockaddr *address);

#endif
