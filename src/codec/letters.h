/* Text as its letters are compared: what words.c and word_query.c cut words from.
 *
 * Sources of the rules: Unicode Standard Annex #15 (NFKC), the Unicode Standard's chapter 3.13 (full case folding),
 * general categories (marks: Mn, Mc, Me), Annex #29 (scripts that its rules do not cut into words). Through utf8proc, the
 * one library that knows Unicode here. Pure. */
#ifndef STOCKFOLD_SRC_CODEC_LETTERS_H
#define STOCKFOLD_SRC_CODEC_LETTERS_H

#include <stdint.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

enum letter_kind {
    LETTER_NONE,     /* punctuation, symbols, bytes that are no UTF-8 */
    LETTER_BLANK,    /* a space */
    LETTER_GLUE,     /* an apostrophe or a hyphen */
    LETTER_DIGIT,    /* a digit or another number */
    LETTER_SPACED,   /* of a script that writes spaces between words */
    LETTER_UNSPACED, /* of one that does not: Chinese, Japanese, Thai, Lao, Khmer, Burmese and their neighbours */
};

enum { LETTER_BYTES_MAX = 4 };

/* NFKC, case folded, without marks and invisible characters; between digits and a character that becomes digits, such as
 * a fraction, stands a space. Letters that keyboards give for each other, though
 * Unicode does not decompose them, are one (letters.c has the table). Returns how many there are. */
size_t letters_fold(struct str text, struct arena *arena, int32_t **ret_letters);

enum letter_kind letter_kind(int32_t letter);

/* Appends its UTF-8 at `to`. Returns the bytes. */
size_t letter_encode(int32_t letter, char to[LETTER_BYTES_MAX]);

#endif
