/* Responsible for: whose turn it is, and which messages go into one batch. Not for: what is done with them (judge.c,
 * master.c), or with a shard's answers (shard.c). Thread: the fold's.
 *
 * Back-pressure: Redis is given work for some milliseconds at a time (RECORDS_IN_FLIGHT), for a fraction of one while
 * stock is looked up. */
#include "turn.h"

#include "batch.h"
#include "deferred.h"
#include "judge.h"
#include "master.h"
#include "refused.h"
#include "reservation_batch.h"
#include "stockfold/base/clock.h"
#include "sweep.h"

enum { RECORDS_IN_FLIGHT = 2048, RECORDS_IN_FLIGHT_GENTLE = 64, COMMIT_RECORDS_GENTLE = 64, SWEEP_TURN = 8 };

/* Slices of sweeps at a time: each holds some thousand events, and all shards are due in the same moment. */
enum { SWEEPS_MAX = 8 };

/* How many lingers a commit waits for more events in a shard that somebody else writes too. */
enum { CONTENDED_LINGERS = 25 };

/* --- one shard --------------------------------------------------------------------------------------------------- */

static enum batch_kind kind_of(const struct shard *shard, const struct message *message)
{
    if (shard_is_reservations(shard))
        return BATCH_RESERVATIONS;
    return topic_is_stock(shard->engine->inputs.rows[message->input].role) ? BATCH_EVENTS : BATCH_MASTER;
}

/* Puts the message that waits next into the batch. */
static void put_next(struct batch *batch)
{
    struct queue *queue = &batch->shard->queue;
    struct message *message = *queue_at(queue, queue->sent + batch->messages_n);
    if (message->refusal == REFUSAL_LATE)
        message->refusal = REFUSAL_NONE; /* by records that were given up with its last batch: judged anew */
    batch->messages[batch->messages_n] = message;
    if (batch->kind == BATCH_EVENTS && message->refusal == REFUSAL_NONE)
        batch_name_records(batch, batch->messages_n);
    batch->messages_n++;
}

/* Whether the messages of one more offset, those up to `end` in the queue, fit into the batch: any first one does. */
static bool takes_offset(const struct batch *batch, size_t end)
{
    const struct queue *queue = &batch->shard->queue;
    const struct message *first = *queue_at(queue, queue->sent),
                         *next = *queue_at(queue, queue->sent + batch->messages_n);
    if (batch->messages_n == 0)
        return true;
    bool alike =
        kind_of(batch->shard, next) == batch->kind && (batch->kind == BATCH_EVENTS || next->input == first->input);
    return alike && end - queue->sent <= batch->messages_max && batch->records_n < batch->shard->engine->commit_records;
}

static void cut_batch(struct batch *batch)
{
    const struct fold_config *config = batch->shard->engine->config;
    struct queue *queue = &batch->shard->queue;
    size_t most = queue_waiting(queue), end = queue_offset_end(queue, queue->sent);
    if (most > config->commit_events)
        most = config->commit_events;
    if (batch->kind == BATCH_RESERVATIONS && most > RESERVATION_BATCH_MAX)
        most = RESERVATION_BATCH_MAX;
    if (most < end - queue->sent)
        most = end - queue->sent;
    batch->messages_max = most;
    batch->messages = arena_array(&batch->arena, struct message *, most);
    batch->judgements = arena_array(&batch->arena, enum judgement, most);
    batch->records_of = arena_alloc(&batch->arena, most * sizeof(*batch->records_of));
    while (takes_offset(batch, end)) {
        while (queue->sent + batch->messages_n < end)
            put_next(batch);
        if (end == queue->n)
            break;
        end = queue_offset_end(queue, end);
    }
}

static void start_batch(struct shard *shard)
{
    struct queue *queue = &shard->queue;
    struct batch *batch = batch_new(shard, kind_of(shard, *queue_at(queue, queue->sent)));
    cut_batch(batch);
    queue->sent += batch->messages_n;
    queue->waiting_since_us = clock_steady_us();
    shard->preparing = true;
    batch->records_counted = batch->records_n;
    shard->engine->records_in_flight += batch->records_n;
    if (batch->kind == BATCH_MASTER)
        master_start(batch);
    else if (batch->kind == BATCH_RESERVATIONS)
        reservation_batch_start(batch);
    else
        judge_start(batch);
}

/* Learns, cuts and starts batches as far as limits allow. Returns true when it started something. */
static bool shard_step(struct shard *shard, int64_t now_us)
{
    struct engine *engine = shard->engine;
    if (shard->state == SHARD_UNKNOWN && !shard->unclean && now_us >= shard->retry_us &&
        link_is_open(view_link(&engine->view, shard->number))) {
        shard_learn(shard);
        return true;
    }
    deferred_consider(shard, now_us);
    size_t in_flight_max = shard->commits_until_pipelining > 0 ? 1 : engine->config->commits_in_flight;
    if (shard->state != SHARD_READY || shard->preparing || shard->in_flight_n >= in_flight_max)
        return false;
    size_t waiting = queue_waiting(&shard->queue);
    if (shard->sweep_due && engine->sweeps_n < SWEEPS_MAX && (waiting == 0 || ++shard->sweep_turn >= SWEEP_TURN)) {
        shard->sweep_turn = 0;
        sweep_start(shard);
        return true;
    }
    if (waiting == 0)
        return false;
    bool full = shard->contended_commits == 0 && waiting >= engine->commit_records;
    int64_t linger_us = engine->config->linger_ms * 1000 * (shard->contended_commits > 0 ? CONTENDED_LINGERS : 1);
    bool ripe = full || now_us - shard->queue.waiting_since_us >= linger_us;
    if (ripe)
        start_batch(shard);
    return ripe;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

/* While stock is looked up, lookups go first: commits are small, and few are under way. A fold that catches up is
 * slower then, by a third at most, and lookups beside it are faster (bench/run lookup-under-fold). */
static size_t pace(struct engine *engine, int64_t now_us)
{
    bool gentle = readers_there(&engine->readers, now_us);
    engine->commit_records = engine->config->commit_records;
    if (gentle && engine->commit_records > COMMIT_RECORDS_GENTLE)
        engine->commit_records = COMMIT_RECORDS_GENTLE;
    if (engine->records_in_flight > 0)
        readers_tend(&engine->readers, view_link(&engine->view, 0), now_us);
    return gentle ? RECORDS_IN_FLIGHT_GENTLE : RECORDS_IN_FLIGHT;
}

bool turn_step(struct engine *engine, uint32_t *first, int64_t now_us)
{
    size_t in_flight_max = pace(engine, now_us);
    bool started = false;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        uint32_t number = (*first + i) % engine->shards_n;
        if (engine->records_in_flight >= in_flight_max) {
            *first = number;
            return started;
        }
        started = shard_step(&engine->shards[number], now_us) || started;
    }
    return started;
}
