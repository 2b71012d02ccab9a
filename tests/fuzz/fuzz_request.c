/* Any request, and any answers of the view to what it asks: every call ends, in a status of the table, with a body that
 * is what its content type says.
 *
 *   METHOD PATH?QUERY \n IF-NONE-MATCH \n ORIGIN \n SCRIPT \n BODY
 *
 * The script decides about answers (view_answers.h) and, before each turn, about what else may happen between turns. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_judge.h"
#include "stockfold/api/api.h"
#include "stockfold/codec/request_body.h"
#include "target.h"
#include "view_answers.h"

enum { TURNS_MAX = 30000 };
enum { LEAVE = 'L', TIME_OUT = 'T', NO_NODES = 'N' }; /* in the script */

static struct api_config config = {.low = 3,
                                   .silent_ms = 7200000,
                                   .lead_ms = 1800000,
                                   .confidence_half_life_ms = 1209600000,
                                   .deadline_ms = 250,
                                   .wait_max_ms = 30000,
                                   .lag_max_ms = 60000,
                                   .requests_max = 4096,
                                   .max_age_ms = 5000,
                                   .origins = "*"};
static struct view view = {.keys = {{"sf", 2}, 4, 1}, .identity = VIEW_ANSWERS_IDENTITY};
static struct api_metrics metrics;

/* --- what came of it --------------------------------------------------------------------------------------------- */

static json_t *parse(const struct buffer *body)
{
    json_error_t error;
    struct judgement judgement = json_judge((const uint8_t *)body->data, body->len);
    json_t *json = json_loadb(body->data, body->len, JSON_REJECT_DUPLICATES, &error);
    MUST(judgement.is_json && judgement.is_object && !judgement.repeats_key);
    if (json == NULL)
        fprintf(stderr, "%s at %d:\n%.*s\n", error.text, error.position, (int)body->len, body->data);
    return json;
}

static void must_be_problem(const struct api_response *response, const struct buffer *body)
{
    json_t *json = parse(body);
    const char *code = json_string_value(json_object_get(json, "code"));
    size_t row = 0;
    MUST(code != NULL && json_integer_value(json_object_get(json, "status")) == response->status);
    while (row < PROBLEMS && strcmp(problem_table[row].code, code) != 0)
        row++;
    MUST(row < PROBLEMS && problem_table[row].status == response->status);
    MUST(problem_table[row].retry_after_s == response->retry_after_s);
    MUST(json_string_length(json_object_get(json, "detail")) > 0);
    MUST(response->etag.len == 0 && strcmp(response->cache_control, "no-store") == 0);
    json_decref(json);
}

static void must_be_answer(const struct api_response *response, const struct buffer *body)
{
    if (strncmp(response->content_type, "text/plain", 10) == 0) {
        MUST(body->len > 0 && body->data[body->len - 1] == '\n');
        return;
    }
    json_t *json = parse(body);
    MUST(strcmp(response->content_type, "application/json") == 0 && json_is_object(json));
    json_decref(json);
}

static void must_be_whole(const struct api_response *response, const struct buffer *body)
{
    if (response->status == 200) {
        must_be_answer(response, body);
    } else if (response->status == 204 || response->status == 304) {
        MUST(body->len == 0);
    } else {
        MUST(strcmp(response->content_type, "application/problem+json") == 0);
        must_be_problem(response, body);
    }
}

/* --- one call ---------------------------------------------------------------------------------------------------- */

/* What a turn was given. */
struct given {
    struct given *before;
    struct answers answers;
    const struct reply *replies[];
};

struct exchange {
    struct api_call *call;
    struct script *script;
    struct given *given; /* all that the call may still look at */
    struct buffer body;  /* all its parts */
    bool parted;
    struct api_now now;
};

static const struct answers *answer(struct exchange *exchange, const struct plan *plan)
{
    struct given *given = malloc(sizeof(*given) + plan->asks_n * sizeof(const struct reply *));
    MUST(given != NULL && plan->asks_n > 0);
    view_answer(plan, exchange->script, given->replies);
    given->answers = (struct answers){given->replies, plan->asks_n};
    given->before = exchange->given;
    exchange->given = given;
    return &given->answers;
}

/* What the call was given so far is gone. */
static void forget(struct exchange *exchange)
{
    while (exchange->given != NULL) {
        struct given *given = exchange->given;
        exchange->given = given->before;
        for (uint32_t i = 0; i < given->answers.n; i++)
            view_answer_free(given->replies[i]);
        free(given);
    }
}

static enum api_next take_turn(struct exchange *exchange, enum api_next before)
{
    if (before != API_ASK)
        return api_call_next(exchange->call, NULL, exchange->now);
    const struct answers *answers = answer(exchange, api_call_plan(exchange->call));
    return api_call_next(exchange->call, answers, exchange->now);
}

