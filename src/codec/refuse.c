/* Saying why a document is refused. */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Removes an incomplete character from the end of a text that was cut. */
static void cut_between_characters(char *text)
{
    size_t len = strlen(text), start = len;
    while (start > 0 && (text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (text[start - 1] & 0xc0) == 0xc0)
        text[start - 1] = '\0';
}

enum refusal refuse_as(char *ret_detail, enum refusal refusal, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(ret_detail, REFUSAL_DETAIL_MAX, format, args);
    va_end(args);
    if (len >= REFUSAL_DETAIL_MAX)
        cut_between_characters(ret_detail);
    return refusal;
}
