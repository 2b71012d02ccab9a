/* Which nodes near a point have a whole basket, and why the others were passed over. Pure.
 *
 * The answer does not depend on the order of the candidates: they are taken by distance, then by node id. */
#ifndef STOCKFOLD_CORE_NEARBY_H
#define STOCKFOLD_CORE_NEARBY_H

#include "stockfold/core/geo.h"
#include "stockfold/core/node.h"

/* Why a node is not in the answer: the first that holds, in this order. */
enum nearby_reason {
    NEARBY_TAKEN,      /* it is */
    NEARBY_NO_PICKUP,  /* it hands nothing over */
    NEARBY_OUT,        /* it has nothing of one item at all */
    NEARBY_NOT_ENOUGH, /* it has less of one item than was asked for */
    NEARBY_CLOSED,     /* it does not open within PROMISE_DAYS_MAX */
    NEARBY_SILENT,     /* it is open and was not heard of for too long */
    NEARBY_TOO_FAR,    /* it has everything, but is farther than asked for */
    NEARBY_REASONS
};
extern const char *const nearby_reason_names[NEARBY_REASONS]; /* "" for taken */

struct nearby_candidate {
    uint32_t node;             /* the caller's number; ids ascend with it */
    double chord2;             /* from where it is asked */
    enum nearby_reason reason; /* in: as the caller judged, TOO_FAR aside; out: TOO_FAR too */
};

/* Sorts the candidates so that the first *ret_taken are the `k` (at least 1) nearest that are NEARBY_TAKEN and not
 * beyond `chord2_max`, and the next *ret_passed those passed over: all nearer than the last taken, or, when fewer than
 * k were found, all within chord2_max and behind them the k nearest that have everything but are too far. Both parts by
 * distance, then node. What lies behind is in no order. */
void nearby_select(struct nearby_candidate *candidates, size_t n, size_t k, double chord2_max, size_t *ret_taken,
                   size_t *ret_passed);

#endif
