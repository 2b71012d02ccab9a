/* Saying why a document is refused. */
#ifndef STOCKFOLD_CODEC_REFUSE_H
#define STOCKFOLD_CODEC_REFUSE_H

#include "stockfold/core/refusal.h"

/* Writes the detail (REFUSAL_DETAIL_MAX bytes at `ret_detail`; too long a detail is cut between characters) and returns
 * `refusal`. A producer's bytes go into a detail only through seen.h. */
enum refusal refuse_as(char *ret_detail, enum refusal refusal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
