/* Percent-encoding, and the first look at text from outside. */
#include "stockfold/codec/percent.h"

#include "stockfold/codec/utf8.h"

/* -1: no hexadecimal digit. */
static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool is_clean(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    while (at < end) {
        size_t len = utf8_length(at, end);
        if (len == 0 || utf8_control(at, end))
            return false;
        at += len;
    }
    return true;
}

/* As most text is: ASCII that stands for itself. */
static bool needs_no_escape(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c < 0x20 || c > 0x7e || c == '%' || c == '+')
            return false;
    }
    return true;
}

bool percent_decode(struct str text, bool plus, struct arena *arena, struct str *ret_text)
{
    if (needs_no_escape(text)) {
        *ret_text = text;
        return true;
    }
    char *bytes = arena_alloc(arena, text.len);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.len ? digit_of(text.data[i + 1]) : -1;
            int low = high >= 0 ? digit_of(text.data[i + 2]) : -1;
            if (low < 0)
                return false;
            bytes[len++] = (char)(high * 16 + low);
            i += 2;
        } else {
            bytes[len++] = c == '+' && plus ? ' ' : c;
        }
    }
    *ret_text = (struct str){bytes, len};
    return is_clean(*ret_text);
}
