/* Escapes of a JSON string, one by one. */
#include "json_unescape.h"

#include "json_scan.h"

enum { HEX_DIGITS = 4, NO_NUMBER = 0x110000 };

/* Without branches that digits and letters in turn would mislead. */
static uint32_t digit_of_hex(unsigned char byte)
{
    uint32_t number = (uint32_t)byte - '0', letter = ((uint32_t)byte | 0x20) - 'a';
    uint32_t of_letter = letter < 6 ? letter + 10 : NO_NUMBER;
    return number < 10 ? number : of_letter;
}

/* NO_NUMBER: there are no four digits. */
static uint32_t read_hex(const unsigned char *at, const unsigned char *end)
{
    if (end - at < HEX_DIGITS)
        return NO_NUMBER;
    uint32_t a = digit_of_hex(at[0]), b = digit_of_hex(at[1]), c = digit_of_hex(at[2]), d = digit_of_hex(at[3]);
    return (a | b | c | d) < 16 ? a << 12 | b << 8 | c << 4 | d : NO_NUMBER;
}

static bool is_surrogate(uint32_t number, uint32_t first)
{
    return number >= first && number < first + 0x400;
}

/* Behind "\u". Returns what stands behind it, NULL when it is no character. */
static const unsigned char *read_number(const unsigned char *at, const unsigned char *end, uint32_t *ret_character)
{
    uint32_t number = read_hex(at, end), low;
    if (number == NO_NUMBER || is_surrogate(number, 0xdc00))
        return NULL;
    *ret_character = number;
    at += HEX_DIGITS;
    if (!is_surrogate(number, 0xd800))
        return at;
    if (end - at < 2 || at[0] != '\\' || at[1] != 'u')
        return NULL;
    low = read_hex(at + 2, end);
    if (!is_surrogate(low, 0xdc00))
        return NULL;
    *ret_character = 0x10000 + ((number - 0xd800) << 10) + (low - 0xdc00);
    return at + 2 + HEX_DIGITS;
}

/* Behind the backslash. */
static const unsigned char *read_escape(const unsigned char *at, const unsigned char *end, uint32_t *ret_character)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (at == end)
        return NULL;
    if (*at == 'u')
        return read_number(at + 1, end, ret_character);
    const char *letter = *at == '\0' ? NULL : strchr(letters, *at);
    if (letter == NULL)
        return NULL;
    *ret_character = (unsigned char)meant[letter - letters];
    return at + 1;
}

static size_t write_utf8(uint32_t character, char *ret_bytes)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = 1u + (character >= 0x80) + (character >= 0x800) + (character >= 0x10000);
    for (size_t i = len - 1; i > 0; i--, character >>= 6)
        ret_bytes[i] = (char)(0x80 | (character & 0x3f));
    ret_bytes[0] = (char)(leads[len] | character);
    return len;
}

bool json_unescape(struct str inside, char *ret_bytes, size_t *ret_len)
{
    const unsigned char *at = (const unsigned char *)inside.data, *end = at + inside.len;
    char *to = ret_bytes;
    while (at < end) {
        uint32_t character;
        const unsigned char *plain_end = skip_plain(at, end);
        size_t len = plain_end > at ? (size_t)(plain_end - at) : utf8_length(at, end);
        if (len == 0 || *at < ' ' || *at == '"')
            return false;
        if (*at != '\\') {
            memcpy(to, at, len);
            at += len;
            to += len;
            continue;
        }
        at = read_escape(at + 1, end, &character);
        if (at == NULL)
            return false;
        to += write_utf8(character, to);
    }
    *ret_len = (size_t)(to - ret_bytes);
    return true;
}
