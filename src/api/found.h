/* What a search for items has found: documents, for one page. */
#ifndef STOCKFOLD_API_FOUND_H
#define STOCKFOLD_API_FOUND_H

#include "facts.h"

struct found {
    struct str *documents;
    size_t n, limit;
};

enum { FOUND_LIMIT_DEFAULT = 100 };

/* `next`: where the page behind this one begins; empty: there is none. */
enum api_next found_write(struct api_call *call, const struct found *found, struct str next);

/* GET /v1/items?q=: items by the words of their titles (item_words.c). */
enum api_next item_words_answer(struct api_call *call);

struct found found_none(struct api_call *call);

#endif
