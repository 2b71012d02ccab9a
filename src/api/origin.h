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

/* False: the call has failed, with half of a position, with both, or with a node that there is not. Neither is given:
 * no node, no position. */
bool origin_take(struct api_call *call, struct origin *ret_origin);

#endif
