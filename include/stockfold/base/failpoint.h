/* Failpoints: named places at which a test lets the process die as if by kill -9.
 *
 * STOCKFOLD_FAILPOINT=NAME or NAME:N in the environment ends the process with SIGKILL at the first (Nth) time it
 * passes failpoint("NAME"). Without the variable a failpoint costs one load. */
#ifndef STOCKFOLD_BASE_FAILPOINT_H
#define STOCKFOLD_BASE_FAILPOINT_H

#include <stdbool.h>

extern bool failpoint_armed;

/* Reads the environment; call once at start, before threads. */
void failpoint_init(void);
void failpoint_passed(const char *name);

#define failpoint(name)                                                                                                \
    do {                                                                                                               \
        if (failpoint_armed)                                                                                           \
            failpoint_passed(name);                                                                                    \
    } while (0)

#endif
