/* What sales took of reservations, P:{K}:c: forgetting what is long past. What adds to it is a commit (commit.h). */
#ifndef STOCKFOLD_STORE_CONSUMED_H
#define STOCKFOLD_STORE_CONSUMED_H

#include "stockfold/store/view.h"

enum { CONSUMED_CURSOR_MAX = 24 };

/* Looks at some entries of a shard from a cursor on ("0": the first), and forgets those whose newest sale was before that
 * time and of which no hold stands. The answer is the next cursor; "0": that was all. */
void view_forget_consumed(struct view *view, uint32_t shard, int64_t before_ms, const char *cursor, link_reply_fn *fn,
                          void *context);

#endif
