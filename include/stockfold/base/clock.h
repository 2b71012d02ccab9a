/* The clocks, read in one place. */
#ifndef STOCKFOLD_BASE_CLOCK_H
#define STOCKFOLD_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970, the machine's wall clock. */
int64_t clock_wall_ms(void);
/* Microseconds that only grow: for time-outs and durations. */
int64_t clock_steady_us(void);
/* So many milliseconds from now by CLOCK_MONOTONIC, for pthread_cond_clockwait() and pthread_clockjoin_np(): a wall clock
 * that is set back would have them wait for as long. */
struct timespec clock_steady_in(int64_t ms);

#endif
