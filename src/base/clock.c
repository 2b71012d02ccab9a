/* Reading the clocks: nobody else does. */
#include "stockfold/base/clock.h"

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timespec clock_steady_in(int64_t ms)
{
    struct timespec then;
    clock_gettime(CLOCK_MONOTONIC, &then);
    int64_t ns = then.tv_nsec + ms % 1000 * 1000000;
    then.tv_sec += ms / 1000 + ns / 1000000000;
    then.tv_nsec = ns % 1000000000;
    return then;
}
