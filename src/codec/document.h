/* Checking JSON documents against a table of their fields. */
#ifndef STOCKFOLD_CODEC_DOCUMENT_H
#define STOCKFOLD_CODEC_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "stockfold/core/refusal.h"

enum document_form {
    DOCUMENT_TEXT, /* a string of min to max bytes without control characters */
    DOCUMENT_TIME, /* RFC 3339 */
    DOCUMENT_BOOLEAN,
    DOCUMENT_INTEGER, /* from min to max */
    DOCUMENT_NUMBER,  /* with or without fraction, from min to max */
    DOCUMENT_OBJECT,  /* of `members`; anything when there are none */
    DOCUMENT_MAP,     /* an object whose every value is what the first of `members` says */
    DOCUMENT_LIST,    /* an array of objects of `members` */
    DOCUMENT_SPECIAL, /* a string or an object, as `accepts` says */
};

/* One field; a table ends with one without name. Other fields than those of the table are anything. */
struct document_field {
    const char *name;
    enum document_form form;
    bool required;
    int64_t min, max;
    const struct document_field *members;
    bool (*accepts)(const json_t *value);
    const char *expected; /* of DOCUMENT_SPECIAL, in words */
};

/* Whether `object` is as `fields` says; null is the same as not there. `ret_detail` as for events. */
enum refusal document_check(const json_t *object, const struct document_field *fields, char *ret_detail);

#endif
