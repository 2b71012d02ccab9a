/* The outbox of reservations, P:{res}:o: messages for Kafka, written by whatever changes a reservation (reservations.h), in
 * the same step; taken by the relay, which lets go of them once Kafka has them.
 *
 * An entry's id is its stream's, "MS-SEQ", MS being Redis' clock. The id up to which all is in Kafka is noted in
 * P:{res}:m, field `relayed`: by it an answer that waits for the log knows that its entry is there, and not lost. */
#ifndef STOCKFOLD_STORE_OUTBOX_H
#define STOCKFOLD_STORE_OUTBOX_H

#include "stockfold/store/plan.h"

struct outbox_entry {
    struct str entry; /* its id */
    int64_t at_ms;    /* when it was written, by Redis' clock */
    struct str id;    /* of the reservation; empty: the entry is none of ours, and `value` what could be read of it */
    struct str value;
    bool lasting; /* for stock.reservations; else for stock.holds */
};

/* The oldest entries, `most` at most; borrowed from the answers. */
uint32_t ask_outbox(struct plan *plan, const struct view *view, uint32_t most);
/* False: the answer is none of an outbox. */
bool read_outbox(const struct answers *answers, uint32_t ask, struct arena *arena, struct outbox_entry **ret_entries,
                 size_t *ret_n);

/* How many entries there are; for read_outbox_depth(). */
uint32_t ask_outbox_depth(struct plan *plan, const struct view *view);
bool read_outbox_depth(const struct answers *answers, uint32_t ask, int64_t *ret_depth);

/* Everything up to this entry is in Kafka: notes it, unless a later one is noted, and removes these entries. The answer is
 * the text "OK". */
uint32_t ask_outbox_release(struct plan *plan, const struct view *view, struct str entry);

#endif
