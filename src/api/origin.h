/* Where a lookup is made from: lat and lon, or a node. */
#ifndef STOCKFOLD_API_ORIGIN_H
#define STOCKFOLD_API_ORIGIN_H

#include "call.h"

/* Positions as squares of chords: farther than everything on earth. */
#define CHORD2_ALL 4.0

struct origin {
    struct geo_point point;
    const struct snapshot_node *node; /* as `node` names it; NULL: not given */
    bool positioned;
};

/* Neither is given: no node, no position. False: the call has failed, with half of a position, with both, or with a
 * node that there is not, or it asks about that first; then the route returns origin_failed() and is entered at turn 0
 * again. */
bool origin_take(struct api_call *call, struct origin *ret_origin);

static inline enum api_next origin_failed(const struct api_call *call)
{
    return call->ended ? API_DONE : API_ASK;
}

#endif
