/* Commands as bytes: RESP's bulk strings, appended to a buffer. */
#ifndef STOCKFOLD_STORE_RESP_H
#define STOCKFOLD_STORE_RESP_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/str.h"

/* "<mark>number\r\n": '*' begins a command of so many words, '$' a word of so many bytes. */
static inline void resp_add_length(struct buffer *out, char mark, size_t number)
{
    char text[24];
    size_t at = sizeof(text);
    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text[--at] = mark;
    buffer_add(out, text + at, sizeof(text) - at);
}

static inline void resp_add_word(struct buffer *out, struct str word)
{
    resp_add_length(out, '$', word.len);
    buffer_add(out, word.data, word.len);
    buffer_add(out, "\r\n", 2);
}

static inline void resp_add_int(struct buffer *out, int64_t number)
{
    char text[24]; /* longer than any number: the buffer never grows */
    struct buffer digits = {.data = text, .cap = sizeof(text)};
    buffer_add_int(&digits, number);
    resp_add_word(out, (struct str){text, digits.len});
}

#endif
