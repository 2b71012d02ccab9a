/* What was read from Kafka and is not committed yet: blocks of messages, one block per poll.
 *
 * What all blocks hold is the engine's pending_bytes, which fold.pending bounds. One of librdkafka's messages keeps the
 * whole fetched, decompressed batch that it came in. While blocks come and go, those are batches of which nearly all is
 * wanted: a block then borrows their bytes. Of blocks that stay, such as what waits for the log, each would keep much
 * that nobody counts; so from when one has stayed for BORROWED_POLLS until no block borrows, all own copies. */
#ifndef STOCKFOLD_SRC_INGEST_MESSAGE_H
#define STOCKFOLD_SRC_INGEST_MESSAGE_H

#include <assert.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

struct rd_kafka_headers_s;
struct rd_kafka_message_s;

enum { BORROWED_POLLS = 64 };

/* Which blocks borrow. All zero: none does. */
struct borrowing {
    uint64_t alive; /* of each place, whether a block has it */
    unsigned next;  /* the place of the poll before */
    bool stays;     /* a block kept its place until that was wanted again */
};
static_assert(BORROWED_POLLS == 64, "a bit for each place");

/* Messages of one poll; freed with the last of them. */
struct block {
    size_t left;      /* who needs it: messages not done, dead letters on their way, and the poll that fills it */
    int64_t came_us;  /* steady clock */
    uint64_t *held_n; /* the counter that it is counted in; NULL: in none yet */
    size_t held;      /* bytes */
    struct arena arena;
    struct borrowing *borrowing;      /* NULL: it owns copies of keys and values, in `bytes` */
    unsigned place;                   /* there */
    struct rd_kafka_message_s **lent; /* lent_n of them, destroyed with the block */
    size_t lent_n;
    char *bytes;
    size_t bytes_n, bytes_cap; /* cap: the length of all keys and values, wherever they are */
    struct message *messages;
    size_t messages_n, messages_cap;
};

struct message {
    struct block *block;
    struct str key, value;              /* the block's; value.data NULL for a tombstone */
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

/* A block with room for the n messages of a poll, for one holder: the caller, who releases it once all are handed out.
 * `raw` are the block's from then on. */
struct block *block_new(struct borrowing *borrowing, struct rd_kafka_message_s *const *raw, size_t n);
/* The place of the block's next message, for the caller to fill in; another call gives the same one until it is kept. */
struct message *block_next(struct block *block);
/* Keeps block_next()'s message: held, with its key and value. */
void block_keep(struct block *block, struct message *message);
/* One more message of the same offset, held for itself, without headers; it lies in the block's arena. */
struct message *message_more(const struct message *message);
/* Its headers, for a dead letter: librdkafka allocates to look for them, even where there are none. */
void message_keep_headers(struct message *message, struct rd_kafka_message_s *raw);
/* It is filled: adds the bytes that it holds to *held_n, from which they are taken when it is freed, and gives librdkafka's
 * messages back if it owns copies. Once. */
void block_filled(struct block *block, uint64_t *held_n);
/* One holder less; the last one's frees it. */
void block_release(struct block *block);
/* A message is committed, or not wanted. */
void message_done(struct message *message);

/* The digest by which a message is known again: of key, value and Kafka time. */
uint64_t message_digest(struct str key, struct str value, int64_t kafka_time);

#endif
