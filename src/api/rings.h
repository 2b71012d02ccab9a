/* What items have at the nodes around a point, read nearest first, ring by ring: an item may be at thousands of nodes, and
 * an answer seldom needs more than a few of them.
 *
 * Responsible for: which nodes are read next, and what an item has there. Not for: which of them an answer takes (its
 * route). Thread: the worker's only one.
 *
 *   rings_init ──► rings_next ──► ring_item_ask ──► (trip) ──► ring_item_read ──► ring_item_units of each candidate
 *                      ▲                                                                    │
 *                      └────────────────────────────────────────────────────────────────────┘
 *
 * The first ring is small, each next one twice as large. With the first one the number of an item's fields is asked: as
 * soon as a ring would ask for as many, all of them are read instead, and for that item no ring is read any more. So an
 * item at few nodes takes two trips, and never is more than about twice of what is needed read. A first ring that is
 * large itself is not tried. */
#ifndef STOCKFOLD_API_RINGS_H
#define STOCKFOLD_API_RINGS_H

#include "call.h"
#include "stockfold/core/nearby.h"

/* The nodes with a position, by distance as far as `end`; the ring is from `begin` to `end`. */
struct rings {
    struct nearby_candidate *candidates;
    size_t n, begin, end, size; /* size: of the next ring */
    const uint32_t *along;      /* nodes that are read along with the first ring, wherever they are */
    size_t along_n;
    struct arena *units; /* where what items have is read to; NULL: the call's */
    struct str *ids;     /* of the ring's nodes that are read */
    uint32_t *nodes;     /* their numbers */
    size_t nodes_n;
};

/* Before the first ring; `along` and `units` may be set then. Candidates are NEARBY_TAKEN; with `for_pickup` those that hand nothing over are NEARBY_NO_PICKUP
 * and are not read. `k`: how many are looked for. */
void rings_init(struct rings *ret_rings, struct api_call *call, struct geo_point origin, bool for_pickup, size_t k);
/* Goes on to the next ring, which is empty when there is none: then false. */
bool rings_next(struct rings *rings, struct api_call *call);

/* Of one item at one node. */
struct ring_units {
    uint32_t node;
    int64_t available, for_pickup;
    struct incoming_line *incoming; /* on their way there */
    size_t incoming_n;
};

/* One item: its sku to begin with, the rest zero. */
struct ring_item {
    struct str sku;
    uint32_t size, stock; /* asks */
    int64_t fields;       /* of its hash: records, and what stands beside them; 0: nobody knows any stock of it */
    bool sized, whole;    /* `fields` is known; all of it is read */
    bool ring_asked;      /* and not read yet: the ring's nodes, or, when it has just become whole, all */
    struct ring_units *units;
    size_t units_n; /* of the ring, or of all nodes; by node */
};

/* Asks for what it has in the ring. False: nothing need be asked, it is known already. The item's document, where a route
 * wants it, is asked before. */
bool ring_item_ask(struct api_call *call, const struct rings *rings, struct ring_item *item);
/* Asks for what it has everywhere. */
void ring_item_ask_whole(struct api_call *call, struct ring_item *item);
/* What was asked for last, in fields of Redis: a turn asks for items of a ring until they come to RING_PORTION, and for the
 * others of it in its next turns. */
enum { RING_PORTION = 4096 };
size_t ring_item_cost(const struct rings *rings, const struct ring_item *item);
/* Reads what was asked in the turn before, if anything was. False: the answer cannot be read. */
bool ring_item_read(struct api_call *call, const struct rings *rings, struct ring_item *item);
/* What it has at a node of the ring: nothing, where it has no record. */
struct ring_units ring_item_units(const struct ring_item *item, uint32_t node);

#endif
