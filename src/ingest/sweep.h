/* Settling: events that nothing can come before any more move from the journal into their base. */
#ifndef STOCKFOLD_SRC_INGEST_SWEEP_H
#define STOCKFOLD_SRC_INGEST_SWEEP_H

#include "batch.h"

/* Whether it is time to sweep the shard; called at each checkpoint. */
void sweep_consider(struct shard *shard, int64_t now_us);
/* Settles one slice of the shard's oldest hours. */
void sweep_start(struct shard *shard);
/* An event went into the journal at `hour`: a pass that is beyond it must not settle later ones of its record. */
void sweep_passed(struct shard *shard, int64_t hour, const struct batch_record *record);
/* Gives a pass up: the next begins at the oldest hour. */
void sweep_end_pass(struct shard *shard);

#endif
