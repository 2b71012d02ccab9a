/* Shared by record.c, count.c and fold.c only. */
#ifndef STOCKFOLD_CORE_RECORD_PARTS_H
#define STOCKFOLD_CORE_RECORD_PARTS_H

#include "stockfold/core/record.h"

/* record_apply() without newest_*, with the greatest as_of of the event's repetitions. */
void record_apply_effect(struct record *record, const struct event *event, int64_t as_of);

/* Index of the first place that is not before `place`. */
uint32_t record_place_index(const struct record *record, struct str place);

/* The place at `place`, or NULL. */
struct place_stock *record_place(struct record *record, struct str place);

/* Sets a place because `event` names or sets it. One that comes to 0 is forgotten. */
void record_set_place(struct record *record, struct str place, int64_t qty, const struct event *event);

/* Removes the place at `index`. */
void record_forget_place(struct record *record, uint32_t index);

/* Applies a `counted`. */
void count_apply(struct record *record, const struct event *event);

#endif
