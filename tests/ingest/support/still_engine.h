/* An engine without servers: shards, inputs and messages, to which nothing comes but what a test gives. */
#ifndef TESTS_INGEST_SUPPORT_STILL_ENGINE_H
#define TESTS_INGEST_SUPPORT_STILL_ENGINE_H

#include "../../../src/ingest/batch.h"

enum { STILL_INPUTS = 3 }; /* partitions of stock.store */

struct still_engine {
    struct fold_config config;
    struct engine engine;
    size_t made_n; /* messages */
    uint64_t held; /* bytes of messages that are not done */
};

/* With one shard of items, whose state is SHARD_READY. `still` has to stay where it is. */
void still_engine_init(struct still_engine *still);
void still_engine_done(struct still_engine *still);
struct shard *still_shard(struct still_engine *still);

/* A sale of one unit of `sku` at "n", not queued yet. */
struct message *still_message(struct still_engine *still, uint32_t input, int64_t offset, const char *sku);
/* Queues messages `from` to `to`, the last included, of an input. */
void still_enqueue(struct still_engine *still, uint32_t input, int64_t from, int64_t to);
/* A batch of the first `n` messages in the queue that wait, as turn.c would make it. */
struct batch *still_batch(struct still_engine *still, size_t n);

#endif
