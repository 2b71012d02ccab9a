/* The queue of deadlines and its timer. */
#include "deadlines.h"

static struct deadline *deadline_from_link(ngx_queue_t *link)
{
    return ngx_queue_data(link, struct deadline, link);
}

/* ngx_current_msec may wrap around. */
static bool is_later(ngx_msec_t a, ngx_msec_t b)
{
    return (ngx_msec_int_t)(a - b) > 0;
}

static void wait_for_first(struct deadlines *deadlines)
{
    if (ngx_queue_empty(&deadlines->queue) || deadlines->timer.timer_set)
        return;
    ngx_msec_t at = deadline_from_link(ngx_queue_head(&deadlines->queue))->at;
    ngx_add_timer(&deadlines->timer, is_later(at, ngx_current_msec) ? at - ngx_current_msec : 0);
}

/* Those that have passed when it is called: what their functions set is for the next time. */
static void pass(ngx_event_t *timer)
{
    struct deadlines *deadlines = timer->data;
    ngx_msec_t now = ngx_current_msec;
    while (!ngx_queue_empty(&deadlines->queue)) {
        struct deadline *first = deadline_from_link(ngx_queue_head(&deadlines->queue));
        if (is_later(first->at, now))
            break;
        deadline_clear(first);
        first->fn(first);
    }
    wait_for_first(deadlines);
}

void deadlines_init(struct deadlines *ret_deadlines, ngx_log_t *log)
{
    *ret_deadlines = (struct deadlines){.timer = {.handler = pass, .data = ret_deadlines, .log = log}};
    ngx_queue_init(&ret_deadlines->queue);
}

void deadlines_done(struct deadlines *deadlines)
{
    if (deadlines->timer.timer_set)
        ngx_del_timer(&deadlines->timer);
}

void deadlines_trim(struct deadlines *deadlines)
{
    if (ngx_queue_empty(&deadlines->queue))
        deadlines_done(deadlines);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline, ngx_msec_t at)
{
    ngx_queue_t *before = ngx_queue_last(&deadlines->queue);
    while (before != ngx_queue_sentinel(&deadlines->queue) && is_later(deadline_from_link(before)->at, at))
        before = ngx_queue_prev(before);
    deadline->at = at;
    deadline->set = true;
    ngx_queue_insert_after(before, &deadline->link);
    if (deadlines->timer.timer_set && is_later(deadlines->timer.timer.key, at))
        ngx_del_timer(&deadlines->timer);
    wait_for_first(deadlines);
}

void deadline_clear(struct deadline *deadline)
{
    if (deadline->set) {
        ngx_queue_remove(&deadline->link); /* statements */
    }
    deadline->set = false;
}
