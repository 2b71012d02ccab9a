/* Units on their way, as answers show them: `,"incoming":[{"ref","qty","eta"}]`, those above 0 by eta (none last), then
 * ref; `"overdue":true` where the eta has passed. */
#ifndef STOCKFOLD_API_INCOMING_H
#define STOCKFOLD_API_INCOMING_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/record.h"

/* Of one record. */
void incoming_write(const struct incoming_line *lines, size_t n, int64_t now_ms, struct buffer *out);
/* Of any number of records together. Sorts the lines. */
void incoming_write_many(struct incoming_line *lines, size_t n, int64_t now_ms, struct buffer *out);

#endif
