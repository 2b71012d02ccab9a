/* What was read from Kafka and is not committed yet: blocks of messages, one block per poll. */
#ifndef STOCKFOLD_SRC_INGEST_MESSAGE_H
#define STOCKFOLD_SRC_INGEST_MESSAGE_H

#include "stockfold/base/arena.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

struct engine;
struct rd_kafka_message_s;

/* Messages of one poll; freed with the last of them. */
struct block {
    size_t left;
    int64_t came_us; /* steady clock */
    struct arena arena;
    struct rd_kafka_message_s **raw;
    size_t n;
    struct message *messages;
};

struct message {
    struct block *block;
    struct str key, value; /* views into the Kafka message; value.data NULL for a tombstone */
    int64_t offset, kafka_time;
    uint32_t sku_hash;    /* murmur2 of the event's sku */
    uint32_t input;       /* index into engine->inputs */
    enum refusal refusal; /* REFUSAL_NONE: `event`, or a master document in `value`, is good */
    const char *detail;   /* of a refusal; in the block's arena or static */
    struct event event;   /* of the stock topics */
};

/* Takes `n` messages over from Kafka. They are freed with the block, which the caller releases once all are handed out:
 * whoever gets one counts it in ->left. */
struct block *block_new(struct rd_kafka_message_s **raw, size_t n);
void block_release(struct block *block);
/* What it counts for in the engine's pending_bytes. */
size_t message_bytes(const struct message *message);
/* A message is committed, or not wanted: its block goes with the last one. */
void message_done(struct engine *engine, struct message *message);

#endif
