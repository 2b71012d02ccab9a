/* One HTTP request and its answer, between nginx and the api layer.
 *
 *   exchange_handler ──► body_read (POST) ──► exchange_begin ──► api_call_next ◄──┐
 *                                                                ├─ ask, later ───┤
 *                                                                ├─ respond_part ─┘
 *                                                                └─ respond
 *
 * It lives in nginx' request, and ends with it at any point: answered, or left by its client. */
#ifndef STOCKFOLD_NGINX_EXCHANGE_H
#define STOCKFOLD_NGINX_EXCHANGE_H

#include "worker.h"

struct exchange {
    ngx_http_request_t *r;
    struct worker *worker;
    struct api_request request;
    struct buffer body; /* of the request */
    bool body_refused;  /* too large */
    int64_t began_us;   /* when it was whole, as is the next */
    ngx_msec_t began_ms;
    bool counted; /* in the worker's requests */

    struct api_call *call; /* NULL: not begun */
    struct trip **trips;   /* whose answers the call may still look at; in nginx' pool */
    size_t trips_n, trips_cap;
    struct parked parked;
    struct deadline deadline;
    ngx_event_t later;

    bool asked;    /* the view, before: it is let in */
    bool parted;   /* headers and a part were handed to nginx */
    bool answered; /* so was the end */
};

/* It is whole: its body is there. Its deadline and its wait_ms run from here. */
void exchange_begin(struct exchange *exchange);
/* Goes on with the call; `answers` as api_call_next() takes them. */
void exchange_run(struct exchange *exchange, const struct answers *answers);

/* Reads the body of a POST, then begins the exchange, in this call or later. What a content handler returns (body.c).
 */
ngx_int_t body_read(struct exchange *exchange);

/* What is in the call's response, to nginx (respond.c). A part: true when the client has it all and the call may go on;
 * else exchange_run() is called when it has. */
bool respond_part(struct exchange *exchange);
/* The whole, or the end of it behind parts. Ends the request. */
void respond_whole(struct exchange *exchange);

#endif
