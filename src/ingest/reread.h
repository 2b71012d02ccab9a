/* Reading a compacted topic whole, where only its keys tell what was deleted. */
#ifndef STOCKFOLD_SRC_INGEST_REREAD_H
#define STOCKFOLD_SRC_INGEST_REREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stockfold/core/str.h"
#include "stockfold/ingest/kafka.h"

struct engine;
struct shard;

/* A compacted topic that is read whole (reread.c). */
struct reread {
    bool wanted; /* its partitions have to be assigned anew for that */
    bool running;
    uint64_t round; /* of questions about ends: what it has to reach comes from that one or a later one */
    uint64_t *seen; /* hashes of keys */
    size_t seen_n, seen_cap;
    int64_t deleted;
};

/* Every shard has learned, nothing is read yet: decides which compacted topics are read whole. */
void reread_consider(struct engine *engine);
/* Sets the view's watermarks of such an input back to its beginning. */
void reread_set_back(struct engine *engine, size_t index);
void reread_saw(struct engine *engine, enum topic_role role, struct str key);
/* Deletes what was not seen once all is read. True: partitions have to be assigned anew. */
bool reread_tend(struct engine *engine);
bool reread_running(const struct engine *engine);
/* The view lost writes of the shard: an old backup may stand where deletions are forgotten. */
void reread_lost(const struct shard *shard, size_t index);
/* The assignment has ended. */
void reread_stop(struct engine *engine);
void reread_done(struct engine *engine);

#endif
