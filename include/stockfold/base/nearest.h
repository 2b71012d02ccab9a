/* "Did you mean": the known word nearest to one that is not. */
#ifndef STOCKFOLD_BASE_NEAREST_H
#define STOCKFOLD_BASE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

enum { NEAREST_WORD_MAX = 72 }; /* with its end; names have up to 64 bytes */

struct nearest {
    const char *wanted;
    char word[NEAREST_WORD_MAX]; /* nearest so far; empty before the first */
    size_t distance;
};

/* Keeps `word` if it takes fewer insertions, deletions and replacements than what came before, capitals being no others;
 * the first of equally near ones stays. Whether it was kept. */
bool nearest_offer(struct nearest *nearest, const char *word);

/* Whether the nearest word may have been meant: at most half of its letters differ. Others are not worth proposing. */
bool nearest_is_near(const struct nearest *nearest);

#endif
