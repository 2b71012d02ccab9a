/* What all of reading is made of: commands on a key, and answers taken apart with every byte checked. */
#ifndef STOCKFOLD_STORE_READING_PARTS_H
#define STOCKFOLD_STORE_READING_PARTS_H

#include "stockfold/store/reading.h"

/* Where the next ask's key is to be built: emptied. */
struct buffer *ask_key(struct plan *plan);
/* VERB KEY, and `more` words to be added. */
uint32_t ask_on_key(struct plan *plan, uint32_t shard, struct str verb, enum answer_shape shape, uint32_t more);

/* NULL: lost, or never asked for. */
const struct reply *answer_at(const struct answers *answers, uint32_t ask);

/* Decimal digits, behind a minus or not, and nothing else. */
bool number_of(struct str text, int64_t *ret_number);
/* Of a hash's field: a number of units, not below 0; `missing` when it is not there. */
bool read_units(const struct reply *reply, int64_t missing, int64_t *ret_units);
/* What stands before the first `mark` (all of it, when there is none); `text` becomes what stands behind. */
struct str cut_at(struct str *text, char mark);

#endif
