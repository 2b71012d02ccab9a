/* The watcher: its timer, its trips, and who goes on when. */
#include "parking.h"

#include "stockfold/base/clock.h"
#include "worker.h"

enum {
    COMMANDS_MAX = 1000, /* that Redis has not answered: beyond it nobody else goes on */
    AT_ONCE_MAX = 50,    /* that go on before the worker does something else */
    GUARD_US = 1000 * 1000
};

/* It is set as long as anybody is parked: a worker that is shutting down ends when no timer is left. */
static void set_timer(struct parking *parking)
{
    if (parking->timer.timer_set)
        ngx_del_timer(&parking->timer);
    if (parking->parked_n == 0)
        return;
    int64_t due_us = parking->trip == NULL ? waiting_due_us(&parking->waiting) : INT64_MAX;
    int64_t now_us = clock_steady_us(), left_us = due_us > now_us + GUARD_US ? GUARD_US : due_us - now_us;
    ngx_add_timer(&parking->timer, (ngx_msec_t)(left_us <= 0 ? 0 : (left_us + 999) / 1000));
}

static void on_watermarks(void *context, const struct answers *answers)
{
    struct worker *worker = context;
    struct parking *parking = &worker->parking;
    waiting_read(&parking->waiting, answers);
    trip_done(parking->trip);
    parking->trip = NULL;
    set_timer(parking);
    parking_let_on(worker);
}

static void ask_watermarks(struct worker *worker)
{
    struct parking *parking = &worker->parking;
    enum problem problem;
    plan_reset(&parking->plan);
    if (!waiting_ask(&parking->waiting, &worker->view, &parking->plan, clock_steady_us()))
        return;
    parking->trip = worker_ask(worker, &parking->plan, on_watermarks, worker, &problem);
    if (parking->trip == NULL)
        waiting_give_up(&parking->waiting);
}

static void on_due(ngx_event_t *timer)
{
    struct worker *worker = timer->data;
    if (worker->parking.trip == NULL)
        ask_watermarks(worker);
    set_timer(&worker->parking);
    parking_let_on(worker);
}

/* --- coming and going -------------------------------------------------------------------------------------------- */

bool parking_enter(struct worker *worker, struct parked *parked, const struct api_wait *wait, struct api_now now,
                   const struct sockaddr *client)
{
    struct parking *parking = &worker->parking;
    const struct api_config *config = worker->api.config;
    if (parking->parked_n >= config->waiting_max)
        return false;
    parked->client = clients_enter(&parking->clients, client, config->waiting_max_of_client);
    if (parked->client == NULL)
        return false;
    parking->parked_n++;
    parked->since_us = now.steady_us;
    int64_t until_us = now.steady_us + (wait->until_ms - now.wall_ms) * 1000;
    waiting_add(&parking->waiting, &parked->waiter, wait, until_us, now.steady_us);
    if (parking->trip == NULL)
        set_timer(parking);
    return true;
}

void parking_leave(struct worker *worker, struct parked *parked)
{
    struct parking *parking = &worker->parking;
    if (parked->client == NULL)
        return;
    waiting_remove(&parked->waiter);
    clients_leave(&parking->clients, parked->client);
    parked->client = NULL;
    parking->parked_n--;
    metrics_add(&worker->api.metrics->waits, 1);
    metrics_add(&worker->api.metrics->waited_us, clock_steady_us() - parked->since_us);
    if (parking->parked_n == 0)
        set_timer(parking);
}

static bool has_room_for_another(const struct worker *worker)
{
    int64_t half = worker->api.config->requests_max / 2;
    return worker_commands(worker) < COMMANDS_MAX && worker->resumed_n < ngx_max(half, 1);
}

/* False: nobody may. */
static bool let_one_on(struct worker *worker)
{
    struct waiter *waiter = waiting_pop(&worker->parking.waiting);
    if (waiter == NULL)
        return false;
    struct parked *parked = (struct parked *)(void *)waiter;
    bool late = waiter->late;
    parking_leave(worker, parked);
    parked->fn(parked, late);
    return true;
}

void parking_let_on(struct worker *worker)
{
    for (int n = 0; has_room_for_another(worker) && let_one_on(worker); n++)
        if (n == AT_ONCE_MAX) {
            worker_post_next(worker);
            return;
        }
}

void parking_close(struct worker *worker)
{
    waiting_close(&worker->parking.waiting);
    parking_let_on(worker);
}

/* --- from process start to exit ---------------------------------------------------------------------------------- */

void parking_init(struct parking *ret_parking, struct worker *worker, ngx_log_t *log)
{
    *ret_parking = (struct parking){.timer = {.handler = on_due, .data = worker, .log = log}};
    waiting_init(&ret_parking->waiting);
    clients_init(&ret_parking->clients);
    plan_init(&ret_parking->plan);
}

void parking_done(struct worker *worker)
{
    struct parking *parking = &worker->parking;
    trip_done(parking->trip);
    waiting_give_up(&parking->waiting);
    while (let_one_on(worker)) {
    }
    if (parking->timer.timer_set)
        ngx_del_timer(&parking->timer);
    plan_done(&parking->plan);
    waiting_done(&parking->waiting);
}
