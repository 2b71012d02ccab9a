/* What was read from Kafka and is not committed yet: blocks of messages, one block per poll.
 *
 * A block owns copies: librdkafka's messages would keep whole fetched, decompressed batches in memory for one of them.
 * What all blocks hold is the engine's pending_bytes, which fold.pending bounds. */
#ifndef STOCKFOLD_SRC_INGEST_MESSAGE_H
#define STOCKFOLD_SRC_INGEST_MESSAGE_H

#include "stockfold/base/arena.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

struct rd_kafka_headers_s;
struct rd_kafka_message_s;

/* Messages of one poll; freed with the last of them. */
struct block {
    size_t left;      /* who needs it: messages not done, dead letters on their way, and the poll that fills it */
    int64_t came_us;  /* steady clock */
    uint64_t *held_n; /* the counter that it is counted in; NULL: in none yet */
    size_t held;      /* bytes */
    struct arena arena;
    char *bytes; /* keys and values */
    size_t bytes_n, bytes_cap;
    struct message *messages;
    size_t messages_n, messages_cap;
};

struct message {
    struct block *block;
    struct str key, value;              /* in the block; value.data NULL for a tombstone */
    struct rd_kafka_headers_s *headers; /* owned by the block; NULL: none, or not kept */
    int64_t offset;
    int64_t kafka_time;   /* ms; 0 of one that is not stamped by the broker */
    uint32_t sku_hash;    /* murmur2 of the event's sku */
    uint32_t input;       /* index into engine->inputs */
    enum refusal refusal; /* REFUSAL_NONE: `event`, or a master document in `value`, is good */
    const char *detail;   /* of a refusal; in the block's arena or static */
    struct event event;   /* of the stock topics */
    bool ahead;           /* other partitions are behind it, and bring what happened before (judge.c) */
    struct message *next_deferred;
};

/* A block with room for the n messages of a poll, for one holder: the caller, who releases it once all are handed out. */
struct block *block_new(struct rd_kafka_message_s *const *raw, size_t n);
/* The place of the block's next message, for the caller to fill in; another call gives the same one until it is kept. */
struct message *block_next(struct block *block);
/* Keeps block_next()'s message: held, with copies of its key and value. */
void block_keep(struct block *block, struct message *message);
/* Its headers, for a dead letter: librdkafka allocates to look for them, even where there are none. */
void message_keep_headers(struct message *message, struct rd_kafka_message_s *raw);
/* Adds the bytes that the block holds to *held_n, from which they are taken when it is freed. Once, when it is filled. */
void block_count(struct block *block, uint64_t *held_n);
/* One holder less; the last one's frees it. */
void block_release(struct block *block);
/* A message is committed, or not wanted. */
void message_done(struct message *message);

/* The digest by which a message is known again: of key, value and Kafka time. */
uint64_t message_digest(struct str key, struct str value, int64_t kafka_time);

#endif
