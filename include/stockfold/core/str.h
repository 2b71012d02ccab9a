/* Borrowed bytes: the string type of every layer.
 *
 * A str never owns what it points at and is not zero-terminated. Order is by bytes, a prefix before what it begins. */
#ifndef STOCKFOLD_CORE_STR_H
#define STOCKFOLD_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *data; /* may be NULL when len is 0 */
    size_t len;
};

/* A str of a string literal. */
#define STR(literal) ((struct str){.data = "" literal, .len = sizeof(literal) - 1})
/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).data

/* The bytes before the zero that ends `text`, borrowed. */
static inline struct str str_from(const char *text)
{
    return (struct str){.data = text, .len = strlen(text)};
}

static inline int str_compare(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
