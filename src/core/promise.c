/* Opening hours on a clock that is put on and back, and the promise that follows from them.
 *
 * Spans are never merged or sorted: whoever asks until when a node is open walks from span to span for as long as one
 * covers the end of the one before. That is exact in any order, also where a change of the clocks reverses it. */
#include "stockfold/core/promise.h"

#include <assert.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (DAY_MINUTES * MINUTE_MS)

/* Local days whose spans can be open at a moment of day 0. A span ends at the latest two days after its own midnight,
 * or three where a zone skips a whole day (Pacific/Apia did); clocks put back over midnight bring the day before again.
 */
enum { FIRST_DAY = -2, LAST_DAY = 1 };

struct schedule {
    const struct opening_hours *hours;
    const struct local_clock *clock;
};

/* UTC. Empty when `from` is not before `to`: the clocks were put on over it. */
struct opening {
    int64_t from, to;
};

enum edge { EDGE_OPENS, EDGE_CLOSES };

int32_t local_offset_s(const struct local_clock *clock, int64_t utc_ms)
{
    size_t i = clock->offsets_n;

    if (i == 0)
        return 0;
    while (i > 1 && utc_ms < clock->offsets[i - 1].from_ms)
        i--;
    return clock->offsets[i - 1].seconds;
}

/* The moment at which clocks at the node show `local_ms` (ms since 1970 as if it were UTC). */
static int64_t utc_of(const struct local_clock *clock, int64_t local_ms, enum edge edge)
{
    int64_t utc_ms = local_ms;

    for (size_t i = 0; i < clock->offsets_n; i++) {
        const struct zone_offset *offset = &clock->offsets[i];
        int64_t here_ms = local_ms - offset->seconds * INT64_C(1000);
        if (i > 0 && here_ms < offset->from_ms)
            break; /* shown before this offset began, or, when not even then, skipped: the one before it holds on */
        utc_ms = here_ms;
        bool shown = i + 1 == clock->offsets_n || here_ms < offset[1].from_ms;
        if (shown && edge == EDGE_OPENS)
            break;
    }
    return utc_ms;
}

static int64_t local_day(const struct local_clock *clock, int64_t utc_ms)
{
    int64_t local_ms = utc_ms + local_offset_s(clock, utc_ms) * INT64_C(1000);
    return (local_ms - (local_ms < 0 ? DAY_MS - 1 : 0)) / DAY_MS;
}

static const struct opening_day *hours_of_day(const struct opening_hours *hours, int64_t day)
{
    size_t low = 0, high = hours->days_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hours->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < hours->days_n && hours->days[low].day == day)
        return &hours->days[low];
    return &hours->week[((day + 3) % WEEKDAYS + WEEKDAYS) % WEEKDAYS]; /* 1970 began on a Thursday */
}

static struct opening opening_of(const struct local_clock *clock, int64_t day, struct opening_span span)
{
    return (struct opening){
        .from = utc_of(clock, day * DAY_MS + span.from * MINUTE_MS, EDGE_OPENS),
        .to = utc_of(clock, day * DAY_MS + span.to * MINUTE_MS, EDGE_CLOSES),
    };
}

/* Until when the node is open for one span more from `at_ms` on, unless `enough_ms` is reached before all are looked
 * at; `at_ms` itself: not at all. */
static int64_t one_span_on(const struct schedule *schedule, int64_t at_ms, int64_t enough_ms)
{
    int64_t today = local_day(schedule->clock, at_ms), until_ms = at_ms;

    for (int64_t day = today + LAST_DAY; day >= today + FIRST_DAY && until_ms < enough_ms; day--) {
        const struct opening_day *hours = hours_of_day(schedule->hours, day);
        for (size_t i = 0; i < hours->spans_n; i++) {
            struct opening opening = opening_of(schedule->clock, day, hours->spans[i]);
            if (opening.from <= at_ms && opening.to > until_ms)
                until_ms = opening.to;
        }
    }
    return until_ms;
}

/* When the node, open at `at_ms`, closes; or any moment not before `enough_ms` up to which it stays open. */
static int64_t open_until(const struct schedule *schedule, int64_t at_ms, int64_t enough_ms)
{
    int64_t until_ms = at_ms;

    while (until_ms < enough_ms) {
        int64_t more_ms = one_span_on(schedule, until_ms, enough_ms);
        if (more_ms == until_ms)
            break;
        until_ms = more_ms;
    }
    return until_ms;
}

