/* A call's life: its route and parameters, its turns, what stands between a turn and its answers, and how it ends. Not
 * for: what all bodies have in common (call_body.c).
 *
 *   api_call_new ──► route_take ──► route->answer (turn 0) ──ask──► api_call_next ──► route->answer (turn 1) ...
 *                        │                  │                          │ shards open? folded?
 *                     problem            problem                       ├─ no: 503, wait or 412
 *                                                                      └─ in doubt: asked once more (shard_checks.h) */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "library.h"

enum { CACHE_CONTROL_MAX = 64, PORTION_BYTES_KEPT = 64 * 1024 };

/* --- beginning --------------------------------------------------------------------------------------------------- */

static bool origin_listed(struct str origin, const char *origins)
{
    while (*origins != '\0') {
        size_t len = strcspn(origins, " ");
        if (str_equal(origin, (struct str){origins, len}))
            return true;
        origins += len + strspn(origins + len, " ");
    }
    return false;
}

static void allow_origin(const struct api *api, const struct api_request *request, struct api_response *response)
{
    const char *origins = api->config->origins;
    if (strcmp(origins, "*") == 0)
        response->allow_origin = STR("*");
    else if (request->origin.len > 0 && origin_listed(request->origin, origins))
        response->allow_origin = request->origin;
}

static void preflight(struct api_call *call)
{
    call->response.status = 204;
    call->response.preflight = true;
    call->response.content_type = NULL;
    call->ended = true;
}

/* A call whose arenas, plan and body are empty, whatever else it holds. */
static struct api_call *take_spare(struct api *api)
{
    struct api_call *call = api->spare;
    if (call != NULL) {
        api->spare = call->next;
        api->spare_n--;
        return call;
    }
    call = calloc(1, sizeof(*call));
    if (call == NULL)
        error_out_of_memory();
    return call;
}

static struct api_call *begin_call(struct api *api, const struct api_request *request)
{
    struct api_call *call = take_spare(api);
    *call = (struct api_call){.api = api,
                              .arena = call->arena,
                              .part = call->part,
                              .plan = call->plan,
                              .response.body = call->response.body,
                              .request = request,
                              .nodes = api->nodes == NULL ? NULL : snapshot_ref(api->nodes),
                              .now_ms = request->received_ms,
                              .wait_until_ms = request->received_ms,
                              .deadline_from_ms = request->received_ms,
                              .newest = TIME_NONE,
                              .complete = INT64_MAX,
                              .complete_ask = NOT_ASKED,
                              .problem = PROBLEMS};
    call->response.vary = true;
    allow_origin(api, request, &call->response);
    return call;
}

struct api_call *api_call_new(struct api *api, const struct api_request *request)
{
    struct api_call *call = begin_call(api, request);
    if (!route_take(call))
        return call;
    if (request->method == API_OPTIONS) {
        preflight(call);
        return call;
    }
    call->wait_until_ms += call_integer(call, PARAMETER_WAIT_MS, 0);
    if (call_integer(call, PARAMETER_WAIT_MS, 0) > api->config->wait_max_ms)
        call_wrong(call, PARAMETER_WAIT_MS, "at most %lld", (long long)api->config->wait_max_ms);
    return call;
}

void call_copy_request(struct api_call *call)
{
    struct api_request *copy = arena_array(&call->arena, struct api_request, 1);
    *copy = *call->request;
    copy->body = NULL; /* pairs: no route that takes them writes */
    struct str *const texts[] = {&copy->path,         &copy->query,         &copy->if_none_match,
                                 &copy->origin,       &copy->text,          &copy->authorization,
                                 &copy->content_type, &copy->last_event_id, &copy->client};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i]->len > 0)
            texts[i]->data = arena_copy(&call->arena, texts[i]->data, texts[i]->len);
    call->request = copy;
}

static void free_memory(struct api_call *call)
{
    plan_done(&call->plan);
    buffer_done(&call->response.body);
    arena_done(&call->arena);
    arena_done(&call->part);
    free(call);
}

/* As much as most calls need is kept, of as many as are usually under way at once. */
enum { SPARE_MAX = 256, SPARE_BYTES = 8 * 1024 };

