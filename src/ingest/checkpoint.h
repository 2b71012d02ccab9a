/* What a shard says of itself beside its commits: positions of what was passed over; open or closed. */
#ifndef STOCKFOLD_SRC_INGEST_CHECKPOINT_H
#define STOCKFOLD_SRC_INGEST_CHECKPOINT_H

#include "shard.h"

/* Writes the watermarks of what was passed over; marks it open when it has caught up. */
void shard_checkpoint(struct shard *shard);
/* Whether a checkpoint may open it, as far as can be told by what was read. */
bool shard_may_open(const struct shard *shard);
/* Moves an input's watermark to `begin`, as if nothing of it was read. One of a stock topic closes the shard: it opens once
 * that log was read. */
void shard_restart_input(struct shard *shard, size_t index, int64_t begin);

#endif
