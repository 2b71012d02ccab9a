/* The connection's life: opened without waiting, turned once per turn of the event loop, watched, lost, opened again.
 */
#include "worker.h"

#include "stockfold/base/clock.h"

enum {
    TICK_MS = 250, /* how often changed nodes, a silent view and the end of nginx are looked for */
    NAME_TICK_MS = 10,
    NAME_PATIENCE_MS = 1000,
    BACKOFF_FIRST_MS = 50,
    BACKOFF_MAX_MS = 500,
    UNSENT_MAX = 8 * 1024 * 1024 /* bytes for Redis; more would only wait longer than any request may */
};

static struct link *link_of(const struct worker *worker)
{
    return view_link(&worker->view, 0);
}

static ngx_msec_t age(ngx_msec_t since)
{
    return ngx_current_msec - since;
}

/* --- gauges ------------------------------------------------------------------------------------------------------ */

static void set_gauge(int64_t *of_all, int64_t *mine, int64_t now)
{
    if (now == *mine)
        return;
    metrics_add(of_all, now - *mine);
    *mine = now;
}

static void set_gauges(struct worker *worker, struct worker_gauges now)
{
    struct api_metrics *metrics = worker->api.metrics;
    set_gauge(&metrics->in_flight, &worker->gauges->in_flight, now.in_flight);
    set_gauge(&metrics->waiting, &worker->gauges->waiting, now.waiting);
    set_gauge(&metrics->queue_depth, &worker->gauges->queue_depth, now.queue_depth);
    set_gauge(&metrics->connected, &worker->gauges->connected, now.connected);
    set_gauge(&metrics->bodies_held, &worker->gauges->bodies_held, now.bodies_held);
}

static void publish_metrics(struct worker *worker)
{
    set_gauges(worker, (struct worker_gauges){.in_flight = worker->requests_n,
                                              .waiting = worker->parking.parked_n,
                                              .queue_depth = worker->commands_n,
                                              .connected = worker->state == WORKER_READY,
                                              .bodies_held = (int64_t)worker->bodies_held});
}

/* --- nginx' side of the descriptor ------------------------------------------------------------------------------- */

static void on_event(ngx_event_t *event)
{
    ngx_connection_t *connection = event->data;
    worker_post(connection->data);
}

/* The descriptor stays the link's, which `shared` stands for: nginx neither closes it nor takes it out of epoll, which
 * the kernel does when the link closes it. */
static void attach(struct worker *worker)
{
    int fd = link_descriptor(link_of(worker));
    ngx_connection_t *connection = fd < 0 ? NULL : ngx_get_connection(fd, worker->log);
    if (connection == NULL) {
        link_close(link_of(worker));
        return;
    }
    connection->data = worker;
    connection->shared = 1;
    connection->read->handler = connection->write->handler = on_event;
    connection->read->log = connection->write->log = worker->log;
    worker->connection = connection;
    if (ngx_add_conn(connection) != NGX_OK)
        link_close(link_of(worker));
}

static void detach(struct worker *worker)
{
    if (worker->connection != NULL)
        ngx_close_connection(worker->connection);
    worker->connection = NULL;
}

/* --- opening and losing ------------------------------------------------------------------------------------------ */

static void tick_in(struct worker *worker, ngx_msec_t delay_ms)
{
    if (worker->tick.timer_set)
        ngx_del_timer(&worker->tick); /* nginx would keep one that is not much later */
    ngx_add_timer(&worker->tick, delay_ms);
}

static void on_open(void *context, const struct error *error)
{
    struct worker *worker = context;
    if (error != NULL) {
        worker->trouble = *error; /* its link is closed: close_after() sees to the rest */
        return;
    }
    if (worker->outage_logged)
        ngx_log_error(NGX_LOG_WARN, worker->log, 0, "stockfold: view=reached redis=%s identity=%s",
                      view_name(&worker->view), view_identity(&worker->view, 0).data);
    worker->outage_logged = false;
    worker->state = WORKER_READY;
    worker->backoff_ms = BACKOFF_FIRST_MS;
    metrics_add(&worker->api.metrics->connects, 1);
    nodes_refresh(worker);
}

