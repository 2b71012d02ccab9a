/* Passing over JSON's bytes once, without a tree and without copying. */
#ifndef STOCKFOLD_CODEC_JSON_SCAN_H
#define STOCKFOLD_CODEC_JSON_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "stockfold/codec/utf8.h"

struct reader {
    const unsigned char *at, *end;
};

static inline bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline void skip_spaces(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at <= ' ' && is_space(*reader->at))
        reader->at++;
}

static inline bool skip_byte(struct reader *reader, unsigned char byte)
{
    if (reader->at == reader->end || *reader->at != byte)
        return false;
    reader->at++;
    return true;
}

/* Bytes at the beginning of these 8 that may stand in a string as they are: no control characters, quotes,
 * backslashes, nor anything beyond ASCII. A byte's high bit is set in `special` when the byte is one of these; a carry
 * of the subtractions spoils only bytes after the first hit. */
static inline unsigned plain_bytes(const unsigned char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    bytes = le64toh(bytes);
    uint64_t quotes = bytes ^ ones * '"', backslashes = bytes ^ ones * '\\';
    uint64_t special = ((bytes - ones * ' ') & ~bytes) | ((quotes - ones) & ~quotes) |
                       ((backslashes - ones) & ~backslashes) | bytes | (bytes + ones);
    special &= ones * 0x80;
    return special == 0 ? 8 : (unsigned)__builtin_ctzll(special) / 8;
}

/* Where the first quote is in these 8 bytes; 8: nowhere. */
static inline unsigned first_quote(const unsigned char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    uint64_t quotes = le64toh(bytes) ^ ones * '"';
    quotes = (quotes - ones) & ~quotes & ones * 0x80;
    return quotes == 0 ? 8 : (unsigned)__builtin_ctzll(quotes) / 8;
}

static inline bool is_plain_byte(unsigned char byte)
{
    return byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
}

static inline const unsigned char *skip_plain(const unsigned char *at, const unsigned char *end)
{
    while (end - at >= 8) {
        unsigned plain = plain_bytes(at);
        at += plain;
        if (plain < 8)
            return at;
    }
    while (at < end && is_plain_byte(*at))
        at++;
    return at;
}

/* The same with characters beyond ASCII; out of line, because rare. */
static __attribute__((noinline)) const unsigned char *skip_text(const unsigned char *at, const unsigned char *end)
{
    while (at < end && *at >= 0x80 && !utf8_control(at, end)) {
        size_t len = utf8_length(at, end);
        if (len == 0)
            break;
        at = skip_plain(at + len, end);
    }
    return at;
}

/* A string that has neither escapes nor control characters; otherwise nothing is passed. ret_ascii: it is all ASCII. */
static inline bool read_ascii_or_string(struct reader *reader, struct str *ret_text, bool *ret_ascii)
{
    if (reader->at == reader->end || *reader->at != '"')
        return false;
    const unsigned char *text = reader->at + 1, *at = skip_plain(text, reader->end);
    *ret_ascii = at < reader->end && *at < 0x80;
    if (!*ret_ascii)
        at = skip_text(at, reader->end);
    if (at == reader->end || *at != '"')
        return false;
    *ret_text = (struct str){(const char *)text, (size_t)(at - text)};
    reader->at = at + 1;
    return true;
}

static inline bool read_string(struct reader *reader, struct str *ret_text)
{
    bool ascii;
    return read_ascii_or_string(reader, ret_text, &ascii);
}

/* The bytes up to the next quote, which may be no string: of a name that is known, being equal to it says that they are;
 * of another, is_plain(). */
static inline bool read_name(struct reader *reader, struct str *ret_name)
{
    if (reader->at == reader->end || *reader->at != '"')
        return false;
    const unsigned char *name = reader->at + 1, *at = name;
    unsigned skipped = 8;
    while (reader->end - at >= 8 && skipped == 8)
        at += skipped = first_quote(at);
    while (at < reader->end && *at != '"')
        at++;
    if (at == reader->end)
        return false;
    *ret_name = (struct str){(const char *)name, (size_t)(at - name)};
    reader->at = at + 1;
    return true;
}

static inline bool is_plain(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    return skip_plain(at, end) == end;
}

#endif
