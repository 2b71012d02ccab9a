/* Many deadlines behind one timer: those added later mostly end later, so a queue in their order costs next to nothing
 * where a timer each would cost a tree's insertion and removal.
 *
 * Keeps a worker that is shutting down alive until the last one is over or, where deadlines_trim() is called, cleared. */
#ifndef STOCKFOLD_NGINX_DEADLINES_H
#define STOCKFOLD_NGINX_DEADLINES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <stdbool.h>

struct deadline {
    ngx_queue_t link;
    ngx_msec_t at; /* as ngx_current_msec */
    bool set;
    void (*fn)(struct deadline *deadline); /* when it has passed; it is not set any more then */
};

struct deadlines {
    ngx_queue_t queue; /* the next one first */
    ngx_event_t timer;
};

void deadlines_init(struct deadlines *ret_deadlines, ngx_log_t *log);
void deadlines_done(struct deadlines *deadlines);
/* Stops the timer if none is set: clearing the last one leaves it running. */
void deadlines_trim(struct deadlines *deadlines);

/* `deadline` is not set; its owner clears it before it goes. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline, ngx_msec_t at);
/* One that is not set may be cleared. */
void deadline_clear(struct deadline *deadline);

#endif
