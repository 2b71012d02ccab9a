/* Documents as members of an answer. */
#ifndef STOCKFOLD_API_SPLICE_H
#define STOCKFOLD_API_SPLICE_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

/* Writes `,` and the members of a stored document: an object of at least one member, checked before it was stored,
 * whose numbers must stay as they were written. False: it is no object. */
bool splice_members(struct str document, struct buffer *out);

#endif
