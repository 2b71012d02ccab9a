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
#include "stockfold/core/lateness.h"

struct watermark {
    int64_t next;        /* offset of the next message to fold; 0 when nothing was read */
    int64_t last_offset; /* the newest message folded or passed over, -1 when none */
    uint64_t digest;     /* of that message: key, value, Kafka time; 0 when last_offset is -1 */
    int64_t complete_to; /* Kafka time, ms, up to which the partition holds nothing more; TIME_NONE when never read */
    int64_t newest;      /* Kafka time, ms, of the newest message that moved it; TIME_NONE: none did since it was read
                            back from the view, where only the newest of all of a shard's watermarks is kept */
};

extern const struct watermark watermark_none;

/* The newest message lies before the next one: what else says so was written by nobody, and is not to be believed. */
bool watermark_is_sound(const struct watermark *watermark);

/* Moves `watermark` behind the message at `offset`, and its newest time on to `kafka_time`. */
void watermark_pass(struct watermark *watermark, int64_t offset, uint64_t digest, int64_t kafka_time);
/* Nothing more can come up to `complete_to`; an earlier time, or TIME_NONE, changes nothing. */
void watermark_complete(struct watermark *watermark, int64_t complete_to);

/* Moves `watermark` to where `next` is, never back: greater offsets replace, complete_to and newest only grow
 * while the offset stands or grows. Returns false when `next` lies behind it. */
bool watermark_advance(struct watermark *watermark, const struct watermark *next);

/* Settlement goes by whole hours of event time.
 * The hour a key time falls into (rounding down, before 1970 too), and the first ms after an hour. */
int64_t hour_of(int64_t time_ms);
int64_t hour_end(int64_t hour);

/* Whether a record's events in `hour`, none with a greater Kafka time than `kafka_time`, may settle at progress P: the
 * hour is over since before P - W - slack, and all of them came before P - G - slack. A record's hours settle in order:
 * none may settle while an earlier one may not.
 *
 * No event that is taken later can then have a key time up to the newest that settled: one within its window is newer
 * than P - W, and history is late, since that newest one closes it (lateness.h). `slack_ms` is for clocks that step
 * back: at least SETTLE_SLACK_MS_MIN. */
bool may_settle(const struct lateness_rule *rule, int64_t slack_ms, int64_t progress, int64_t hour, int64_t kafka_time);
/* The least P at which they may. */
int64_t settles_at(const struct lateness_rule *rule, int64_t slack_ms, int64_t hour, int64_t kafka_time);
/* The first hour that is not over yet at that P, whatever its events' Kafka times: what settles lies before it. */
int64_t settles_before(const struct lateness_rule *rule, int64_t slack_ms, int64_t progress);

#define SETTLE_SLACK_MS_MIN (INT64_C(3600) * 1000)
#define SETTLE_SLACK_MS_DEFAULT SETTLE_SLACK_MS_MIN

#endif
