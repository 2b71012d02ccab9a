/* UTF-8, one character at a time. */
#ifndef STOCKFOLD_CODEC_UTF8_H
#define STOCKFOLD_CODEC_UTF8_H

#include <stdint.h>

#include "stockfold/core/str.h"

/* Bytes of the character at `at`, or 0 when none begins there: no overlong forms, no surrogates, at most U+10FFFF. */
static inline size_t utf8_length(const unsigned char *at, const unsigned char *end)
{
    size_t left = (size_t)(end - at);
    if (left == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (left < 2 || at[0] < 0xc2 || at[0] > 0xf4 || (at[1] & 0xc0) != 0x80)
        return 0;
    if (at[0] < 0xe0)
        return 2;
    if (left < 3 || (at[2] & 0xc0) != 0x80)
        return 0;
    if (at[0] < 0xf0) {
        bool overlong = at[0] == 0xe0 && at[1] < 0xa0, surrogate = at[0] == 0xed && at[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || (at[3] & 0xc0) != 0x80)
        return 0;
    bool overlong = at[0] == 0xf0 && at[1] < 0x90, beyond = at[0] == 0xf4 && at[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

/* The character of `len` bytes at `at`, as utf8_length() found it. */
static inline uint32_t utf8_character(const unsigned char *at, size_t len)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = at[0] & lead_bits[len];
    for (size_t i = 1; i < len; i++)
        character = character << 6 | (at[i] & 0x3f);
    return character;
}

/* Whether a control character begins at `at`: U+0000-001F, U+007F-009F. `end` as above. */
static inline bool utf8_control(const unsigned char *at, const unsigned char *end)
{
    return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && end - at > 1 && at[1] < 0xa0);
}

/* Whether one is anywhere in `text`, which is UTF-8. */
static inline bool utf8_has_control(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    for (; at < end; at++)
        if (utf8_control(at, end))
            return true;
    return false;
}

#endif