void api_call_free(struct api_call *call)
{
    if (call == NULL)
        return;
    struct api *api = call->api;
    snapshot_unref(call->nodes);
    plan_done(&call->held);
    if (api->spare_n == SPARE_MAX || call->response.body.cap > SPARE_BYTES || call->plan.bytes.cap > SPARE_BYTES) {
        free_memory(call);
        return;
    }
    plan_reset(&call->plan);
    arena_reset(&call->arena, SPARE_BYTES);
    arena_reset(&call->part, SPARE_BYTES);
    call->response.body.len = 0;
    call->next = api->spare;
    api->spare = call;
    api->spare_n++;
}

void api_done(struct api *api)
{
    api_forget(api);
    while (api->spare_n > 0)
        free_memory(take_spare(api));
}

/* --- ending ------------------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* odd: loses nothing */
    return hash ^ hash >> 32;
}

/* Eight bytes at a time: it is made for every answer, and told apart from its predecessors only. */
static uint64_t hash_answer(const char *bytes, size_t len)
{
    uint64_t hash = len, word = 0;
    for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, len);
    return mix(mix(hash, word), 0);
}

static void make_etag(struct api_call *call)
{
    const struct buffer *body = &call->response.body;
    uint64_t hash = hash_answer(body->data + call->head_len, body->len - call->head_len);
    char *text = arena_alloc(&call->arena, 18);
    text[0] = text[17] = '"';
    for (int i = 16; i > 0; i--, hash >>= 4)
        text[i] = "0123456789abcdef"[hash & 15];
    call->response.etag = (struct str){text, 18};
}

/* If-None-Match: a list, or a star; weak ones count as well (RFC 9110, 13.1.2). */
static bool etag_matches(struct str list, struct str etag)
{
    return str_equal(list, STR("*")) || (list.len > 0 && memmem(list.data, list.len, etag.data, etag.len) != NULL);
}

/* Whoever comes with credentials may be told what others are not. */
static bool is_public(const struct api_call *call)
{
    return call->request->authorization.len == 0;
}

static const char *write_public_age(struct api_call *call)
{
    struct buffer age = {.data = arena_alloc(&call->arena, CACHE_CONTROL_MAX), .cap = CACHE_CONTROL_MAX};
    buffer_add_literal(&age, "public, max-age=");
    buffer_add_int(&age, call->api->config->max_age_ms / 1000);
    buffer_add_byte(&age, '\0');
    return age.data;
}

static void finish_answer(struct api_call *call)
{
    struct api_response *response = &call->response;
    const struct route *route = call->route;
    call->ended = true;
    if (response->status == 0)
        response->status = 200;
    if (response->content_type == NULL)
        response->content_type = route->content_type == NULL ? "application/json" : route->content_type;
    if (!route_has_etag(route) || response->status != 200) {
        response->cache_control = "no-store";
        return;
    }
    response->cache_control = is_public(call) ? write_public_age(call) : "private";
    make_etag(call);
    if (etag_matches(call->request->if_none_match, response->etag)) {
        response->status = 304;
        response->body.len = 0;
    }
}

/* Before the first part it is settled how this ends, unless it is cut off. */
static void begin_parts(struct api_call *call)
{
    call->parted = true;
    call->response.status = 200;
    call->response.content_type = "application/json";
    call->response.cache_control = "no-store";
}

/* --- between the turns ------------------------------------------------------------------------------------------- */

/* The worker's nodes as they are now: nothing of those before was used yet. */
static void renew_nodes(struct api_call *call)
{
    snapshot_unref(call->nodes);
    call->nodes = snapshot_ref(call->api->nodes);
}

/* Asks the nodes' own shard; turn 0 comes when it has answered. */
static enum api_next ask_nodes_first(struct api_call *call)
{
    call->nodes_asked = call->not_a_turn = true;
    call_ask_state(call, call->api->view->keys.shards);
    return API_ASK;
}

enum api_next call_fail_without_nodes(struct api_call *call)
{
    if (call->api->nodes_closed)
        return call_fail(call, PROBLEM_VIEW_REBUILDING, "the nodes' shard is not open: `stockfold fold` opens it");
    return call_fail(call, PROBLEM_VIEW_UNREACHABLE, "the view was not reached yet");
}

static enum api_next begin_answer(struct api_call *call)
{
    if (call->route->lookup && call->nodes == NULL)
        return call_fail_without_nodes(call);
    if (call->waits_for_a_node && !call->nodes_asked)
        return ask_nodes_first(call);
    if (call->nodes_asked)
        renew_nodes(call);
    return call->route->answer(call);
}

void call_begin_portion(struct api_call *call)
{
    arena_reset(&call->part, PORTION_BYTES_KEPT);
    call->deadline_from_ms = call->now_ms;
}

