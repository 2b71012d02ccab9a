/* Whether items are available elsewhere: at another node than the one that somebody asks from. Read ring by ring around it,
 * and of each item no farther than the first that has it. The items may be thousands: a turn asks for a portion of a ring.
 *
 *   other_nodes_init ──► other_nodes_note of what is known already ──► other_nodes_ask ──► (trip) ──► other_nodes_read
 *                                                                            ▲                              │
 *                                                                            └──────────────────────────────┘ */
#ifndef STOCKFOLD_API_OTHER_NODES_H
#define STOCKFOLD_API_OTHER_NODES_H

#include "rings.h"

/* One item: its sku to begin with, the rest zero. Two nodes that have it tell for every node whether another has. */
struct elsewhere_item {
    struct ring_item stock;
    const struct snapshot_node *first, *second;
    bool settled, asked; /* asked: in this turn */
};

struct other_nodes {
    const struct str *nodes; /* those that are asked from */
    size_t nodes_n;
    struct elsewhere_item *items;
    size_t items_n;
    size_t from, to; /* the portion; behind it the ring's next one begins */
    struct rings rings;
    bool more; /* there was another ring; else the items are read whole */
};

/* Borrows the nodes and the items. */
void other_nodes_init(struct other_nodes *ret_others, struct api_call *call, const struct str *nodes, size_t nodes_n,
                      struct elsewhere_item *items, size_t items_n);
/* That a node has some units of the item. One without a document offers nothing, as in every list over nodes. */
void other_nodes_note(struct elsewhere_item *item, const struct snapshot_node *node, int64_t available);
/* Begins a portion of the call (call_begin_portion), and asks for what tells more. False: all is known. */
bool other_nodes_ask(struct other_nodes *others, struct api_call *call);
/* Reads what was asked in the turn before. False: the answer cannot be read. */
bool other_nodes_read(struct other_nodes *others, struct api_call *call);

/* Once all is known. `node` may be NULL: one that nobody knows. */
bool is_elsewhere(const struct elsewhere_item *item, const struct snapshot_node *node);

#endif
