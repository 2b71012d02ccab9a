/* What a shard has queued: every message from `acknowledged` to `taken`, per input.
 *
 * A message of a reservation brings several events, each queued as a message of its own with the same offset, in its item's
 * shard. What becomes of an offset in a shard becomes of it as a whole: batches are cut, and messages deferred, between
 * offsets.
 *
 * The ring holds what can go into batches, in order of arrival. Once a message of an input has to wait for the log
 * (deferred.c), it and all behind it of that input are deferred: they leave the ring for a list of the input's own, so
 * that they hold up nobody else. */
#ifndef STOCKFOLD_SRC_INGEST_QUEUE_H
#define STOCKFOLD_SRC_INGEST_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "stockfold/core/watermark.h"

struct shard;

/* What one shard has of one input. */
struct shard_input {
    struct watermark known; /* in Redis, once all commits in flight have succeeded */
    int64_t acknowledged;   /* known.next as of the newest acknowledged commit */
    int64_t taken;          /* messages below this offset are queued or folded already */
    uint32_t queued;        /* messages in the ring and deferred */
    uint32_t deferred_n;
    struct message *deferred, *deferred_last; /* behind those in the ring; ->next_deferred */
    int64_t
        before_oldest;  /* Kafka time: all before a message that was the oldest to be judged is folded; or TIME_NONE */
    int64_t defer_from; /* during queue_defer(): the offset that is deferred, and all behind it */
    bool ahead;         /* some of its messages had to wait, and P has passed none since */
    bool stored;        /* Redis holds a watermark */
    bool closing;       /* while the partitions that close the shard are listed: it is among those of before */
    bool lost_writes;   /* the view went back behind `acknowledged`: reread.c has still to look at it */
};

struct queue {
    struct message **ring;
    size_t head, n, cap;
    size_t deferred_n;        /* messages that are deferred, of all inputs */
    size_t sent;              /* the first so many belong to batches in flight or in preparation */
    int64_t waiting_since_us; /* when the oldest unsent message came */
};

/* The message at `index`, counted from the oldest. */
struct message **queue_at(const struct queue *queue, size_t index);
/* The index behind the messages of the same offset as the one at `index`, of which that is the first. */
size_t queue_offset_end(const struct queue *queue, size_t index);
/* How many wait in the ring for a batch. */
size_t queue_waiting(const struct queue *queue);
/* Queues a message, or drops it when the shard has folded it already. Where one offset brings a shard several, they are
 * queued one after the other, and all of them or none. */
void queue_enqueue(struct shard *shard, struct message *message);
/* Takes out of the ring, from `index` on, every message at or behind its input's ->defer_from; they come before those that
 * are deferred already. */
void queue_defer(struct shard *shard, size_t index);
/* The message is the oldest of its input that is not in a commit: the input is complete up to just before it, however
 * long it is judged or waits. */
void queue_note_oldest(struct shard *shard, const struct message *message);
/* Puts the messages of an input's oldest deferred offset back into the ring. */
void queue_resume(struct shard *shard, size_t input);
/* Keeps the messages for which `keep` says so, in order; nothing may be in flight. */
void queue_filter(struct shard *shard, bool (*keep)(const struct shard *shard, const struct message *message));
/* The oldest `n` are committed. */
void queue_commit(struct shard *shard, size_t n);

#endif
