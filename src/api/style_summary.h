/* A style at a node as one line: the promise of the best of its items, and the status of each.
 *
 *   style_line_begin ──► style_line_write_sizes, from the first to the last, in as many steps as are wanted
 *                    ──► style_line_end */
#ifndef STOCKFOLD_API_STYLE_SUMMARY_H
#define STOCKFOLD_API_STYLE_SUMMARY_H

#include "facts.h"
#include "line.h"
#include "other_nodes.h"

/* One item at one node. */
struct style_cell {
    int64_t available, for_pickup;
    bool exists; /* there is a record */
};

/* One item that may be of the style. */
struct style_member {
    struct str sku;
    uint32_t item, stock; /* asks */
    struct item_facts facts;
    bool left;                              /* it is of the style no more */
    struct style_cell *cells;               /* one for each node */
    const struct elsewhere_item *elsewhere; /* whether others have it */
};

/* A style, by whoever lists it. */
struct listed_style {
    struct str name;
    uint32_t ask;                 /* its skus */
    struct style_member *members; /* by sku */
    size_t members_n;
    struct style_member **sizes; /* those that are still of it, in the order of their sizes; NULL: not sorted yet */
    size_t sizes_n;
};
/* Fills sizes. */
void listed_style_sort(struct listed_style *style, struct arena *arena);

/* One line of it, in the making. */
struct style_line {
    const struct listed_style *style;
    struct str node;
    size_t cell; /* number of the node among the members' cells */
    const struct snapshot_node *known;
    enum line_status status;          /* the best of the members'; unknown: there is none, or nobody knows the node */
    int64_t available, for_pickup;    /* the most of any member */
    const struct style_member *shown; /* whose title and image stand for the style; NULL: it has no members */
};

/* {"style","node","status"; `with_item`: title, image, price and promotion of the first member by sku that is in stock, else
 * of the first, and price_from, price_to where prices differ. The style is sorted. */
void style_line_begin(const struct api_call *call, const struct listed_style *style, struct str node, size_t cell,
                      bool with_item, struct style_line *ret_line, struct buffer *out);
/* "sizes":[{"size","color","sku","status","elsewhere"}], those from `from` to `to`. */
void style_line_write_sizes(const struct api_call *call, const struct style_line *line, size_t from, size_t to,
                            struct buffer *out);
/* "ready_by","no_pickup","heard_at","stale"}. */
void style_line_end(const struct api_call *call, const struct style_line *line, struct buffer *out);

#endif
