/* A value as the detail of a refusal quotes it: short, on one line, every character visible. */
#ifndef STOCKFOLD_CODEC_SEEN_H
#define STOCKFOLD_CODEC_SEEN_H

#include <stdint.h>

#include "stockfold/core/str.h"

enum { SEEN_MAX = 80 };

/* In quotes, an invisible character as \u and its number; of a long text the beginning and its length. `text` is UTF-8.
 * Returns ret_seen. */
const char *seen_text(struct str text, char ret_seen[SEEN_MAX]);

const char *seen_number(int64_t number, char ret_seen[SEEN_MAX]);

#endif
