/* An engine without servers: shards, inputs and messages, to which nothing comes but what a test gives. */
#ifndef TESTS_INGEST_SUPPORT_STILL_ENGINE_H
#define TESTS_INGEST_SUPPORT_STILL_ENGINE_H

#include "../../../src/ingest/batch.h"

#define STILL_HOUR (INT64_C(3600) * 1000)

enum { STILL_INPUTS = 5 }; /* two partitions of stock.store, one of each other stock topic */

struct still_engine {
    struct fold_config config;
    struct engine engine;
    size_t made_n; /* events */
    uint64_t held; /* bytes of messages that are not done */
    struct borrowing borrowing;
};

/* With one shard of items, whose state is SHARD_READY; W is 72 h, G 24 h. `still` has to stay where it is. */
void still_engine_init(struct still_engine *still);
void still_engine_done(struct still_engine *still);
struct shard *still_shard(struct still_engine *still);

/* A sale of one unit of `sku` at "n", at that time, logged at `kafka_time`. */
struct event still_sale(struct still_engine *still, const char *sku, int64_t time, int64_t kafka_time);
/* A message of that sale, at its offset's second, not queued yet. */
struct message *still_message(struct still_engine *still, uint32_t input, int64_t offset, const char *sku);
/* Queues a message of an event. */
struct message *still_enqueue_event(struct still_engine *still, uint32_t input, int64_t offset, struct event event);
/* Queues messages `from` to `to`, the last included, of an input. */
void still_enqueue(struct still_engine *still, uint32_t input, int64_t from, int64_t to);
/* The shard has read all inputs up to a Kafka time. */
void still_progress(struct still_engine *still, int64_t kafka_time);
/* The view, as far as the shard knows, has a record of that event alone, in the journal. */
void still_keep_record(struct still_engine *still, const struct event *event);
/* What the shard takes for the record of a sku at "n", in the arena; false: it knows of none. */
bool still_find_record(struct still_engine *still, const char *sku, struct arena *arena, struct record *ret_record);
/* A batch of the first `n` messages in the queue that wait, as turn.c would make it. */
struct batch *still_batch(struct still_engine *still, size_t n);

#endif
