/* Saying why a document is refused. */
#ifndef STOCKFOLD_CODEC_REFUSE_H
#define STOCKFOLD_CODEC_REFUSE_H

#include "stockfold/core/refusal.h"

/* Writes the detail (REFUSAL_DETAIL_MAX bytes at `ret_detail`) and returns `refusal`. The text names fields and what
 * was expected, never what came: so it holds no control characters and gives nothing away. */
enum refusal refuse_as(char *ret_detail, enum refusal refusal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
