/* Strings of JSON with escapes, read without a tree. */
#ifndef STOCKFOLD_CODEC_JSON_UNESCAPE_H
#define STOCKFOLD_CODEC_JSON_UNESCAPE_H

#include "stockfold/core/str.h"

/* `inside`: the bytes between the quotes. Writes at most inside.len bytes. False: not what may stand there (an unknown
 * escape, half a surrogate pair, a quote, a byte below 0x20, no UTF-8). */
bool json_unescape(struct str inside, char *ret_bytes, size_t *ret_len);

#endif
