/* Whose turn it is: which shard learns, sweeps or folds next, and how much is under way at a time. */
#ifndef STOCKFOLD_SRC_INGEST_TURN_H
#define STOCKFOLD_SRC_INGEST_TURN_H

#include "shard.h"

/* Gives shards their turn, beginning with `*first`, which then is whoever is next in line. Returns true when something
 * was started. */
bool turn_step(struct engine *engine, uint32_t *first, int64_t now_us);

#endif
