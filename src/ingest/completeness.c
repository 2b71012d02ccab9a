/* Responsible for: writing up to when every shard holds all of the partitions that are read here; taking it back when a
 * shard turns out to be behind. Not for: the watermarks of one shard (checkpoint.c). Thread: the fold's. */
#include "completeness.h"

#include "progress.h"
#include "stockfold/base/clock.h"

enum { RETRY_US = 100 * 1000 };

int64_t completeness_of_input(const struct engine *engine, size_t index)
{
    for (uint32_t i = 0; i < engine->items_n; i++)
        if (engine->shards[i].state != SHARD_READY || !engine->shards[i].inputs[index].stored ||
            !progress_has_passed(&engine->shards[i], index))
            return TIME_NONE;
    return input_watermark(&engine->inputs.rows[index]).complete_to;
}

static void take_complete_answer(void *context, const struct reply *reply)
{
    struct engine *engine = context;
    enum reply_problem problem = reply_problem(reply);
    engine->complete_in_flight--;
    if (problem == REPLY_OK)
        return;
    engine->complete_doubted = true; /* nobody knows which times are there */
    if (problem != REPLY_LOST)
        engine->complete_retry_us = clock_steady_us() + RETRY_US;
    if (problem == REPLY_NO_FUNCTION)
        view_load_functions(&engine->view, NULL, NULL);
}

/* Writes the times of the inputs that are read here: where they have moved on, or, to take them back, that there is none. */
static void write_times(struct engine *engine, bool back)
{
    struct partition_complete *rows = arena_array(&engine->scratch, struct partition_complete, engine->inputs.n);
    struct fed_topic topics[TOPIC_INPUTS];
    size_t topics_n = shard_fed_by(&engine->shards[0], topics), n = 0;
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        if (!input->assigned || !shard_concerns(&engine->shards[0], input))
            continue;
        int64_t time = back ? TIME_NONE : completeness_of_input(engine, i);
        if (!back && time <= input->complete_written)
            continue;
        rows[n++] = (struct partition_complete){str_from(input->topic), input->partition, time};
        input->complete_written = time;
    }
    if (n > 0) {
        engine->complete_in_flight++;
        complete_write(&engine->view, topics, topics_n, rows, n, take_complete_answer, engine);
    }
    arena_reset(&engine->scratch, 0);
}

void completeness_write(struct engine *engine)
{
    bool sure = engine->partitions_known && !engine->complete_doubted && engine->complete_in_flight == 0;
    if (engine->assigned && sure && view_is_open(&engine->view))
        write_times(engine, false);
}

void completeness_take_back(struct engine *engine, int64_t now_us)
{
    if (!engine->assigned || !engine->complete_doubted || now_us < engine->complete_retry_us ||
        !view_is_open(&engine->view))
        return;
    engine->complete_doubted = false;
    write_times(engine, true);
}
