/* Edit distance, for proposing the word that was meant. */
#include "stockfold/base/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64 }; /* longer words are compared by their beginnings */

static size_t edit_distance(const char *a, const char *b)
{
    size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX);
    size_t row[WORD_MAX + 1]; /* distances of a's first i characters to b's first 0..b_len */
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            size_t best = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b_len];
}

bool nearest_offer(struct nearest *nearest, const char *word)
{
    size_t distance = edit_distance(nearest->wanted, word);
    if (nearest->word[0] != '\0' && distance >= nearest->distance)
        return false;
    snprintf(nearest->word, sizeof(nearest->word), "%s", word);
    nearest->distance = distance;
    return true;
}

bool nearest_is_near(const struct nearest *nearest)
{
    return nearest->word[0] != '\0' && nearest->distance * 2 <= strlen(nearest->word);
}
