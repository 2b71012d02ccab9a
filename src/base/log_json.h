/* A line of the log as JSON. Pure. */
#ifndef STOCKFOLD_SRC_BASE_LOG_JSON_H
#define STOCKFOLD_SRC_BASE_LOG_JSON_H

#include <stddef.h>

/* {"time","level","message",...}: of `text`, "message key=value key=\"more words\"", each key becomes a member; values that
 * are whole numbers are numbers. Bytes that are no UTF-8 become question marks. Returns the length; what does not fit into
 * `room` is cut so that the line stays JSON: whole members, and the end of the message. */
size_t log_json_write(const char *time, const char *level, const char *text, char *ret_line, size_t room);

#endif
