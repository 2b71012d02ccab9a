/* Words, as items are indexed and searched by: text → words of the index; query → what an item must have of them. Both
 * sides go through the same folding of letters and the same cuts, so they agree whatever these are. Pure.
 *
 * Letters are compared after NFKC, case folding and removal of marks (src/codec/letters.h has the sources).
 *
 * Text is cut into pieces: runs of letters, runs of digits. What stands between two pieces is nothing (5|xl), glue (an
 * apostrophe or hyphen: t-shirt), a blank, or more than that.
 *
 *   - A piece is a word: "T-shirt 330ml" has t, shirt, 330, ml; "10½" has 10, 1, 2, as "10 1/2". A query is cut
 *     alike, so 330ml finds "330 ml", and back.
 *   - Up to WORD_JOINED_MAX pieces of one kind with glue between them are a word, too: tshirt. So are two with a blank
 *     between them when the first is one letter ("t shirt"); in a query, when either is (levi s).
 *   - Where a script writes no spaces, each pair of letters that follow each other is a word, and so is the last letter
 *     alone, as the beginning of a pair that the text does not go on with. A text's blank between two such letters does
 *     not part them, since others write none there.
 *
 * A word is cut to WORD_BYTES_MAX bytes, between letters, in index and query alike; no word is left out. */
#ifndef STOCKFOLD_CODEC_WORDS_H
#define STOCKFOLD_CODEC_WORDS_H

#include "stockfold/codec/master.h"

/* WORD_INDEX_VERSION goes up with every change of what words an item has: indexes made before are made anew. */
enum { WORD_INDEX_VERSION = 3, WORD_BYTES_MAX = 64, WORD_JOINED_MAX = 4, WORD_QUERY_MAX = 16, WORD_TERMS_MAX = 10 };

/* --- the index --------------------------------------------------------------------------------------------------- */

struct words {
    struct str *word; /* sorted by bytes, none twice */
    size_t n, cap;
};

/* Of one text. Words live in the arena. */
void words_of(struct str text, struct arena *arena, struct words *ret_words);
/* Of an item's title and color in all languages, size, category and style; and its name (words_name()) unless that is its sku. */
void words_of_item(const struct item_facts *item, struct arena *arena, struct words *ret_words);

/* '=' and the letters and digits of a sku as words have them, without what stands between: no word begins so. */
struct str words_name(struct str sku, struct arena *arena);

/* Under which beginning a word is listed for those that look for words by their beginning: its first two letters, or
 * the first where a script writes no spaces; of a name all of it. A part of `word`. */
struct str word_start(struct str word);

/* --- queries ----------------------------------------------------------------------------------------------------- */

struct query_word {
    struct str text;
    bool joins;  /* to the one before: the two may stand as one word, too */
    bool begins; /* a word that begins with it will do */
};

/* Words that follow each other; those that join lie behind each other in memory. */
struct word_query {
    struct query_word *word;
    size_t n;
    size_t typed; /* words as people count them: "t-shirt 330ml" has two */
};

/* A word that an item must have, or one with that beginning. */
struct word_term {
    struct str text;
    bool begins;
};

void word_query_read(struct str text, struct arena *arena, struct word_query *ret_query);

/* Whether `words` has them all, joined or not; of the last, a word that it begins. */
bool word_query_matches(const struct word_query *query, const struct words *words);

/* Every item that matches has one of these: the word of the query at `index`, alone or joined. Returns how many. */
size_t word_query_terms(const struct word_query *query, size_t index, struct word_term ret_terms[WORD_TERMS_MAX]);

/* Whether the words that begin with it are listed under one beginning (word_start()): not those with one letter of a
 * script that writes spaces, but then another word of the query finds what matches. */
bool word_term_is_listed(struct word_term term);

/* The first of the words that is the term, or begins with it; NULL: none. */
const struct str *words_find(const struct words *words, struct word_term term);

#endif
