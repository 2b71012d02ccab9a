/* What the world did wrong: filled once by whoever meets it, read by the loop that decides.
 *
 * A fallible function returns 0 or a negative enum error_code and fills the caller's error; the first error wins.
 * Messages say what to do next where there is something to do. */
#ifndef STOCKFOLD_BASE_ERROR_H
#define STOCKFOLD_BASE_ERROR_H

#include <stdbool.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_NO = -1,          /* the answer is no: not found, differs (exit 1) */
    ERROR_USAGE = -2,       /* wrong use, or a configuration that does not fit (exit 2) */
    ERROR_UNREACHABLE = -3, /* a needed server cannot be reached (exit 3) */
    ERROR_DATA = -4,        /* data refused (exit 4) */
    ERROR_STATE = -5,  /* a needed server answers, and cannot be used: a view being rebuilt, a missing topic, a right
                               that is not given (exit 3) */
    ERROR_OUTPUT = -6, /* the result or a temporary file cannot be written (exit 1; 0 when its reader wants no more) */
};

struct error {
    enum error_code code;
    char text[512];
};

/* Fills `error` unless it is already filled; returns `code`. */
int error_set(struct error *error, enum error_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

static inline void error_clear(struct error *error)
{
    error->code = ERROR_NONE;
    error->text[0] = '\0';
}

/* Says so on stderr and ends the process. */
_Noreturn void error_out_of_memory(void);

#define WARN_UNUSED __attribute__((warn_unused_result))

#endif
