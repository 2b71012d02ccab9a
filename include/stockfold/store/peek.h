/* Reading several keys of a shard as of one moment, with its token: whatever must go together is there, or it was lost.
 *
 * A peek is gathered piece by piece and sent once. The reply is an array: the token, then what was asked for, in its order;
 * or an error. The nodes' documents stand for a shard as in view_shard_of(), and have no token. */
#ifndef STOCKFOLD_STORE_PEEK_H
#define STOCKFOLD_STORE_PEEK_H

#include "stockfold/store/view.h"

struct peek {
    struct view *view;
    uint32_t shard;
    size_t keys_n, words_n;
    struct buffer keys, words; /* encoded */
    struct buffer key;         /* scratch */
};

void peek_init(struct peek *ret_peek, struct view *view);
void peek_done(struct peek *peek);
void peek_start(struct peek *peek, uint32_t shard);

/* What the meta says of sizes and documents (keys.h), two answers; and four: how many fields h, c, k and t have. */
void peek_sizes(struct peek *peek);
/* All of P:{K}:k and of P:{K}:h: field, number, ... */
void peek_counts(struct peek *peek);
void peek_hours(struct peek *peek);
/* An hour's number of events, and how many blobs its chunk has: two answers. */
void peek_hour(struct peek *peek, int64_t hour);
/* A node's number of records, and `n` blobs of its skus from the one at `from` on: two answers. */
void peek_node_items(struct peek *peek, struct str node, int64_t from, int64_t n);
/* A record and its base: two answers. */
void peek_record(struct peek *peek, struct str sku, struct str node);
/* About `n` fields of P:{K}:t with what is in them, from a cursor on ("0": the first), as HSCAN answers. */
void peek_document_times(struct peek *peek, const char *cursor, int64_t n);
/* An item's field of P:{K}:t, and whether there is its document (0 or 1): two answers. */
void peek_document(struct peek *peek, struct str sku);

/* Sends it, and empties it. */
void peek_send(struct peek *peek, link_reply_fn *fn, void *context);

#endif
