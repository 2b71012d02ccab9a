/* Reading a compacted topic whole, where only its keys tell what was deleted. */
#ifndef STOCKFOLD_SRC_INGEST_REREAD_H
#define STOCKFOLD_SRC_INGEST_REREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stockfold/core/str.h"
#include "stockfold/ingest/kafka.h"

struct engine;

enum reread_state {
    REREAD_NONE,
    REREAD_UNDECIDED, /* how long ago its ends were reached, only a broker's clock tells, of which nothing was heard yet */
    REREAD_WANTED,    /* its partitions have to be assigned anew for it */
    REREAD_RUNNING,
};

/* A compacted topic that is read whole. */
struct reread {
    enum reread_state state;
    uint64_t round;       /* of questions about ends: what it has to reach comes from that one or a later one */
    int64_t undecided_us; /* since when */
    uint64_t *seen;       /* hashes of keys */
    size_t seen_n, seen_cap;
    int64_t deleted;
};

/* Every shard has learned, nothing is read yet: decides which compacted topics are read whole. */
void reread_decide(struct engine *engine);
/* Sets the view's watermarks of such an input back to its beginning. */
void reread_set_back(struct engine *engine, size_t index);
/* A document of `key` is in the topic. */
void reread_note_key(struct engine *engine, enum topic_role role, struct str key);
/* Deletes what was not seen once all is read. True: partitions have to be assigned anew. */
bool reread_advance(struct engine *engine);
/* A topic is being read whole, or has to be. */
bool reread_is_due(const struct engine *engine);
/* The assignment has ended. */
void reread_stop(struct engine *engine);
void reread_done(struct engine *engine);

#endif
