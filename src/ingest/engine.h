/* What the parts of the fold share: the engine, its shards, and the messages and batches that run through them.
 *
 *   consumer.c   Kafka -> blocks of messages, decoded, each to its shard's queue
 *   assignment.c which partitions, and from where each is read
 *   shard.c      a shard: what is queued, in flight, known; cuts batches; recovers from every mismatch the same way
 *   checkpoint.c positions of what was passed over; open or closed
 *   batch.c      one batch: its steps, its records, its commit
 *   judge.c      reads what is missing, tells late from placeable and in order from out of order
 *   fold_batch.c folds, and fills the commit
 *   replay.c     records that an event came out of order for: their whole window, from the journal
 *   tail.c       ... and that it came only a moment out of order for: their newest events, from memory
 *   sweep.c      settles what may settle
 *   heard.c      when nodes were last heard of
 *   refused.c    dead letters
 *   master.c     items and nodes
 *   reread.c     reads them whole when deletions may be forgotten
 *   fold.c       the loop
 *
 * One thread. Memory: a block (messages of one poll, their strings) lives until its last message is done; a batch's
 * arena until its commit is answered. */
#ifndef STOCKFOLD_SRC_INGEST_ENGINE_H
#define STOCKFOLD_SRC_INGEST_ENGINE_H

#include "cache.h"
#include "ends.h"
#include "heard.h"
#include "input.h"
#include "stockfold/base/arena.h"
#include "stockfold/core/fold.h"
#include "stockfold/ingest/fold.h"
#include "stockfold/store/hours.h"
#include "stockfold/store/journal.h"
#include "stockfold/store/readers.h"
#include "stockfold/store/stats.h"
#include "stockfold/store/view.h"

struct rd_kafka_message_s;
struct engine;
struct batch;

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
    uint32_t sku_hash;    /* murmur2 of the event\'s sku */
    uint32_t input;       /* index into engine->inputs */
    enum refusal refusal; /* REFUSAL_NONE: `event`, or a master document in `value`, is good */
    const char *detail;   /* of a refusal; in the block's arena or static */
    struct event event;   /* of the stock topics */
};

/* What one shard has of one input. */
struct shard_input {
    struct watermark known; /* in Redis, once all commits in flight have succeeded */
    int64_t acknowledged;   /* known.next as of the newest acknowledged commit */
    int64_t taken;          /* messages below this offset are queued or folded already */
    uint32_t queued;        /* messages in the queue */
    bool stored;            /* Redis holds a watermark */
};

enum shard_state {
    SHARD_UNKNOWN,  /* nothing is known: has to learn when the link is there and it is not backing off */
    SHARD_LEARNING, /* its meta was asked for */
    SHARD_READY,
};

/* Topic names have at most 249 characters. */
enum { CLOSED_BY_MAX = 272 };

enum { IN_FLIGHT_MAX = 16 };

struct shard {
    struct engine *engine;
    uint32_t number; /* engine->shards_n - 1 stands for the node documents */
    enum shard_state state;
    uint32_t generation; /* grows with every loss of knowledge; replies to older questions are dropped */
    int64_t retry_us;    /* do not learn before this moment */
    int64_t backoff_ms;
    bool refused; /* by Redis, since its last write: said already */
    char token[VIEW_TOKEN_MAX];
    char closed_by[CLOSED_BY_MAX]; /* TOPIC:PARTITION for which an operator has to decide; empty: none */
    bool unclean;                  /* has to be cleared before it is folded into */
    int64_t clearing_since_us;     /* when somebody else was first seen clearing it */
    bool open;                     /* verified on the connected server */
    bool advanced;                 /* by commits since the last checkpoint, which keeps `complete` */
    uint64_t ends_round;           /* round of questions about ends that began after it had to learn */
    bool ends_known;               /* what it must reach to open was taken from that round */
    int64_t *open_at;              /* offset per input that must be reached before it opens */
    int64_t settled;               /* hour */
    int64_t progress;              /* P, as last computed */
    int careful;                   /* successes still needed before more than one commit may be in flight */
    int shared;                    /* commits that still wait for more events, since somebody else writes here too */

    struct shard_input *inputs;
    struct message **queue; /* ring; the first `sent` belong to batches in flight or in preparation */
    size_t queue_head, queue_n, queue_cap, sent;
    int64_t waiting_since_us; /* when the oldest unsent message came */

