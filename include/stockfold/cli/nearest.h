/* "Did you mean": the known word nearest to one that is not. */
#ifndef STOCKFOLD_CLI_NEAREST_H
#define STOCKFOLD_CLI_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *wanted;
    char word[64]; /* nearest so far; empty before the first */
    size_t distance;
};

/* Insertions, deletions and replacements that make `b` of `a`. */
size_t edit_distance(const char *a, const char *b);

/* Keeps `word` if it is nearer than what came before; the first of equally near ones stays. */
void nearest_offer(struct nearest *nearest, const char *word);

#endif
