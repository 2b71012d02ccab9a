/* Loading JSON that came from outside: the one way to jansson for it. */
#ifndef STOCKFOLD_CODEC_JSON_READ_H
#define STOCKFOLD_CODEC_JSON_READ_H

#include <jansson.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/bounds.h"
#include "stockfold/core/refusal.h"
#include "stockfold/core/str.h"

/* Of a document that is stored and sent on, as a part of other documents, more is asked: a reader that stops at 64 levels
 * (.NET's) or at a number that no double holds (Go's) would lose the whole answer. */
enum json_use {
    JSON_TO_READ, /* its fields are read, and nothing else of it is kept */
    JSON_TO_ECHO, /* at most BOUND_DEPTH levels, every number finite as a double */
};

/* One JSON object and nothing else, no key twice at any level, no NUL but escaped in a string. The caller drops the
 * reference. An integer beyond 64 bits reads as INT64_MAX or -INT64_MAX. */
enum refusal json_read_object(struct str json, enum json_use use, struct arena *arena, json_t **ret_root,
                              char *ret_detail);

/* One JSON string and nothing else; NULL when it is none. The caller drops the reference. */
json_t *json_read_string(struct str json);

#endif