    struct batch *preparing; /* batch or sweep: at most one */
    struct batch *in_flight[IN_FLIGHT_MAX];
    size_t in_flight_n;
    uint64_t behind;               /* events journaled behind `settled` since the last sweep: they may settle already */
    uint64_t *left;                /* during a pass of the sweep: records it left events of behind (sweep.c) */
    int64_t sweep_from;            /* hour at which the sweep goes on */
    int64_t swept_us, sweep_at_us; /* when it last did; when it may again */
    bool sweep_due;
    int sweep_turn; /* batches since a due sweep had its turn */
};

/* A compacted topic that is read whole (reread.c). */
struct reread {
    bool wanted; /* its partitions have to be assigned anew for that */
    bool running;
    uint64_t round; /* of questions about ends: what it has to reach comes from that one or a later one */
    uint64_t *seen; /* hashes of keys */
    size_t seen_n, seen_cap;
    int64_t deleted;
};

struct engine {
    const struct fold_config *config;
    const volatile sig_atomic_t *stop;
    struct rd_kafka_s *consumer;
    struct consumer *kafka; /* consumer.c's own */
    struct refuser *refuser;
    struct ends *ends;
    uint64_t ends_rounds;
    struct inputs inputs;
    struct reread rereads[TOPIC_INPUTS]; /* of the compacted ones */
    struct view view;
    bool link_was_open;
    bool refused; /* some shard was, and none has written since */
    int64_t connect_at_us;
    int64_t connect_backoff_ms;
    int64_t lost_writes_us;  /* when lost writes were last said */
    int64_t silent_since_us; /* since when Redis owes an answer; 0: it does not */
    bool is_mock;
    bool assigned; /* this consumer has an assignment */
    bool leaving;
    struct cache *cache;
    struct heard *heard;
    struct readers readers;
    uint32_t commit_records;           /* in one commit at most, just now */
    struct commit commit;              /* the builder: filled and sent in one go */
    struct buffer packed, plain, blob; /* scratch */
    struct arena scratch;              /* of one callback */
    struct shard *shards;
    uint32_t shards_n;  /* stock shards + 1 */
    size_t inputs_room; /* entries in each shard's inputs */
    char start_id[24];  /* random: this writer */
    uint64_t commit_number;
    size_t records_in_flight; /* of batches being read, folded or committed */
    uint64_t pending_bytes;
    struct totals totals, reported; /* reported: what the view's statistics already have */
    struct batch *free_batches;
};

/* --- shard.c --------------------------------------------------------------------------------------------------- */

void shards_init(struct engine *engine);
void shards_done(struct engine *engine);
/* Makes room for inputs that were added. */
void shards_fit_inputs(struct engine *engine);
/* The shard of an item; the last one for nodes. */
struct shard *shard_for(struct engine *engine, uint32_t sku_hash);
struct shard *shard_for_nodes(struct engine *engine);

/* Queues a message, or drops it when the shard has folded it already. */
void shard_take(struct shard *shard, struct message *message);
/* Whatever is known of the shard is void: drops cached records and tentative results, learns anew. */
void shard_forget(struct shard *shard, int64_t wait_ms);
/* Clears all shards that have to be, in one walk over the view's keys. */
void shards_clear_unclean(struct engine *engine);
/* Forgets, and drops what is queued. */
void shard_clear(struct shard *shard);
/* Learns, cuts and starts batches as far as limits allow. Returns true when it started something. */
bool shard_step(struct shard *shard, int64_t now_us, bool flush);
/* What is read of the shard cannot be what was written: it is cleared and folded again. */
void shard_damaged(struct shard *shard, const char *what);
/* An answer to a commit or question says no: what now. */
void shard_trouble(struct shard *shard, enum reply_problem problem, const struct reply *reply);
/* Forgets every queued message of inputs that are no longer assigned. */
void shard_drop_unassigned(struct shard *shard);
/* A commit was answered with "no", or with "yes". */
void shard_conflict(struct shard *shard, enum commit_answer answer);
void shard_acknowledge(struct shard *shard, struct batch *batch);
/* A message is committed, or not wanted: its block goes with the last one. (consumer.c) */
void message_done(struct engine *engine, struct message *message);

/* The view took something of the shard: what was refused before is over. */
void shard_written(struct shard *shard);

/* The one shard that stands for the node documents; and whether an input has anything for a shard at all. */
bool shard_is_nodes(const struct shard *shard);
bool shard_concerns(const struct shard *shard, const struct input *input);

/* A question to the view about a shard, void once the shard has forgotten. question_stands() frees it. */
struct question {
    struct shard *shard;
    uint32_t generation;
};
struct question *question_new(struct shard *shard);
bool question_stands(struct question *question, struct shard **ret_shard);

/* --- checkpoint.c ------------------------------------------------------------------------------------------------ */

/* What `open` begins with in a shard that an operator has to look at: no run_id is like it. The partition follows, as
 * TOPIC:PARTITION: only who reads that one, and finds it in order, opens the shard again. */
