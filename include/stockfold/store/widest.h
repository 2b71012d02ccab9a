/* At how many nodes items are, from a sample of them: whether the view wants more buckets. Blocking. */
#ifndef STOCKFOLD_STORE_WIDEST_H
#define STOCKFOLD_STORE_WIDEST_H

#include "stockfold/core/bounds.h"
#include "stockfold/store/view.h"

struct widest {
    char sku[BOUND_SKU + 1]; /* empty: there are no records */
    int64_t fields;          /* of one hash with its records: a field a node, and a few beside them */
};

/* The widest of the first `sample` hashes that Redis names. */
int view_widest(struct view *view, int64_t sample, struct widest *ret_widest, struct error *error) WARN_UNUSED;

#endif
