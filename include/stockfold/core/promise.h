/* The promise: is a node open now, and by when is an order ready that is taken now? Pure.
 *
 * Opening hours are wall-clock times at the node. Spans that overlap or touch are one. A wall-clock time that does not
 * exist (spring) is as much later as the clocks are put on; of one that there is twice (autumn) an opening is the
 * first, a closing the second.
 *
 *   start    = now, when the node is open and closes no sooner than cutoff from now; else the next opening from which
 *              it stays open for at least cutoff
 *   ready_by = the moment at which the node has been open for lead since start (the lead runs while it is open),
 *              rounded up to the minute; where it is closed then, closing time itself included, the next opening */
#ifndef STOCKFOLD_CORE_PROMISE_H
#define STOCKFOLD_CORE_PROMISE_H

#include "stockfold/core/event.h"
#include "stockfold/core/node.h"

/* A time zone as what its clocks did and will do: seconds to add to UTC, from a moment on. Sorted by from_ms; the first
 * holds for all time before the second. UTC when there is none. */
struct zone_offset {
    int64_t from_ms;
    int32_t seconds;
};
struct local_clock {
    const struct zone_offset *offsets;
    size_t offsets_n;
};

int32_t local_offset_s(const struct local_clock *clock, int64_t utc_ms);

/* How far ahead openings are looked for. A clock must know its offsets so far. */
enum { PROMISE_DAYS_MAX = 30 };

bool opening_is_open(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms);
/* The first moment from now on at which it is open (now itself if it is); TIME_NONE: not within PROMISE_DAYS_MAX. */
int64_t opening_next(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms);

/* The moment at which it closes, when it is open now; TIME_NONE: it is closed, or does not close within
 * PROMISE_DAYS_MAX. */
int64_t opening_closes(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms);

/* Neither lead nor cutoff is negative. TIME_NONE: not within PROMISE_DAYS_MAX. */
int64_t promise_ready_by(const struct opening_hours *hours, const struct local_clock *clock, int64_t now_ms,
                         int64_t lead_minutes, int64_t cutoff_minutes);

/* Until when an order that is ready at `ready_ms` waits to be collected: the closing time of the days-th opening day
 * after it. The local day of `ready_ms` itself is not one of them. An opening day is a local day on which an opening
 * begins; its closing time is when the last of these ends, also where the next day's touches it. Where fewer than `days`
 * come within PROMISE_DAYS_MAX, it is the last of them. TIME_NONE: there is none. `days` is above 0. */
int64_t pickup_deadline(const struct opening_hours *hours, const struct local_clock *clock, int64_t ready_ms,
                        int64_t days);

#endif
