/* Walking over the view's keys, and over the node documents, page by page. Blocking; a key that is there all the time
 * is met at least once, and may be met twice. */
#ifndef STOCKFOLD_STORE_SCAN_H
#define STOCKFOLD_STORE_SCAN_H

#include "stockfold/store/view.h"

/* "P:{shard}:kind[bucket][:name]" taken apart; borrowed until `each` returns. */
struct scanned_key {
    struct str key;
    uint32_t shard;
    char kind;
    struct str name; /* empty when there is none */
};

/* Calls `each` for every key of a shard with this kind (0: any). `each` may append commands: they are done before the
 * next page. Stops at the first that is not 0. */
int scan_view(struct view *view, char kind,
              int (*each)(void *context, const struct scanned_key *key, struct error *error), void *context,
              struct error *error) WARN_UNUSED;

int scan_nodes(struct view *view, int (*each)(void *context, struct str node, struct str json, struct error *error),
               void *context, struct error *error) WARN_UNUSED;

#endif
