/* Pieces of JSON: each writes `,"name":value`. Empty text is null; so is TIME_NONE. */
#ifndef STOCKFOLD_API_WRITE_H
#define STOCKFOLD_API_WRITE_H

#include "stockfold/api/snapshot.h"
#include "stockfold/base/buffer.h"

/* A comma, unless a list has just begun. */
void write_separator(struct buffer *out);

/* A value that is JSON already. */
void write_json(struct buffer *out, const char *name, struct str json);
void write_text(struct buffer *out, const char *name, struct str text);
/* NULL: null. */
void write_name(struct buffer *out, const char *name, const char *text);
void write_integer(struct buffer *out, const char *name, int64_t number);
void write_boolean(struct buffer *out, const char *name, bool value);
/* Not below 0, with three digits behind the point. */
void write_decimal(struct buffer *out, const char *name, double number);
/* With six: some centimetres on the ground. */
void write_degrees(struct buffer *out, const char *name, double degrees);
/* In UTC, and on the node's clock (NULL: UTC). */
void write_time(struct buffer *out, const char *name, int64_t ms);
void write_local_time(struct buffer *out, const char *name, int64_t ms, const struct snapshot_node *node);

#endif
