/* An exchange's life: what the request says, the turns of its call, its deadline, its waits, and its end. */
#include "exchange.h"

#include "authorization.h"
#include "stockfold/base/clock.h"
#include "target.h"

static struct exchange *exchange_of(void *member, size_t offset)
{
    return (struct exchange *)(void *)((char *)member - offset);
}

static int64_t now_ms(const struct exchange *exchange)
{
    return exchange->request.received_ms + (int64_t)(ngx_current_msec - exchange->began_ms);
}

static struct api_now now(const struct exchange *exchange)
{
    return (struct api_now){now_ms(exchange), clock_steady_us()};
}

/* --- what is counted --------------------------------------------------------------------------------------------- */

/* What those ask who watch over the server is no load. */
static bool is_load(const struct exchange *exchange)
{
    return exchange->call != NULL && !api_call_is_operational(exchange->call);
}

static int64_t count_as_work(const struct exchange *exchange)
{
    return is_load(exchange) && (exchange->state == EXCHANGE_WORKING || exchange->state == EXCHANGE_ANSWERED);
}

static void change_exchange_state(struct exchange *exchange, enum exchange_state state)
{
    int64_t before = count_as_work(exchange);
    exchange->state = state;
    exchange->worker->requests_n += count_as_work(exchange) - before;
}

static void set_commands(struct exchange *exchange, uint32_t commands_n)
{
    if (!is_load(exchange))
        return;
    exchange->worker->commands_n += (int64_t)commands_n - (int64_t)exchange->commands_n;
    if (exchange->has_waited)
        exchange->worker->resumed_n += (commands_n > 0) - (exchange->commands_n > 0);
    exchange->commands_n = commands_n;
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static void drop_trips(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->trips_n; i++)
        trip_done(exchange->trips[i]);
    exchange->trips_n = 0;
    set_commands(exchange, 0);
}

/* The call is not the exchange's any more. A call that writes, and whose answers are still to come, goes on as an errand. */
static void let_go_of_call(struct exchange *exchange)
{
    if (exchange->commands_n > 0 && api_call_must_finish(exchange->call)) {
        errand_start(&exchange->worker->errands, exchange->call, exchange->trips, exchange->trips_n);
        exchange->trips_n = 0;
        set_commands(exchange, 0);
    } else {
        drop_trips(exchange);
        api_call_free(exchange->call);
    }
    exchange->call = NULL;
}

/* With nginx' request: its answer has gone, or its client has. */
static void end(void *context)
{
    struct exchange *exchange = context;
    struct worker *worker = exchange->worker;
    if (exchange->state != EXCHANGE_ANSWERED)
        metrics_add(&worker->api.metrics->abandoned, 1);
    change_exchange_state(exchange, EXCHANGE_OVER);
    worker_stop_waiting(&exchange->early);
    parking_leave(worker, &exchange->parked);
    deadline_clear(&exchange->deadline);
    if (exchange->pause.posted) { /* what follows is a macro of two statements */
        ngx_delete_posted_event(&exchange->pause);
    }
    let_go_of_call(exchange);
    body_free(exchange);
}

static void count_exchange(const struct exchange *exchange)
{
    struct api_call *call = exchange->call;
    struct api_metrics *metrics = exchange->worker->api.metrics;
    int status = api_call_response(call)->status;
    enum problem problem = api_call_problem(call);
    if (api_call_is_scrape(call))
        return;
    metrics_request(metrics, api_call_route(call), status, exchange->took_us);
    if (problem != PROBLEMS)
        metrics_problem(metrics, api_call_route(call), problem, status == 0);
}

void exchange_count_answer(struct exchange *exchange)
{
    const struct api_call *call = exchange->call;
    exchange->took_us = clock_steady_us() - exchange->began_us - exchange->parked_us;
    change_exchange_state(exchange, EXCHANGE_ANSWERED);
    count_exchange(exchange);
    if (api_call_response(exchange->call)->status == 0)
        ngx_log_error(NGX_LOG_ERR, exchange->r->connection->log, 0,
                      "stockfold: an answer is cut in the middle, route=%s code=%s", api_call_route_name(call),
                      problem_table[api_call_problem(call)].code);
    drop_trips(exchange);
}

