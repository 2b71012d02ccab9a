/* Saying why a document is refused. */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>

#include "stockfold/codec/event_json.h"

enum refusal refuse_as(char *ret_detail, enum refusal refusal, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret_detail, REFUSAL_DETAIL_MAX, format, args);
    va_end(args);
    return refusal;
}
