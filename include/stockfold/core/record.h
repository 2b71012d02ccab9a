/* The record: the stock of one item at one node, and each event's effect on it.
 *
 * Pure: no I/O, no clock, no allocation. The caller owns the arrays; record_room() says how many entries an event may
 * add, and record_apply() asserts that there is room. Every str in a record is borrowed (from the bytes it was read
 * from or from events), so a record lives as long as those.
 *
 * Invariants (record_check):
 *   1. places are sorted by bytes, none twice, none with quantity 0
 *   2. incoming lines are sorted by ref, none twice, none with quantity 0 (one may stand below 0)
 *   3. newest_time is TIME_NONE exactly when nothing was ever applied; as_of is then TIME_NONE too
 * Quantities are 64-bit and may be negative; no stream of events can be long enough to overflow them. */
#ifndef STOCKFOLD_CORE_RECORD_H
#define STOCKFOLD_CORE_RECORD_H

#include "stockfold/core/event.h"

struct place_stock {
    struct str place;
    int64_t qty;        /* units, never 0 */
    int64_t seen_at;    /* ms: time of the newest event that named or set this place */
    struct str seen_by; /* its source */
};

struct incoming_line {
    struct str ref;
    int64_t qty; /* units still to come, never 0; below 0 when they arrived before the event of their shipment */
    int64_t eta; /* ms or TIME_NONE */
};

struct record {
    int64_t as_of;                /* ms: newest event that was not struck out */
    int64_t newest_time;          /* ms: newest key, struck ones and marks included: lateness.h */
    int64_t newest_kafka_time;    /* ms: smallest Kafka time of the events at that key time */
    int64_t unplaced;             /* units known to be here but not put anywhere yet */
    int64_t undrawn;              /* units that left from an unknown place */
    int64_t states[STOCK_STATES]; /* units damaged, on quality hold, staged; [STATE_SELLABLE] stays 0 */
    struct place_stock *places;
    uint32_t places_n, places_cap;
    struct incoming_line *incoming;
    uint32_t incoming_n, incoming_cap;
};

/* The empty record, on the caller's arrays. */
void record_init(struct record *ret_record, struct place_stock *places, uint32_t places_cap,
                 struct incoming_line *incoming, uint32_t incoming_cap);

/* How many places, and how many incoming lines, applying `event` may add at most. */
void record_room(const struct event *event, uint32_t *ret_places, uint32_t *ret_incoming);

/* Applies one event, which must come after all that were applied, in canonical order. A struck event and a
 * `corrected` only move newest_* (and a `corrected` as_of, to its own time). */
void record_apply(struct record *record, const struct event *event, bool struck);

/* Units physically at the node; and the sellable ones of them (without damaged and quality_hold). */
int64_t record_on_hand(const struct record *record);
int64_t record_sellable(const struct record *record);

/* Value equality, field by field. */
bool record_equal(const struct record *a, const struct record *b);

/* True when the invariants above hold. For assert and tests. */
bool record_check(const struct record *record);

#endif
