/* Responsible for: from where each partition is read: what the group gives and takes, positions, rewinding, and keeping
 * partitions in step. Not for: the messages (consumer.c). Thread: the fold's; librdkafka calls back only inside its
 * polls.
 *
 *   the group assigns  -> every shard forgets and learns -> read from the lowest watermark of each partition, beginning
 *                         with the last message before it, which must still be what it was
 *   the group revokes  -> what is queued of it is dropped
 *
 * The group decides who reads what and nothing else: positions are the view's. */
#include "assignment.h"

#include <stdlib.h>

#include "deferred.h"
#include "group.h"
#include "in_flight.h"
#include "progress.h"
#include "reread.h"
#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

enum { STEER_US = 100 * 1000, REVOKE_MS = 300, SEEKS_FAILED_MAX = 20 };

struct assignment {
    rd_kafka_topic_partition_list_t *assigning; /* waits until every shard has learned */
    int64_t steer_us;                           /* when partitions are next kept in step */
    int seeks_failed;                           /* in a row */
};

static void drop_list(struct assignment *assignment)
{
    if (assignment->assigning != NULL)
        rd_kafka_topic_partition_list_destroy(assignment->assigning);
    assignment->assigning = NULL;
}

struct assignment *assignment_new(void)
{
    struct assignment *assignment = calloc(1, sizeof(*assignment));
    if (assignment == NULL)
        error_out_of_memory();
    return assignment;
}

void assignment_free(struct assignment *assignment)
{
    if (assignment != NULL)
        drop_list(assignment);
    free(assignment);
}

/* --- pausing ------------------------------------------------------------------------------------------------------ */

rd_kafka_topic_partition_list_t *assignment_list_of(const struct input *input, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, input->topic, input->partition)->offset = offset;
    return list;
}

/* Where to read from to go on: before that comes what is still to be verified. */
static int64_t read_from(const struct input *input)
{
    return input->verify_offset >= 0 ? input->verify_offset : input->read.next;
}

/* librdkafka keeps a partition paused beyond its assignment, whoever reads it in between: `paused` and `broken` are cleared
 * only after this has resumed it. */
static void set_paused(struct engine *engine, struct input *input, bool paused)
{
    rd_kafka_topic_partition_list_t *list = assignment_list_of(input, RD_KAFKA_OFFSET_INVALID);
    if (paused)
        rd_kafka_pause_partitions(engine->consumer, list);
    else
        rd_kafka_resume_partitions(engine->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    input->paused = paused;
    if (!paused && input->rewind < 0)
        input->rewind = read_from(input); /* go on exactly where we are, whatever was fetched ahead */
}

/* --- what the group gives and takes ------------------------------------------------------------------------------ */

static enum topic_role role_of(const struct engine *engine, const char *topic)
{
    for (int role = 0; role < TOPIC_INPUTS; role++)
        if (strcmp(engine->config->kafka.topics[role], topic) == 0)
            return (enum topic_role)role;
    return TOPIC_ROLES;
}

static void forget_all(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        engine->shards[i].damaged_us = 0; /* all wait for each to learn */
        shard_forget(&engine->shards[i], 0);
        shard_drop_unassigned(&engine->shards[i]);
    }
}

static void take_assignment(struct engine *engine, const rd_kafka_topic_partition_list_t *list)
{
    struct assignment *assignment = engine->assignment;
    for (int i = 0; i < list->cnt; i++) {
        enum topic_role role = role_of(engine, list->elems[i].topic);
        if (role == TOPIC_ROLES)
            continue;
        size_t index = inputs_index(&engine->inputs, &engine->config->kafka, role, list->elems[i].partition);
        engine->inputs.rows[index].assigned = true;
    }
    shards_fit_inputs(engine);
    forget_all(engine);
    assignment->assigning = rd_kafka_topic_partition_list_copy(list);
    log_info("partitions assigned count=%d", list->cnt);
}