static enum api_next run_turn(struct api_call *call)
{
    enum api_next next = call->turn == 0 ? begin_answer(call) : call->route->answer(call);
    if (!call->not_a_turn)
        call->turn++;
    call->not_a_turn = false;
    if (next == API_PART)
        begin_parts(call);
    if (next == API_PARK && call->closing)
        next = API_DONE;
    if (next == API_DONE && !call->ended)
        finish_answer(call);
    return next;
}

static enum api_next fail_not_folded(struct api_call *call)
{
    call_fail(call, PROBLEM_NOT_FOLDED, "%.*s:%d:%lld is not folded yet; %s", STR_ARG(call->after.topic),
              (int)call->after.partition, (long long)call->after.offset,
              call->closing ? "this server process is ending: ask again" : "wait_ms waits for it");
    if (call->closing)
        call->response.retry_after_s = 1;
    return API_DONE;
}

/* shard_checks_read() has said in call->wait what for. */
static enum api_next wait_or_fail(struct api_call *call)
{
    if (call->now_ms >= call->wait_until_ms)
        return fail_not_folded(call);
    call->wait.after = call->after;
    call->wait.until_ms = call->wait_until_ms;
    return API_PARK;
}

static enum api_next fail_not_an_input(struct api_call *call)
{
    return call_wrong(call, PARAMETER_AFTER, "a partition that the view is folded from; %.*s:%d is none",
                      STR_ARG(call->after.topic), (int)call->after.partition);
}

static enum api_next rebuilding(struct api_call *call)
{
    return call_fail(call, PROBLEM_VIEW_REBUILDING,
                     "what this asks for is being rebuilt and serves nothing until it is whole");
}

/* The route's next turn, once every shard that it asked has said that it may. */
static enum api_next act_on_checks(struct api_call *call, enum shard_outcome outcome)
{
    switch (outcome) {
    case SHARD_BROKEN:
        return call_broken(call);
    case SHARD_CLOSED:
        return rebuilding(call);
    case SHARD_NOT_FOLDED:
        return wait_or_fail(call);
    case SHARD_NOT_AN_INPUT:
        return fail_not_an_input(call);
    case SHARD_DOUBTFUL:
        plan_reset(&call->plan);
        shard_checks_repeat(call);
        call->confirming = true;
        return API_ASK;
    case SHARD_BELIEVED:
        break;
    }
    plan_reset(&call->plan);
    call->shards_n = 0;
    call->complete_ask = NOT_ASKED;
    call->confirming = false;
    return run_turn(call);
}

static enum api_next take_answers(struct api_call *call, const struct answers *answers)
{
    enum reply_problem problem = answers_problem(answers);
    if (problem != REPLY_OK && call->route->survives) {
        call->answers = NULL;
        return act_on_checks(call, SHARD_BELIEVED);
    }
    if (library_is_missing(call, problem)) {
        library_ask(call);
        return API_ASK;
    }
    bool is_borne = problem == REPLY_BROKEN && call->route->operational; /* the route looks at each answer */
    if (!is_borne && (problem == REPLY_BROKEN || problem == REPLY_NO_FUNCTION))
        return call_broken(call);
    if (!is_borne && problem != REPLY_OK)
        return call_fail(call, PROBLEM_VIEW_UNREACHABLE, "the server that holds the view does not serve now");
    if (call->library == LIBRARY_ASKED) {
        library_ask_again(call);
        return API_ASK;
    }
    if (call->confirming)
        return act_on_checks(call, shard_checks_confirm(call, answers));
    call->answers = answers;
    return act_on_checks(call, shard_checks_read(call, answers));
}

enum api_next api_call_next(struct api_call *call, const struct answers *answers, struct api_now now)
{
    call->now_ms = now.wall_ms;
    call->now_us = now.steady_us;
    if (call->ended)
        return API_DONE;
    if (answers == NULL && call->plan.asks_n > 0) { /* again, after API_PARK */
        call->deadline_from_ms = call->now_ms;
        return API_ASK;
    }
    if (call->parted)
        call->response.body.len = 0;
    return answers == NULL ? run_turn(call) : take_answers(call, answers);
}

const struct plan *api_call_plan(const struct api_call *call)
{
    return &call->plan;
}

void api_call_close(struct api_call *call, struct api_now now)
{
    call->closing = true;
    if (call->wait_until_ms > now.wall_ms)
        call->wait_until_ms = now.wall_ms;
}

const struct api_wait *api_call_wait(const struct api_call *call)
{
    return &call->wait;
}

