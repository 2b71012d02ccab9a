/* The words of a text, as items are indexed and searched by: of an item's title, and of a query. */
#ifndef STOCKFOLD_CODEC_WORDS_H
#define STOCKFOLD_CODEC_WORDS_H

#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

enum { WORDS_MAX = 32, WORD_BYTES_MAX = 64 };

struct words {
    struct str word[WORDS_MAX]; /* in the order of the text, none twice */
    size_t n;
};

/* Letters and digits of any script, in lower case; everything else stands between words, and so do bytes that are not
 * UTF-8. A word is cut to WORD_BYTES_MAX bytes (between characters); words behind the first WORDS_MAX are left out. */
void words_of(struct str text, struct arena *arena, struct words *ret_words);

#endif
