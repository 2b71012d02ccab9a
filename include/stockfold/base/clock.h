/* The clocks, read in one place. */
#ifndef STOCKFOLD_BASE_CLOCK_H
#define STOCKFOLD_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970, the machine's wall clock. */
int64_t clock_wall_ms(void);
/* Microseconds that only grow: for time-outs and durations. */
int64_t clock_steady_us(void);
/* So many milliseconds from now, as pthread's timed waits want it. */
struct timespec clock_wall_in(int64_t ms);

#endif
