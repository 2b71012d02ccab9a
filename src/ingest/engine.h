/* What all parts of the fold share: one engine. Its parts stand on floors; each sees only what stands below it:
 *
 *   fold.c         the loop                                    session.c       Redis comes and goes
 *   turn.c         whose turn it is, and what is in a batch
 *   judge.c        taken, refused, or deferred                 deferred.c      history that waits for the log
 *   fold_batch.c   folds, and fills the commit                 consumption.c   units that sales took
 *   sweep.c        settles what may settle                     journal_rows.c  new events, hour by hour
 *   replay.c       a record's whole window, from the journal   journal_read.c  groups of its events
 *   tail.c         a record's newest events, from memory       record_read.c   records, from cache or view
 *   inspect.c      looks for what is gone                      group.c         another view in the same group
 *   consumer.c     Kafka -> messages -> queues                 assignment.c    which partitions, and from where
 *   gap.c          logs that do not fit the view               described.c     the view made anew by another fold
 *   reservation_log.c  messages of reservations            reservation_batch.c  their documents, applied
 *   master.c       items and nodes                             reread.c        them whole
 *   checkpoint.c   positions of what was passed over; open?    in_flight.c     waits for what is under way
 *   batch.c        one batch: its steps, records, commit       refused.c       dead letters
 *   progress.c     P: up to when everything was read
 *   shard.c        what a shard knows; its one recovery        queue.c         what it has queued
 *   message.c      blocks of messages                          sweep_pass.c    what a pass leaves behind
 *   input.c        partitions                                  ends.c          where they end (end_question.c)
 *   cache.c        packed records                              broker_clock.c  what brokers' clocks show
 *   last_heard.c   when nodes were last heard of               reindex.c       the index of words, made anew
 *   relay.c        messages of reservations, from the view to Kafka
 *   completeness.c how complete the view is as a whole
 *
 * One thread, but for ends.c's and reindex.c's own. Memory: a block (messages of one poll, their strings) lives until its last message is done; a batch's
 * arena until its commit is answered. */
#ifndef STOCKFOLD_SRC_INGEST_ENGINE_H
#define STOCKFOLD_SRC_INGEST_ENGINE_H

#include <assert.h>

#include "cache.h"
#include "ends.h"
#include "input.h"
#include "last_heard.h"
#include "message.h"
#include "reread.h"
#include "stockfold/base/arena.h"
#include "stockfold/ingest/fold.h"
#include "stockfold/store/clear.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/complete.h"
#include "stockfold/store/readers.h"
#include "stockfold/store/shard_meta.h"
#include "stockfold/store/stats.h"

/* A commit's token is START_ID.NUMBER, each with its end. */
enum { START_ID_MAX = 24 };
static_assert(START_ID_MAX + sizeof("18446744073709551615") <= VIEW_TOKEN_MAX, "a token has room");

struct assignment;
struct batch;
struct consumer;
struct inspector;
struct group_watch;
struct refuser;
struct relay;
struct reindex;
struct shard;

struct engine {
    const struct fold_config *config;
    const volatile sig_atomic_t *stop;
    struct rd_kafka_s *consumer;
    struct consumer *kafka; /* consumer.c's own */
    struct assignment *assignment;
    struct refuser *refuser;
    struct relay *relay;
    struct inspector *inspector;
    struct reindex *reindex;
    struct group_watch *group_watch;
    struct ends *ends;
    uint64_t ends_rounds;
    bool partitions_known; /* `inputs` has all of every topic, whether or not their ends are known */
    struct inputs inputs;
    struct reread rereads[TOPIC_INPUTS]; /* of the compacted ones */
    struct view view;
    struct error failure;   /* which ends the fold */
    bool refusal_logged;    /* some shard was, and none has written since */
    int64_t lost_writes_us; /* when lost writes were last said */
    size_t gaps_n;          /* partitions that are `broken` */
    bool any_lost_writes;   /* some shard's input has `lost_writes`: reread.c has still to look */
    bool is_mock;
    bool assigned; /* this consumer has an assignment */
    bool leaving;
    struct cache *cache;
    struct last_heard *last_heard;
    struct readers readers;
    uint32_t commit_records;           /* in one commit at most, just now */
    struct commit commit;              /* the builder: filled and sent in one go */
    struct buffer packed, plain, blob; /* scratch */
    struct arena scratch;              /* of one callback */
    struct shard *shards;
    uint32_t items_n;            /* shards of items: the first of ->shards */
    uint32_t shards_n;           /* those, and the two of node documents and of reservations */
    size_t inputs_room;          /* entries in each shard's inputs */
    char start_id[START_ID_MAX]; /* random: this writer */
    uint64_t commit_number;
    size_t records_in_flight; /* of batches being read, folded or committed */
    uint32_t sweeps_n;        /* slices of sweeps being read or settled */
    uint64_t pending_bytes;
    struct borrowing borrowing;
    size_t checkpoints_in_flight; /* of shards of items */
    size_t complete_in_flight;    /* calls of completeness.c */
    bool complete_doubted;        /* shards may be behind the times that it wrote: they have to be taken back */
    int64_t complete_retry_us;    /* not before this moment */
    int64_t deferred_said_us;
    size_t deferred_n;              /* messages that wait for the log */
    struct totals totals, reported; /* reported: what the view's statistics already have */
    struct batch *free_batches;
};

#endif
