/* Preloaded into Kafka by benchmarks: its wall clock is $STOCKFOLD_LATER_MS ahead, so that days of Kafka time lie between
 * two loads. Steady clocks are as they are. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int read_clock_fn(clockid_t clock, struct timespec *ret_time);

static read_clock_fn *read_clock;
static long long later_ms;

__attribute__((constructor)) static void keep_later(void)
{
    void *symbol = dlsym(RTLD_NEXT, "clock_gettime");
    const char *text = getenv("STOCKFOLD_LATER_MS");
    memcpy(&read_clock, &symbol, sizeof(read_clock));
    later_ms = text == NULL ? 0 : atoll(text);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int failed = read_clock(clock, ret_time);
    if (failed == 0 && clock == CLOCK_REALTIME)
        ret_time->tv_sec += later_ms / 1000;
    return failed;
}
