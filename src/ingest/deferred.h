/* History that waits for the log: it is taken only once all that could make it late has been read (core/lateness.h). */
#ifndef STOCKFOLD_SRC_INGEST_DEFERRED_H
#define STOCKFOLD_SRC_INGEST_DEFERRED_H

#include "batch.h"

/* The batch's messages that wait, and all behind them of the same inputs, leave it and the shard's ring. */
void deferred_take_out(struct batch *batch);
/* Lets the shard's deferred messages go on as far as P permits now. Called at each turn. */
void deferred_consider(struct shard *shard, int64_t now_us);
/* All of fold.pending is taken, by some deferred messages too. */
bool deferred_fill_memory(const struct engine *engine);
/* By nothing else: what they wait for has to be read all the same. */
bool deferred_starve(const struct engine *engine);
/* The shard has some. */
bool deferred_any(const struct shard *shard);

#endif
