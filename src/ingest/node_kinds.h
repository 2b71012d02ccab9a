/* Which topic a node's events go to: kinds of nodes, from documents in the input and in the view. */
#ifndef STOCKFOLD_SRC_INGEST_NODE_KINDS_H
#define STOCKFOLD_SRC_INGEST_NODE_KINDS_H

#include "name_map.h"
#include "stockfold/codec/master.h"
#include "stockfold/ingest/kafka.h"
#include "stockfold/store/view.h"

struct node_kinds {
    struct view *view;     /* NULL: only what was put here is known */
    struct name_map known; /* each with its kind; NODE_KINDS: it has no document */
};

/* The document of a node as the view has it, in the arena; empty: it has none, or is away (then ->view is NULL from here
 * on, which is logged). */
struct str node_kinds_document(struct node_kinds *kinds, struct str node, struct arena *arena);
/* Of a node that nobody knows: the stores'. */
enum topic_role node_kinds_topic(struct node_kinds *kinds, struct str node, struct arena *arena);
/* Whether the input or the view has a document of the node; true where there is no view to ask. */
bool node_kinds_has(struct node_kinds *kinds, struct str node, struct arena *arena);

#endif
