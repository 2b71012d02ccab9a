/* The fold's connection to Redis. While it is away shards know nothing; they learn anew once it is back. */
#ifndef STOCKFOLD_SRC_INGEST_SESSION_H
#define STOCKFOLD_SRC_INGEST_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "stockfold/base/error.h"

struct engine;

struct session {
    bool was_open; /* when last looked at */
    int64_t connect_at_us;
    int64_t connect_backoff_ms;
    int64_t silent_since_us; /* since when Redis owes an answer; 0: it does not */
    int64_t name_since_us;   /* since when the server's name is being looked up; 0: it is not */
    bool name_logged;        /* that this takes long */
    int64_t watched_us;      /* when it was last asked whether it is still the same server */
};

/* Connects for the first time, waiting for a server that is away. 0 also when the fold is stopped before: then it is
 * not open. */
int session_open(struct session *session, struct engine *engine, struct error *error);
/* Connects again when the connection is lost; 0 also while the server is away. */
int session_reconnect(struct session *session, struct engine *engine, int64_t now_us, struct error *error);
/* Asks, a few times a second, whether the server is still the master that was connected to; if not, the connection is
 * lost: a replica takes no writes, and of a server that was promoted nothing is known. */
void session_watch(struct session *session, struct engine *engine, int64_t now_us);
/* A server that is connected but owes an answer for too long is as good as away. `replies`: how many came just now. */
void session_end_silence(struct session *session, struct engine *engine, int64_t now_us, int replies);

#endif
