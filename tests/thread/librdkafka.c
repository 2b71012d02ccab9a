/*
 * Responsible for: what the thread sanitizer must know of librdkafka. Only in builds with that sanitizer.
 *
 * librdkafka uses <threads.h>, whose functions gcc's and clang's thread sanitizers do not know: a thread so started
 * crashes at the first call they watch, and a lock so taken orders nothing. The dynamic linker prefers these here to
 * glibc's, and the sanitizer sees them through: glibc's mtx_t, cnd_t and thrd_t are its POSIX ones inside.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

/* It counts who still uses a thing in atomics that are not instrumented, so its freeing of one seems to race with its
 * own use. Between two accesses in our code nothing is suppressed. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "race:librdkafka.so\n";
}

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "a mutex fits");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "a condition fits");

struct start {
    thrd_start_t run;
    void *arg;
};

static int result(int status)
{
    switch (status) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    default:
        return thrd_error;
    }
}

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    return (void *)(intptr_t)start.run(start.arg);
}

int thrd_create(thrd_t *thread, thrd_start_t start_run, void *arg)
{
    struct start *start = malloc(sizeof *start);
    int status;

    if (!start)
        return thrd_nomem;
    *start = (struct start){start_run, arg};
    status = pthread_create(thread, NULL, run, start);
    if (status)
        free(start);
    return result(status);
}

int thrd_join(thrd_t thread, int *ret_value)
{
    void *value;
    int status = pthread_join(thread, &value);

    if (!status && ret_value)
        *ret_value = (int)(intptr_t)value;
    return result(status);
}

/* librdkafka asks for no other type. */
int mtx_init(mtx_t *lock, int type)
{
    if (type != mtx_plain)
        abort();
    return result(pthread_mutex_init((pthread_mutex_t *)lock, NULL));
}

int mtx_lock(mtx_t *lock)
{
    return result(pthread_mutex_lock((pthread_mutex_t *)lock));
}

int mtx_unlock(mtx_t *lock)
{
    return result(pthread_mutex_unlock((pthread_mutex_t *)lock));
}

void mtx_destroy(mtx_t *lock)
{
    pthread_mutex_destroy((pthread_mutex_t *)lock);
}

int cnd_init(cnd_t *wake)
{
    return result(pthread_cond_init((pthread_cond_t *)wake, NULL));
}

int cnd_signal(cnd_t *wake)
{
    return result(pthread_cond_signal((pthread_cond_t *)wake));
}

int cnd_broadcast(cnd_t *wake)
{
    return result(pthread_cond_broadcast((pthread_cond_t *)wake));
}

int cnd_wait(cnd_t *wake, mtx_t *lock)
{
    return result(pthread_cond_wait((pthread_cond_t *)wake, (pthread_mutex_t *)lock));
}

int cnd_timedwait(cnd_t *restrict wake, mtx_t *restrict lock, const struct timespec *restrict until)
{
    return result(pthread_cond_timedwait((pthread_cond_t *)wake, (pthread_mutex_t *)lock, until));
}

void cnd_destroy(cnd_t *wake)
{
    pthread_cond_destroy((pthread_cond_t *)wake);
}

/* The sanitizer does not know pthread_clockjoin_np() and takes a thread that it joined for one that leaked. */
int pthread_clockjoin_np(pthread_t thread, void **ret_value, clockid_t clock, const struct timespec *until)
{
    struct timespec now, wall;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &wall);
    int64_t left_ns = (until->tv_sec - now.tv_sec) * INT64_C(1000000000) + until->tv_nsec - now.tv_nsec + wall.tv_nsec;
    wall.tv_sec += left_ns / 1000000000;
    wall.tv_nsec = left_ns % 1000000000;
    if (left_ns < 0)
        wall.tv_nsec = 0;
    return pthread_timedjoin_np(thread, ret_value, &wall);
}
