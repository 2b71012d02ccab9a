/* A style at a node as one line: the promise of the best of its items, and the status of each. */
#ifndef STOCKFOLD_API_STYLE_SUMMARY_H
#define STOCKFOLD_API_STYLE_SUMMARY_H

#include "facts.h"
#include "line.h"
#include "other_nodes.h"

/* One item of the style at the node; its document is known. */
struct style_member {
    struct str sku;
    struct item_facts item;
    const struct stock *stock;
    const struct elsewhere_item *elsewhere;
};

/* {"style","node","status","sizes":[{"size","color","sku","status","elsewhere"}],"ready_by","no_pickup","heard_at","stale"}; with
 * `with_item` title, image, price and promotion of the first member by sku that is in stock, else of the first, and
 * price_from, price_to where prices differ. The status is the best of the members'; unknown: there is none, or nobody
 * knows the node. Sorts the members. */
void style_summary_write(const struct api_call *call, struct str style, struct str node, struct style_member *members,
                         size_t members_n, bool with_item, struct buffer *out);

#endif