static void finish_exchange(struct exchange *exchange)
{
    exchange_count_answer(exchange);
    respond_whole(exchange);
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

/* From an event that is not the client's: nginx runs what that left to do. */
static void resume(struct exchange *exchange, const struct answers *answers)
{
    ngx_connection_t *connection = exchange->r->connection;
    exchange_run(exchange, answers);
    ngx_http_run_posted_requests(connection);
}

static void on_answers(void *context, const struct answers *answers)
{
    struct exchange *exchange = context;
    deadline_clear(&exchange->deadline);
    set_commands(exchange, 0);
    resume(exchange, answers);
}

static void answer_problem(struct exchange *exchange, enum problem problem)
{
    api_call_fail(exchange->call, problem);
    finish_exchange(exchange);
}

/* For an answer to who has waited long enough, though the call goes on. */
static void begin_anew(struct exchange *exchange)
{
    let_go_of_call(exchange);
    exchange->call = api_call_new(&exchange->worker->api, &exchange->request);
}

static void on_deadline(struct deadline *deadline)
{
    struct exchange *exchange = exchange_of(deadline, offsetof(struct exchange, deadline));
    ngx_connection_t *connection = exchange->r->connection;
    metrics_add(&exchange->worker->api.metrics->timeouts, 1);
    if (api_call_must_finish(exchange->call))
        begin_anew(exchange);
    answer_problem(exchange, PROBLEM_TOO_SLOW);
    ngx_http_run_posted_requests(connection);
}

static ngx_msec_t compute_deadline(const struct exchange *exchange)
{
    int64_t left_ms = api_call_deadline_ms(exchange->call) - now_ms(exchange);
    return ngx_current_msec + (ngx_msec_t)ngx_max(left_ms, 0);
}

static bool make_room_for_parts(struct exchange *exchange)
{
    if (exchange->trips_n < exchange->trips_cap)
        return true;
    size_t cap = exchange->trips_cap == 0 ? 4 : exchange->trips_cap * 2;
    struct trip **trips = ngx_palloc(exchange->r->pool, cap * sizeof(*trips));
    if (trips == NULL)
        return false;
    if (exchange->trips_n > 0)
        memcpy(trips, exchange->trips, exchange->trips_n * sizeof(*trips));
    exchange->trips = trips;
    exchange->trips_cap = cap;
    return true;
}

/* Who is let in may ask again: those that come later have to stay out. After a wait it has to be let in anew. */
static bool let_in(struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_WORKING)
        return true;
    if (is_load(exchange) && worker_is_full(exchange->worker))
        return false;
    change_exchange_state(exchange, EXCHANGE_WORKING);
    return true;
}

static void refuse_request(struct exchange *exchange, enum problem problem)
{
    metrics_add(&exchange->worker->api.metrics->turned_away, problem == PROBLEM_TOO_BUSY);
    answer_problem(exchange, problem);
}

static void send_plan(struct exchange *exchange)
{
    enum problem problem = PROBLEM_TOO_BUSY;
    struct trip *trip = NULL;
    struct trip *(*ask)(struct worker *, const struct plan *, trip_fn *, void *, enum problem *) =
        api_call_is_scrape(exchange->call) ? worker_ask_uncounted : worker_ask;
    if (let_in(exchange) && make_room_for_parts(exchange))
        trip = ask(exchange->worker, api_call_plan(exchange->call), on_answers, exchange, &problem);
    if (trip == NULL) {
        refuse_request(exchange, problem);
        return;
    }
    exchange->trips[exchange->trips_n++] = trip;
    set_commands(exchange, api_call_plan(exchange->call)->asks_n);
    exchange->deadline.fn = on_deadline;
    deadline_set(&exchange->worker->deadlines, &exchange->deadline, compute_deadline(exchange));
}

static void on_pause_end(ngx_event_t *event)
{
    resume(event->data, NULL);
}

/* Until the event loop's next turn. */
static void pause_exchange(struct exchange *exchange)
{
    exchange->pause = (ngx_event_t){.handler = on_pause_end, .data = exchange, .log = exchange->r->connection->log};
    ngx_post_event(&exchange->pause, &ngx_posted_next_events);
}

/* Late in what it asked to be waited for: there is no such end to an answer that is open, which stays let in, too. */
static void on_parked_end(struct parked *parked, bool late)
{
    struct exchange *exchange = exchange_of(parked, offsetof(struct exchange, parked));
    ngx_connection_t *connection = exchange->r->connection;
    exchange->parked_us += clock_steady_us() - parked->since_us;
    bool is_open = api_call_wait(exchange->call)->kind == API_WAIT_OPEN;
    exchange->has_waited = true;
    change_exchange_state(exchange, is_open ? EXCHANGE_WORKING : EXCHANGE_WHOLE);
    if (ngx_exiting)
        api_call_close(exchange->call, now(exchange));
    if (late && !is_open)
        answer_problem(exchange, PROBLEM_NOT_FOLDED);
    else
        exchange_run(exchange, NULL);
    ngx_http_run_posted_requests(connection);
}

