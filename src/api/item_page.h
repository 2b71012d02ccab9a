/* One page of a search for items: the documents found so far, and the answer made of them. */
#ifndef STOCKFOLD_API_ITEM_PAGE_H
#define STOCKFOLD_API_ITEM_PAGE_H

#include "facts.h"

struct item_page {
    struct str *documents;
    size_t n, limit;
};

enum { ITEM_PAGE_DEFAULT = 100 };

/* An empty page with room for the request's `limit`; lives as long as the call. */
struct item_page item_page_new(struct api_call *call);
/* Writes the answer. `next`: the cursor of the following page; empty: there is none. */
enum api_next item_page_write(struct api_call *call, const struct item_page *page, struct str next);

#endif
