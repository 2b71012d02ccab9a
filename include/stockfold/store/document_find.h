/* Whether the view knows a name that somebody typed: has the document of an item or node. Blocking. */
#ifndef STOCKFOLD_STORE_DOCUMENT_FIND_H
#define STOCKFOLD_STORE_DOCUMENT_FIND_H

#include "stockfold/base/nearest.h"
#include "stockfold/store/view.h"

enum document_owner { DOCUMENT_ITEM, DOCUMENT_NODE };

/* *ret_found: the document is there. Where it is not, every name with a document is offered to `nearest`, whose `wanted`
 * the caller has set: all names of the view are walked over. */
int document_find(struct view *view, enum document_owner owner, struct str name, bool *ret_found,
                  struct nearest *nearest, struct error *error) WARN_UNUSED;

#endif
