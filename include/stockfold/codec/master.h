/* Item and node documents (master data): checked when they come in, read for the facts that other layers need.
 *
 * Through jansson; unknown fields are kept, since the view stores documents as they came (compacted to one line). */
#ifndef STOCKFOLD_CODEC_MASTER_H
#define STOCKFOLD_CODEC_MASTER_H

#include "stockfold/base/arena.h"
#include "stockfold/core/node.h"
#include "stockfold/core/refusal.h"

/* Units of an item that are withheld at one node. */
struct item_safety {
    struct str node;
    int64_t units;
};

/* Facts of an item document; strings and arrays live in the arena, strings are empty when not given. */
struct item_facts {
    struct str sku, style, gtin, title, size, color, category, image;
    struct str price, promotion; /* one line of JSON, as the document has them */
    struct texts titles, colors; /* in all languages */
    struct str currency;         /* of the price */
    double amount;               /* of the price, to compare it with others */
    int64_t safety_default;      /* negative when not given */
    struct item_safety *safety_nodes;
    size_t safety_nodes_n;
};

/* Checks a document against the contract's fields, types and bounds. `ret_detail` as for events. */
enum refusal item_read(struct str json, struct arena *arena, struct item_facts *ret_item, char *ret_detail);
/* The same with title, color and the promotion's label in that language, where the document has it; else, as with
 * item_read(), in the first. */
enum refusal item_read_in(struct str language, struct str json, struct arena *arena, struct item_facts *ret_item,
                          char *ret_detail);
enum refusal node_read(struct str json, struct arena *arena, struct node *ret_node, char *ret_detail);

/* Whether a document's Kafka key is its sku or id (`field`): compaction, and a deletion, go by the key. */
enum refusal master_key_judge(struct str key, const char *field, struct str name, char *ret_detail);

/* The safety stock that an item gives for `node`: negative when it gives none. */
int64_t item_safety_stock(const struct item_facts *item, struct str node);

#endif