#define OPEN_CLOSED "closed "

/* Writes the watermarks of what was passed over; marks it open when it has caught up. */
void shard_checkpoint(struct shard *shard);
/* Whether a checkpoint may open it, as far as can be told by what was read. */
bool shard_may_open(const struct shard *shard);
/* Moves an input's watermark to the beginning of a log that lost its past; with `cut` only if it stands before it. */
void shard_restart_input(struct shard *shard, size_t index, int64_t begin, bool cut);

/* --- batch.c --------------------------------------------------------------------------------------------------- */

/* Hash table of a batch's records. */
struct batch_record {
    struct str sku, node;
    uint32_t hash, node_hash;
    bool existed;           /* the view holds it */
    bool deep;              /* an event came out of order: replay from the journal */
    bool recent;            /* replay from its tail: ->record is as of ->boundary */
    int64_t lead_ms;        /* from the newest key time, as read, to the oldest new one; below 0: out of order */
    struct str value;       /* as read; in the batch's arena */
    struct hours hours;     /* of it */
    struct str packed;      /* the record in it */
    struct str base;        /* P:{K}:b as read, boundary first; in the arena */
    struct record record;   /* unpacked, then folded */
    struct lateness judged; /* as it moves while judging */
    int64_t oldest;         /* smallest new key time */
    int64_t heard_at;       /* newest time of its node's own new events, or HEARD_NEVER; TIME_NONE: no new ones */
    struct fold_entry *entries;
    size_t entries_n, entries_cap;
    struct str *bases; /* replay and sweep: bases that ride in the journal, boundary first */
    size_t bases_n, bases_cap;
    struct str ride;  /* boundary + packed base that goes into the journal with the new events */
    int64_t boundary; /* key times up to here are settled in its base, or lie before its tail */
};

#define RECORD_NONE UINT32_MAX

enum batch_kind { BATCH_EVENTS, BATCH_MASTER, BATCH_SWEEP };

struct batch {
    struct shard *shard;
    struct batch *next_free;
    enum batch_kind kind;
    uint32_t generation;
    uint64_t number; /* of its commit: the token's second half */
    int64_t sent_us; /* when that was sent */
    struct message **messages;
    size_t messages_n;
    bool *accepted;            /* per message */
    uint32_t (*records_of)[2]; /* per message: indexes of its records; of a refused one undefined */
    struct arena arena;
    struct batch_record *records;
    size_t records_n, records_cap;
    size_t records_counted; /* among engine->records_in_flight */
    uint32_t *table;
    size_t table_mask;
    size_t waiting;                    /* replies and dead letters outstanding */
    bool dead;                         /* its shard has forgotten: free it when nothing is outstanding */
    void (*next)(struct batch *batch); /* the step to take when `waiting` falls to 0 */
    struct sweep *sweep;
    struct totals totals; /* added to the engine's when the commit is acknowledged */
};

struct batch *batch_new(struct shard *shard, enum batch_kind kind);
void batch_free(struct batch *batch);
void batches_done(struct engine *engine);
/* Runs `step`, then `next` when everything that step asked for (batch->waiting) has come. */
void batch_step(struct batch *batch, void (*step)(struct batch *batch), void (*next)(struct batch *batch));
/* One outstanding thing has come; takes the next step after the last. */
void batch_arrived(struct batch *batch);
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
/* Room in a record's arrays for what applying `entries` may add. */
void batch_make_room(struct batch *batch, struct record *record, const struct fold_entry *entries, size_t n);

/* --- judge.c ---------------------------------------------------------------------------------------------------- */

/* Starts folding the batch's messages. */
void batch_start(struct batch *batch);

/* --- fold_batch.c ------------------------------------------------------------------------------------------------ */

/* Judged, read and (where out of order) replayed: folds and commits. */
void batch_fold(struct batch *batch);

/* --- replay.c --------------------------------------------------------------------------------------------------- */

/* A settled base as it lies in the view and in the journal: the key time up to which it is settled, then the packed
 * record. */
void base_frame(int64_t boundary, struct str packed, struct buffer *out);
bool base_unframe(struct str framed, int64_t *ret_boundary, struct str *ret_packed);

/* Asks for the bases and the whole journal of the batch's deep records; each answer adds to batch->waiting. */
void replay_read(struct batch *batch);
/* Asks for P:{K}:b of one record; the batch must get no new ones until it has come. */
void replay_ask_base(struct batch *batch, struct batch_record *record);
/* Asks for the record as shown, unless it is in the cache. (batch.c) */
void batch_ask_record(struct batch *batch, struct batch_record *record);
/* Picks the base of a record whose journal is in ->entries and ->bases: unpacked into ->record, with ->boundary and
 * ->ride set, and entries that the base holds already dropped. False when bytes are broken. */
