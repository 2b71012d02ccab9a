/* A growing byte buffer for output. Out of memory ends the process. */
#ifndef STOCKFOLD_BASE_BUFFER_H
#define STOCKFOLD_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data; /* owned */
    size_t len, cap;
};

void buffer_init(struct buffer *ret_buffer);
void buffer_done(struct buffer *buffer);
/* Room for `more` bytes after len; the slow path of the inline ones. */
void buffer_reserve(struct buffer *buffer, size_t more);

static inline void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (buffer->cap - buffer->len < len)
        buffer_reserve(buffer, len);
    if (len > 0)
        memcpy(buffer->data + buffer->len, bytes, len);
    buffer->len += len;
}

static inline void buffer_add_byte(struct buffer *buffer, char byte)
{
    if (buffer->cap == buffer->len)
        buffer_reserve(buffer, 1);
    buffer->data[buffer->len++] = byte;
}

#define buffer_add_literal(buffer, literal) buffer_add((buffer), "" literal, sizeof(literal) - 1)
/* Decimal. */
void buffer_add_int(struct buffer *buffer, int64_t number);
void buffer_add_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
