/* Item and node documents (master data): checked when they come in, read for the few facts that other layers need.
 *
 * Through jansson; unknown fields are kept, since the view stores documents as they came (compacted to one line). */
#ifndef STOCKFOLD_CODEC_MASTER_H
#define STOCKFOLD_CODEC_MASTER_H

#include "stockfold/base/arena.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/availability.h"
#include "stockfold/core/refusal.h"

enum node_kind { NODE_WAREHOUSE, NODE_STORE, NODE_ECOMMERCE, NODE_KINDS };
extern const char *const node_kind_names[NODE_KINDS];

/* Facts of an item document; strings live in the arena. */
struct item_facts {
    struct str sku, style, gtin; /* style and gtin empty when not given */
    struct str title;
    int64_t safety_default; /* negative when not given */
};

/* Facts of a node document. */
struct node_facts {
    struct str id, name;
    enum node_kind kind;
    int64_t safety_stock;             /* negative when not given */
    struct closed_zone *closed_zones; /* zones not both pickable and accessible, as places (floor, zone) */
    size_t closed_zones_n;
};

/* Checks a document against the contract's fields, types and bounds. `ret_detail` as for events. */
enum refusal item_read(struct str json, struct arena *arena, struct item_facts *ret_item, char *ret_detail);
enum refusal node_read(struct str json, struct arena *arena, struct node_facts *ret_node, char *ret_detail);

/* The safety stock that an item document gives for `node`: negative when it gives none. */
int64_t item_safety_stock(struct str json, struct str node);

#endif
