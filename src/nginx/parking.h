/* Where requests wait that have nothing to do: for a message to be folded (`after`), and later for something to send.
 *
 * They are no work: a bound of their own holds for them (http.waiting_max, http.waiting_max_of_client), and one watcher
 * asks Redis for all of them (api/waiting.h). Those that go on are let in like others (http.requests_max); as many as may
 * go on do so while Redis has not much to answer and no more than half of requests_max are theirs, the rest a moment
 * later: so many that are let go at once delay nobody, nor are they or others turned away for it.
 *
 * A worker that is shutting down lives until the last one has gone on, and so lets all go on at once. */
#ifndef STOCKFOLD_NGINX_PARKING_H
#define STOCKFOLD_NGINX_PARKING_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <stdbool.h>

#include "clients.h"
#include "stockfold/api/waiting.h"

struct worker;

struct parking {
    struct waiting waiting;
    struct clients clients;
    int64_t parked_n;
    ngx_event_t timer;
    struct plan plan;
    struct trip *trip; /* with what is waited for; NULL: none is under way */
};

/* All zero: not parked. */
struct parked {
    struct waiter waiter; /* first, for casts */
    struct client *client;
    int64_t since_us;
    /* It goes on: it is not parked any more. Late: in vain. */
    void (*fn)(struct parked *parked, bool late);
};

void parking_init(struct parking *ret_parking, struct worker *worker, ngx_log_t *log);
/* All that are parked go on. */
void parking_done(struct worker *worker);

/* parked->fn is set. False: too many are parked already, of all clients or of this one. */
bool parking_enter(struct worker *worker, struct parked *parked, const struct api_wait *wait, struct api_now now,
                   const struct sockaddr *client);
/* The worker is shutting down: all go on, and nobody is to be parked any more. May be called again. */
void parking_close(struct worker *worker);
/* Its request is over. One that is not parked may leave. */
void parking_leave(struct worker *worker, struct parked *parked);

/* Lets go on who may, as far as Redis has not much to answer: once answers came, or the nodes were read. */
void parking_let_on(struct worker *worker);

#endif