static void keep_part(struct exchange *exchange)
{
    const struct api_response *response = api_call_response(exchange->call);
    buffer_add(&exchange->body, response->body.data, response->body.len);
    exchange->parted = true;
    forget(exchange);
}

/* False: the client left. */
static bool run(struct exchange *exchange)
{
    enum api_next next = API_PARK;
    for (int turn = 0; next != API_DONE; turn++) {
        uint8_t chance = script_next(exchange->script);
        MUST(turn < TURNS_MAX);
        if (chance == LEAVE)
            return false;
        if (chance == TIME_OUT) {
            api_call_fail(exchange->call, PROBLEM_TOO_SLOW);
            break;
        }
        exchange->now.steady_us += chance * INT64_C(1000); /* a lease may last, or not */
        next = take_turn(exchange, next);
        if (next == API_PARK) {
            MUST(api_call_wait(exchange->call)->until_ms > exchange->now.wall_ms);
            exchange->now.wall_ms += 5;
        }
        if (next == API_PART)
            keep_part(exchange);
    }
    forget(exchange);
    return true;
}

/* What was sent, all parts together; empty when the client left. */
static struct buffer call_it(struct api *api, const struct api_request *request, struct script script)
{
    struct exchange exchange = {
        .call = api_call_new(api, request), .script = &script, .now = {request->received_ms, 1}};
    buffer_init(&exchange.body);
    MUST(api_call_deadline_ms(exchange.call) > request->received_ms && api_call_route(exchange.call) < API_ROUTES_MAX);
    if (run(&exchange)) {
        const struct api_response *response = api_call_response(exchange.call);
        buffer_add(&exchange.body, response->body.data, response->body.len);
        if (response->status == 0)
            MUST(exchange.parted); /* cut */
        else
            must_be_whole(response, &exchange.body);
    }
    api_call_free(exchange.call);
    forget(&exchange);
    return exchange.body;
}

/* The second call is made of what the first one left, and must not show it; the third may believe what the second was
 * told of shards, and so ask for less. */
static void call_twice(struct api *api, const struct api_request *request, struct script script)
{
    struct buffer first = call_it(api, request, script);
    api_forget(api); /* it would be asked less */
    struct buffer second = call_it(api, request, script);
    MUST(first.len == second.len && (first.len == 0 || memcmp(first.data, second.data, first.len) == 0));
    struct buffer third = call_it(api, request, script);
    buffer_done(&first);
    buffer_done(&second);
    buffer_done(&third);
    api_done(api);
}

/* --- the input --------------------------------------------------------------------------------------------------- */

static struct snapshot *make_nodes(void)
{
    struct plan plan;
    const struct reply *replies[3];
    struct script good = {NULL, NULL};
    plan_init(&plan);
    ask_nodes_version(&plan, &view);
    ask_nodes(&plan, &view);
    ask_heard(&plan, &view);
    view_answer(&plan, &good, replies);
    struct snapshot *nodes = snapshot_new(&(struct answers){replies, 3}, 0, VIEW_ANSWERS_NOW);
    MUST(nodes != NULL && nodes->broken_n == 0);
    for (size_t i = 0; i < 3; i++)
        view_answer_free(replies[i]);
    plan_done(&plan);
    return nodes;
}

static struct str take_until(struct str *rest, char end)
{
    const char *at = rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);
    struct str taken = {rest->data, at == NULL ? rest->len : (size_t)(at - rest->data)};
    size_t used = at == NULL ? taken.len : taken.len + 1;
    *rest = (struct str){used == 0 ? rest->data : rest->data + used, rest->len - used};
    return taken;
}

static enum api_method method_of(struct str name)
{
    static const struct str names[] = {STR("GET"), STR("HEAD"), STR("POST"), STR("OPTIONS")};
    size_t i = 0;
    while (i < sizeof(names) / sizeof(names[0]) && !str_equal(names[i], name))
        i++;
    return (enum api_method)i; /* in the enum's order, API_OTHER last */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct snapshot *nodes;
    struct str rest = {(const char *)data, size}, line = take_until(&rest, '\n');
    struct api_request request = {.method = method_of(take_until(&line, ' ')), .received_ms = VIEW_ANSWERS_NOW};
    if (nodes == NULL)
        nodes = make_nodes();
    request.path = take_until(&line, '?');
    request.query = line;
    request.if_none_match = take_until(&rest, '\n');
    request.origin = take_until(&rest, '\n');
    struct str decisions = take_until(&rest, '\n');
    struct request_body *body = request_body_new();
    request_body_add(body, rest);
    request_body_end(body);
    request.body = body;
    struct script script = {(const uint8_t *)decisions.data, (const uint8_t *)decisions.data + decisions.len};
    bool no_nodes = decisions.len > 0 && decisions.data[0] == NO_NODES;
    struct api api = {.config = &config, .view = &view, .nodes = no_nodes ? NULL : nodes, .metrics = &metrics};
    call_twice(&api, &request, script);
    api_done(&api);
    request_body_free(body);
    return 0;
}
