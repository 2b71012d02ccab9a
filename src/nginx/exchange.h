/* One HTTP request and its answer, between nginx and the api layer.
 *
 *   exchange_handler ──► body_read (POST) ──► exchange_begin ──► api_call_next ◄──┐
 *                                                                ├─ ask, park ────┤
 *                                                                ├─ respond_part ─┘
 *                                                                └─ respond
 *
 *   RECEIVING ──whole──► WHOLE ──let in──► WORKING ◄──► PARKED
 *                          └──────────────► ANSWERED ◄──┘
 *
 * It lives in nginx' request, and ends with it at any point: answered, or left by its client. */
#ifndef STOCKFOLD_NGINX_EXCHANGE_H
#define STOCKFOLD_NGINX_EXCHANGE_H

#include "worker.h"

enum exchange_state {
    EXCHANGE_RECEIVING, /* its body is not there yet */
    EXCHANGE_WHOLE,     /* nothing was asked for it, or not since it was parked: it may be turned away */
    EXCHANGE_WORKING,   /* let in: it counts in http.requests_max */
    EXCHANGE_PARKED,    /* it waits for something, and counts in http.waiting_max */
    EXCHANGE_ANSWERED,  /* nginx has its answer, and is not done with it yet: it counts as work */
    EXCHANGE_OVER
};

struct exchange {
    ngx_http_request_t *r;
    enum exchange_state state;
    struct worker *worker;
    struct api_request request;
    struct request_body *body;  /* of a POST that lists pairs (body.c); NULL: it is refused, or text */
    struct buffer text;         /* of a POST that is kept whole */
    size_t body_len, body_held; /* bytes that came, and bytes of memory for them */
    struct client *body_client; /* whose share that memory counts in; NULL: there is none */
    enum problem body_problem;  /* why it is refused; PROBLEMS: it is not */
    int64_t began_us;           /* when it was whole, as is the next */
    ngx_msec_t began_ms;
    int64_t parked_us;        /* since then: all its waits, for messages or for its client to take a part */
    int64_t blocked_since_us; /* the client does not take what it has */
    int64_t took_us;          /* until it was answered, without those; 0: it is not yet */

    struct api_call *call; /* NULL: not begun */
    struct trip **trips;   /* whose answers the call may still look at; in nginx' pool */
    size_t trips_n, trips_cap;
    uint32_t commands_n; /* of the last trip, until its answers are there */
    struct early early;
    struct parked parked;
    bool has_waited; /* and so counts in the worker's resumed_n */
    struct deadline deadline;
    ngx_event_t pause; /* posted: it goes on in the event loop's next turn */
    bool parted;       /* headers and a part were handed to nginx */
};

/* It is whole: its body is there. Its deadline and its wait_ms run from here. */
void exchange_begin(struct exchange *exchange);
/* nginx has all of its answer, or all that it wants of it. */
void exchange_count_answer(struct exchange *exchange);
/* Goes on with the call; `answers` as api_call_next() takes them. */
void exchange_run(struct exchange *exchange, const struct answers *answers);

/* Reads the body of a POST, then begins the exchange, in this call or later. What a content handler returns (body.c).
 */
ngx_int_t body_read(struct exchange *exchange);
/* What a worker may hold of bodies has that much room again. */
void body_free(struct exchange *exchange);

/* What is in the call's response, to nginx (respond.c). A part: true when the client has it all and the call may go on;
 * else exchange_run() is called when it has. */
bool respond_part(struct exchange *exchange);
/* The whole, or the end of it behind parts. Ends the request. */
void respond_whole(struct exchange *exchange);

#endif
