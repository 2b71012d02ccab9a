/* A worker's view of the stock: its one connection to Redis, and the nodes as it knows them.
 *
 *   AWAY ──back-off──► OPENING ──view_open_start() done──► READY
 *     ▲                   │                                  │
 *     └───────────────────┴── refused, lost, silent ─────────┘
 *
 * What requests ask in one turn of nginx' event loop goes out together, in one posted event at its end; answers come
 * through the same event. Everything here is for one process and its one thread. */
#ifndef STOCKFOLD_NGINX_WORKER_H
#define STOCKFOLD_NGINX_WORKER_H

#include "deadlines.h"
#include "module.h"
#include "parking.h"
#include "stockfold/api/errand.h"

enum worker_state { WORKER_AWAY, WORKER_OPENING, WORKER_READY };

struct worker {
    const struct module_settings *settings;
    ngx_log_t *log;
    struct view view;
    struct api api;
    enum worker_state state;
    bool outage_logged;           /* that the view is away, once until it is reached again */
    struct error trouble;         /* why the last opening failed */
    ngx_connection_t *connection; /* nginx' side of the link's descriptor; NULL: none */
    ngx_event_t turn;             /* posted: sends, reads and hands out */
    ngx_event_t tick;             /* timer: opens, watches, refreshes */
    ngx_msec_t backoff_ms;
    /* Commands that were outstanding at a moment and are not answered yet; 0: that moment is yet to come. */
    struct {
        size_t left;
        ngx_msec_t since;
    } mark;

    /* nodes.c */
    struct plan plan;
    struct arena scratch;
    struct trip *trip; /* that is under way; NULL: none */
    struct snapshot *nodes;

    ngx_msec_t name_since_ms; /* since when the server's name is being looked up; 0: it is not */
    bool starting;            /* nothing is known of the view yet, but it is being asked for the first time */
    ngx_queue_t early;        /* of struct early: requests that came meanwhile */
    struct deadlines deadlines;
    size_t bodies_held;          /* bytes, by requests for their bodies, whole or not (body.c) */
    struct clients body_clients; /* whose they are */
    struct parking parking;
    struct errands errands;
    int64_t requests_n, commands_n; /* being answered, and asked for them: for whoever answers them to count */
    int64_t resumed_n; /* those that have been parked and that Redis has not answered: parking.h bounds them */
    struct worker_gauges *gauges;
};

/* Everything outlives it. Never fails. */
struct worker *worker_new(const struct module_settings *settings, struct module_shared *shared, ngx_log_t *log);
/* Requests that still wait for the view are answered. NULL is allowed. */
void worker_free(struct worker *worker);

/* Whether so much is under way that nobody else is let in. */
bool worker_is_full(const struct worker *worker);
/* Commands that Redis has not answered yet, whoever sent them. */
size_t worker_commands(const struct worker *worker);
/* Starts a trip; NULL when that cannot be now, and then why not. */
struct trip *worker_ask(struct worker *worker, const struct plan *plan, trip_fn *fn, void *context,
                        enum problem *ret_problem);

/* The same, but no counter says so: for who reads the counters. */
struct trip *worker_ask_uncounted(struct worker *worker, const struct plan *plan, trip_fn *fn, void *context,
                                  enum problem *ret_problem);

/* While the worker is starting: a request that waits for the end of that. */
struct early {
    ngx_queue_t link;
    bool set;
    void (*fn)(struct early *early); /* it does not wait any more then */
};
void worker_wait_for_start(struct worker *worker, struct early *early);
void worker_stop_waiting(struct early *early);
/* It is known now whether there is a view. */
void worker_started(struct worker *worker);
/* The nodes were read, or could not be. */
void worker_nodes_read(struct worker *worker);

/* Asks whether the nodes are still what they were, and for all of them when they are not (nodes.c). */
void nodes_refresh(struct worker *worker);

/* The turn comes at the end of this one of nginx' event loop, or of the next. */
void worker_post(struct worker *worker);
void worker_post_next(struct worker *worker);

#endif
