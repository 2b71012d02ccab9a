/* Responsible for: messages that wait for the log, and when they go on. Not for: which have to wait (judge.c), or P
 * (progress.c). Thread: the fold's.
 *
 *   judge.c: waits ──► deferred_take_out: ring ──► its input's list ──► deferred_consider: P permits ──► ring
 *
 * What waits holds up its shard's part of its partition and nothing else. P moves with what this consumer reads; of
 * partitions that others read it is asked for in the view. */
#include "deferred.h"

#include <inttypes.h>

#include "progress.h"
#include "stockfold/base/log.h"
#include "stockfold/codec/time_text.h"

enum {
    ASK_US = 50 * 1000,         /* between questions how far others are */
    RETRY_US = 1000 * 1000,     /* the first is judged again: what closes it may have come meanwhile */
    LONG_US = 10 * 1000 * 1000, /* is said */
    SAY_AGAIN_US = 60 * 1000 * 1000,
};

bool deferred_any(const struct shard *shard)
{
    return shard->queue.deferred_n > 0;
}

bool deferred_fill_memory(const struct engine *engine)
{
    return engine->deferred_n > 0 && engine->pending_bytes >= engine->config->pending_bytes;
}

bool deferred_starve(const struct engine *engine)
{
    if (!deferred_fill_memory(engine))
        return false;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct shard *shard = &engine->shards[i];
        if (shard->queue.n > 0 || shard->preparing || shard->in_flight_n > 0)
            return false;
    }
    return true;
}

/* --- out of the batch -------------------------------------------------------------------------------------------- */

static void keep_message(struct batch *batch, size_t to, size_t from)
{
    batch->messages[to] = batch->messages[from];
    batch->judgements[to] = batch->judgements[from];
    batch->records_of[to][0] = batch->records_of[from][0];
    batch->records_of[to][1] = batch->records_of[from][1];
}

void deferred_take_out(struct batch *batch)
{
    struct shard *shard = batch->shard;
    bool any = false;
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct shard_input *input = &shard->inputs[batch->messages[i]->input];
        if (batch->judgements[i] != JUDGED_WAITS || input->defer_from != INT64_MAX)
            continue;
        input->defer_from = batch->messages[i]->offset;
        input->ahead = true;
        any = true;
    }
    if (!any)
        return;

    size_t kept = 0, begin = shard->queue.sent - batch->messages_n;
    for (size_t i = 0; i < batch->messages_n; i++)
        if (batch->messages[i]->offset < shard->inputs[batch->messages[i]->input].defer_from)
            keep_message(batch, kept++, i);
    queue_defer(shard, begin);
    batch->messages_n = kept;
    for (size_t i = 0; i < shard->engine->inputs.n; i++)
        shard->inputs[i].defer_from = INT64_MAX;
}

/* --- and on ------------------------------------------------------------------------------------------------------ */

/* Judged by what is known without records: what must wait however its records look. */
static bool has_to_wait(const struct shard *shard, const struct message *message, int64_t progress)
{
    const struct lateness_rule *rule = &shard->engine->config->view.rule;
    return message->refusal == REFUSAL_NONE &&
           lateness_is_history(rule, event_key_time(&message->event), message->kafka_time) &&
           !lateness_may_accept(rule, progress, message->kafka_time);
}

/* As far as P permits, once all that went on before is folded or waits again; at a retry at least the first, and those
 * behind it stay. */
static void resume_input(struct shard *shard, size_t index, int64_t progress, bool retry)
{
    struct shard_input *input = &shard->inputs[index];
    if (input->queued != input->deferred_n)
        return;
    if (retry && has_to_wait(shard, input->deferred, progress))
        queue_resume(shard, index);
    else
        while (input->deferred != NULL && !has_to_wait(shard, input->deferred, progress))
            queue_resume(shard, index);
}

/* Since it was read, not since it waits: it is judged again every second. */
static bool waits_long(const struct shard *shard, int64_t now_us)
{
    for (size_t i = 0; i < shard->engine->inputs.n; i++) {
        const struct message *first = shard->inputs[i].deferred;
        if (first != NULL && now_us - first->block->came_us > LONG_US)
            return true;
    }
    return false;
}

static bool reads_all(const struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (topic_is_stock(engine->inputs.rows[i].role) && !engine->inputs.rows[i].assigned)
            return false;
    return true;
}

/* The slowest partition is what everything waits for; while a topic is missing, that is, which the loop says. */
static void say_waiting(const struct shard *shard)
{
    const struct engine *engine = shard->engine;
    const struct input *slowest = NULL;
    int64_t least = INT64_MAX;
    if (!engine->partitions_known)
        return;
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (topic_is_stock(engine->inputs.rows[i].role) && progress_of_input(shard, i) < least) {
            least = progress_of_input(shard, i);
            slowest = &engine->inputs.rows[i];
        }
    if (slowest == NULL)
        return;
    char time[TIME_TEXT_MAX];
    struct str text = least == TIME_NONE ? STR("never") : (struct str){time, time_format(least, time)};
    log_warning(
        "history waits for a partition that is behind shard=%u topic=%s partition=%d complete_to=%.*s waiting=%zu "
        "next=\"see that the partition has a leader and is folded\"",
        shard->number, slowest->topic, slowest->partition, STR_ARG(text), engine->deferred_n);
}

void deferred_consider(struct shard *shard, int64_t now_us)
{
    struct engine *engine = shard->engine;
    if (!deferred_any(shard) || shard->state != SHARD_READY)
        return;
    int64_t progress = progress_of_shard(shard);
    bool retry = now_us >= shard->deferred_retry_us;
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (shard->inputs[i].deferred != NULL)
            resume_input(shard, i, progress, retry);
    if (retry)
        shard->deferred_retry_us = now_us + RETRY_US;
    if (now_us >= engine->deferred_said_us && waits_long(shard, now_us)) {
        engine->deferred_said_us = now_us + SAY_AGAIN_US;
        say_waiting(shard);
    }
    if (deferred_any(shard) && now_us >= shard->deferred_ask_us && !reads_all(engine)) {
        shard->deferred_ask_us = now_us + ASK_US;
        progress_ask_others(shard);
    }
}
