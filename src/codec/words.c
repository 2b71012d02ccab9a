/* Responsible for: which words a text has. Not for: what is compared as one letter (letters.c), where text is cut
 * (pieces.c), queries (word_query.c). */
#include "stockfold/codec/words.h"

#include <stdlib.h>

#include "pieces.h"
#include "stockfold/codec/utf8.h"

/* --- collecting -------------------------------------------------------------------------------------------------- */

static void add_word(struct words *words, struct str word, struct arena *arena)
{
    if (words->n == words->cap) {
        size_t cap = words->cap == 0 ? 32 : 2 * words->cap;
        struct str *wider = arena_array(arena, struct str, cap);
        if (words->n > 0)
            memcpy(wider, words->word, words->n * sizeof(*wider));
        words->word = wider;
        words->cap = cap;
    }
    words->word[words->n++] = word;
}

static int order_words(const void *a, const void *b)
{
    const struct str *left = a, *right = b;
    return str_compare(*left, *right);
}

static void sort_words(struct words *words)
{
    size_t kept = 0;
    if (words->n > 1)
        qsort(words->word, words->n, sizeof(*words->word), order_words);
    for (size_t i = 0; i < words->n; i++)
        if (i == 0 || !str_equal(words->word[i], words->word[kept - 1]))
            words->word[kept++] = words->word[i];
    words->n = kept;
}

/* --- of a text --------------------------------------------------------------------------------------------------- */

static size_t first_letter(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    return utf8_length(at, at + text.len);
}

/* Each pair, the last letter, and that with the first of what follows behind a blank, if anything does. */
static void add_pairs(struct words *words, const struct piece *piece, const struct piece *behind, struct arena *arena)
{
    struct str text = piece->text;
    size_t one = 0, two = 0;
    for (; text.len > 0; text = (struct str){text.data + one, text.len - one}) {
        one = first_letter(text);
        two = first_letter((struct str){text.data + one, text.len - one});
        add_word(words, (struct str){text.data, one + two}, arena);
    }
    if (behind != NULL && behind->kind == LETTER_UNSPACED && behind->gap == GAP_BLANK)
        add_word(words, (struct str){text.data - one, one + first_letter(behind->text)}, arena);
}

static bool joins_in_text(const struct piece *before, const struct piece *piece)
{
    bool letter = piece->gap == GAP_BLANK && piece->kind == LETTER_SPACED && before->letters == 1;
    return before->kind == piece->kind && (piece->gap == GAP_GLUE || letter);
}

static void add_text(struct words *words, struct str text, struct arena *arena)
{
    struct pieces pieces;
    pieces_cut(text, arena, &pieces);
    for (size_t i = 0; i < pieces.n; i++) {
        const struct piece *piece = &pieces.piece[i];
        if (piece->kind == LETTER_UNSPACED) {
            add_pairs(words, piece, i + 1 < pieces.n ? piece + 1 : NULL, arena);
            continue;
        }
        add_word(words, pieces_joined(piece->text, piece->text, WORD_BYTES_MAX), arena);
        for (size_t k = i + 1; k < pieces.n && k - i < WORD_JOINED_MAX; k++) {
            if (!joins_in_text(&pieces.piece[k - 1], &pieces.piece[k]))
                break;
            add_word(words, pieces_joined(piece->text, pieces.piece[k].text, WORD_BYTES_MAX), arena);
        }
    }
}

void words_of(struct str text, struct arena *arena, struct words *ret_words)
{
    *ret_words = (struct words){0};
    add_text(ret_words, text, arena);
    sort_words(ret_words);
}

/* --- of an item -------------------------------------------------------------------------------------------------- */

struct str words_name(struct str sku, struct arena *arena)
{
    struct pieces pieces;
    pieces_cut(sku, arena, &pieces);
    size_t len = 1;
    for (size_t i = 0; i < pieces.n; i++)
        len += pieces.piece[i].text.len;
    char *name = arena_alloc(arena, len);
    name[0] = '=';
    if (len > 1)
        memcpy(name + 1, pieces.piece[0].text.data, len - 1); /* they lie behind each other */
    return (struct str){name, len};
}

static void add_languages(struct words *words, const struct texts *texts, struct arena *arena)
{
    for (size_t i = 0; i < texts->n; i++)
        if (texts->text[i].text.len > 0)
            add_text(words, texts->text[i].text, arena);
}

void words_of_item(const struct item_facts *item, struct arena *arena, struct words *ret_words)
{
    const struct str texts[] = {item->size, item->category, item->style};
    *ret_words = (struct words){0};
    add_languages(ret_words, &item->titles, arena);
    add_languages(ret_words, &item->colors, arena);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].len > 0)
            add_text(ret_words, texts[i], arena);
    struct str name = words_name(item->sku, arena);
    if (name.len > 1 && !str_equal((struct str){name.data + 1, name.len - 1}, item->sku))
        add_word(ret_words, name, arena);
    sort_words(ret_words);
}

/* --- beginnings -------------------------------------------------------------------------------------------------- */

struct str word_start(struct str word)
{
    if (word.len == 0 || word.data[0] == '=')
        return word;
    size_t one = first_letter(word);
    if (letter_kind((int32_t)utf8_character((const unsigned char *)word.data, one)) == LETTER_UNSPACED)
        return (struct str){word.data, one};
    return (struct str){word.data, one + first_letter((struct str){word.data + one, word.len - one})};
}

bool word_term_is_listed(struct word_term term)
{
    struct str start = word_start(term.text);
    return !term.begins || start.len > first_letter(term.text) || start.len == 0 ||
           letter_kind((int32_t)utf8_character((const unsigned char *)start.data, start.len)) == LETTER_UNSPACED;
}

const struct str *words_find(const struct words *words, struct word_term term)
{
    size_t low = 0, high = words->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(words->word[middle], term.text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == words->n || words->word[low].len < term.text.len)
        return NULL;
    const struct str *found = &words->word[low];
    bool begins = memcmp(found->data, term.text.data, term.text.len) == 0;
    return begins && (term.begins || found->len == term.text.len) ? found : NULL;
}