bool replay_pick_base(struct batch *batch, struct batch_record *record);
/* Calls `each` for every group of an hour's chunk as the view answered it, unpacked into `arena`; false when it is
 * broken. */
bool replay_each_group(struct arena *arena, const struct reply *chunk,
                       void (*each)(void *context, const struct journal_group *group), void *context);
/* Unpacks a group's events into a record's entries; `bytes` must outlive the batch. False when they are broken. */
bool replay_add_events(struct batch *batch, struct batch_record *record, int64_t hour, struct str bytes);
void replay_add_base(struct batch *batch, struct batch_record *record, struct str framed);

/* --- tail.c ------------------------------------------------------------------------------------------------------ */

/* Replays a record that was judged from its tail, if that goes back far enough: its record as of ->boundary goes into
 * ->record, the tail's events into ->entries. */
bool tail_take(struct batch *batch, struct batch_record *record);
/* Whether the record should have a tail from now on; then tail_replay() instead of fold_replay(). One that was deep has
 * to: a tail from before knows nothing of what came. */
bool tail_is_wanted(const struct batch_record *record);
void tail_replay(struct batch *batch, struct batch_record *record);

/* --- sweep.c ------------------------------------------------------------------------------------------------------ */

/* Whether it is time to sweep the shard; called at each checkpoint. */
void sweep_consider(struct shard *shard, int64_t now_us);
/* Settles one slice of the shard's oldest hours. */
void sweep_start(struct shard *shard);
/* An event went into the journal at `hour`: a pass that is beyond it must not settle later ones of its record. */
void sweep_passed(struct shard *shard, int64_t hour, const struct batch_record *record);
/* Gives a pass up: the next begins at the oldest hour. */
void sweep_end_pass(struct shard *shard);

/* --- master.c ----------------------------------------------------------------------------------------------------- */

void master_start(struct batch *batch);
/* Checks a master document; fills refusal and detail. Returns the shard it goes to. */
struct shard *master_route(struct engine *engine, struct message *message);

/* --- reread.c ----------------------------------------------------------------------------------------------------- */

/* Every shard has learned, nothing is read yet: decides which compacted topics are read whole. */
void reread_consider(struct engine *engine);
/* Sets the view's watermarks of such an input back to its beginning. */
void reread_set_back(struct engine *engine, size_t index);
void reread_saw(struct engine *engine, enum topic_role role, struct str key);
/* Deletes what was not seen once all is read. True: partitions have to be assigned anew. */
bool reread_tend(struct engine *engine);
bool reread_running(const struct engine *engine);
/* The view lost writes of the shard: an old backup may stand where deletions are forgotten. */
void reread_lost(const struct shard *shard, size_t index);
/* The assignment has ended. */
void reread_stop(struct engine *engine);
void reread_done(struct engine *engine);

/* --- consumer.c -------------------------------------------------------------------------------------------------- */

/* A byte is written to `wake_descriptor` when there is something to poll for. */
int consumer_open(struct engine *engine, int wake_descriptor, struct error *error) WARN_UNUSED;
/* Leaves the group. False: that is not done in time, and the handle has to be left to the end of the process. */
bool consumer_close(struct engine *engine, int timeout_ms);
/* Reads up to one block and hands its messages to their shards. Returns how many messages came. */
size_t consumer_poll(struct engine *engine, int timeout_ms);
/* A partition is not what it was: says so once, stops reading it, closes the shards. */
void consumer_break(struct engine *engine, size_t input, const char *why);

/* --- assignment.c ------------------------------------------------------------------------------------------------ */

/* Rewinds, pauses and resumes what wants it. */
void assignment_tend(struct engine *engine, int64_t now_us);
/* Tells the group how far we are: a hint only. */
void assignment_hint(struct engine *engine);

/* --- fold.c ------------------------------------------------------------------------------------------------------ */

/* Lets commits in flight be answered, at most so long. */
void engine_wait_in_flight(struct engine *engine, int64_t timeout_ms);

/* --- refused.c --------------------------------------------------------------------------------------------------- */

struct refuser;
struct refuser *refuser_new(const struct kafka_config *config, struct error *error);
void refuser_free(struct refuser *refuser, int timeout_ms);
/* Sends a message, unchanged, to the topic of refused ones; batch_arrived(batch) once the broker has it. */
void refuser_send(struct refuser *refuser, const struct input *input, const struct message *message,
                  struct batch *batch);
void refuser_poll(struct refuser *refuser);

#endif
