/* What all parts of the fold share: one engine. Its parts stand on floors; each sees only what stands below it:
 *
 *   fold.c        the loop                                  session.c     Redis comes and goes
 *   turn.c        whose turn it is
 *   judge.c       late or in time, in order or out of order  record_read.c  records, from the cache or the view
 *   fold_batch.c  folds, and fills the commit                journal_rows.c its events, hour by hour
 *   replay.c      the whole window of a record, from the journal            consumption.c  units that sales took
 *   tail.c        the newest events of a record, from memory
 *   sweep.c       settles what may settle                    sweep_pass.c   what a pass has to leave behind
 *   batch.c       one batch: its steps, its records, its commit
 *   checkpoint.c  positions of what was passed over; open or closed
 *   consumer.c    Kafka -> messages -> queues                assignment.c   which partitions, and from where
 *   master.c      items and nodes                            reread.c       them whole
 *   refused.c     dead letters                               last_heard.c   when nodes were last heard of
 *   shard.c       what a shard knows; one recovery           queue.c        what it has queued
 *   message.c     blocks of messages   input.c, ends.c       partitions     cache.c  packed records
 *
 * One thread. Memory: a block (messages of one poll, their strings) lives until its last message is done; a batch's
 * arena until its commit is answered. */
#ifndef STOCKFOLD_SRC_INGEST_ENGINE_H
#define STOCKFOLD_SRC_INGEST_ENGINE_H

#include "cache.h"
#include "ends.h"
#include "input.h"
#include "last_heard.h"
#include "reread.h"
#include "stockfold/base/arena.h"
#include "stockfold/ingest/fold.h"
#include "stockfold/store/clear.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/readers.h"
#include "stockfold/store/shard_meta.h"
#include "stockfold/store/stats.h"

struct batch;
struct consumer;
struct refuser;
struct shard;

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
    bool refused;           /* some shard was, and none has written since */
    int64_t lost_writes_us; /* when lost writes were last said */
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
    uint32_t shards_n;  /* stock shards + 1 */
    size_t inputs_room; /* entries in each shard's inputs */
    char start_id[24];  /* random: this writer */
    uint64_t commit_number;
    size_t records_in_flight; /* of batches being read, folded or committed */
    uint64_t pending_bytes;
    struct totals totals, reported; /* reported: what the view's statistics already have */
    struct batch *free_batches;
};

#endif
