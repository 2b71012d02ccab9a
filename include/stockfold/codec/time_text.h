/* RFC 3339 <-> milliseconds since 1970. */
#ifndef STOCKFOLD_CODEC_TIME_TEXT_H
#define STOCKFOLD_CODEC_TIME_TEXT_H

#include <stdint.h>

#include "stockfold/core/str.h"

enum { TIME_TEXT_MAX = 24 };

/* Takes `2026-11-21T10:02:11.250Z` or with an offset (`+01:00`); any number of fraction digits, kept to the
 * millisecond (cut, not rounded); `T`/`t`, `Z`/`z`; a leap second (:60) counts as :59.999. Returns false for anything
 * else, for days that do not exist, and for times outside 1970-01-01T00:00:00Z ... 2100-12-31T23:59:59.999Z. */
bool time_parse(struct str text, int64_t *ret_ms);

/* `2026-11-21T10:02:11.250Z`, without fraction when it is zero; returns its length. No zero byte. */
size_t time_format(int64_t ms, char ret_text[TIME_TEXT_MAX]);

enum { SPAN_TEXT_MAX = 32 };

/* How long `ms` is, as people say it: `26h31m`, over two days `677d18h`; with its end. Returns ret_text. */
const char *span_text(int64_t ms, char ret_text[SPAN_TEXT_MAX]);

/* The reason why time_parse() refused `text`: a literal that continues a sentence about it, such as "has no Z or
 * offset". */
const char *time_flaw(struct str text);

enum { LOCAL_TIME_TEXT_MAX = 29 };

/* The same moment on a clock that is `offset_s` seconds ahead of UTC: `2026-11-21T11:02:11+01:00` (`+00:00` where it is
 * not). Offsets count in whole minutes. */
size_t time_format_local(int64_t ms, int32_t offset_s, char ret_text[LOCAL_TIME_TEXT_MAX]);

#endif
