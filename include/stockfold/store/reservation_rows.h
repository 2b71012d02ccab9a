/* What the view keeps of a reservation beside its document: holds, indexes and when it is due. All of it follows from the
 * document alone, so that the fold, which applies what the log says, writes the same as whoever changed it first. */
#ifndef STOCKFOLD_STORE_RESERVATION_ROWS_H
#define STOCKFOLD_STORE_RESERVATION_ROWS_H

#include "stockfold/codec/reservation_json.h"
#include "stockfold/store/reservations.h"

struct reservation_rows {
    struct change_hold *holds; /* of each line; without `less` and `seen` */
    struct change_index indexes[RESERVATION_INDEXES];
    struct change_due due;
    uint32_t holds_n, indexes_n;
};

/* Borrows from the document; what has to be made is in the arena. */
void reservation_rows_fill(const struct reservation_document *document, const struct reservation_policy *policy,
                           struct arena *arena, struct reservation_rows *ret_rows);

#endif
