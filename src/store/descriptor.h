/* The view's descriptor, P:view: what the view was made with. Used by view_open.c. */
#ifndef STOCKFOLD_SRC_STORE_DESCRIPTOR_H
#define STOCKFOLD_SRC_STORE_DESCRIPTOR_H

#include "command.h"

/* Asks for it, waiting or not. */
const struct reply *descriptor_ask(struct view *view, struct error *error);
void descriptor_ask_start(struct view *view, link_reply_fn *fn, void *context);

/* Of a view that may be missing. */
int descriptor_require(const struct view *view, const struct reply *descriptor, struct error *error) WARN_UNUSED;

/* Whole, and of an older format. */
bool descriptor_is_older(const struct reply *descriptor);

/* Takes shards, buckets and id from it. A newer format is ERROR_STATE; so is an older one. With `strict` another
 * shard count than configured is ERROR_USAGE. */
int descriptor_read(struct view *view, const struct reply *descriptor, bool strict, struct error *error) WARN_UNUSED;

/* Makes one unless it is there. One of an older format is replaced, and every shard marked as damaged before that, so
 * that it is cleared and folded again: ->renewed_from is then the older format. The functions must be loaded. */
int descriptor_make(struct view *view, const struct reply *descriptor, struct error *error) WARN_UNUSED;

/* The settings that are part of the view's data are those of this program; else ERROR_USAGE, naming one. */
int descriptor_compare(const struct view *view, const struct reply *descriptor, struct error *error) WARN_UNUSED;

#endif
