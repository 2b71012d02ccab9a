/* In which hours of event time the journal holds events of a record: what an event out of order has to read. It stands
 * in front of the packed record in P:{K}:r, since whoever folds reads that anyway. The same bytes say what must be there
 * beside the record: what is missing of it was lost.
 *
 *   hours = head byte: 0 for none, else the number of bitmap bytes (1...15), + 16 if P:{K}:b holds the record's base,
 *           + 32 for each mark of the record's past, + 128 if there may be older ones
 *           newest hour (varint, zigzag), bitmap: bit i of it = hour newest - i
 *           marks, newest first: key time before the newest hour's begin, Kafka time behind the key time, both in
 *           minutes (varint, zigzag), rounded so that the mark stays true
 *
 * Each hour in it holds events of the record, and none that it does not know of does; none exactly when everything of the
 * record is settled. Pure. */
#ifndef STOCKFOLD_STORE_HOURS_H
#define STOCKFOLD_STORE_HOURS_H

#include <stdint.h>

#include "stockfold/base/buffer.h"
#include "stockfold/core/lateness.h"
#include "stockfold/core/str.h"

enum { HOURS_MAX = 120 };

struct hours {
    bool any;
    bool older; /* some may lie HOURS_MAX or more before the newest */
    bool based; /* P:{K}:b holds the base; else it rides in the journal, or there is none */
    int64_t newest;
    uint64_t bits[2]; /* bit i of them: newest - i */
    struct lateness_past past;
};

void hours_add(struct hours *hours, int64_t hour);
/* Takes out all up to `hour`, that one included. */
void hours_drop(struct hours *hours, int64_t hour);
/* Calls `each` for every hour that is known, newest first. */
void hours_each(const struct hours *hours, void (*each)(void *context, int64_t hour), void *context);

/* The oldest hour that is known; of any. */
int64_t hours_oldest(const struct hours *hours);
/* Whether it has that hour; of one that is too far before the newest, whether it may. */
bool hours_has(const struct hours *hours, int64_t hour);
/* Whether `found` has all that are known in `hours`. */
bool hours_are_among(const struct hours *hours, const struct hours *found);

void hours_write(const struct hours *hours, struct buffer *out);
/* Splits what lies in P:{K}:r. False: broken. Empty bytes are no hours and an empty record. `ret_hours` may be NULL. */
bool hours_read(struct str value, struct hours *ret_hours, struct str *ret_packed);

#endif
