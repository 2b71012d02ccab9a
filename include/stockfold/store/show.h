/* Reading the view for people and scripts: one item's records, or all of them. Blocking. */
#ifndef STOCKFOLD_STORE_SHOW_H
#define STOCKFOLD_STORE_SHOW_H

#include <stdio.h>

#include "stockfold/core/record.h"
#include "stockfold/store/view.h"

/* Fails with ERROR_STATE, naming the shards, unless every shard is open on the connected server. */
int view_require_open(struct view *view, struct error *error) WARN_UNUSED;

/* Writes the record(s) of an item as JSON lines, sorted by node; `node` empty: all. ERROR_NO when there is none.
 * Safety stock comes from item, node and `safety_setting`; reserved from the view. */
int view_show(struct view *view, struct str sku, struct str node, int64_t safety_setting, FILE *out,
              struct error *error) WARN_UNUSED;

/* Every record as one line, sorted by sku then node (bytes), in bounded memory (an external sort in TMPDIR). */
int view_dump(struct view *view, int64_t safety_setting, FILE *out, struct error *error) WARN_UNUSED;

/* Calls `each` with every sku and node that has a record at `node` (the hint, verified). The record is gone once `each` asks the view. */
int view_each_at_node(struct view *view, struct str node,
                      int (*each)(void *context, struct str sku, const struct record *record, struct error *error),
                      void *context, struct error *error) WARN_UNUSED;

/* Calls `each` with every node that has a record of the item, in no order. */
int view_each_of_item(struct view *view, struct str sku,
                      int (*each)(void *context, struct str node, const struct record *record, struct error *error),
                      void *context, struct error *error) WARN_UNUSED;

/* Totals for `status`: how many records and items (counted by walking the keys), memory of the server, the stats. */
struct view_size {
    int64_t records, items, nodes, memory_bytes;
};
int view_measure(struct view *view, struct view_size *ret_size, struct error *error) WARN_UNUSED;

#endif
