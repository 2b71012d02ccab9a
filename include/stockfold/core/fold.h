/* The fold: record x events -> record, whatever order, repetition and batching the events come in.
 *
 *   what is shown = the record's window of recent events, in canonical order, applied to its settled base
 *
 * Pure. A caller gathers events of ONE record as an array of pointers, lets fold_unique() drop repetitions and find
 * what is struck out, and fold_replay() apply the rest to a record:
 *
 *   in order      every new event's key time is newer than record->newest_time: unique + replay onto what is shown
 *   out of order  base and every event of the window are fetched: unique + replay of all of them onto the base
 *   settling      the events that may settle: unique + replay onto the base, which is then the new base
 *
 * All three give the same record because equal key times never fall on two sides of any of these cuts. */
#ifndef STOCKFOLD_CORE_FOLD_H
#define STOCKFOLD_CORE_FOLD_H

#include "stockfold/core/record.h"

/* What fold_unique() met, for the metrics; added to, never reset. */
struct fold_tally {
    uint64_t repeated;    /* the same event again */
    uint64_t conflicting; /* the same key again with other content: the smaller stays (counted in `repeated` too) */
    uint64_t unmatched;   /* marks whose original is not among the events */
    uint64_t struck;      /* events struck out */
};

/* One event of a record on its way through the fold. */
struct fold_entry {
    const struct event *event;
    int64_t kafka_time; /* the smallest among repetitions; starts as event->kafka_time */
    int64_t as_of;      /* the greatest event->time among repetitions of a mark; starts as event->time */
    bool struck;        /* set by fold_unique */
    bool fresh; /* in: new, not from the window. out: the window does not hold exactly this yet, so journal it */
};

static inline struct fold_entry fold_entry_of(const struct event *event, bool fresh)
{
    return (struct fold_entry){.event = event, .kafka_time = event->kafka_time, .as_of = event->time, .fresh = fresh};
}

/* Keeps one of each identity: of different contents the smaller, with the smallest kafka_time and greatest as_of of all
 * its repetitions, so the result does not depend on which came first. An entry that stays `fresh` is one that the
 * window lacks or holds with a greater content or Kafka time, or smaller as_of. Marks the struck ones, leaves the
 * entries in canonical order, marks among them. Returns how many are left. `tally` may be NULL; of repetitions and
 * struck ones it counts those that something fresh makes so, but what is unmatched on every call: that means something
 * when events settle. */
size_t fold_unique(struct fold_entry *entries, size_t entries_n, struct fold_tally *tally);

/* Applies unique entries, in canonical order, to `record`, whose arrays must have room (fold_room), and moves its
 * newest_* on. */
void fold_replay(struct record *record, const struct fold_entry *entries, size_t entries_n);

/* Room that fold_replay() needs at most beyond what the record holds. */
void fold_room(const struct fold_entry *entries, size_t entries_n, uint32_t *ret_places, uint32_t *ret_incoming);

#endif
