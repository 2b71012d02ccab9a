/* The record as `show` and `dump` print it: canonical JSON, fixed field order, no spaces. */
#ifndef STOCKFOLD_CODEC_RECORD_JSON_H
#define STOCKFOLD_CODEC_RECORD_JSON_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/availability.h"

/* Values of a record's line that are not in the record itself. */
struct record_context {
    struct str sku, node;
    int64_t reserved;     /* units */
    int64_t safety_stock; /* units */
    struct availability availability;
};

/* One JSON object, no newline. Incoming lines by eta (none last), then ref; those not above 0 are left out. */
void record_write_json(const struct record *record, const struct record_context *context, struct buffer *out);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct str text, struct buffer *out);

#endif
