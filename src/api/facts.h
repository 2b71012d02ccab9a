/* What an item's document says, for routes that find items through hints and have to verify them. */
#ifndef STOCKFOLD_API_FACTS_H
#define STOCKFOLD_API_FACTS_H

#include "call.h"
#include "stockfold/codec/master.h"

/* With texts in the language asked for. False: there is no document (`document` is empty), or it cannot be read. */
bool facts_read(struct api_call *call, struct str document, struct item_facts *ret_facts);

/* Sizes as people sort them: XXS, XS, S, M, L, XL, XXL (2XL is XXL), then those that begin with a number, by it, then
 * the others; what is equal so far, by bytes. */
int facts_compare_sizes(struct str a, struct str b);

/* Where an item stands among those of its style: by size, then by color, then by sku. The color is that of the document's
 * first language, so that the order is the same in every language. Made once and compared often; borrows from the facts. */
struct variant {
    struct size_rank {
        int kind;
        double number;
    } rank;
    struct str size, color, sku;
};
struct variant facts_variant(const struct item_facts *item);
int facts_compare_variants(const struct variant *a, const struct variant *b);

#endif
