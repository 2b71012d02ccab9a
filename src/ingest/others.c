/* Responsible for: how far others of the group have committed. Not for: who gets what (assignment.c). Thread: the fold's. */
#include "others.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/store/shard_meta.h"

enum { ANSWER_MS = 5000, LOOK_MS = 100, GRACE_US = 3 * 1000 * 1000 };

struct others_reading {
    struct engine *engine;
    int64_t *next;  /* of each input the lowest over its shards */
    uint32_t shard; /* whose answer comes next, as engine->shards has it */
    bool broken;
};

static void take_positions(void *context, const struct reply *reply)
{
    struct others_reading *reading = context;
    struct engine *engine = reading->engine;
    const struct shard *shard = &engine->shards[reading->shard++];
    struct shard_meta meta;
    if (!view_parse_meta(reply, &engine->scratch, &meta)) {
        reading->broken = true;
        return;
    }
    for (size_t i = 0; i < engine->inputs.n; i++) {
        const struct input *input = &engine->inputs.rows[i];
        int64_t next = 0;
        if (!shard_concerns(shard, input))
            continue;
        for (size_t k = 0; k < meta.watermarks_n; k++)
            if (meta.watermarks[k].partition == input->partition &&
                str_equal(meta.watermarks[k].topic, str_from(input->topic)))
                next = meta.watermarks[k].watermark.next;
        if (next < reading->next[i])
            reading->next[i] = next;
    }
}

/* The first partition of others that is not committed to its target; NULL: all are. */
static const struct input *find_behind(const struct others_reading *reading, int64_t *ret_next)
{
    const struct inputs *inputs = &reading->engine->inputs;
    for (size_t i = 0; i < inputs->n; i++) {
        const struct input *input = &inputs->rows[i];
        *ret_next = reading->next[i];
        if (!input->assigned && (input->target < 0 || reading->next[i] < input->target))
            return input;
    }
    return NULL;
}

static bool read_positions(struct others_reading *reading)
{
    struct engine *engine = reading->engine;
    reading->shard = 0;
    for (size_t i = 0; i < engine->inputs.n; i++)
        reading->next[i] = INT64_MAX;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        view_ask_meta(&engine->view, engine->shards[i].number, take_positions, reading);
    bool answered = view_drain(&engine->view, ANSWER_MS) && !reading->broken;
    arena_reset(&engine->scratch, 0);
    return answered;
}

/* Others that live are a moment behind: they are given some seconds. */
static int await_others(struct others_reading *reading, size_t own_n, struct error *error)
{
    const struct engine *engine = reading->engine;
    const struct input *behind = NULL;
    int64_t next = 0, until_us = clock_steady_us() + GRACE_US;
    for (;;) {
        if (!read_positions(reading))
            return error_set(error, ERROR_UNREACHABLE,
                             "how far other consumers of group %s are could not be read from Redis at %s",
                             engine->config->group, view_name(&engine->view));
        behind = find_behind(reading, &next);
        if (behind == NULL || *engine->stop || clock_steady_us() >= until_us)
            break;
        poll(NULL, 0, LOOK_MS);
    }
    if (behind == NULL) {
        log_info("others of the group hold partitions, and have committed them to the end here=%zu of=%zu group=%s",
                 own_n, engine->inputs.n, engine->config->group);
        return 0;
    }
    return error_set(error, ERROR_NO,
                     "not the whole: %zu of %zu partitions were folded here to their end, the others belong to other "
                     "consumers of group %s, and %s:%" PRId32 " is committed to offset %" PRId64 " of %" PRId64
                     "; run it again when they are done, or stop them first",
                     own_n, engine->inputs.n, engine->config->group, behind->topic, behind->partition, next,
                     behind->target);
}

int others_check(struct engine *engine, struct error *error)
{
    size_t own_n = 0;
    for (size_t i = 0; i < engine->inputs.n; i++)
        own_n += engine->inputs.rows[i].assigned;
    if (own_n == engine->inputs.n)
        return 0;
    struct others_reading reading = {.engine = engine, .next = calloc(engine->inputs.n, sizeof(int64_t))};
    if (reading.next == NULL)
        error_out_of_memory();
    int code = await_others(&reading, own_n, error);
    free(reading.next);
    return code;
}
