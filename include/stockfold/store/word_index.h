/* The index of words: for each word the skus of the items that have it, and for each beginning the words that begin so
 * (keys.h: w and a). What words an item has: codec/words.h.
 *
 * An entry belongs to one item, whose writer alone adds and removes it. Words are added before the item is put and removed
 * after, so an item is never without its words; readers verify what they find against the item. A fold that dies in
 * between leaves a word behind, which finds nothing.
 *
 * Words and the beginning they are listed under lie in one shard, that of the beginning: a word leaves its list in the
 * same step in which its last item leaves it. */
#ifndef STOCKFOLD_STORE_WORD_INDEX_H
#define STOCKFOLD_STORE_WORD_INDEX_H

#include <stdatomic.h>

#include "stockfold/codec/words.h"
#include "stockfold/store/view.h"

/* Adds the words of items, and removes an item's. Asynchronous; nobody hears of it. */
void word_index_add(struct view *view, const struct item_facts *const *items, size_t items_n);
void word_index_remove(struct view *view, struct str sku, const struct words *gone);

/* The words that `before` has and `now` has not; `now` may be NULL. */
void word_index_gone(const struct words *before, const struct words *now, struct arena *arena, struct words *ret_gone);

/* Makes the index of a connected view anew from its items, whoever else puts items meanwhile, deletes that of an older
 * version, and says in the descriptor that it is whole. Blocking, bounded memory; `stop` ends it between pages
 * (ERROR_STATE). */
int word_index_make(struct view *view, const atomic_bool *stop, int64_t *ret_items, struct error *error) WARN_UNUSED;

#endif
