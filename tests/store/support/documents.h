/* A view in a Redis of its own whose shards take documents, and sku-1, which is put into it. One to a program. */
#ifndef STOCKFOLD_TESTS_STORE_DOCUMENTS_H
#define STOCKFOLD_TESTS_STORE_DOCUMENTS_H

#include "store/support/committing.h"

extern uint32_t documents_shard; /* sku-1's */

/* A fixture, with committing.h's stop(). */
void documents_start(void);
/* Of a put that is answered, to the `enum commit_answer` that is its context. */
void documents_hear(void *context, const struct reply *reply);
struct watermark documents_watermark(int64_t next);
/* Puts sku-1 as that document (NULL: deletes it), from offset `from` to the next. */
enum commit_answer documents_put_item(const char *json, int64_t from);
/* How many keys are like the pattern. */
int64_t documents_keys(const char *pattern);

#endif
