/* Responsible for: where text is cut. Not for: which pieces and joins are words (words.c, word_query.c). */
#include "pieces.h"

static bool is_letter(enum letter_kind kind)
{
    return kind == LETTER_DIGIT || kind == LETTER_SPACED || kind == LETTER_UNSPACED;
}

/* The gap so far, one character wider. One apostrophe or hyphen, or any number of blanks. */
static enum gap widen(enum gap gap, enum letter_kind kind)
{
    if (kind == LETTER_GLUE)
        return gap == GAP_NOTHING ? GAP_GLUE : GAP_MORE;
    if (kind == LETTER_BLANK)
        return gap == GAP_NOTHING || gap == GAP_BLANK ? GAP_BLANK : GAP_MORE;
    return GAP_MORE;
}

void pieces_cut(struct str text, struct arena *arena, struct pieces *ret_pieces)
{
    int32_t *letters;
    size_t n = letters_fold(text, arena, &letters);
    char *bytes = arena_alloc(arena, n * LETTER_BYTES_MAX + 1), *to = bytes;
    ret_pieces->piece = arena_array(arena, struct piece, n + 1);
    ret_pieces->n = 0;
    enum gap gap = GAP_MORE;
    enum letter_kind before = LETTER_NONE;
    for (size_t i = 0; i < n; i++) {
        enum letter_kind kind = letter_kind(letters[i]);
        if (!is_letter(kind)) {
            gap = ret_pieces->n == 0 ? GAP_MORE : widen(gap, kind);
            before = kind;
            continue;
        }
        if (kind != before) {
            ret_pieces->piece[ret_pieces->n++] = (struct piece){.text = {to, 0}, .kind = kind, .gap = gap};
            gap = GAP_NOTHING;
        }
        struct piece *piece = &ret_pieces->piece[ret_pieces->n - 1];
        to += letter_encode(letters[i], to);
        piece->text.len = (size_t)(to - piece->text.data);
        piece->letters++;
        before = kind;
    }
}

struct str pieces_joined(struct str first, struct str last, size_t bytes_max)
{
    struct str joined = {first.data, (size_t)(last.data + last.len - first.data)};
    if (joined.len <= bytes_max)
        return joined;
    joined.len = bytes_max;
    while (joined.len > 0 && (joined.data[joined.len] & 0xc0) == 0x80)
        joined.len--;
    return joined;
}
