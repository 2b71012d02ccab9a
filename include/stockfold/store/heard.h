/* When each node was last heard of, P:{nodes}:h: the newest time of an event of it, of whatever sku. A hint. */
#ifndef STOCKFOLD_STORE_HEARD_H
#define STOCKFOLD_STORE_HEARD_H

#include "stockfold/store/view.h"

enum { HEARD_MAX = 500 };

/* Before any event's time: nothing came of the node itself yet, but something is on its way to it. */
enum { HEARD_NEVER = -1 };

struct heard_at {
    struct str node;
    int64_t time_ms;
};

/* Raises the times of up to HEARD_MAX nodes, never lowers one. Answers "OK" or an error. */
void heard_write(struct view *view, const struct heard_at *nodes, size_t n, link_reply_fn *fn, void *context);

#endif
