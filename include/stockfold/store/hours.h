/* In which hours of event time the journal holds events of a record: what an event out of order has to read. It stands
 * before the packed record in P:{K}:r (record_value.h), since whoever folds reads that anyway. The same bytes say what must be there
 * beside the record: what is missing of it was lost.
 *
 *   hours = head byte: 0 for none, else the number of bitmap bytes (1...15), + 16 if P:{K}:b holds the record's base,
 *           + 32 for each mark of the record's past, + 128 if there are older ones
 *           newest hour (varint, zigzag), bitmap: bit i of it = hour newest - i
 *           marks, newest first: key time before the newest hour's begin, Kafka time behind the key time, both in
 *           minutes (varint, zigzag), rounded so that the mark stays true
 *           older hours, where there are some: their number, the size of a block (0: one hour, 1: two, 2: four...), the
 *           blocks, newest first, as what lies between each and the one before, the first behind the newest hour's
 *           (varints). Blocks are twice as large whenever they would be more than HOURS_OLDER_MAX
 *
 * Each hour in it holds events of the record, and none that it does not know of does; a block of several hours may hold
 * some. None exactly when everything of the record is settled. Pure. */
#ifndef STOCKFOLD_STORE_HOURS_H
#define STOCKFOLD_STORE_HOURS_H

#include <stdint.h>

#include "stockfold/base/buffer.h"
#include "stockfold/core/lateness.h"
#include "stockfold/core/str.h"

enum { HOURS_MAX = 120, HOURS_OLDER_MAX = 24, HOURS_RANGES_MAX = HOURS_MAX + HOURS_OLDER_MAX };

struct hours {
    bool any;
    bool based; /* P:{K}:b holds the base; else it rides in the journal, or there is none */
    int64_t newest;
    uint64_t bits[2]; /* bit i of them: newest - i */
    struct lateness_past past;
    uint8_t older_n, older_size;    /* blocks of hours HOURS_MAX or more before the newest; the log2 of hours in one */
    int32_t older[HOURS_OLDER_MAX]; /* newest first: block i begins at hour older[i] << older_size */
};

void hours_add(struct hours *hours, int64_t hour);
/* Takes out all up to `hour`, that one included. */
void hours_drop(struct hours *hours, int64_t hour);
/* Calls `each` for every hour, and every block of hours that may have some, at most HOURS_RANGES_MAX times. */
void hours_each(const struct hours *hours, void (*each)(void *context, int64_t first, int64_t last), void *context);

/* The oldest hour, of any; where that is in a block of several, the block's last. */
int64_t hours_oldest(const struct hours *hours);
/* Whether it has that hour; of one in a block of several, whether it may. */
bool hours_has(const struct hours *hours, int64_t hour);
/* Whether `found` has all that are known in `hours`. */
bool hours_are_among(const struct hours *hours, const struct hours *found);

void hours_write(const struct hours *hours, struct buffer *out);
/* Splits hours from the packed record behind them. False: broken. Empty bytes are no hours and an empty record. `ret_hours` may be NULL. */
bool hours_read(struct str value, struct hours *ret_hours, struct str *ret_packed);

#endif
