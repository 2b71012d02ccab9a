/* Settling: events that nothing can come before any more move from the journal into their base. */
#ifndef STOCKFOLD_SRC_INGEST_SWEEP_H
#define STOCKFOLD_SRC_INGEST_SWEEP_H

#include "batch.h"

/* Whether this consumer is the one that sweeps the shard: partitions of the store topic share them out. */
bool sweep_is_here(const struct shard *shard);
/* Whether it is time to sweep the shard; called at each checkpoint. */
void sweep_consider(struct shard *shard, int64_t now_us);
/* Settles one slice of the shard's oldest hours. */
void sweep_start(struct shard *shard);
/* An event with this Kafka time went into the journal: one behind the last sweep is due sooner than that one's step. */
void sweep_note_behind(struct shard *shard, int64_t hour, int64_t kafka_time);

#endif
