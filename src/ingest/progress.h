/* P: up to which Kafka time a shard has judged everything that its input partitions hold. */
#ifndef STOCKFOLD_SRC_INGEST_PROGRESS_H
#define STOCKFOLD_SRC_INGEST_PROGRESS_H

#include "shard.h"

/* The position of an input that is read here stands for the shard too: nothing of it is queued. */
bool progress_has_passed(const struct shard *shard, size_t index);

/* Up to when an input is complete for the shard: as far as its watermark says; where it is read here and nothing of it
 * is queued, as far as it is read; where only deferred messages are, up to just before the first. TIME_NONE: unknown. */
int64_t progress_of_input(const struct shard *shard, size_t index);

/* The smallest of all inputs of stock topics, whoever reads them; TIME_NONE while one was never read, or it is not known
 * which there are. One whose broker is away, so that its end is not known, counts as far as it was read. */
int64_t progress_of_shard(const struct shard *shard);
/* The same of those that are read here alone, as far as their watermarks say. */
int64_t progress_of_assigned(const struct shard *shard);
/* The same of all inputs as the shard's meta in the view has it. */
int64_t progress_in_meta(const struct engine *engine, const struct shard_meta *meta);

/* Asks the view how far the inputs are that this consumer does not read; once at a time. */
void progress_ask_others(struct shard *shard);

#endif
