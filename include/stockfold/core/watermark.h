/* How far each input partition is read and known to be complete, and what may settle because of it.
 *
 * Pure. A watermark belongs to one (shard, topic, partition). Progress P of a shard is the smallest complete_to over
 * all its input partitions of stock topics; an event can only still come if its Kafka time is at least P. */
#ifndef STOCKFOLD_CORE_WATERMARK_H
#define STOCKFOLD_CORE_WATERMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stockfold/core/event.h"

struct watermark {
    int64_t next;        /* offset of the next message to fold; 0 when nothing was read */
    int64_t last_offset; /* the newest message folded or passed over, -1 when none */
    uint64_t digest;     /* of that message: key, value, Kafka time; 0 when last_offset is -1 */
    int64_t complete_to; /* Kafka time, ms, up to which the partition holds nothing more; TIME_NONE when never read */
};

extern const struct watermark watermark_none;

/* The newest message lies before the next one: what else says so was written by nobody, and is not to be believed. */
bool watermark_is_sound(const struct watermark *watermark);

/* Moves `watermark` behind the message at `offset`; up to `complete_to`, which TIME_NONE leaves as it was, nothing more
 * can come then. */
void watermark_pass(struct watermark *watermark, int64_t offset, uint64_t digest, int64_t complete_to);

/* Moves `watermark` to where `next` is, never back: greater offsets replace, complete_to only grows while
 * the offset stands or grows. Returns false when `next` lies behind it. */
bool watermark_advance(struct watermark *watermark, const struct watermark *next);

/* P: the smallest complete_to; TIME_NONE when one was never read or there is none. */
int64_t watermark_progress(const struct watermark *watermarks, size_t watermarks_n);

/* Settlement goes by whole hours of event time.
 * The hour a key time falls into (rounding down, before 1970 too), and the first ms after an hour. */
int64_t hour_of(int64_t time_ms);
int64_t hour_end(int64_t hour);

/* Whether events in `hour` of a record with these newest_* may settle at progress P: the hour is over since before
 * P - window - slack, and either ended at least an hour before the record's newest key or the record has been quiet for
 * the window of Kafka time. If an hour may settle, so may every earlier one.
 *
 * `slack_ms` is at least FOLD_HISTORY_SLACK_MS: an event within the window moves newest on, and history an hour older
 * than that is taken then, so what had settled must be older still. */
bool may_settle(int64_t hour, int64_t newest_time, int64_t newest_kafka_time, int64_t progress, int64_t window_ms,
                int64_t slack_ms);

#define SETTLE_SLACK_MS_DEFAULT (INT64_C(3600) * 1000)

#endif