static void give_assignment_up(struct engine *engine)
{
    struct assignment *assignment = engine->assignment;
    in_flight_wait(engine, REVOKE_MS);
    drop_list(assignment);
    engine->assigned = false;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        if (input->paused || input->broken)
            set_paused(engine, input, false);
        input->assigned = input->broken = input->restarting = false;
        input->rewind = input->verify_offset = -1;
        input->stood_to = 0;
    }
    engine->gaps_n = 0;
    reread_stop(engine);
    forget_all(engine);
    rd_kafka_assign(engine->consumer, NULL);
}

/* The same partitions again, as if the group had taken and given them: all is learned and decided anew. */
static void assign_anew(struct engine *engine)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)engine->inputs.n);
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].assigned)
            rd_kafka_topic_partition_list_add(list, engine->inputs.rows[i].topic, engine->inputs.rows[i].partition);
    give_assignment_up(engine);
    take_assignment(engine, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void assignment_changed(rd_kafka_t *handle, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                        void *opaque)
{
    struct engine *engine = opaque;
    (void)handle;
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !engine->leaving)
        take_assignment(engine, list);
    else
        give_assignment_up(engine);
}

/* The lowest watermark of the shards that a partition concerns. */
static struct watermark lowest_watermark(const struct engine *engine, size_t index)
{
    const struct watermark *lowest = NULL;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct watermark *known = &engine->shards[i].inputs[index].known;
        if (shard_concerns(&engine->shards[i], &engine->inputs.rows[index]) &&
            (lowest == NULL || known->next < lowest->next))
            lowest = known;
    }
    return *lowest;
}

void assignment_expect_shards(struct engine *engine, size_t index)
{
    struct input *input = &engine->inputs.rows[index];
    input->stood_to = 0;
    input->compare_at = INT64_MAX;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (shard_concerns(&engine->shards[i], input))
            input_expect(input, &engine->shards[i].inputs[index].known, engine->ends_rounds + 2);
}

static int64_t start_of(struct engine *engine, size_t index)
{
    struct input *input = &engine->inputs.rows[index];
    if (engine->rereads[input->role].state == REREAD_RUNNING)
        reread_set_back(engine, index);
    struct watermark from = lowest_watermark(engine, index);
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        struct shard_input *shard_input = &engine->shards[i].inputs[index];
        shard_input->acknowledged = shard_input->taken = shard_input->known.next;
    }
    input->heard_us = clock_steady_us();
    int64_t offset = input_stand_at(input, &from);
    assignment_expect_shards(engine, index);
    return offset;
}

static void start_reading(struct engine *engine)
{
    struct assignment *assignment = engine->assignment;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        if (engine->shards[i].state != SHARD_READY)
            return;
    reread_decide(engine);
    for (int i = 0; i < assignment->assigning->cnt; i++) {
        rd_kafka_topic_partition_t *row = &assignment->assigning->elems[i];
        enum topic_role role = role_of(engine, row->topic);
        row->offset =
            role == TOPIC_ROLES
                ? 0
                : start_of(engine, inputs_index(&engine->inputs, &engine->config->kafka, role, row->partition));
    }
    rd_kafka_resp_err_t err = rd_kafka_assign(engine->consumer, assignment->assigning);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_warning("assignment not taken reason=\"%s\"", rd_kafka_err2str(err));
    drop_list(assignment);
    engine->assigned = err == RD_KAFKA_RESP_ERR_NO_ERROR;
    engine->complete_doubted = true; /* what was written of them, maybe by others that did not know all */
}

/* --- rewinding, and reading in step ------------------------------------------------------------------------------ */

static bool seek_input(struct engine *engine, const struct input *input, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = assignment_list_of(input, offset);
    rd_kafka_error_t *error = rd_kafka_seek_partitions(engine->consumer, list, SEEK_MS);
    bool done = error == NULL && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error != NULL)
        rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    return done;
}

