/* What one line of publish's input is, and whether it is right as that. */
#ifndef STOCKFOLD_SRC_INGEST_PUBLISH_LINE_H
#define STOCKFOLD_SRC_INGEST_PUBLISH_LINE_H

#include "stockfold/ingest/publish.h"

/* Strings are views into the line or the arena. */
struct publish_line {
    enum publish_kind kind;
    struct str key;     /* of its message: the sku, or the node's id */
    struct event event; /* of PUBLISH_EVENT */
    struct node node;   /* of PUBLISH_NODE */
};

/* Reads a line. `topic` names the only one that lines may go to, of role `role` (TOPIC_ROLES: a topic that is none of
 * ours, which takes any line); NULL: each goes to that of its kind. An event is judged in `context`, whose arena takes what is
 * read. `ret_detail` as for events. */
enum refusal publish_line_read(struct str line, const char *topic, enum topic_role role,
                               const struct event_context *context, struct publish_line *ret_line, char *ret_detail);

#endif
