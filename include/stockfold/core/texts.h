/* A text as its document gives it: one, or one in each of several languages. Pure. */
#ifndef STOCKFOLD_CORE_TEXTS_H
#define STOCKFOLD_CORE_TEXTS_H

#include "stockfold/core/str.h"

struct text_in_language {
    struct str language; /* empty: none is said */
    struct str text;
};

/* In the document's order. */
struct texts {
    const struct text_in_language *text;
    size_t n;
};

/* The text of a language, by its tag (es, es-MX; capitals make no difference), else the first; empty: there is none. */
struct str texts_choose(const struct texts *texts, struct str language);

#endif
