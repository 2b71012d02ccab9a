/* Whether somebody looks stock up while it is folded: who does is not to wait behind large commits. */
#ifndef STOCKFOLD_STORE_READERS_H
#define STOCKFOLD_STORE_READERS_H

#include "stockfold/store/link.h"

/* All zero: nothing is known yet. */
struct readers {
    bool asked;               /* the answer is outstanding */
    int64_t asked_us;         /* when it was asked last */
    int64_t heard_us;         /* the last time of which the answer came; 0: none */
    int64_t reads;            /* until then: how often Redis has read for others than folds */
    int64_t reading_until_us; /* somebody read lately */
};

/* Asks Redis, ten times a second at most. Closing the link ends what is under way. */
void readers_tend(struct readers *readers, struct link *link, int64_t now_us);
/* Within the last second. */
bool readers_there(const struct readers *readers, int64_t now_us);

#endif
