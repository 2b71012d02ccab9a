/* Leases: what a shard said of itself, believed for a moment, so that most lookups ask for stock and nothing else.
 *
 * The rule that they stand on: a shard that lost its openness, be it that the whole view was emptied, is taken by
 * somebody who clears it, and he waits VIEW_LEASE_MS before he deletes and folds (store/clear.c). So for that long
 * after a shard was open,
 *   - what is found in it is what was folded, whatever happened meanwhile: an answer with a record in it vouches for
 *     itself and for all that was read of the shard before (so routes ask for records last);
 *   - what is missing may have gone: then, or when it took too long, the shard is asked once more, behind. Open, and
 * not cleared since: it was open all the time. An answer may so hold more than its `as_of` says, never less. Whoever
 * waits for a message asks the shard itself. */
#ifndef STOCKFOLD_API_LEASE_H
#define STOCKFOLD_API_LEASE_H

#include "stockfold/api/api.h"

struct api_lease {
    int64_t asked_us;                  /* steady; 0: there is none */
    int64_t newest, complete, cleared; /* as struct shard_state */
};

/* One that is fresh enough to begin with; false: the shard has to be asked. */
bool lease_take(struct api *api, uint32_t shard, int64_t now_us, struct api_lease *ret_lease);
/* Of a shard that was open when it was asked. */
void lease_keep(struct api *api, uint32_t shard, const struct api_lease *lease);
/* Whether answers that are here now may be believed by it. */
bool lease_lasts(const struct api_lease *lease, int64_t now_us);

#endif
