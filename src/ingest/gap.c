/* Responsible for: logs that do not fit the view: cut, deleted, or made again. Not for: the messages of those that fit
 * (consumer.c). Thread: the fold's.
 *
 * A shard fits a log that reaches to its position and has its last message unchanged. The shard with the lowest position is
 * verified before anything is taken (input_stand_at), all others as reading comes by their last messages.
 *
 *   gap_found ── not accepted ──► broken: not read, its shards closed; until the next assignment
 *       └─ accepted ─► restarting: shard by shard those that do not fit are set to the log's beginning
 *                           └─ all acknowledged ─► read from its beginning
 *
 * Whoever dies between two restarts leaves shards that do not fit: the next start finds the gap again, and with
 * --accept-gap goes on with these alone.
 *
 * A gap is accepted only before the log has fitted once in this process, or, where another consumer read it, before the
 * whole view was open: the operator has decided of that gap and of no later one, and shards that are restarted must have
 * nothing of the old log in their queues. */
#include "gap.h"

#include <inttypes.h>

#include "assignment.h"
#include "checkpoint.h"
#include "message.h"
#include "shard.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"

static bool ask_bounds(struct engine *engine, struct input *input)
{
    return rd_kafka_query_watermark_offsets(engine->consumer, input->topic, input->partition, &input->begin,
                                            &input->end, SEEK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* --- finding ----------------------------------------------------------------------------------------------------- */

bool gap_compare(struct engine *engine, size_t index, const struct message *message)
{
    struct input *input = &engine->inputs.rows[index];
    uint64_t digest = message_digest(message->key, message->value, message->kafka_time);
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct watermark *known = &engine->shards[i].inputs[index].known;
        bool passed = known->last_offset < input->read.next || known->last_offset >= input->stood_to;
        if (!shard_concerns(&engine->shards[i], input) || passed)
            continue;
        if (known->last_offset < message->offset ||
            (known->last_offset == message->offset && known->digest != digest)) {
            gap_found(
                engine, index,
                "the last message folded of a shard is gone or another one: the topic was deleted and made again");
            return false;
        }
        if (known->last_offset > message->offset && known->last_offset < next)
            next = known->last_offset;
    }
    input->compare_at = next;
    return true;
}

void gap_find_short_logs(struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        bool expected = input->assigned && !input->broken && !input->restarting && input->read.next < input->stood_to;
        if (expected && engine->ends_rounds >= input->stood_round && input->end >= 0 && input->end < input->stood_to &&
            ask_bounds(engine, input) && input->end < input->stood_to)
            gap_found(engine, i, "the log ends before where a shard stands: it was cut, or the topic made again");
    }
}

void gap_note_fit(struct input *input)
{
    input->gap_over = input->gap_over || input_fits(input);
}

/* A gap that somebody has found closes the shards that it concerns. */
static bool stock_is_open(const struct engine *engine)
{
    for (uint32_t i = 0; i < engine->items_n; i++)
        if (engine->shards[i].state != SHARD_READY || !engine->shards[i].open)
            return false;
    return true;
}

void gap_note_others_fit(struct engine *engine)
{
    if (engine->config->accept_gaps_n == 0 || !engine->assigned || !stock_is_open(engine))
        return;
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (!engine->inputs.rows[i].assigned)
            engine->inputs.rows[i].gap_over = true;
}

/* --- accepting --------------------------------------------------------------------------------------------------- */

/* Whether the operator has said so of a partition, or of its whole topic. */
static bool is_accepted(const struct engine *engine, const struct input *input)
{
    const struct fold_config *config = engine->config;
    char name[INPUT_NAME_MAX];
    if (input->gap_over || config->accept_gaps_n == 0)
        return false;
    input_name(input, name);
    for (size_t i = 0; i < config->accept_gaps_n; i++)
        if (strcmp(config->accept_gaps[i], name) == 0 || strcmp(config->accept_gaps[i], input->topic) == 0)
            return true;
    return false;
}

