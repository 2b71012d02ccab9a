/* What a search for items has found: documents, for one page. */
#ifndef STOCKFOLD_API_FOUND_H
#define STOCKFOLD_API_FOUND_H

#include "facts.h"

struct found {
    struct str *documents;
    size_t n, limit;
};

enum { FOUND_LIMIT_DEFAULT = 100 };

/* Room for a page of as many as the request's limit says. */
struct found found_none(struct api_call *call);
/* `next`: where the page behind this one begins; empty: there is none. */
enum api_next found_write(struct api_call *call, const struct found *found, struct str next);

#endif
