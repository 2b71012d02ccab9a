/* Units that sales took from reservations: what a batch changes of them. */
#ifndef STOCKFOLD_SRC_INGEST_CONSUMPTION_H
#define STOCKFOLD_SRC_INGEST_CONSUMPTION_H

#include "batch.h"

/* Puts the units of live sales among `entries` into the commit, new (sign 1) or no longer there (-1). */
void consumption_add(struct batch *batch, const struct batch_record *record, const struct fold_entry *entries, size_t n,
                     int64_t sign);
/* Takes back what the window of a replayed record had consumed before this batch: a correction or a late event may
 * change it. To be called before its events are sorted out. */
void consumption_take_back(struct batch *batch, const struct batch_record *record);

/* Forgets, once a sweep has gone through the shard, what sales took more than CONSUMED_KEPT_MS before its progress: by then a
 * reservation is over, and its id unknown. */
#define CONSUMED_KEPT_MS (INT64_C(30) * 24 * 3600 * 1000)
void consumption_forget(struct shard *shard, int64_t progress);

#endif
