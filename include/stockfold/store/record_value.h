/* A record's value in P:{K}:r: how many units could be promised, where its events lie, and the record as shown.
 *
 *   value = sellable (varint, zigzag), hours (hours.h), packed record (codec/pack.h)
 *
 * `sellable` stands first, so that a function in Redis can hold it against what is reserved without knowing the rest. */
#ifndef STOCKFOLD_STORE_RECORD_VALUE_H
#define STOCKFOLD_STORE_RECORD_VALUE_H

#include "stockfold/base/arena.h"
#include "stockfold/core/record.h"
#include "stockfold/store/hours.h"

void record_value_write(const struct hours *hours, const struct record *record, struct buffer *out);

/* Its parts behind `sellable`; `ret_hours` may be NULL. Empty bytes are no hours and an empty record. False: broken. */
bool record_value_split(struct str value, struct hours *ret_hours, struct str *ret_packed);

/* The same, with the record, as record_unpack() does; false, too, where its sellable units are not those that the value
 * begins with. */
bool record_value_read(struct str value, struct arena *arena, struct hours *ret_hours, struct str *ret_packed,
                       struct record *ret_record);
/* Of these the record alone. */
bool record_value_unpack(struct str value, struct arena *arena, struct record *ret_record);

#endif