/* The same is asked again behind a wait: what was answered to it is not needed. */
static void park(struct exchange *exchange)
{
    const struct api_wait *wait = api_call_wait(exchange->call);
    if (wait->kind != API_WAIT_OPEN)
        trip_done(exchange->trips[--exchange->trips_n]);
    if (ngx_exiting) {
        api_call_close(exchange->call, now(exchange));
        exchange_run(exchange, NULL);
        return;
    }
    exchange->parked.fn = on_parked_end;
    if (parking_enter(exchange->worker, &exchange->parked, wait, now(exchange), exchange->r->connection->sockaddr)) {
        change_exchange_state(exchange, EXCHANGE_PARKED);
        return;
    }
    metrics_add(&exchange->worker->api.metrics->waits_refused, 1);
    answer_problem(exchange, PROBLEM_TOO_BUSY);
}

void exchange_run(struct exchange *exchange, const struct answers *answers)
{
    enum api_next next;
    while ((next = api_call_next(exchange->call, answers, now(exchange))) == API_PART) {
        answers = NULL;
        drop_trips(exchange);
        if (!respond_part(exchange))
            return;
    }
    if (next == API_ASK)
        send_plan(exchange);
    else if (next == API_PARK)
        park(exchange);
    else if (next == API_PAUSE)
        pause_exchange(exchange);
    else
        finish_exchange(exchange);
}

/* --- the beginning ----------------------------------------------------------------------------------------------- */

static void start_call(struct exchange *exchange)
{
    exchange->call = api_call_new(&exchange->worker->api, &exchange->request);
    if (exchange->body_problem != PROBLEMS)
        refuse_request(exchange, exchange->body_problem);
    else
        exchange_run(exchange, NULL);
}

static void begin_late(struct exchange *exchange)
{
    ngx_connection_t *connection = exchange->r->connection;
    worker_stop_waiting(&exchange->early);
    deadline_clear(&exchange->deadline);
    start_call(exchange);
    ngx_http_run_posted_requests(connection);
}

static void on_started(struct early *early)
{
    begin_late(exchange_of(early, offsetof(struct exchange, early)));
}

static void on_start_missed(struct deadline *deadline)
{
    begin_late(exchange_of(deadline, offsetof(struct exchange, deadline)));
}

/* A worker that has just begun does not know the view yet, and would refuse what others still answer. */
static void wait_for_start(struct exchange *exchange)
{
    exchange->early.fn = on_started;
    worker_wait_for_start(exchange->worker, &exchange->early);
    exchange->deadline.fn = on_start_missed;
    deadline_set(&exchange->worker->deadlines, &exchange->deadline,
                 ngx_current_msec + (ngx_msec_t)exchange->worker->api.config->deadline_ms);
}

/* Every time of it counts from here: how long a client took to send it is the client's. */
static void note_whole(struct exchange *exchange)
{
    ngx_time_t *now = ngx_timeofday();
    exchange->request.received_ms = (int64_t)now->sec * 1000 + (int64_t)now->msec;
    exchange->began_us = clock_steady_us();
    exchange->began_ms = ngx_current_msec;
    change_exchange_state(exchange, EXCHANGE_WHOLE);
}

void exchange_begin(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    note_whole(exchange);
    exchange->request.body = exchange->body;
    exchange->request.text = (struct str){exchange->text.data, exchange->text.len};
    if (r->read_event_handler == ngx_http_block_reading)
        r->read_event_handler = ngx_http_test_reading; /* a client that leaves is noticed */
    if (exchange->worker->starting)
        wait_for_start(exchange);
    else
        start_call(exchange);
}

/* --- what the request says --------------------------------------------------------------------------------------- */

static struct str str_from_ngx(ngx_str_t text)
{
    return (struct str){(const char *)text.data, text.len};
}

static enum api_method method_of(const ngx_http_request_t *r)
{
    switch (r->method) {
    case NGX_HTTP_GET:
        return API_GET;
    case NGX_HTTP_HEAD:
        return API_HEAD;
    case NGX_HTTP_POST:
        return API_POST;
    case NGX_HTTP_OPTIONS:
        return API_OPTIONS;
    default:
        return API_OTHER;
    }
}

