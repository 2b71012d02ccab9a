/* JSON Schemas (2020-12) of events and of item and node documents, written from the tables that read them.
 *
 * What a schema takes is never less than what is read: a bound in bytes is said in characters, and some of what must fit
 * together (to_node is another node than node) is only said in words. Fields that are not known may hold anything. */
#ifndef STOCKFOLD_CODEC_SCHEMA_H
#define STOCKFOLD_CODEC_SCHEMA_H

#include "stockfold/base/buffer.h"
#include "stockfold/codec/unknown_fields.h"
#include "stockfold/core/str.h"

extern const char *const document_kind_names[DOCUMENT_KINDS]; /* "event", ... */

/* The whole schema of such documents, with an example. */
void schema_write(enum document_kind kind, struct buffer *out);
/* A whole document with every field that it can have: JSON on several lines. */
struct str schema_example(enum document_kind kind);

/* `"ItemFields":{...},"NodeFields":{...},"Price":{...},...`: the same as components of an OpenAPI document. The two lack the
 * sku and the id, and all that they have may be null or missing: answers have them of items and nodes that nobody described,
 * too, by the name that was asked for. */
void schema_write_components(struct buffer *out);

#endif
