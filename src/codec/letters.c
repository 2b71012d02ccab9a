/* Responsible for: which characters are compared as the same letter, and what kind of letter each is. Not for: words. */
#include "letters.h"

#include <utf8proc.h>

#include "stockfold/codec/utf8.h"

/* --- tables ------------------------------------------------------------------------------------------------------ */

struct replacement {
    int32_t first, last; /* characters */
    const char *by;      /* ASCII; "0": a digit, counted from `first` */
};

/* Before all else. Apostrophes of many kinds, some of which Unicode calls letters, or takes for accents on a space; a
 * joiner that Persian writes as others write a hyphen; signs that NFKC would make letters of (Levi's(TM)); the stroke
 * that lengthens Arabic words. In order. */
static const struct replacement signs[] = {
    {0x60, 0x60, "'"},     {0xb4, 0xb4, "'"},     {0x2b9, 0x2bd, "'"},   {0x55a, 0x55a, "'"},
    {0x5f3, 0x5f4, "'"},   {0x640, 0x640, ""},    {0x200c, 0x200c, "-"}, {0x2018, 0x201b, "'"},
    {0x2032, 0x2032, "'"}, {0x2120, 0x2120, "/"}, {0x2122, 0x2122, "/"}, {0x2212, 0x2212, "-"},
};

/* After case folding. Letters with strokes, ligatures and the dotless i, for which other keyboards give the plain ones,
 * and the digits of scripts that are typed with either kind. In order. */
static const struct replacement letters[] = {
    {0xe6, 0xe6, "ae"},  {0xf0, 0xf0, "d"},     {0xf8, 0xf8, "o"},     {0xfe, 0xfe, "th"},   {0x111, 0x111, "d"},
    {0x127, 0x127, "h"}, {0x131, 0x131, "i"},   {0x142, 0x142, "l"},   {0x153, 0x153, "oe"}, {0x167, 0x167, "t"},
    {0x660, 0x669, "0"}, {0x6f0, 0x6f9, "0"},   {0x966, 0x96f, "0"},   {0x9e6, 0x9ef, "0"},  {0xe50, 0xe59, "0"},
    {0xed0, 0xed9, "0"}, {0x1040, 0x1049, "0"}, {0x17e0, 0x17e9, "0"},
};

struct span {
    int32_t first, last;
};

/* Scripts that write no spaces between words: those of Annex #29 for which its rules find no words (line break class SA,
 * ideographs, kana). In order. */
static const struct span unspaced[] = {
    {0xe00, 0xeff},   {0x1000, 0x109f}, {0x1780, 0x17ff}, {0x1950, 0x19df},   {0x1a20, 0x1aaf},   {0x2e80, 0x2fdf},
    {0x3005, 0x3007}, {0x3021, 0x312f}, {0x31a0, 0x31bf}, {0x31f0, 0x31ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa9e0, 0xa9ff}, {0xaa60, 0xaadf}, {0xf900, 0xfaff}, {0x11700, 0x1174f}, {0x1aff0, 0x1b16f}, {0x20000, 0x3ffff},
};

static const struct replacement *replacement_of(int32_t character, const struct replacement *rows, size_t rows_n)
{
    for (size_t i = 0; i < rows_n && rows[i].first <= character; i++)
        if (character <= rows[i].last)
            return &rows[i];
    return NULL;
}

#define REPLACEMENT(character, rows) replacement_of((character), (rows), sizeof(rows) / sizeof((rows)[0]))

/* --- folding ----------------------------------------------------------------------------------------------------- */

enum { EXPANSION_MAX = 32 }; /* of one character: U+FDFA becomes 18, and each of them at most two */

static const utf8proc_option_t fold_options =
    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;

static size_t put_text(const char *text, int32_t *to)
{
    size_t n = 0;
    for (; text[n] != '\0'; n++)
        to[n] = text[n];
    return n;
}

static size_t put_letter(int32_t letter, int32_t *to)
{
    const struct replacement *row = letter < 0x80 ? NULL : REPLACEMENT(letter, letters);
    if (row != NULL && row->by[0] != '0')
        return put_text(row->by, to);
    *to = row == NULL ? letter : '0' + letter - row->first;
    return 1;
}