/* The first moment from `at_ms` to `last_ms` at which the node is open; TIME_NONE: it is not. */
static int64_t next_open(const struct schedule *schedule, int64_t at_ms, int64_t last_ms)
{
    int64_t first_ms = last_ms + 1;
    int64_t last_day = local_day(schedule->clock, last_ms) + LAST_DAY;

    for (int64_t day = local_day(schedule->clock, at_ms) + FIRST_DAY; day <= last_day; day++) {
        /* A day more than it takes: where clocks are put on, a later day may open first. */
        if (first_ms == at_ms || utc_of(schedule->clock, (day - 1) * DAY_MS, EDGE_OPENS) > first_ms)
            break;
        const struct opening_day *hours = hours_of_day(schedule->hours, day);
        for (size_t i = 0; i < hours->spans_n; i++) {
            struct opening opening = opening_of(schedule->clock, day, hours->spans[i]);
            int64_t from_ms = opening.from > at_ms ? opening.from : at_ms;
            if (from_ms < opening.to && from_ms < first_ms)
                first_ms = from_ms;
        }
    }
    return first_ms <= last_ms ? first_ms : TIME_NONE;
}

bool opening_is_open(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms)
{
    const struct schedule schedule = {hours, clock};
    return open_until(&schedule, now_ms, now_ms + 1) > now_ms;
}

int64_t opening_next(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms)
{
    const struct schedule schedule = {hours, clock};
    return next_open(&schedule, now_ms, now_ms + PROMISE_DAYS_MAX * DAY_MS);
}

int64_t opening_closes(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms)
{
    const struct schedule schedule = {hours, clock};
    int64_t last_ms = now_ms + PROMISE_DAYS_MAX * DAY_MS, until_ms = open_until(&schedule, now_ms, last_ms);
    return until_ms > now_ms && until_ms < last_ms ? until_ms : TIME_NONE;
}

/* When an order that comes at `now_ms` is begun. */
static int64_t preparation_start(const struct schedule *schedule, int64_t now_ms, int64_t last_ms, int64_t cutoff_ms)
{
    int64_t start_ms = next_open(schedule, now_ms, last_ms);

    while (start_ms != TIME_NONE) {
        int64_t until_ms = open_until(schedule, start_ms, start_ms + cutoff_ms);
        if (until_ms - start_ms >= cutoff_ms)
            break;
        start_ms = next_open(schedule, until_ms, last_ms);
    }
    return start_ms;
}

int64_t promise_ready_by(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms,
                         int64_t lead_minutes, int64_t cutoff_minutes)
{
    assert(lead_minutes >= 0 && cutoff_minutes >= 0);
    const struct schedule schedule = {hours, clock};
    int64_t last_ms = now_ms + PROMISE_DAYS_MAX * DAY_MS, left_ms = lead_minutes * MINUTE_MS;
    int64_t at_ms = preparation_start(&schedule, now_ms, last_ms, cutoff_minutes * MINUTE_MS);

    while (at_ms != TIME_NONE) {
        int64_t until_ms = open_until(&schedule, at_ms, at_ms + left_ms);
        if (until_ms - at_ms >= left_ms)
            break;
        left_ms -= until_ms - at_ms;
        at_ms = next_open(&schedule, until_ms, last_ms);
    }
    if (at_ms == TIME_NONE || at_ms + left_ms > last_ms)
        return TIME_NONE;
    int64_t ready_ms = (at_ms + left_ms + MINUTE_MS - 1) / MINUTE_MS * MINUTE_MS;
    if (open_until(&schedule, ready_ms, ready_ms + 1) > ready_ms)
        return ready_ms;
    return next_open(&schedule, ready_ms, last_ms); /* nothing is handed over at closing time */
}

/* When the last opening that begins on that local day ends; TIME_NONE: none does. */
static int64_t closing_time_of(const struct schedule *schedule, int64_t day)
{
    const struct opening_day *hours = hours_of_day(schedule->hours, day);
    int64_t closes_ms = TIME_NONE;

    for (size_t i = 0; i < hours->spans_n; i++) {
        struct opening opening = opening_of(schedule->clock, day, hours->spans[i]);
        if (opening.from < opening.to && (closes_ms == TIME_NONE || opening.to > closes_ms))
            closes_ms = opening.to;
    }
    return closes_ms;
}

int64_t pickup_deadline(const struct opening_hours *hours, const struct local_clock *clock, int64_t ready_ms,
                        int64_t days)
{
    assert(days > 0);
    const struct schedule schedule = {hours, clock};
    int64_t ready_day = local_day(clock, ready_ms), deadline_ms = TIME_NONE;

    for (int64_t day = ready_day + 1; day <= ready_day + PROMISE_DAYS_MAX && days > 0; day++) {
        int64_t closes_ms = closing_time_of(&schedule, day);
        if (closes_ms == TIME_NONE)
            continue;
        deadline_ms = closes_ms;
        days--;
    }
    return deadline_ms;
}
