/* Where replies live: each whole reply, however many parts it has, in a few pieces of memory of its own, in place of two
 * allocations for every part. hiredis parses; these functions only make what it finds. */
#ifndef STOCKFOLD_STORE_REPLY_MEMORY_H
#define STOCKFOLD_STORE_REPLY_MEMORY_H

#include <hiredis/hiredis.h>

/* A reader whose replies are freed with reply_memory_free(). NULL: no memory. */
redisReader *reply_memory_reader(void);
void reply_memory_reader_free(redisReader *reader);

/* A whole reply. NULL is allowed. */
void reply_memory_free(void *reply);

#endif
