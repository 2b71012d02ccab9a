/* Documents as members of an answer. */
#ifndef STOCKFOLD_API_SPLICE_H
#define STOCKFOLD_API_SPLICE_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

/* Writes `,` and each member of a stored document, an object of at least one, checked before it was stored; but none of
 * those that answers themselves have (as_of, lag_ms, open_now, opens_at, closes_at, distance_km, heard_at, stale). False: it is no such object. */
bool splice_members(struct str document, struct buffer *out);

#endif
