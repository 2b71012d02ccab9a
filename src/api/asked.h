/* The shards that a turn asks: whether each is open, how far it is, and whether what it answered may be believed. */
#ifndef STOCKFOLD_API_ASKED_H
#define STOCKFOLD_API_ASKED_H

#include "lease.h"

/* One of them: its state as a lease or its own answer says. */
struct asked_shard {
    uint32_t shard;
    uint32_t ask; /* of its state; ASKED_NOT: a lease stands for it */
    bool aside;   /* only for what is waited for: the answer is as of the others */
    struct api_lease state;
};

enum { ASKED_NOT = UINT32_MAX };

enum asked_outcome {
    ASKED_WELL,
    ASKED_DOUBTFUL,   /* to be asked once more: asked_again(), then asked_confirmed() */
    ASKED_NOT_FOLDED, /* one is not as far as the call waits for */
    ASKED_CLOSED,
    ASKED_BROKEN
};

/* What the shards of this turn's answers say, all of them before anything else is looked at. */
enum asked_outcome asked_check(struct api_call *call, const struct answers *answers);
/* Puts into the plan what remains in doubt; and what came of it: any but ASKED_DOUBTFUL and ASKED_NOT_FOLDED. */
void asked_again(struct api_call *call);
enum asked_outcome asked_confirmed(const struct api_call *call, const struct answers *answers);

#endif
