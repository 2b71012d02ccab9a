/* How much of the view's stock is of names that nobody has described. Blocking. */
#ifndef STOCKFOLD_STORE_WITHOUT_DOCUMENTS_H
#define STOCKFOLD_STORE_WITHOUT_DOCUMENTS_H

#include "stockfold/store/view.h"

/* Records whose item, and records whose node, has no document. */
struct without_documents {
    int64_t items, nodes;
};

int view_count_without_documents(struct view *view, struct without_documents *ret_counts,
                                 struct error *error) WARN_UNUSED;

#endif
