/* A text with one byte too many, in every place. */
#ifndef TEST_SPOILT_H
#define TEST_SPOILT_H

#include <stdlib.h>

#include "stockfold/core/str.h"

/* `json` with a zero byte put in before its byte `at`; the caller frees its data. */
static inline struct str spoilt_by_nul(struct str json, size_t at)
{
    char *bytes = malloc(json.len + 1);
    memcpy(bytes, json.data, at);
    bytes[at] = '\0';
    memcpy(bytes + at + 1, json.data + at, json.len - at);
    return (struct str){bytes, json.len + 1};
}

#endif