/* error_page has made it a GET. */
static enum api_method method_of_client(const ngx_http_request_t *r)
{
    static const struct {
        struct str word;
        enum api_method method;
    } rows[] = {
        {STR("GET "), API_GET}, {STR("HEAD "), API_HEAD}, {STR("POST "), API_POST}, {STR("OPTIONS "), API_OPTIONS}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (r->request_line.len > rows[i].word.len &&
            memcmp(r->request_line.data, rows[i].word.data, rows[i].word.len) == 0)
            return rows[i].method;
    return API_OTHER;
}

/* A header that nginx has no place for. */
static struct str header_of(const ngx_http_request_t *r, struct str lower_name)
{
    for (const ngx_list_part_t *part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        const ngx_table_elt_t *headers = part->elts;
        for (ngx_uint_t i = 0; i < part->nelts; i++)
            if (headers[i].key.len == lower_name.len &&
                memcmp(headers[i].lowcase_key, lower_name.data, lower_name.len) == 0)
                return str_from_ngx(headers[i].value);
    }
    return (struct str){0};
}

/* A part of another answer, or one with an error's status, is never "not modified": the client does not have it. */
static bool may_be_not_modified(const ngx_http_request_t *r)
{
    return r == r->main && r->err_status == 0 && r->headers_in.if_none_match != NULL;
}

static bool take_request(struct exchange *exchange)
{
    ngx_http_request_t *r = exchange->r;
    struct api_request *request = &exchange->request;
    request->method = method_of(r);
    if (may_be_not_modified(r))
        request->if_none_match = str_from_ngx(r->headers_in.if_none_match->value);
    request->origin = header_of(r, STR("origin"));
    if (r->headers_in.authorization != NULL)
        request->authorization = str_from_ngx(r->headers_in.authorization->value);
    if (r->headers_in.content_type != NULL)
        request->content_type = str_from_ngx(r->headers_in.content_type->value);
    request->last_event_id = header_of(r, STR("last-event-id"));
    request->client = str_from_ngx(r->connection->addr_text);
    return target_read(r, &request->path, &request->query);
}

static struct exchange *exchange_new(ngx_http_request_t *r, struct worker *worker)
{
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(r->pool, sizeof(struct exchange));
    if (cleanup == NULL)
        return NULL;
    struct exchange *exchange = cleanup->data;
    *exchange = (struct exchange){.r = r, .worker = worker, .body_problem = PROBLEMS};
    cleanup->handler = end;
    ngx_http_set_ctx(r, exchange, ngx_http_stockfold_module);
    return take_request(exchange) ? exchange : NULL;
}

ngx_int_t exchange_handler(ngx_http_request_t *r)
{
    const struct module_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_stockfold_module);
    struct exchange *exchange = exchange_new(r, conf->worker);
    if (exchange == NULL)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (exchange->request.method == API_POST)
        return body_read(exchange);
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK)
        return rc;
    r->main->count++; /* for the end, which may come within this call */
    exchange_begin(exchange);
    return NGX_DONE;
}

/* That nginx' status stands for; where another says it better, that becomes the status. */
static enum problem find_problem(ngx_http_request_t *r)
{
    int status = r->err_status == 0 ? NGX_HTTP_NOT_FOUND : (int)r->err_status;
    if (status != NGX_HTTP_INTERNAL_SERVER_ERROR || !authorization_has_failed(r))
        return problem_of_status(status);
    r->err_status = NGX_HTTP_SERVICE_UNAVAILABLE;
    return PROBLEM_AUTHORIZATION_UNAVAILABLE;
}

/* nginx has redirected what it, or another module, refused (error_page). */
ngx_int_t exchange_problem_handler(ngx_http_request_t *r)
{
    const struct module_conf *conf = ngx_http_get_module_main_conf(r, ngx_http_stockfold_module);
    struct exchange *exchange = exchange_new(r, conf->worker);
    ngx_int_t rc = exchange == NULL ? NGX_ERROR : ngx_http_discard_request_body(r);
    if (rc == NGX_ERROR)
        return NGX_ERROR;
    r->main->count++;
    note_whole(exchange);
    exchange->request.method = method_of_client(r);
    exchange->request.path = target_of_client(r);
    exchange->call = api_call_new_refused(&conf->worker->api, &exchange->request, find_problem(r));
    finish_exchange(exchange);
    return NGX_DONE;
}
