/* Which nodes near a point have a whole basket, and why the others were passed over. Pure.
 *
 * The answer does not depend on the order of the candidates: they are taken by distance, then by node id. They can be
 * judged ring by ring, so that what lies behind the last one taken is never looked at:
 *
 *   nearby_sort(0, ring) ──► judge, nearby_add each ──► nearby_is_found? ──► nearby_sort(ring, 2 ring) ──► ... */
#ifndef STOCKFOLD_CORE_NEARBY_H
#define STOCKFOLD_CORE_NEARBY_H

#include "stockfold/core/geo.h"
#include "stockfold/core/node.h"

/* Why a node is not in the answer: the first that holds, in this order. */
enum nearby_reason {
    NEARBY_TAKEN,        /* it is */
    NEARBY_NO_PICKUP,    /* it hands nothing over */
    NEARBY_UNKNOWN,      /* nobody knows one item: there is neither stock nor a document of it */
    NEARBY_OUT,          /* it has nothing of one item at all */
    NEARBY_NOT_ENOUGH,   /* it has less of one item than was asked for */
    NEARBY_NOT_PICKABLE, /* it has enough of one item, but not in zones that are pickable */
    NEARBY_CLOSED,       /* it does not open within PROMISE_DAYS_MAX */
    NEARBY_SILENT,       /* it is open and was not heard of for too long */
    NEARBY_TOO_FAR,      /* it has everything, but is farther than asked for */
    NEARBY_REASONS
};
extern const char *const nearby_reason_names[NEARBY_REASONS]; /* "" for taken */

/* Why a node does not have `qty` of one item: OUT, NOT_ENOUGH or NOT_PICKABLE; TAKEN: it has. `in_reach`: those of the
 * available units that can be handed over. */
enum nearby_reason nearby_shortage(int64_t available, int64_t in_reach, int64_t qty);

struct nearby_candidate {
    uint32_t node;             /* the caller's number; ids ascend with it */
    double chord2;             /* from where it is asked */
    enum nearby_reason reason; /* as the caller judged, TOO_FAR aside, until it is added */
};

/* Brings the nearest `to` of `n` to the front, in order, when the nearest `from` stand there already. */
void nearby_sort(struct nearby_candidate *candidates, size_t n, size_t from, size_t to);

/* What has been found so far, walking outwards. The caller owns the arrays, of k (at least 1) and passed_max. */
struct nearby_walk {
    size_t k, passed_max;
    double chord2_max;
    struct nearby_candidate *taken, *passed; /* by distance, then node */
    size_t taken_n, passed_n, too_far_n;
};

/* Adds the next candidate, as judged: nearby_sort() says which. Those taken are the nearest k that have everything and
 * are not beyond chord2_max. Passed over are all others before the last of them or, when fewer than k are found, all
 * that are not beyond chord2_max and behind them the k nearest that have everything but are too far: of these the first
 * passed_max. Returns whether it was taken. */
bool nearby_add(struct nearby_walk *walk, struct nearby_candidate candidate);
/* Whether no candidate from `chord2` on can change the answer. */
bool nearby_is_found(const struct nearby_walk *walk, double chord2);

#endif