/* What one character becomes; to[] has room for EXPANSION_MAX. */
static size_t fold_character(int32_t character, int32_t *to)
{
    int32_t parts[EXPANSION_MAX];
    int boundary = 0;
    const struct replacement *row = REPLACEMENT(character, signs);
    if (row != NULL)
        return put_text(row->by, to);
    if (character < 0x80) {
        *to = character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
        return 1;
    }
    utf8proc_ssize_t parts_n = utf8proc_decompose_char(character, parts, EXPANSION_MAX / 2, fold_options, &boundary);
    size_t n = 0;
    for (utf8proc_ssize_t i = 0; i < parts_n && i < EXPANSION_MAX / 2; i++)
        n += put_letter(parts[i], to + n);
    return n;
}

/* Fractions, raised and encircled numbers: as parts of them they would run into digits beside them, 10½ into 101⁄2. */
static bool stands_apart(int32_t character)
{
    return character >= 0x80 && utf8proc_category(character) == UTF8PROC_CATEGORY_NO;
}

size_t letters_fold(struct str text, struct arena *arena, int32_t **ret_letters)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    size_t cap = text.len + EXPANSION_MAX, n = 0;
    int32_t *letters_at = arena_array(arena, int32_t, cap);
    bool apart = false;
    for (size_t len; at < end; at += len) {
        if (cap - n <= EXPANSION_MAX) {
            int32_t *wider = arena_array(arena, int32_t, 2 * cap);
            memcpy(wider, letters_at, n * sizeof(*wider));
            letters_at = wider;
            cap *= 2;
        }
        len = utf8_length(at, end);
        int32_t character = len == 0 ? '/' : (int32_t)utf8_character(at, len);
        bool was_apart = apart;
        apart = stands_apart(character);
        if ((apart || was_apart) && n > 0 && letter_kind(letters_at[n - 1]) == LETTER_DIGIT)
            letters_at[n++] = ' ';
        n += fold_character(character, letters_at + n);
        len = len == 0 ? 1 : len;
    }
    *ret_letters = letters_at;
    /* Syllables of Hangul, which may come in their parts, are put together. */
    utf8proc_ssize_t composed = utf8proc_normalize_utf32(letters_at, (utf8proc_ssize_t)n, UTF8PROC_COMPOSE);
    return composed < 0 ? n : (size_t)composed;
}

/* --- kinds ------------------------------------------------------------------------------------------------------- */

static bool is_unspaced(int32_t letter)
{
    for (size_t i = 0; i < sizeof(unspaced) / sizeof(unspaced[0]) && unspaced[i].first <= letter; i++)
        if (letter <= unspaced[i].last)
            return true;
    return false;
}

static enum letter_kind kind_of_ascii(int32_t letter)
{
    if (letter >= 'a' && letter <= 'z')
        return LETTER_SPACED;
    if (letter >= '0' && letter <= '9')
        return LETTER_DIGIT;
    if (letter == '\'' || letter == '-')
        return LETTER_GLUE;
    return letter == ' ' || letter == '\t' ? LETTER_BLANK : LETTER_NONE;
}

enum letter_kind letter_kind(int32_t letter)
{
    if (letter < 0x80)
        return kind_of_ascii(letter);
    utf8proc_category_t category = utf8proc_category(letter);
    if (category == UTF8PROC_CATEGORY_PD)
        return LETTER_GLUE;
    if (category == UTF8PROC_CATEGORY_ZS)
        return LETTER_BLANK;
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO)
        return is_unspaced(letter) ? LETTER_UNSPACED : LETTER_SPACED;
    if (category == UTF8PROC_CATEGORY_NL && is_unspaced(letter)) /* the round zero of Chinese */
        return LETTER_UNSPACED;
    bool number = category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
    return number ? LETTER_DIGIT : LETTER_NONE;
}

size_t letter_encode(int32_t letter, char to[LETTER_BYTES_MAX])
{
    utf8proc_ssize_t n = utf8proc_encode_char(letter, (utf8proc_uint8_t *)to);
    return n < 0 ? 0 : (size_t)n;
}
