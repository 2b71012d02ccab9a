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

int64_t hour_of(int64_t time_ms)
{
    return time_ms / HOUR_MS - (time_ms % HOUR_MS < 0);
}

int64_t hour_end(int64_t hour)
{
    return (hour + 1) * HOUR_MS;
}

int64_t settles_at(const struct lateness_rule *rule, int64_t slack_ms, int64_t hour, int64_t kafka_time)
{
    return later(hour_end(hour) + rule->window_ms, kafka_time + rule->history_ms) + slack_ms;
}

int64_t settles_before(const struct lateness_rule *rule, int64_t slack_ms, int64_t progress)
{
    return hour_of(progress - rule->window_ms - slack_ms);
}

bool may_settle(const struct lateness_rule *rule, int64_t slack_ms, int64_t progress, int64_t hour, int64_t kafka_time)
{
    return progress != TIME_NONE && progress >= settles_at(rule, slack_ms, hour, kafka_time);
}
