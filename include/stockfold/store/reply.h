/* A Redis reply, read without seeing the client library. Borrowed: valid only inside the callback that gets it,
 * unless that keeps it (link_keep). */
#ifndef STOCKFOLD_STORE_REPLY_H
#define STOCKFOLD_STORE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "stockfold/core/str.h"

struct reply; /* opaque; a NULL reply means: the connection was lost before the answer came */

bool reply_is_error(const struct reply *reply);
bool reply_is_nil(const struct reply *reply);
bool reply_is_array(const struct reply *reply);
bool reply_is_string(const struct reply *reply);
bool reply_is_int(const struct reply *reply);
/* Bytes of a string, status or error; empty for anything else. */
struct str reply_text(const struct reply *reply);
/* Of an integer, or of a string holding one; 0 for anything else. */
int64_t reply_int(const struct reply *reply);
/* The value of a line "name:value" of INFO's answer; empty when there is none. Its number ends where strtoll() ends. */
struct str reply_info(const struct reply *reply, const char *name);
size_t reply_count(const struct reply *reply);
const struct reply *reply_at(const struct reply *reply, size_t index);

/* A reply that was kept. NULL is allowed. */
void reply_free(const struct reply *reply);

/* What an error reply asks for. */
enum reply_problem {
    REPLY_OK,
    REPLY_LOST, /* NULL: connection gone, what was asked may or may not have been done */
    REPLY_WAIT, /* LOADING, OOM, READONLY, BUSY, MISCONF, MASTERDOWN, CLUSTERDOWN, TRYAGAIN: later, nothing was done */
    REPLY_NO_FUNCTION, /* our library is not loaded there (any more) */
    REPLY_BROKEN,      /* anything else: WRONGTYPE, NOAUTH, ...: somebody must act */
};
enum reply_problem reply_problem(const struct reply *reply);

#endif
