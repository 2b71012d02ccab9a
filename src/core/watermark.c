/* How far partitions are complete, and which hours of a record may settle because of it. */
#include "stockfold/core/watermark.h"

#define HOUR_MS (INT64_C(3600) * 1000)

const struct watermark watermark_none = {
    .next = 0, .last_offset = -1, .digest = 0, .complete_to = TIME_NONE, .newest = TIME_NONE};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool watermark_is_sound(const struct watermark *watermark)
{
    return watermark->last_offset >= -1 && watermark->last_offset < watermark->next;
}

void watermark_pass(struct watermark *watermark, int64_t offset, uint64_t digest, int64_t kafka_time)
{
    watermark->next = offset + 1;
    watermark->last_offset = offset;
    watermark->digest = digest;
    watermark->newest = later(watermark->newest, kafka_time);
}

void watermark_complete(struct watermark *watermark, int64_t complete_to)
{
    watermark->complete_to = later(watermark->complete_to, complete_to);
}

bool watermark_advance(struct watermark *watermark, const struct watermark *next)
{
    if (next->next < watermark->next)
        return false;

    int64_t complete_to = later(watermark->complete_to, next->complete_to);
    int64_t newest = later(watermark->newest, next->newest);
    if (next->next > watermark->next)
        *watermark = *next;
    watermark->complete_to = complete_to;
    watermark->newest = newest;
    return true;
}

int64_t watermark_progress(const struct watermark *watermarks, size_t watermarks_n)
{
    int64_t progress = watermarks_n == 0 ? TIME_NONE : INT64_MAX;

    for (size_t i = 0; i < watermarks_n; i++)
        if (watermarks[i].complete_to < progress)
            progress = watermarks[i].complete_to;
    return progress;
}

int64_t hour_of(int64_t time_ms)
{
    return time_ms / HOUR_MS - (time_ms % HOUR_MS < 0);
}

int64_t hour_end(int64_t hour)
{
    return (hour + 1) * HOUR_MS;
}

bool may_settle(const struct lateness_rule *rule, int64_t slack_ms, int64_t progress, int64_t hour, int64_t kafka_time)
{
    return progress != TIME_NONE && hour_end(hour) <= progress - rule->window_ms - slack_ms &&
           kafka_time <= progress - rule->history_ms - slack_ms;
}
