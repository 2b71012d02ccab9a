/* Clearing shards, so that they are folded again from the beginning of their log. */
#ifndef STOCKFOLD_STORE_CLEAR_H
#define STOCKFOLD_STORE_CLEAR_H

#include "stockfold/store/view.h"

/* Tokens that no commit sets: that of a shard which a commit found damaged, and the beginning of one that a writer is
 * clearing (its id follows). Such a shard, or one without a token, must be cleared before anything is folded into it.
 * Another one takes over from a writer whose token has stood for long: while it is at work it changes it every 2 s.
 * The clearing writer takes the shard, then waits VIEW_LEASE_MS before it deletes: leases of readers (api/lease.h) last
 * less than that. */
#define VIEW_DAMAGED "damaged"
#define VIEW_CLEARING "clearing."
enum { VIEW_LEASE_MS = 200 };

struct shard_clear {
    uint32_t shard;
    char token[VIEW_TOKEN_MAX]; /* as last seen */
    bool mine;                  /* out: this call cleared it; false: another writer does, or did */
};

/* Deletes everything in the shards and gives each a new token; `id` must be unique for each call. Uses a connection of
 * its own and one SCAN over all keys. Blocks. May be repeated after an error. */
int view_clear_shards(struct view *view, struct shard_clear *shards, size_t n, const char *id,
                      struct error *error) WARN_UNUSED;

#endif