bool api_call_must_finish(const struct api_call *call)
{
    return call->route != NULL && call->route->writes && !call->ended;
}

bool api_call_is_operational(const struct api_call *call)
{
    return call->route != NULL && call->route->operational;
}

int64_t api_call_deadline_ms(const struct api_call *call)
{
    return call->deadline_from_ms + call->api->config->deadline_ms;
}

struct api_response *api_call_response(struct api_call *call)
{
    return &call->response;
}

uint32_t api_call_route(const struct api_call *call)
{
    return call->route == NULL ? API_ROUTES_MAX - 1 : (uint32_t)(call->route - route_table);
}

const char *api_call_route_name(const struct api_call *call)
{
    return call->route == NULL ? "none" : call->route->id;
}

enum problem api_call_problem(const struct api_call *call)
{
    return call->problem;
}

uint32_t api_call_shards(const struct api_call *call)
{
    return call->shards_asked_n;
}

bool api_call_is_scrape(const struct api_call *call)
{
    return call->route != NULL && call->route->answer == metrics_answer;
}

/* --- problems ---------------------------------------------------------------------------------------------------- */

static void write_problem_response(struct api_response *response, enum problem problem, struct str detail,
                                   const char *parameter)
{
    response->status = problem_table[problem].status;
    response->content_type = "application/problem+json";
    response->cache_control = "no-store";
    response->retry_after_s = problem_table[problem].retry_after_s;
    response->www_authenticate = response->status == 401 ? "Bearer" : NULL;
    response->location = response->etag = response->as_of = response->complete_at = (struct str){0};
    response->body.len = 0;
    problem_write(problem, detail, parameter, &response->body);
}

static enum api_next answer_with_problem(struct api_call *call, enum problem problem, const char *parameter,
                                         const char *detail)
{
    call->ended = true;
    call->problem = problem;
    if (call->parted)
        call->response.status = 0; /* too late to say so: the connection is cut */
    else
        write_problem_response(&call->response, problem, str_from(detail), parameter);
    return API_DONE;
}

struct api_call *api_call_new_refused(struct api *api, const struct api_request *request, enum problem problem)
{
    struct api_call *call = begin_call(api, request);
    call->route = route_find(request->method, request->path);
    answer_with_problem(call, problem, NULL, problem_table[problem].title);
    call->response.www_authenticate = NULL; /* who refused it has said how it is to come */
    if (problem == PROBLEM_WRONG_METHOD)
        call->response.allow = route_methods(request->path);
    return call;
}

enum { DETAIL_MAX = 500 };

enum api_next call_fail(struct api_call *call, enum problem problem, const char *format, ...)
{
    char detail[DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    return answer_with_problem(call, problem, NULL, detail);
}

enum api_next call_unknown_node(struct api_call *call)
{
    if (!call->nodes_asked)
        return ask_nodes_first(call);
    return call_fail(call, PROBLEM_UNKNOWN_NODE, "no node has this id");
}

enum api_next call_broken(struct api_call *call)
{
    return call_fail(call, PROBLEM_VIEW_BROKEN,
                     "an answer of the view is not what it must be; `stockfold check` says more");
}

enum { NAME_MAX_BYTES = 100 };

enum api_next call_no_parameter(struct api_call *call, struct str name)
{
    char text[NAME_MAX_BYTES], detail[DETAIL_MAX];
    snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
    snprintf(detail, sizeof(detail), "%s: this route takes no such parameter", text);
    return answer_with_problem(call, PROBLEM_WRONG_PARAMETER, text, detail);
}

enum api_next call_wrong(struct api_call *call, enum parameter parameter, const char *format, ...)
{
    const char *name = parameter_table[parameter].name;
    char detail[DETAIL_MAX];
    int len = snprintf(detail, sizeof(detail), "%s: expected ", name);
    va_list args;
    va_start(args, format);
    vsnprintf(detail + len, sizeof(detail) - (size_t)len, format, args);
    va_end(args);
    return answer_with_problem(call, PROBLEM_WRONG_PARAMETER, name, detail);
}

void api_call_fail(struct api_call *call, enum problem problem)
{
    if (call->route != NULL && call->route->survives && !call->ended) {
        call->answers = NULL;
        call->turn++;
        run_turn(call);
        return;
    }
    if (problem == PROBLEM_NOT_FOLDED)
        fail_not_folded(call);
    else
        answer_with_problem(call, problem, NULL, problem_table[problem].title);
}
