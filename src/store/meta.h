/* Watermarks as they are written into a shard's meta. */
#ifndef STOCKFOLD_STORE_META_H
#define STOCKFOLD_STORE_META_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/watermark.h"
#include "stockfold/store/link.h"

/* Appends the three words by which a function compares and advances a watermark: field, expected text (empty when
 * `expected` is NULL), next text. */
void meta_add_watermark(struct buffer *out, struct str topic, int32_t partition, const struct watermark *expected,
                        const struct watermark *next);

/* The next word of a call: a time, empty of TIME_NONE. */
void meta_send_time(struct link *link, int64_t time);

#endif
