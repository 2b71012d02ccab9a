/* Responsible for: P, from all that one consumer knows of a shard's partitions. Not for: what P permits
 * (core/lateness.h, may_settle()), or writing watermarks (checkpoint.c). Thread: the fold's. */
#include "progress.h"

/* Between an assignment and its first message positions are those of an earlier one, whose queued messages are gone:
 * they say nothing. */
bool progress_has_passed(const struct shard *shard, size_t index)
{
    const struct input *input = &shard->engine->inputs.rows[index];
    const struct shard_input *shard_input = &shard->inputs[index];
    return shard->engine->assigned && shard_concerns(shard, input) && input->assigned && !input->broken &&
           input->rewind < 0 && input->verify_offset < 0 && shard_input->queued == 0 &&
           input_watermark(input).next >= shard_input->taken;
}

int64_t progress_of_input(const struct shard *shard, size_t index)
{
    const struct shard_input *shard_input = &shard->inputs[index];
    int64_t complete_to = shard_input->known.complete_to, seen = shard_input->before_oldest;
    if (progress_has_passed(shard, index))
        seen = input_watermark(&shard->engine->inputs.rows[index]).complete_to;
    else if (shard_input->deferred_n > 0 && shard_input->deferred_n == shard_input->queued)
        seen = shard_input->deferred->kafka_time - 1;
    return seen > complete_to ? seen : complete_to;
}

/* P: the least that `time_of` says of an input of a stock topic; INT64_MAX of one that does not count. */
static int64_t least_of_stock(const struct engine *engine, int64_t (*time_of)(const void *context, size_t index),
                              const void *context)
{
    bool has_role[TOPIC_INPUTS] = {false};
    int64_t progress = INT64_MAX;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        enum topic_role role = engine->inputs.rows[i].role;
        if (!topic_is_stock(role))
            continue;
        int64_t time = time_of(context, i);
        has_role[role] = true;
        if (time < progress)
            progress = time;
    }
    for (int role = 0; role < TOPIC_INPUTS; role++)
        if (topic_is_stock((enum topic_role)role) && !has_role[role])
            return TIME_NONE;
    return engine->partitions_known && progress != INT64_MAX ? progress : TIME_NONE;
}

static int64_t time_by_shard(const void *context, size_t index)
{
    return progress_of_input(context, index);
}

int64_t progress_of_shard(const struct shard *shard)
{
    return least_of_stock(shard->engine, time_by_shard, shard);
}

static int64_t time_if_assigned(const void *context, size_t index)
{
    const struct shard *shard = context;
    return shard->engine->inputs.rows[index].assigned ? shard->inputs[index].known.complete_to : INT64_MAX;
}

int64_t progress_of_assigned(const struct shard *shard)
{
    return least_of_stock(shard->engine, time_if_assigned, shard);
}

struct meta_times {
    const struct inputs *inputs;
    const struct shard_meta *meta;
};

static int64_t time_in_meta(const void *context, size_t index)
{
    const struct meta_times *times = context;
    const struct input *input = &times->inputs->rows[index];
    for (size_t k = 0; k < times->meta->watermarks_n; k++)
        if (times->meta->watermarks[k].partition == input->partition &&
            str_equal(times->meta->watermarks[k].topic, str_from(input->topic)))
            return times->meta->watermarks[k].watermark.complete_to;
    return TIME_NONE;
}

int64_t progress_in_meta(const struct engine *engine, const struct shard_meta *meta)
{
    struct meta_times times = {&engine->inputs, meta};
    return least_of_stock(engine, time_in_meta, &times);
}

static void others_came(void *context, const struct reply *reply)
{
    struct shard *shard;
    if (!question_stands(context, &shard))
        return;
    const struct inputs *inputs = &shard->engine->inputs;
    shard->asked_of_others = false;
    struct arena arena;
    arena_init(&arena);
    struct shard_meta meta;
    if (view_parse_meta(reply, &arena, &meta))
        for (size_t k = 0; k < meta.watermarks_n; k++) {
            size_t i = inputs_find(inputs, meta.watermarks[k].topic, meta.watermarks[k].partition);
            if (i != SIZE_MAX && !inputs->rows[i].assigned)
                shard->inputs[i].known = meta.watermarks[k].watermark;
        }
    arena_done(&arena);
}

void progress_ask_others(struct shard *shard)
{
    if (shard->asked_of_others)
        return;
    shard->asked_of_others = true;
    view_ask_meta(&shard->engine->view, shard->number, others_came, question_new(shard));
}