static void log_outage(struct worker *worker)
{
    const char *why = link_trouble(link_of(worker));
    if (why[0] == '\0')
        why = worker->trouble.text[0] != '\0' ? worker->trouble.text : "no answer for longer than redis.timeout";
    if (!worker->outage_logged)
        ngx_log_error(NGX_LOG_ERR, worker->log, 0, "stockfold: view=%s redis=%s why=\"%s\"",
                      worker->state == WORKER_READY ? "lost" : "unreachable", view_name(&worker->view), why);
    worker->outage_logged = true;
}

static void away(struct worker *worker)
{
    detach(worker);
    log_outage(worker);
    if (worker->state == WORKER_READY)
        metrics_add(&worker->api.metrics->disconnects, 1);
    worker->state = WORKER_AWAY;
    worker->mark.left = 0;
    api_forget(&worker->api);
    worker->api.nodes_closed = false;
    ngx_msec_t half = worker->backoff_ms / 2;
    tick_in(worker, half + (ngx_msec_t)ngx_random() % (half + 1));
    worker->backoff_ms = ngx_min(worker->backoff_ms * 2, BACKOFF_MAX_MS);
    if (worker->starting)
        worker_started(worker);
}

/* While the name of the server is being looked up, the tick comes back for the answer. Requests wait for that only so
 * long. */
static void wait_for_name(struct worker *worker)
{
    tick_in(worker, NAME_TICK_MS);
    if (worker->name_since_ms == 0)
        worker->name_since_ms = ngx_current_msec;
    if (age(worker->name_since_ms) <= NAME_PATIENCE_MS)
        return;
    error_set(&worker->trouble, ERROR_UNREACHABLE, "its name is still being looked up");
    log_outage(worker);
    if (worker->starting)
        worker_started(worker);
}

