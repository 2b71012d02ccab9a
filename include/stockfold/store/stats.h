/* What the folds count, and where they are: left in the view by those who fold, printed by those who answer /metrics.
 *
 * Totals are counters over all writers and restarts, P:{stats}:t; each fold adds what it counted since it last did.
 * Progress is one field a partition, P:{stats}:p, written by its owner. */
#ifndef STOCKFOLD_STORE_STATS_H
#define STOCKFOLD_STORE_STATS_H

#include "stockfold/core/refusal.h"
#include "stockfold/store/view.h"

/* --- totals ------------------------------------------------------------------------------------------------------ */

enum { TIMES_BOUNDS = 9 };
/* Upper bounds of durations, in microseconds. */
extern const int64_t times_bounds_us[TIMES_BOUNDS];

/* Durations, as a histogram. */
struct times {
    int64_t within[TIMES_BOUNDS + 1]; /* cumulative: how many took at most the bound; the last has none */
    int64_t sum_us, count;
};

void times_add(struct times *times, int64_t us);

/* Numbers only, in the order of total_rows. */
struct totals {
    int64_t read, folded, duplicate, conflicting, unmatched, struck, master, records, commits, conflicts, replays,
        settled, drift, damaged, clock_ahead, reservations, relayed;
    int64_t refused[REFUSALS]; /* by reason; of REFUSAL_NONE always 0 */
    struct times batch, commit;
};

enum { TOTALS = sizeof(struct totals) / sizeof(int64_t) };

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* A number: its field in the view, and the sample in /metrics that it becomes: METRIC SUFFIX {LABELS}. Rows of one
 * metric follow each other. A row without field is of a number that is always 0, and no sample. */
struct total_row {
    const char *field;
    const char *metric, *suffix, *labels; /* labels: NULL when there are none */
    enum metric_kind kind;
    double unit; /* what one of it is in the metric's unit: 1, or 1e-6 of microseconds in a metric of seconds */
    const char *help;
};
extern const struct total_row total_rows[TOTALS];

void totals_add(struct totals *totals, const struct totals *more);

/* The row of a field; NULL: there is none. */
const struct total_row *total_row_of(struct str field);

/* Adds to the view what `now` has and `then` has not. Asynchronous; nobody hears whether it was done. */
void totals_write(struct view *view, const struct totals *now, const struct totals *then);

/* --- progress of partitions -------------------------------------------------------------------------------------- */

struct partition_progress {
    struct str topic;
    int32_t partition;
    int64_t next;        /* offset that its owner reads next */
    int64_t end;         /* as last asked; -1: not known */
    int64_t complete_to; /* Kafka time, ms; TIME_NONE: not known */
    int64_t written_ms;
    int64_t waiting; /* messages read of it that wait for the log (history), or stand behind such */
};

void partitions_write(struct view *view, const struct partition_progress *partitions, size_t n);

/* One field of P:{stats}:p, "TOPIC:PARTITION" = "next end time wall waiting"; the topic is a view into `field`. False: it
 * is no such thing. */
bool partition_parse(struct str field, struct str value, struct partition_progress *ret_partition);

#endif
