/* What a shard says of itself beside its commits: positions of what was passed over; open or closed. */
#ifndef STOCKFOLD_SRC_INGEST_CHECKPOINT_H
#define STOCKFOLD_SRC_INGEST_CHECKPOINT_H

#include "shard.h"

/* Writes the watermarks of what was passed over; marks it open when it has caught up. */
void shard_checkpoint(struct shard *shard);
/* Whether a checkpoint may open it, as far as can be told by what was read. */
bool shard_may_open(const struct shard *shard);
/* Moves an input's watermark to the beginning of a log that lost its past; with `cut` only if it stands before it. */
void shard_restart_input(struct shard *shard, size_t index, int64_t begin, bool cut);

#endif
