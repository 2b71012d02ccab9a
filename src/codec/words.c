/* Words of a text: runs of Unicode's letters and digits. */
#include "stockfold/codec/words.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "stockfold/codec/utf8.h"

enum { CHARACTER_BYTES_MAX = 4 };

/* A locale of our own: letters are the same whatever locale the process runs in. */
static locale_t unicode;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void open_unicode(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (unicode == (locale_t)0)
        unicode = newlocale(LC_CTYPE_MASK, "C", (locale_t)0); /* a system without it: ASCII only */
}

static size_t encode_character(wint_t character, char ret_bytes[CHARACTER_BYTES_MAX])
{
    static const unsigned char leads[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    size_t len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    ret_bytes[0] = (char)(leads[len] | character);
    return len;
}

static bool is_new(const struct words *words, struct str word)
{
    for (size_t i = 0; i < words->n; i++)
        if (str_equal(words->word[i], word))
            return false;
    return word.len > 0;
}

/* Cuts the next word, with everything before it, off the front of the text and copies it to `ret_bytes`; empty at the
 * end. */
static struct str next_word(struct str *text, char ret_bytes[WORD_BYTES_MAX])
{
    const unsigned char *at = (const unsigned char *)text->data, *end = at + text->len;
    struct str word = {.data = ret_bytes};
    bool full = false;
    for (size_t len; at < end; at += len) {
        len = utf8_length(at, end);
        wint_t character = len == 0 ? L' ' : utf8_character(at, len);
        len = len == 0 ? 1 : len;
        if (iswalnum_l(character, unicode)) {
            char lower[CHARACTER_BYTES_MAX];
            size_t lower_len = encode_character(towlower_l(character, unicode), lower);
            full = full || word.len + lower_len > WORD_BYTES_MAX;
            if (!full) {
                memcpy(ret_bytes + word.len, lower, lower_len);
                word.len += lower_len;
            }
        } else if (word.len > 0) {
            break;
        }
    }
    *text = (struct str){(const char *)at, (size_t)(end - at)};
    return word;
}

void words_of(struct str text, struct arena *arena, struct words *ret_words)
{
    pthread_once(&unicode_once, open_unicode);
    ret_words->n = 0;
    while (text.len > 0 && ret_words->n < WORDS_MAX) {
        char bytes[WORD_BYTES_MAX];
        struct str word = next_word(&text, bytes);
        if (is_new(ret_words, word))
            ret_words->word[ret_words->n++] = (struct str){arena_copy(arena, word.data, word.len), word.len};
    }
}
