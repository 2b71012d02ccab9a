/* The body of POST /v1/availability, taken in pieces as they come: its names are kept, and none of its bytes.
 *
 *   request_body_new ──► request_body_add ... ──► request_body_end ──► request_body_pair ... ──► request_body_free
 *
 * {"pairs":[["sku","node"],...]}, or {"skus":[...],"nodes":[...]}: each of the one with each of the other, item by item.
 * Where the pieces are cut changes nothing. At most 2 MiB are held, however the names are written. */
#ifndef STOCKFOLD_CODEC_REQUEST_BODY_H
#define STOCKFOLD_CODEC_REQUEST_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "stockfold/core/str.h"

enum { REQUEST_PAIRS_MAX = 10000, REQUEST_DETAIL_MAX = 200, REQUEST_HELD_MAX = 2 * 1024 * 1024 };

struct request_body;

struct request_pair {
    struct str sku, node;
};

struct request_body *request_body_new(void);
/* NULL is allowed. */
void request_body_free(struct request_body *body);

/* The next bytes, borrowed for the call. False: what came is no such body, whatever follows. */
bool request_body_add(struct request_body *body, struct str piece);
/* Nothing follows. Once; false as above. */
bool request_body_end(struct request_body *body);
/* Why not, zero-terminated, of less than REQUEST_DETAIL_MAX bytes, UTF-8 without control characters: where, and what was
 * expected. Empty as long as nothing was wrong. */
const char *request_body_detail(const struct request_body *body);

/* 1 to REQUEST_PAIRS_MAX once it has ended well; else 0. */
size_t request_body_pairs(const struct request_body *body);
/* Its names are the body's. */
struct request_pair request_body_pair(const struct request_body *body, size_t at);
/* Bytes of memory, all in all. */
size_t request_body_held(const struct request_body *body);

#endif
