/* The lines of publish's input. Lines of several files are merged by the time of their events: each next line is, of the
 * files' next ones, that with the oldest event; documents, and lines that cannot be read, are older than any event. A file
 * whose lines are in order stays so, and a line that is older than the one before it in its file comes right behind it. */
#ifndef STOCKFOLD_SRC_CLI_PUBLISH_INPUT_H
#define STOCKFOLD_SRC_CLI_PUBLISH_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "stockfold/base/error.h"
#include "stockfold/core/str.h"

struct input_line {
    struct str text; /* without its newline; borrowed until the next line is asked for */
    uint32_t file;   /* publish_input_name() */
    int64_t number;  /* from 1 */
    /* Of its event, and of the event that this one speaks of (publish_time_of()); TIME_NONE: it is none. */
    int64_t time, key_time;
};

struct publish_input;

/* Opens all files, each with or without a byte order mark; "-" is standard input, and so is no name at all. NULL with ERROR_USAGE when one cannot be read. */
struct publish_input *publish_input_open(char **names, int names_n, struct error *error) WARN_UNUSED;
void publish_input_close(struct publish_input *input);
const char *publish_input_name(const struct publish_input *input, uint32_t file);

/* The next line that is not blank: 1; 0: there is none; negative: an error. */
int publish_input_next(struct publish_input *input, struct input_line *ret_line, struct error *error) WARN_UNUSED;

/* Keeps lines on disk, in TMPDIR, so that they can be read a second time. */
struct line_spool;
struct line_spool *line_spool_new(struct error *error) WARN_UNUSED;
void line_spool_free(struct line_spool *spool);
int line_spool_add(struct line_spool *spool, const struct input_line *line, struct error *error) WARN_UNUSED;
/* Like publish_input_next(), from the first on; nothing can be added any more. */
int line_spool_next(struct line_spool *spool, struct input_line *ret_line, struct error *error) WARN_UNUSED;

#endif