static void rewind_input(struct engine *engine, struct input *input)
{
    if (!seek_input(engine, input, input->rewind)) {
        engine->assignment->seeks_failed++; /* not yet fetching, or no broker: again at the next turn */
        return;
    }
    engine->assignment->seeks_failed = 0;
    input->rewind = -1;
}

/* What librdkafka has given up on (its offset was not there) takes no seek, only a new assignment. */
static void assign_again(struct engine *engine)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)engine->inputs.n);
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        if (!input->assigned)
            continue;
        if (input->paused)
            set_paused(engine, input, false);
        input->rewind = -1;
        rd_kafka_topic_partition_list_add(list, input->topic, input->partition)->offset = read_from(input);
    }
    rd_kafka_assign(engine->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    engine->assignment->seeks_failed = 0;
}

/* The Kafka time of the slowest partition that others wait for: one with more to read that was heard of lately. */
static int64_t slowest_time(const struct engine *engine, int64_t now_us)
{
    int64_t time = INT64_MAX;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        bool counts = input->assigned && !input->broken && topic_is_stock(input->role) && !input->paused &&
                      !input_at_end(input) && input->read.complete_to != TIME_NONE &&
                      now_us - input->heard_us < engine->config->step_patience_ms * 1000;
        if (counts && input->read.complete_to < time)
            time = input->read.complete_to;
    }
    return time;
}

/* Some shard's history waits for nobody more than for this partition. */
static bool is_waited_for(const struct engine *engine, size_t index)
{
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        const struct shard *shard = &engine->shards[i];
        if (deferred_any(shard) && progress_of_input(shard, index) <= progress_of_shard(shard))
            return true;
    }
    return false;
}

/* Where messages that wait for the log fill the memory, more of their partitions is read only as far as others wait for
 * it: whatever the slowest is (without leader, read by another consumer), nothing else is read for its sake. */
static bool is_ahead(const struct engine *engine, size_t index, int64_t slowest)
{
    const struct input *input = &engine->inputs.rows[index];
    if (input->deferred_n > 0 && deferred_fill_memory(engine))
        return !is_waited_for(engine, index);
    return slowest != INT64_MAX && input->read.complete_to > slowest + engine->config->step_ms;
}

static void keep_in_step(struct engine *engine, int64_t now_us)
{
    int64_t time = slowest_time(engine, now_us);
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        if (!input->assigned || input->broken || !topic_is_stock(input->role))
            continue;
        if (input->read.complete_to == TIME_NONE && !input->paused)
            continue; /* nothing is known; one that was paused and then set back to its beginning goes on */
        bool ahead = is_ahead(engine, i, time);
        if (ahead != input->paused)
            set_paused(engine, input, ahead);
    }
}

void assignment_hurry(struct engine *engine)
{
    engine->assignment->steer_us = 0;
}

void assignment_steer(struct engine *engine, int64_t now_us)
{
    struct assignment *assignment = engine->assignment;
    if (assignment->assigning != NULL)
        start_reading(engine);
    if (engine->assigned && reread_advance(engine))
        assign_anew(engine);
    if (!engine->assigned)
        return;
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].assigned && engine->inputs.rows[i].rewind >= 0)
            rewind_input(engine, &engine->inputs.rows[i]);
    if (engine->assignment->seeks_failed >= SEEKS_FAILED_MAX)
        assign_again(engine);
    if (now_us >= assignment->steer_us) {
        assignment->steer_us = now_us + STEER_US;
        keep_in_step(engine, now_us);
    }
}

void assignment_hint(struct engine *engine)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].assigned) {
            rd_kafka_topic_partition_t *row =
                rd_kafka_topic_partition_list_add(list, engine->inputs.rows[i].topic, engine->inputs.rows[i].partition);
            row->offset = lowest_watermark(engine, i).next;
            group_note(row, engine->view.id);
        }
    if (list->cnt > 0)
        rd_kafka_commit(engine->consumer, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}
