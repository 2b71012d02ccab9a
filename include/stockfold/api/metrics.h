/* What workers count, and the text that Prometheus reads.
 *
 * Plain counters in memory that all workers share (nginx puts it into a shared zone); added to with relaxed atomics, so
 * a reading may be a moment apart between counters and is never torn within one. */
#ifndef STOCKFOLD_API_METRICS_H
#define STOCKFOLD_API_METRICS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    API_ROUTES_MAX = 32,
    API_PROBLEMS_MAX = 48,
    API_STATUSES = 23, /* those that we answer with, and the rest */
    API_LATENCY_BUCKETS = 14
};

/* Upper bounds in microseconds; beyond the last is +Inf. */
extern const int64_t api_latency_bounds_us[API_LATENCY_BUCKETS];

struct api_route_metrics {
    int64_t requests[API_STATUSES];
    int64_t problems[API_PROBLEMS_MAX];       /* by enum problem */
    int64_t latency[API_LATENCY_BUCKETS + 1]; /* not cumulative */
    int64_t latency_sum_us;
};

struct api_metrics {
    struct api_route_metrics routes[API_ROUTES_MAX]; /* by route number; the last for requests that met none */
    int64_t trips, asks;                             /* round trips to Redis, and commands in them */
    int64_t connects, disconnects;                   /* of the view's connection */
    int64_t timeouts;                                /* requests that met their deadline */
    int64_t turned_away;                             /* too many at once */
    int64_t waits, waited_us;                        /* requests that waited, and how long all of them did */
    int64_t waits_refused;                           /* too many at once, of all or of one client */
    int64_t cut;                                     /* answers that ended in the middle, by our fault */
    int64_t abandoned;                               /* clients that left before their answer */
    int64_t snapshots, snapshot_broken; /* times that nodes were read anew; documents left out of the last */
    int64_t in_flight;                  /* gauge: requests being answered */
    int64_t waiting;                    /* gauge: requests that wait, and are not among those */
    int64_t queue_depth;                /* gauge: their commands that Redis has not answered */
    int64_t connected;                  /* gauge: workers with a connection to the view */
    int64_t bodies_held;                /* gauge: bytes held for bodies of requests */
};

static inline void metrics_add(int64_t *counter, int64_t more)
{
    __atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

void metrics_request(struct api_metrics *metrics, uint32_t route, int status, int64_t latency_us);
/* Beside it, of one that ended in a problem (enum problem); `was_cut`: when a part had been sent. */
void metrics_problem(struct api_metrics *metrics, uint32_t route, uint32_t problem, bool was_cut);

#endif
