/* Percent-encoding (RFC 3986). */
#ifndef STOCKFOLD_CODEC_PERCENT_H
#define STOCKFOLD_CODEC_PERCENT_H

#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

/* Decodes into the arena (or hands back `text` where there is nothing to decode). `plus`: a plus sign is a space, as
 * in queries. False: a broken escape, or what comes out is not UTF-8 or holds control characters. */
bool percent_decode(struct str text, bool plus, struct arena *arena, struct str *ret_text);

#endif
