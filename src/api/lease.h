/* Leases: the state of a shard, kept for a moment, so that most lookups read stock and nothing else.
 *
 * Responsible for: keeping one lease a shard and telling how old it is. Not for: the decision whether a turn's answers
 * count (shard_checks.c). Thread: the worker's only one.
 *
 * Why a lease is safe: a writer that clears a shard first takes its openness away and waits VIEW_LEASE_MS before it
 * deletes anything and folds again (store/clear.c). For that long after a shard was seen open,
 *   - what is found in it was folded. An answer with a record in it vouches for itself and for everything read from the
 *     same shard before it, so routes ask for records last;
 *   - what is missing may have been deleted. Then, or when the answer came too late, the shard's state is asked once
 *     more, after the answer: a shard that is open and was not cleared in between was open all the time.
 * An answer may hold more than its `as_of` says, never less. A call with `after` asks the shard itself. */
#ifndef STOCKFOLD_API_LEASE_H
#define STOCKFOLD_API_LEASE_H

#include "stockfold/api/api.h"

struct api_lease {
    int64_t asked_us;                  /* steady; 0: there is none */
    int64_t newest, complete, cleared; /* as struct shard_state */
};

/* A lease fresh enough to begin a turn with. False: none, the shard's state has to be asked. */
bool lease_get(struct api *api, uint32_t shard, int64_t now_us, struct api_lease *ret_lease);
/* Keeps the state of a shard that answered that it is open, until a later one replaces it. */
void lease_put(struct api *api, uint32_t shard, const struct api_lease *lease);
/* Whether the lease still covers answers that are here at `now_us`. */
bool lease_covers(const struct api_lease *lease, int64_t now_us);

#endif
