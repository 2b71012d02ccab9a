#include "lease.h"

#include <stdlib.h>

#include "stockfold/base/error.h"
#include "stockfold/store/clear.h"

/* Since the shard was asked, in microseconds: to begin with a lease; to end with it. */
enum { FRESH_US = VIEW_LEASE_MS * 1000 / 4, LASTS_US = VIEW_LEASE_MS * 1000 / 4 * 3 };

bool lease_get(struct api *api, uint32_t shard, int64_t now_us, struct api_lease *ret_lease)
{
    if (shard >= api->leases_n || now_us - api->leases[shard].asked_us > FRESH_US)
        return false;
    *ret_lease = api->leases[shard];
    return ret_lease->asked_us != 0;
}

bool lease_covers(const struct api_lease *lease, int64_t now_us)
{
    return now_us - lease->asked_us <= LASTS_US;
}

/* For the shards of the view, and that of its nodes. */
static void make_room_for_leases(struct api *api)
{
    uint32_t n = api->view->keys.shards + 1;
    if (api->leases_n == n)
        return;
    free(api->leases);
    api->leases = calloc(n, sizeof(*api->leases));
    if (api->leases == NULL)
        error_out_of_memory();
    api->leases_n = n;
}

void lease_put(struct api *api, uint32_t shard, const struct api_lease *lease)
{
    make_room_for_leases(api);
    api->leases[shard] = *lease;
}

void api_forget(struct api *api)
{
    free(api->leases);
    api->leases = NULL;
    api->leases_n = 0;
}
