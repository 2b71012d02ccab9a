/* A redis-server of a test's own: free port, temporary folder, ended by its pid. */
#ifndef STOCKFOLD_TESTS_STORE_REDIS_SERVER_H
#define STOCKFOLD_TESTS_STORE_REDIS_SERVER_H

#include <sys/types.h>

#include "stockfold/store/view.h"

struct redis_server {
    pid_t pid;
    int port;
    char folder[64];
};

/* Starts one with more settings ("--name", "value", ..., NULL; or NULL) and waits until it answers. */
void redis_server_start(struct redis_server *ret_server, const char *const *settings);
void redis_server_stop(struct redis_server *server);
/* Kills it and starts it again with other settings, on what is in its folder. Does not wait until it answers. */
void redis_server_restart(struct redis_server *server, const char *const *settings);

struct link_address redis_server_address(const struct redis_server *server);
struct view_config redis_server_view(const struct redis_server *server);

/* A link to it that is open. */
struct link *redis_server_link(const struct redis_server *server);

/* One command, its words parted by blanks, and its reply (see link_call). */
const struct reply *redis_do(struct link *link, const char *words);

/* Every key with the digest of its value: equal texts are equal databases. The caller's buffer is emptied first. */
void redis_digest(struct link *link, struct buffer *ret_text);

#endif
