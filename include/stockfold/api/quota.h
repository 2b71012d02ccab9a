/* How much of something each of many may spend in a time, in memory that all workers share (nginx puts it into a shared
 * zone): no locks, which a worker that is killed would leave behind.
 *
 * One number for each that spends: when, at the rate allowed, all that was spent will have been paid (generic cell rate
 * algorithm). A slot whose time has come is as good as empty, so nothing is ever cleaned up.
 *
 * Where more spend at once than there are slots for in a row, the one that has spent least is forgotten: a quota then lets
 * more through, and never refuses somebody for another. Two workers that see someone for the first time in the same moment
 * may each give him a slot, and so twice the quota once. */
#ifndef STOCKFOLD_API_QUOTA_H
#define STOCKFOLD_API_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "stockfold/core/str.h"

enum { QUOTA_ROWS = 4096, QUOTA_ROW_SLOTS = 4 };

struct quota_slot {
    uint64_t who;    /* 0: nobody yet */
    int64_t paid_us; /* wall clock */
};

/* All zero: nobody has spent anything. */
struct api_quotas {
    struct quota_slot rows[QUOTA_ROWS][QUOTA_ROW_SLOTS];
};

/* So many units in any such time, all at once if need be. */
struct quota {
    int64_t units, time_ms;
};

/* A quota's name and whose it is ("holds", a key's id or an address), as quota_spend() takes them. */
uint64_t quota_who(struct str name, struct str whose);
/* False: it is over the quota, nothing was spent, and the units will be there in so many milliseconds; more units than
 * the quota has never will, and wait its whole time. */
bool quota_spend(struct api_quotas *quotas, uint64_t who, struct quota quota, int64_t units, int64_t now_ms,
                 int64_t *ret_wait_ms);

#endif
