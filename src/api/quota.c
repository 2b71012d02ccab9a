#include "stockfold/api/quota.h"

#include <stddef.h>

static uint64_t add_bytes(uint64_t hash, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3); /* no byte of UTF-8: ends one text */
}

uint64_t quota_who(struct str name, struct str whose)
{
    uint64_t hash = add_bytes(add_bytes(UINT64_C(0xcbf29ce484222325), name), whose);
    hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return hash == 0 ? 1 : hash;
}

static int64_t paid_of(struct quota_slot *slot)
{
    return __atomic_load_n(&slot->paid_us, __ATOMIC_ACQUIRE);
}

/* The one whose spending is the longest ago, or nobody's. */
static struct quota_slot *find_longest_idle(struct quota_slot *row)
{
    struct quota_slot *oldest = &row[0];
    for (int i = 1; i < QUOTA_ROW_SLOTS; i++)
        if (paid_of(&row[i]) < paid_of(oldest))
            oldest = &row[i];
    return oldest;
}

/* Who comes into another's slot takes over what is left to be paid there only for as long as it takes to write nought. */
static struct quota_slot *find_quota_slot(struct api_quotas *quotas, uint64_t who)
{
    struct quota_slot *row = quotas->rows[who % QUOTA_ROWS];
    for (;;) {
        for (int i = 0; i < QUOTA_ROW_SLOTS; i++)
            if (__atomic_load_n(&row[i].who, __ATOMIC_ACQUIRE) == who)
                return &row[i];
        struct quota_slot *oldest = find_longest_idle(row);
        uint64_t before = __atomic_load_n(&oldest->who, __ATOMIC_ACQUIRE);
        int64_t paid_us = paid_of(oldest);
        if (!__atomic_compare_exchange_n(&oldest->who, &before, who, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            continue; /* another worker was faster, perhaps for the same */
        __atomic_compare_exchange_n(&oldest->paid_us, &paid_us, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        return oldest;
    }
}

bool quota_spend(struct api_quotas *quotas, uint64_t who, struct quota quota, int64_t units, int64_t now_ms,
                 int64_t *ret_wait_ms)
{
    struct quota_slot *slot = find_quota_slot(quotas, who);
    int64_t now_us = now_ms * 1000, time_us = quota.time_ms * 1000, paid_us = paid_of(slot), next_us;
    if (units > quota.units) {
        *ret_wait_ms = quota.time_ms;
        return false;
    }
    do {
        next_us = (paid_us > now_us ? paid_us : now_us) + time_us * units / quota.units;
        if (next_us - now_us > time_us) {
            *ret_wait_ms = (next_us - now_us - time_us + 999) / 1000;
            return false;
        }
    } while (
        !__atomic_compare_exchange_n(&slot->paid_us, &paid_us, next_us, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    *ret_wait_ms = 0;
    return true;
}
