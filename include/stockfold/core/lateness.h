/* Which events are taken, and which are refused as late: contract "Late".
 *
 *   K  Kafka time of a message           W  the window (fold.window)
 *   t  key time of its event             G  fold.history
 *   P  progress of the shard: everything with a smaller Kafka time has been judged (watermark.h)
 *
 *   t >= K - W    within the window: taken, always
 *   t <  K - W    history: late when its record has an accepted event at least as new (key time >= t) whose own Kafka
 *                 time is at most K - G; else taken
 *
 * Both are statements about the log, so every fold decides alike as soon as it has read what they speak of: history is
 * accepted only once P > K - G/2. One accepted event that closes is enough to refuse, whatever P is. P may be wrong by
 * up to G/2 (brokers' clocks that differ, or step back when a leader changes) without any effect.
 *
 * All accepted events count, struck ones and marks too; of repetitions each counts, so the smallest Kafka time does. A
 * shipment is judged in both its records, and taken by both or by none.
 *
 * Pure. Times in ms. */
#ifndef STOCKFOLD_CORE_LATENESS_H
#define STOCKFOLD_CORE_LATENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LATENESS_WINDOW_MS_DEFAULT (INT64_C(72) * 3600 * 1000)
#define LATENESS_HISTORY_MS_DEFAULT (INT64_C(24) * 3600 * 1000)

/* Settings that are part of a view's data: a view folded with others has other contents. */
struct lateness_rule {
    int64_t window_ms;  /* W */
    int64_t history_ms; /* G, at least a minute */
};

/* A fact about one record, true for good: it has an accepted event whose key time is at least `key_time` and whose
 * Kafka time is at most `kafka_time`. An accepted event is such a mark of itself. */
struct lateness_mark {
    int64_t key_time, kafka_time;
};

/* Older than the window: may be late, and has to wait for P. */
bool lateness_is_history(const struct lateness_rule *rule, int64_t key_time, int64_t kafka_time);

/* The fact proves that history with these times is late. */
bool lateness_closes(const struct lateness_rule *rule, const struct lateness_mark *mark, int64_t key_time,
                     int64_t kafka_time);

/* At progress P (TIME_NONE: nothing is known) whatever could close history with this Kafka time has been judged. */
bool lateness_may_accept(const struct lateness_rule *rule, int64_t progress, int64_t kafka_time);

/* Many marks of one record as a table that lateness_closed_up_to() searches: sorted by Kafka time, each key time the
 * greatest so far. */
void lateness_table(struct lateness_mark *marks, size_t marks_n);

/* The greatest key time that is closed for history with this Kafka time; TIME_NONE when nothing is. Older and equal
 * ones are late. */
int64_t lateness_closed_up_to(const struct lateness_rule *rule, const struct lateness_mark *table, size_t table_n,
                              int64_t kafka_time);

/* Marks that a record keeps beside its newest event while it has events in its window, so that a source that is always
 * late is refused without a look at the window: its newest event as of two earlier moments, G or more of Kafka time
 * apart, newest first. In steady state the second is between G and 2G old. */
enum { LATENESS_MARKS = 2 };
struct lateness_past {
    struct lateness_mark marks[LATENESS_MARKS];
    int marks_n;
};

/* The record gets events: `newest` is the event that is its newest until then. */
void lateness_remember(struct lateness_past *past, const struct lateness_rule *rule, struct lateness_mark newest);

#endif
