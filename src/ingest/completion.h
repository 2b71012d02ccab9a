/* `--complete`: scopes of which the input tells all there is, and the items in them that it does not name.
 *
 * First completion_note() for every event of the input, then completion_plan(), then completion_each(). */
#ifndef STOCKFOLD_SRC_INGEST_COMPLETION_H
#define STOCKFOLD_SRC_INGEST_COMPLETION_H

#include "node_kinds.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/record.h"
#include "stockfold/ingest/publish.h"

struct completion;

/* The scopes are borrowed. */
struct completion *completion_new(const struct publish_scope *scopes, size_t scopes_n, int64_t at_ms);
void completion_free(struct completion *completion);

/* A node document of the input: it counts before the view's. */
void completion_note_node(struct completion *completion, struct str id, struct str json);
/* ERROR_USAGE: the event says something of stock outside of all scopes. */
int completion_note(struct completion *completion, const struct event *event, struct error *error) WARN_UNUSED;
int completion_plan(struct completion *completion, struct node_kinds *kinds, struct publish_plan *ret_plan,
                    struct error *error) WARN_UNUSED;

/* An empty count: nothing of `sku` in the scope of `place` at `node`, at `time_ms`. Of a whole node, units that are not
 * sellable stay, unless `record` is given: those that it has are counted 0. Its id follows from these, so that the same
 * count twice is one. */
void completion_write_count(struct str sku, struct str node, struct str place, int64_t time_ms,
                            const struct record *record, struct buffer *json);

/* Calls `send` with each count of the plan, and its sku and node. */
int completion_each(struct completion *completion,
                    int (*send)(void *context, struct str sku, struct str node, struct str json, struct error *error),
                    void *context, struct error *error) WARN_UNUSED;

#endif
