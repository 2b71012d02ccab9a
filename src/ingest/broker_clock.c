/* Responsible for: what brokers' clocks show. Not for: asking them (ends.c). Thread: its caller's. */
#include "broker_clock.h"

#include <stdlib.h>

#include "stockfold/base/error.h"
#include "stockfold/core/event.h"

enum { CONFIRMS_MS = 1000, SILENCE_US = 60 * 1000 * 1000, DOUBT_US = 10 * 1000 * 1000 };

void broker_clocks_done(struct broker_clocks *clocks)
{
    free(clocks->rows);
    *clocks = (struct broker_clocks){0};
}

static const struct broker_clock *find_clock(const struct broker_clocks *clocks, int32_t broker)
{
    for (size_t i = 0; i < clocks->n; i++)
        if (clocks->rows[i].broker == broker)
            return &clocks->rows[i];
    return NULL;
}

static struct broker_clock *find_or_add_clock(struct broker_clocks *clocks, int32_t broker)
{
    const struct broker_clock *found = find_clock(clocks, broker);
    if (found != NULL)
        return &clocks->rows[found - clocks->rows];
    if (clocks->n == clocks->cap) {
        clocks->cap = clocks->cap == 0 ? 8 : clocks->cap * 2;
        clocks->rows = reallocarray(clocks->rows, clocks->cap, sizeof(*clocks->rows));
        if (clocks->rows == NULL)
            error_out_of_memory();
    }
    struct broker_clock *clock = &clocks->rows[clocks->n++];
    *clock = (struct broker_clock){.broker = broker, .offset_ms = TIME_NONE, .offset_max_ms = TIME_NONE};
    return clock;
}

static void raise_offset(struct broker_clock *clock, int64_t offset_ms, int64_t came_us)
{
    if (offset_ms > clock->offset_ms)
        clock->offset_ms = offset_ms;
    if (offset_ms >= clock->offset_ms - CONFIRMS_MS)
        clock->confirmed_us = came_us;
}

int64_t broker_clock_saw(struct broker_clocks *clocks, int32_t broker, int64_t stamp_ms, int64_t came_us)
{
    struct broker_clock *clock = find_or_add_clock(clocks, broker);
    int64_t offset_ms = stamp_ms - came_us / 1000;
    if (clock->offset_max_ms != TIME_NONE && offset_ms > clock->offset_max_ms + CONFIRMS_MS) {
        clock->doubted = true;
        return offset_ms - clock->offset_max_ms;
    }
    raise_offset(clock, offset_ms, came_us);
    return 0;
}

void broker_clock_answered(struct broker_clocks *clocks, int32_t broker, int64_t stamp_ms, int64_t sent_us,
                           int64_t came_us)
{
    struct broker_clock *clock = find_or_add_clock(clocks, broker);
    clock->offset_max_ms = stamp_ms - sent_us / 1000;
    clock->doubted = false;
    raise_offset(clock, stamp_ms - came_us / 1000, came_us);
    clock->confirmed_us = came_us;
    if (clock->offset_ms > clock->offset_max_ms)
        clock->offset_ms = clock->offset_max_ms; /* it was set back */
}

bool broker_clock_is_to_be_asked(struct broker_clocks *clocks, int32_t broker, int64_t now_us)
{
    struct broker_clock *clock = find_or_add_clock(clocks, broker);
    int64_t heard_us = clock->confirmed_us > clock->asked_us ? clock->confirmed_us : clock->asked_us;
    bool doubted = clock->doubted && now_us - clock->asked_us >= DOUBT_US;
    if (clock->asked_us != 0 && now_us - heard_us < SILENCE_US && !doubted)
        return false;
    clock->asked_us = now_us;
    return true;
}

/* The least of the clocks of brokers that were asked; where none was, the least of all. */
static int64_t least_offset(const struct broker_clocks *clocks)
{
    int64_t asked_ms = TIME_NONE, any_ms = TIME_NONE;
    for (size_t i = 0; i < clocks->n; i++) {
        const struct broker_clock *clock = &clocks->rows[i];
        if (clock->offset_ms != TIME_NONE && (any_ms == TIME_NONE || clock->offset_ms < any_ms))
            any_ms = clock->offset_ms;
        if (clock->offset_max_ms != TIME_NONE && (asked_ms == TIME_NONE || clock->offset_ms < asked_ms))
            asked_ms = clock->offset_ms;
    }
    return asked_ms != TIME_NONE ? asked_ms : any_ms;
}

int64_t broker_clock_at(const struct broker_clocks *clocks, int32_t broker, int64_t steady_us)
{
    const struct broker_clock *clock = find_clock(clocks, broker);
    int64_t offset_ms = clock == NULL ? TIME_NONE : clock->offset_ms;
    bool asked = clock != NULL && clock->offset_max_ms != TIME_NONE;
    int64_t least_ms = asked ? TIME_NONE : least_offset(clocks);
    if (least_ms > offset_ms)
        offset_ms = least_ms;
    return offset_ms == TIME_NONE ? TIME_NONE : offset_ms + steady_us / 1000;
}

int64_t broker_clocks_apart(const struct broker_clocks *clocks)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < clocks->n; i++) {
        if (clocks->rows[i].offset_max_ms == TIME_NONE)
            continue;
        if (clocks->rows[i].offset_max_ms < least)
            least = clocks->rows[i].offset_max_ms;
        if (clocks->rows[i].offset_max_ms > most)
            most = clocks->rows[i].offset_max_ms;
    }
    return most < least ? 0 : most - least;
}
