/* A batch: some messages of one shard, or a slice of its sweep, on their way into one commit. */
#ifndef STOCKFOLD_SRC_INGEST_BATCH_H
#define STOCKFOLD_SRC_INGEST_BATCH_H

#include "shard.h"
#include "stockfold/core/fold.h"
#include "stockfold/store/record_value.h"
#include "stockfold/store/stats.h"

struct sweep;

/* What a record's new events are applied to. */
enum replay {
    REPLAY_NOTHING, /* they come in order: what is shown */
    REPLAY_TAIL,    /* ... but for a few events: ->record as of ->boundary, then the events since (tail.c) */
    REPLAY_WINDOW,  /* its settled base, then its whole window (replay.c) */
};

/* A record of a batch; batch->table finds it by its names. */
struct batch_record {
    struct str sku, node;
    uint32_t hash, node_hash;
    bool existed; /* the view holds it */
    bool ahead;   /* some of its new events are ahead of other partitions */
    bool unsure;  /* whether some history of it is late stands only in its window, or in its tail (judge.c) */
    enum replay replay;
    int64_t lead_ms;              /* from the newest key time, as read, to the oldest new one; below 0: out of order */
    struct str value;             /* as read; in the batch's arena */
    struct hours hours;           /* of it */
    struct hours *found;          /* of a REPLAY_WINDOW one: in which of them the journal has events of it */
    struct str packed;            /* the record in it */
    struct str base;              /* P:{K}:b as read, boundary first; in the arena */
    struct record record;         /* unpacked, then folded */
    struct lateness_mark newest;  /* its newest event, as read */
    struct lateness_mark *window; /* of an unsure one: the first `window_n` entries, as a table */
    size_t window_n;
    int64_t oldest;   /* smallest new key time */
    int64_t heard_at; /* newest time of its node's own new events, or HEARD_NEVER; TIME_NONE: no new ones */
    struct fold_entry *entries;
    size_t entries_n, entries_cap;
    struct str *bases; /* replay and sweep: bases that ride in the journal, boundary first */
    size_t bases_n, bases_cap;
    struct str ride;  /* boundary + packed base that goes into the journal with the new events */
    int64_t boundary; /* key times up to here are settled in its base, or lie before its tail */
};

#define RECORD_NONE UINT32_MAX

/* No Kafka time. */
#define PROGRESS_UNKNOWN INT64_MAX

/* What becomes of a message. */
enum judgement {
    JUDGED_TAKEN,
    JUDGED_REFUSED, /* late, or bad in itself: ->refusal says it */
    JUDGED_UNSURE,  /* for as long as its records' windows, or tails, are not read */
    JUDGED_WAITS,   /* history that waits for the log, or stands behind such in its partition (deferred.c) */
};

enum { NAMED_BITS = 4096 };

enum batch_kind { BATCH_EVENTS, BATCH_MASTER, BATCH_RESERVATIONS, BATCH_SWEEP };

struct batch {
    struct shard *shard;
    struct batch *next_free;
    enum batch_kind kind;
    uint32_t generation;
    uint64_t number; /* of its commit: the token's second half */
    int64_t sent_us; /* when that was sent */
    struct message **messages;
    size_t messages_n, messages_max; /* max: room, and how many a commit takes, or as many as one offset brings */
    enum judgement *judgements;      /* per message */
    uint32_t (*records_of)[2];       /* per message: indexes of its records; of a refused one undefined */
    struct arena arena;
    struct batch_record *records;
    size_t records_n, records_cap;
    size_t records_counted; /* among engine->records_in_flight */
    uint32_t *table;
    size_t table_mask;
    uint64_t named[NAMED_BITS / 64];   /* a bit for each record, of its names: whose bit is not there is none of them */
    size_t waiting;                    /* replies and dead letters outstanding */
    void (*next)(struct batch *batch); /* the step to take when `waiting` falls to 0 */
    int64_t progress;                  /* of the shard, before this batch; PROGRESS_UNKNOWN while nobody has asked */
    const char *suspicion;             /* what the view lacks, or holds broken, of what was read; NULL: nothing */
    struct sweep *sweep;
    struct totals totals; /* added to the engine's when the commit is acknowledged */
};

struct batch *batch_new(struct shard *shard, enum batch_kind kind);
void batch_free(struct batch *batch);
/* Its shard has forgotten since it was made: what still comes for it is dropped, and it is freed with the last of
 * that. */
bool batch_is_dead(const struct batch *batch);
/* Nothing is left to be done for the one that is being prepared. */
void batch_give_up(struct batch *batch);
void batches_done(struct engine *engine);
/* Runs `step`, then `next` when everything that step asked for (batch->waiting) has come. */
void batch_step(struct batch *batch, void (*step)(struct batch *batch), void (*next)(struct batch *batch));
/* One outstanding thing has come; takes the next step after the last. */
void batch_arrived(struct batch *batch);
/* What the batch read cannot be what was written: shard_damaged(), unless another writer's commits came between what
 * was read, which the shard's token tells; then the shard learns anew. The batch is freed with that answer. Nothing may
 * be outstanding, and no commit begun. */
void batch_damaged(struct batch *batch, const char *what);
/* The same for what an answer to one of several questions shows: batch_damaged() in place of the next step. */
void batch_suspect(struct batch *batch, const char *what);
/* Whether an answer to one of the batch's questions can be used; an error sets its shard right. */
bool batch_answered(struct batch *batch, const struct reply *reply);
/* A record's, also in the cache; of the hashes of its sku and node. */
uint32_t batch_hash(uint32_t sku_hash, uint32_t node_hash);
/* Finds or adds a record; its index. */
uint32_t batch_record(struct batch *batch, uint32_t sku_hash, struct str sku, struct str node);
struct batch_record *batch_find(struct batch *batch, struct str sku, struct str node);
/* Finds or adds the records of a message's event: its own, and for a shipment (or its correction) the receiver's. */
void batch_name_records(struct batch *batch, size_t index);
/* Them; the second NULL where there is none. */
static inline void batch_records_of(struct batch *batch, size_t index, struct batch_record *ret_records[2])
{
    const uint32_t *of = batch->records_of[index];
    ret_records[0] = &batch->records[of[0]];
    ret_records[1] = of[1] == RECORD_NONE ? NULL : &batch->records[of[1]];
}
/* Takes the value that was read apart; false: it is broken. */
bool batch_unpack(struct batch *batch, struct batch_record *record);
/* Puts a record as shown, with its hours, into the commit and the cache; false when it is as it was read. */
bool batch_write_record(struct batch *batch, struct batch_record *record, const struct record *shown);
/* Tells the cache which records will be looked up next. */
void batch_prefetch(const struct batch *batch);
/* Keeps an event for a record. */
void batch_add_entry(struct batch *batch, struct batch_record *record, struct fold_entry entry);
/* Starts the engine's commit builder for this batch: next token, watermarks of its messages. */
void batch_commit_start(struct batch *batch);
/* Sends it and lets the shard go on. */
void batch_commit_send(struct batch *batch);
/* The same in two halves, for commits that are not the builder's: moves the batch among those in flight; takes the
 * answer. */
void batch_in_flight(struct batch *batch);
void batch_committed(void *context, const struct reply *reply);
/* The same for an answer that is no commit's. */
void batch_conclude(struct batch *batch, enum reply_problem problem, const struct reply *reply,
                    enum commit_answer answer);
/* Room in a record's arrays for what applying `entries` may add. */
void batch_make_room(struct batch *batch, struct record *record, const struct fold_entry *entries, size_t n);

/* Its messages and records fit together: for assert() and tests. */
bool batch_check(const struct batch *batch);

#endif
