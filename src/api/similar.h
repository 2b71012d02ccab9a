/* Other styles of an item's category that are in stock at its node: what to show a shopper who does not find the item.
 *
 * Found through the index of words, where the category's words stand. The word that fewest items have is gone through from
 * the item's own sku on, and round to it again, so that different items are shown different styles:
 *
 *   sizes of the words ──► skus of one word ──► their stock here ──► documents of those in stock ──► ... until enough are
 *                                 ▲                                             │                     found, or so many
 *                                 └─────────────────────────────────────────────┘                     are looked at */
#ifndef STOCKFOLD_API_SIMILAR_H
#define STOCKFOLD_API_SIMILAR_H

#include "facts.h"
#include "line.h"

struct similar;

/* To the item `sku`, whose document says `facts`, at the node. Lives as long as the call. */
struct similar *similar_new(struct api_call *call, struct str sku, const struct item_facts *facts, struct str node);
/* Reads what it asked in the turn before, if anything, and asks on. ret_asked: there is more to come. False: an answer
 * cannot be read. */
bool similar_step(struct api_call *call, struct similar *similar, bool *ret_asked);
/* `,"similar":[...]` */
void similar_write(const struct api_call *call, const struct similar *similar, struct buffer *out);

#endif