/* Where a shard that has read nothing of this log stands at its beginning; any other in it, and what it read last lies
 * where the log was found to fit. */
static bool is_in_log(const struct input *input, const struct watermark *known)
{
    if (known->last_offset < 0)
        return known->next == input->begin;
    return known->next >= input->begin && known->next <= input->end && known->last_offset < input->fits_below;
}

/* Whether a shard that would be restarted has something queued, which is of the old log. */
static bool holds_old_messages(const struct engine *engine, size_t index)
{
    const struct input *input = &engine->inputs.rows[index];
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct shard_input *shard_input = &engine->shards[i].inputs[index];
        if (shard_input->queued > 0 && !is_in_log(input, &shard_input->known))
            return true;
    }
    return false;
}

/* The operator has said that this log's past is lost: shards that do not fit go on at its beginning. Where it was only cut,
 * those that stand behind the cut fit, as reading will show. */
static bool accept_gap(struct engine *engine, size_t index)
{
    struct input *input = &engine->inputs.rows[index];
    if (!is_accepted(engine, input) || !ask_bounds(engine, input))
        return false;
    bool cut = input->read.next < input->begin;
    input->fits_below = cut ? INT64_MAX : input->verify_offset >= 0 ? 0 : input->read.next;
    if (holds_old_messages(engine, index))
        return false;
    log_warning("accepting a gap topic=%s partition=%d position=%" PRId64 " begins=%" PRId64 " ends=%" PRId64,
                input->topic, input->partition, input->read.next, input->begin, input->end);
    input->restarting = true;
    input_begin_at(input, input->begin);
    return true;
}

void gap_found(struct engine *engine, size_t index, const char *why)
{
    struct input *input = &engine->inputs.rows[index];
    if (input->broken || accept_gap(engine, index))
        return;
    input->broken = true;
    engine->gaps_n++;
    log_error(
        "log and view do not fit together, nothing is served until somebody decides topic=%s partition=%d why=\"%s\" "
        "position=%" PRId64 " begins=%" PRId64 " ends=%" PRId64
        " next=\"restore the topic; or start with --accept-gap %s:%d to fold what it holds now, or what all its "
        "partitions hold with --accept-gap %s\"",
        input->topic, input->partition, why, input->read.next, input->begin, input->end, input->topic, input->partition,
        input->topic);
    rd_kafka_topic_partition_list_t *list = assignment_list_of(input, RD_KAFKA_OFFSET_INVALID);
    rd_kafka_pause_partitions(engine->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void gap_close_shards(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->items_n && engine->gaps_n > 0; i++)
        if (engine->shards[i].gaps_listed < engine->gaps_n)
            shard_checkpoint(&engine->shards[i]);
}

/* Restarts the next shard; the loop sends it before the one after. True: the view has acknowledged all. */
static bool restart_next(struct engine *engine, size_t index)
{
    const struct input *input = &engine->inputs.rows[index];
    bool all = true;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        struct shard *shard = &engine->shards[i];
        if (!shard_concerns(shard, input))
            continue;
        bool busy = shard->state != SHARD_READY || shard->checkpoint_in_flight ||
                    !link_is_open(view_link(&engine->view, shard->number));
        if (!busy && !is_in_log(input, &shard->inputs[index].known)) {
            shard_restart_input(shard, index, input->begin);
            shard->checkpoint_in_flight = true;
            failpoint("gap_restart");
            return false;
        }
        all = all && !busy;
    }
    return all;
}

void gap_restart_shards(struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        if (!input->restarting || !restart_next(engine, i))
            continue;
        log_warning("gap accepted topic=%s partition=%d begins=%" PRId64, input->topic, input->partition, input->begin);
        input->restarting = false;
        input_begin_at(input, input->begin);
        assignment_expect_shards(engine, i);
    }
}

bool gap_is_being_accepted(const struct engine *engine)
{
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        if (input->restarting || (input->assigned && !input->broken && is_accepted(engine, input)))
            return true;
    }
    return false;
}
