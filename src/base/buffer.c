/* Growing output buffers: the parts that are not inline. */
#include "stockfold/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/error.h"

enum { CAPACITY_MIN = 64 };

void buffer_init(struct buffer *ret_buffer)
{
    *ret_buffer = (struct buffer){0};
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->cap - buffer->len >= more)
        return;
    if (more > SIZE_MAX / 2 - buffer->len)
        error_out_of_memory();
    size_t cap = buffer->cap < CAPACITY_MIN ? CAPACITY_MIN : buffer->cap;
    while (cap - buffer->len < more)
        cap *= 2;
    char *data = realloc(buffer->data, cap);
    if (data == NULL)
        error_out_of_memory();
    buffer->data = data;
    buffer->cap = cap;
}

void buffer_add_int(struct buffer *buffer, int64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    buffer_add(buffer, digits + at, sizeof(digits) - at);
}

void buffer_add_format(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        buffer_reserve(buffer, (size_t)len + 1); /* vsnprintf ends it with a zero byte, which is not kept */
        vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}
