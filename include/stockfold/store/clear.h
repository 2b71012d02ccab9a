/* Clearing shards, so that they are folded again from the beginning of their log. */
#ifndef STOCKFOLD_STORE_CLEAR_H
#define STOCKFOLD_STORE_CLEAR_H

#include "stockfold/store/view.h"

/* Tokens that no writer's commit leaves: of a shard that a commit found damaged, and (as a beginning) of one that is
 * being cleared by the writer whose id follows. Neither, nor a shard without a token, may be folded into before it is
 * cleared, and whoever clears takes the shard and then waits VIEW_LEASE_MS: for so long, what a reader finds in a shard
 * that was open is as it was folded. */
#define VIEW_DAMAGED "damaged"
#define VIEW_CLEARING "clearing."
enum { VIEW_LEASE_MS = 200 };

struct shard_clear {
    uint32_t shard;
    char token[VIEW_TOKEN_MAX]; /* as last seen */
    bool mine;                  /* out: it was cleared; false: another writer is at it, or has done it */
};

/* Deletes all that shards hold and leaves them with a new token each; `id` is unique for each call. Over a connection
 * of its own, in one walk over all keys. Blocking; may be done again after an error. */
int view_clear_shards(struct view *view, struct shard_clear *shards, size_t n, const char *id,
                      struct error *error) WARN_UNUSED;

#endif
