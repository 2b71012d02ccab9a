/* Responsible for: a query as words, each of which may stand alone or joined to its neighbours, and whether an item has
 * them. Not for: finding items that might (api/item_words.c). */
#include <assert.h>

#include "pieces.h"
#include "stockfold/codec/utf8.h"
#include "stockfold/codec/words.h"

/* --- reading ----------------------------------------------------------------------------------------------------- */

enum { BEGINNING_MIN = 2 }; /* letters */

/* Pairs, or the one letter there is, which begins a pair or is a text's last. */
static void add_unspaced(struct word_query *query, const struct piece *piece)
{
    struct str text = piece->text;
    for (size_t i = 0; i + 1 < piece->letters || i == 0; i++) {
        const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
        size_t one = utf8_length(at, end), two = utf8_length(at + one, end);
        query->word[query->n++] = (struct query_word){.text = {text.data, one + two}, .begins = two == 0};
        text = (struct str){text.data + one, text.len - one};
    }
}

static bool joins_in_query(const struct piece *before, const struct piece *piece)
{
    bool letter =
        piece->gap == GAP_BLANK && piece->kind == LETTER_SPACED && (before->letters == 1 || piece->letters == 1);
    return before->kind == piece->kind && piece->kind != LETTER_UNSPACED && (piece->gap == GAP_GLUE || letter);
}

void word_query_read(struct str text, struct arena *arena, struct word_query *ret_query)
{
    struct pieces pieces;
    pieces_cut(text, arena, &pieces);
    size_t room = 0;
    for (size_t i = 0; i < pieces.n; i++)
        room += pieces.piece[i].kind == LETTER_UNSPACED ? pieces.piece[i].letters : 1;
    *ret_query = (struct word_query){.word = arena_array(arena, struct query_word, room + 1)};
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.piece[i];
        ret_query->typed += piece->gap == GAP_BLANK || piece->gap == GAP_MORE;
        if (piece->kind == LETTER_UNSPACED) {
            add_unspaced(ret_query, piece);
            continue;
        }
        bool last = i + 1 == pieces.n;
        ret_query->word[ret_query->n++] =
            (struct query_word){.text = piece->text,
                                .joins = i > 0 && joins_in_query(&pieces.piece[i - 1], piece),
                                .begins = last && (piece->letters >= BEGINNING_MIN || piece->gap == GAP_NOTHING)};
    }
}

/* --- matching ---------------------------------------------------------------------------------------------------- */

static bool is_joined(const struct word_query *query, size_t first, size_t last)
{
    for (size_t i = first + 1; i <= last; i++)
        if (!query->word[i].joins)
            return false;
    return true;
}

/* The words `first` to `last` as one: two or more are two letters or more. */
static struct word_term term_of(const struct word_query *query, size_t first, size_t last)
{
    const struct query_word *from = &query->word[first], *to = &query->word[last];
    struct str text = pieces_joined(from->text, to->text, WORD_BYTES_MAX);
    bool cut = text.len < (size_t)(to->text.data + to->text.len - from->text.data);
    bool joined_last = first < last && last + 1 == query->n;
    return (struct word_term){text, !cut && (to->begins || joined_last)};
}

/* Bit i of `reached`: the words before i can be had. */
bool word_query_matches(const struct word_query *query, const struct words *words)
{
    uint32_t reached = 1; /* bit 0: before the word `first`; shifted as that moves on */
    for (size_t first = 0; first < query->n; first++, reached >>= 1) {
        if (reached == 0)
            return false;
        if ((reached & 1) == 0)
            continue;
        for (size_t last = first; last < query->n && last - first < WORD_JOINED_MAX; last++) {
            if (last > first && !query->word[last].joins)
                break;
            if (words_find(words, term_of(query, first, last)) != NULL)
                reached |= UINT32_C(2) << (last - first);
        }
    }
    return query->n > 0 && (reached & 1) != 0;
}

size_t word_query_terms(const struct word_query *query, size_t index, struct word_term ret_terms[WORD_TERMS_MAX])
{
    size_t n = 0, from = index < WORD_JOINED_MAX - 1 ? 0 : index - (WORD_JOINED_MAX - 1);
    for (size_t first = from; first <= index; first++)
        for (size_t last = index; last < query->n && last - first < WORD_JOINED_MAX; last++)
            if (is_joined(query, first, last)) {
                assert(n < WORD_TERMS_MAX);
                ret_terms[n++] = term_of(query, first, last);
            }
    return n;
}
