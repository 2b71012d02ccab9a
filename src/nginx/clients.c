/* A tree of those that have any; a client is in it from its first request to its last. */
#include "clients.h"

struct client {
    ngx_rbtree_node_t node; /* first, for casts */
    int64_t requests_n;
    size_t held; /* bytes */
};

void clients_init(struct clients *ret_clients)
{
    ngx_rbtree_init(&ret_clients->tree, &ret_clients->sentinel, ngx_rbtree_insert_value); /* statements */
}

/* Clients on a socket of the system are one. */
static ngx_rbtree_key_t key_of_address(const struct sockaddr *address)
{
    ngx_rbtree_key_t key = 0;
    if (address->sa_family == AF_INET) {
        key = ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
    } else if (address->sa_family == AF_INET6) {
        const u_char *bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)bytes);
        memcpy(&key, is_mapped ? bytes + 12 : bytes, is_mapped ? 4 : sizeof(key));
    }
    return key;
}

static struct client *find_client(const struct clients *clients, ngx_rbtree_key_t key)
{
    ngx_rbtree_node_t *node = clients->tree.root;
    while (node != clients->tree.sentinel && node->key != key)
        node = key < node->key ? node->left : node->right;
    return node == clients->tree.sentinel ? NULL : (struct client *)(void *)node;
}

struct client *clients_enter(struct clients *clients, const struct sockaddr *address, int64_t most)
{
    ngx_rbtree_key_t key = key_of_address(address);
    struct client *client = find_client(clients, key);
    if (client != NULL && client->requests_n >= most)
        return NULL;
    if (client == NULL) {
        client = calloc(1, sizeof(*client));
        if (client == NULL)
            return NULL;
        client->node.key = key;
        ngx_rbtree_insert(&clients->tree, &client->node);
    }
    client->requests_n++;
    return client;
}

void clients_leave(struct clients *clients, struct client *client)
{
    if (--client->requests_n > 0)
        return;
    ngx_rbtree_delete(&clients->tree, &client->node);
    free(client);
}

void client_hold(struct client *client, size_t before, size_t now)
{
    client->held += now - before;
}

size_t client_held(const struct client *client)
{
    return client->held;
}

bool client_is_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(bytes))
            return IN6_IS_ADDR_LOOPBACK(bytes);
    }
    return address->sa_family == AF_UNIX || key_of_address(address) == htonl(INADDR_LOOPBACK);
}
