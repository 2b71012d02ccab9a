/* The nodes as a worker knows them: an immutable picture, replaced as a whole within a second of a change.
 *
 * Made from what the view answers (documents, heard-at times). Shared by everything that a worker is answering; a call
 * that has begun keeps the one it began with. Node numbers ascend with ids. */
#ifndef STOCKFOLD_API_SNAPSHOT_H
#define STOCKFOLD_API_SNAPSHOT_H

#include "stockfold/core/geo.h"
#include "stockfold/core/promise.h"
#include "stockfold/store/reading.h"

struct snapshot_node {
    struct node node;
    struct str document; /* as stored, one line of JSON; empty: there is stock of it, but no document yet */
    struct str head;     /* `"node","name","kind"`, as each of its lines has them; the name in its first language */
    struct geo_point point;
    struct local_clock clock;
    int64_t heard_at; /* ms: newest event's time; TIME_NONE: never */
};

/* A node that can be near: it has a document with a position. */
struct snapshot_position {
    struct geo_point point;
    uint32_t node; /* its number */
    bool pickup;
};

struct snapshot {
    const struct snapshot_node *nodes; /* sorted by id */
    size_t nodes_n;
    const struct snapshot_position *positions; /* by node */
    size_t positions_n;
    struct str version;      /* of the documents it was made from */
    int64_t made_ms;         /* time zones are known from a day before it to 60 days after */
    size_t broken_n;         /* documents that could not be read, which are left out, or whose hours make no sense: */
    struct str unknown_zone; /* a time zone that is not known; empty: there is none */
    struct str empty_span;   /* a span of hours that ends as it begins, which closes its day; empty: there is none */
};

/* From the answers of ask_nodes_version, ask_nodes and ask_heard, in this order from `first` on. NULL: they cannot be
 * read. Owned by the caller: one reference. */
struct snapshot *snapshot_new(const struct answers *answers, uint32_t first, int64_t now_ms);
/* The same documents with newer heard-at times, from ask_heard: the one thing that changes in place. False: it does not
 * fit (a node that is new), and all must be read anew. */
bool snapshot_hear(struct snapshot *snapshot, const struct answers *answers, uint32_t ask, struct arena *scratch);
struct snapshot *snapshot_ref(const struct snapshot *snapshot);
void snapshot_unref(const struct snapshot *snapshot);

/* NULL: no such node. */
const struct snapshot_node *snapshot_find(const struct snapshot *snapshot, struct str id);
/* Whether the node has a document: only then does a list over nodes offer it. `node` may be NULL. */
static inline bool snapshot_is_documented(const struct snapshot_node *node)
{
    return node != NULL && node->document.len > 0;
}

#endif