static void open_view_or_retry(struct worker *worker)
{
    if (!view_is_ready(&worker->view)) {
        wait_for_name(worker);
        return;
    }
    worker->name_since_ms = 0;
    error_clear(&worker->trouble);
    worker->state = WORKER_OPENING;
    tick_in(worker, TICK_MS);
    view_open_start(&worker->view, on_open, worker);
    attach(worker);
    worker_post(worker);
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

void worker_post(struct worker *worker)
{
    ngx_post_event(&worker->turn, &ngx_posted_events);
}

void worker_post_next(struct worker *worker)
{
    ngx_post_event(&worker->turn, &ngx_posted_next_events);
}

/* What is outstanding now is to be answered in time; then the next such moment is taken. */
static void move_mark(struct worker *worker, size_t answered)
{
    worker->mark.left -= ngx_min(answered, worker->mark.left);
    if (worker->mark.left > 0)
        return;
    worker->mark.left = link_outstanding(link_of(worker));
    worker->mark.since = ngx_current_msec;
}

static void on_turn(ngx_event_t *event)
{
    struct worker *worker = event->data;
    struct link *link = link_of(worker);
    publish_metrics(worker); /* for /metrics, which may be among the answers */
    if (worker->state == WORKER_READY)
        view_seal(&worker->view);
    int answered = link_turn(link, 0);
    if (!link_is_open(link) && worker->state != WORKER_AWAY)
        away(worker);
    else
        move_mark(worker, (size_t)answered);
    parking_let_on(worker);
    if (link_wants_read(link))
        worker_post_next(worker);
    publish_metrics(worker);
}

static bool is_silent(const struct worker *worker, ngx_msec_t longer_than_ms)
{
    return worker->mark.left > 0 && age(worker->mark.since) > longer_than_ms;
}

/* The process ends when no timer is left but those that may be cut off, such as the tick. */
static void hasten_end(struct worker *worker)
{
    parking_close(worker);
    deadlines_trim(&worker->deadlines);
}

static void on_tick(ngx_event_t *event)
{
    struct worker *worker = event->data;
    if (ngx_exiting)
        hasten_end(worker);
    if (worker->state == WORKER_AWAY) {
        open_view_or_retry(worker);
        return;
    }
    tick_in(worker, TICK_MS);
    if (is_silent(worker, (ngx_msec_t)worker->settings->view.timeout_ms)) {
        link_close(link_of(worker));
        away(worker);
    } else if (worker->state == WORKER_READY) {
        nodes_refresh(worker);
    }
    publish_metrics(worker);
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* Why nothing can be asked now; PROBLEMS: it can. */
static enum problem refusal_reason(struct worker *worker)
{
    const struct api_config *config = worker->api.config;
    if (worker->state != WORKER_READY || !link_is_open(link_of(worker)))
        return PROBLEM_VIEW_UNREACHABLE;
    return is_silent(worker, (ngx_msec_t)config->deadline_ms) ? PROBLEM_TOO_SLOW : PROBLEMS;
}

static struct trip *send_errand(void *context, const struct plan *plan, trip_fn *fn, void *fn_context)
{
    enum problem problem;
    return worker_ask(context, plan, fn, fn_context, &problem);
}

static struct api_now tell_time(void *context)
{
    (void)context;
    const ngx_time_t *now = ngx_timeofday();
    return (struct api_now){(int64_t)now->sec * 1000 + (int64_t)now->msec, clock_steady_us()};
}

bool worker_is_full(const struct worker *worker)
{
    int64_t let_in_n = worker->requests_n + (int64_t)worker->errands.n;
    return let_in_n >= worker->api.config->requests_max || link_unsent(link_of(worker)) > UNSENT_MAX;
}

size_t worker_commands(const struct worker *worker)
{
    return link_outstanding(link_of(worker));
}

struct trip *worker_ask_uncounted(struct worker *worker, const struct plan *plan, trip_fn *fn, void *context,
                                  enum problem *ret_problem)
{
    *ret_problem = refusal_reason(worker);
    if (*ret_problem != PROBLEMS)
        return NULL;
    worker_post(worker);
    return trip_start(&worker->view, plan, fn, context);
}

struct trip *worker_ask(struct worker *worker, const struct plan *plan, trip_fn *fn, void *context,
                        enum problem *ret_problem)
{
    struct trip *trip = worker_ask_uncounted(worker, plan, fn, context, ret_problem);
    metrics_add(&worker->api.metrics->trips, trip != NULL);
    metrics_add(&worker->api.metrics->asks, trip != NULL ? plan->asks_n : 0);
    return trip;
}

void worker_wait_for_start(struct worker *worker, struct early *early)
{
    early->set = true;
    ngx_queue_insert_tail(&worker->early, &early->link);
}

void worker_stop_waiting(struct early *early)
{
    if (early->set) {
        ngx_queue_remove(&early->link); /* statements */
    }
    early->set = false;
}

void worker_started(struct worker *worker)
{
    worker->starting = false;
    while (!ngx_queue_empty(&worker->early)) {
        struct early *first = ngx_queue_data(ngx_queue_head(&worker->early), struct early, link);
        worker_stop_waiting(first);
        first->fn(first);
    }
}

void worker_nodes_read(struct worker *worker)
{
    if (worker->starting)
        worker_started(worker);
    waiting_nodes_read(&worker->parking.waiting); /* on_turn() lets them on */
}

/* --- from process start to exit ---------------------------------------------------------------------------------- */

struct worker *worker_new(const struct module_settings *settings, struct module_shared *shared, ngx_log_t *log)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL)
        error_out_of_memory();
    *worker = (struct worker){.settings = settings,
                              .log = log,
                              .turn = {.handler = on_turn, .data = worker, .log = log},
                              .tick = {.handler = on_tick, .data = worker, .log = log, .cancelable = 1},
                              .backoff_ms = BACKOFF_FIRST_MS,
                              .starting = true,
                              .errands = {.send = send_errand, .now = tell_time, .context = worker},
                              .gauges = &shared->gauges[ngx_process_slot]};
    view_init(&worker->view, &settings->view);
    plan_init(&worker->plan);
    arena_init(&worker->scratch);
    worker->api = (struct api){
        .config = &settings->api, .view = &worker->view, .metrics = &shared->metrics, .quotas = &shared->quotas};
    ngx_queue_init(&worker->early);
    clients_init(&worker->body_clients);
    parking_init(&worker->parking, worker, log);
    deadlines_init(&worker->deadlines, log);
    publish_metrics(worker);
    open_view_or_retry(worker);
    return worker;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->state = WORKER_AWAY;
    link_close(link_of(worker));
    worker_started(worker);
    parking_done(worker);
    detach(worker);
    if (worker->turn.posted) {
        ngx_delete_posted_event(&worker->turn); /* statements */
    }
    if (worker->tick.timer_set)
        ngx_del_timer(&worker->tick);
    deadlines_done(&worker->deadlines);
    set_gauges(worker, (struct worker_gauges){0});
    api_done(&worker->api);
    snapshot_unref(worker->nodes);
    plan_done(&worker->plan);
    arena_done(&worker->scratch);
    view_done(&worker->view);
    free(worker);
}
