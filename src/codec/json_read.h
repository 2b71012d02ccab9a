/* Loading JSON documents. */
#ifndef STOCKFOLD_CODEC_JSON_READ_H
#define STOCKFOLD_CODEC_JSON_READ_H

#include <jansson.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/refusal.h"
#include "stockfold/core/str.h"

/* One JSON object and nothing else, no key twice at any level. The caller drops the reference. An integer beyond 64
 * bits reads as INT64_MAX or -INT64_MAX. */
enum refusal json_read_object(struct str json, struct arena *arena, json_t **ret_root, char *ret_detail);

#endif
