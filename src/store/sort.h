/* Sorting more strings than memory should hold: sorted runs in temporary files (TMPDIR), merged when read. */
#ifndef STOCKFOLD_STORE_SORT_H
#define STOCKFOLD_STORE_SORT_H

#include "stockfold/base/error.h"
#include "stockfold/core/str.h"

struct sorter;

struct sorter *sorter_new(void);
void sorter_free(struct sorter *sorter);

/* Adds a string of up to 64 KiB. */
int sorter_add(struct sorter *sorter, struct str text, struct error *error) WARN_UNUSED;
/* No more to add. */
int sorter_finish(struct sorter *sorter, struct error *error) WARN_UNUSED;
/* The next in order of bytes, each only once; borrowed until the next call. False: that was the last, or the runs
 * cannot be read (then the error is filled). */
bool sorter_next(struct sorter *sorter, struct str *ret_text, struct error *error);

#endif
