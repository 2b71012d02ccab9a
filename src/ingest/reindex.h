/* Makes the index of words anew where the view's is of an older version, beside the fold, which goes on. */
#ifndef STOCKFOLD_SRC_INGEST_REINDEX_H
#define STOCKFOLD_SRC_INGEST_REINDEX_H

#include "stockfold/store/view.h"

struct reindex;

/* `config` is borrowed. */
struct reindex *reindex_new(const struct view_config *config);
/* The fold's view was opened: starts unless the index is of this version, or is being made. */
void reindex_consider(struct reindex *reindex, const struct view *view);
/* Stops and waits for it: for the page of keys that it is at. NULL is allowed. */
void reindex_free(struct reindex *reindex);

#endif
