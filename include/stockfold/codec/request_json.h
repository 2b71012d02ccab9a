/* Bodies of requests. */
#ifndef STOCKFOLD_CODEC_REQUEST_JSON_H
#define STOCKFOLD_CODEC_REQUEST_JSON_H

#include "stockfold/base/arena.h"
#include "stockfold/core/bounds.h"
#include "stockfold/core/str.h"

enum { REQUEST_PAIRS_MAX = 10000, REQUEST_DETAIL_MAX = 200 };

struct request_pair {
    struct str sku, node;
};

/* {"pairs":[["sku","node"],...]}, or {"skus":[...],"nodes":[...]}: each of the one with each of the other, item by
 * item. Fills 1 to REQUEST_PAIRS_MAX pairs, in the arena; their strings are there too, or in `json`. False: it is no
 * such thing; `ret_detail` (of REQUEST_DETAIL_MAX bytes, zero-terminated, UTF-8 without control characters) says where
 * and what was expected. */
bool pairs_read(struct str json, struct arena *arena, struct request_pair **ret_pairs, size_t *ret_n, char *ret_detail);

#endif
