/* What routes that write stand on: requests that outlive their client, headers of answers, functions in Redis. */
#include "../../src/api/call.h"
#include "api/support/world.h"
#include "support/suite.h"

static struct api_now now(void)
{
    return (struct api_now){world.now_ms, 1};
}

static struct api_call *call_of(const struct route *route, const struct api_request *request)
{
    struct api_call *call = api_call_new(&world.api, request);
    call->route = route;
    return call;
}

/* Its trips, to its end. Returns how many. */
static int run_call(struct api_call *call)
{
    struct trip *trips[10];
    const struct answers *answers = NULL;
    int n = 0;
    while (api_call_next(call, answers, now()) == API_ASK)
        trips[n++] = world_travel(api_call_plan(call), &answers);
    for (int i = 0; i < n; i++)
        trip_done(trips[i]);
    return n;
}

static const struct api_request healthz = {.path = STR("/healthz")};

START_TEST(a_copied_request_borrows_nothing)
{
    char text[] = "text";
    struct str all = {text, 4};
    struct api_request request = {.path = all, .query = all, .if_none_match = all, .origin = all};
    request.authorization = request.content_type = request.last_event_id = request.client = request.text = all;
    world_start(1, 1);
    struct api_call *call = call_of(NULL, &request);
    call_copy_request(call);
    memset(text, 'x', 4);
    const struct api_request *copy = call->request;
    const struct str *const copies[] = {&copy->path,         &copy->query,         &copy->if_none_match,
                                        &copy->origin,       &copy->text,          &copy->authorization,
                                        &copy->content_type, &copy->last_event_id, &copy->client};
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
        ck_assert(str_equal(*copies[i], STR("text")));
    api_call_free(call);
    world_stop();
}
END_TEST

/* --- headers ----------------------------------------------------------------------------------------------------- */

static enum api_next make_something(struct api_call *call)
{
    call->response.status = 201;
    call->response.location = STR("/v1/reservations/r-1");
    buffer_add_literal(&call->response.body, "{}");
    return API_DONE;
}

static enum api_next refuse(struct api_call *call)
{
    return call_fail(call, PROBLEM_UNAUTHORIZED, "this needs a key");
}

START_TEST(an_answer_says_where_it_is_and_how_to_come)
{
    static const struct route making = {.answer = make_something}, refusing = {.answer = refuse};
    world_start(1, 1);
    struct api_call *call = call_of(&making, &healthz);
    run_call(call);
    ck_assert(str_equal(api_call_response(call)->location, STR("/v1/reservations/r-1")));
    ck_assert_int_eq(api_call_response(call)->status, 201);
    ck_assert_str_eq(api_call_response(call)->cache_control, "no-store");
    api_call_free(call);
    call = call_of(&refusing, &healthz);
    run_call(call);
    ck_assert_int_eq(api_call_response(call)->status, 401);
    ck_assert_str_eq(api_call_response(call)->www_authenticate, "Bearer");
    api_call_free(call);
    call = api_call_new_refused(&world.api, &healthz, PROBLEM_UNAUTHORIZED);
    ck_assert_ptr_null(api_call_response(call)->www_authenticate);
    api_call_free(call);
    world_stop();
}
END_TEST

/* --- functions --------------------------------------------------------------------------------------------------- */

static enum api_next call_function(struct api_call *call, struct str name)
{
    if (call->turn == 1) {
        ck_assert_uint_eq(call->answers->n, 2);
        ck_assert(answer_is_there(call->answers, 1));
        return API_DONE;
    }
    for (int i = 0; i < 2; i++) {
        plan_begin(&call->plan, 0, 4, ANSWER_LIST);
        plan_word(&call->plan, STR("FCALL"));
        plan_word(&call->plan, name);
        plan_word(&call->plan, STR("1"));
        plan_word(&call->plan, STR("sf:{0}:m"));
    }
    return API_ASK;
}

static enum api_next call_one_of_ours(struct api_call *call)
{
    return call_function(call, STR("stockfold_v5_peek"));
}

static enum api_next call_one_of_nobodys(struct api_call *call)
{
    return call_function(call, STR("stockfold_v5_nothing"));
}

/* Returns how many trips it took. */
static int run_functions(enum api_next (*answer)(struct api_call *call), int status)
{
    const struct route route = {.answer = answer};
    struct api_call *call = call_of(&route, &healthz);
    int trips = run_call(call);
    ck_assert_int_eq(api_call_response(call)->status, status);
    api_call_free(call);
    return trips;
}

START_TEST(the_function_library_is_loaded_by_whoever_misses_it)
{
    world_start(1, 1);
    world_open();
    ck_assert_int_eq(run_functions(call_one_of_ours, 200), 1);
    world_do("FUNCTION FLUSH");
    ck_assert_int_eq(run_functions(call_one_of_ours, 200), 3);
    ck_assert_int_eq(run_functions(call_one_of_ours, 200), 1);
    world_stop();
}
END_TEST

START_TEST(a_library_without_the_function_is_loaded_once)
{
    world_start(1, 1);
    world_open();
    ck_assert_int_eq(run_functions(call_one_of_nobodys, 503), 3);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_copied_request_borrows_nothing, an_answer_says_where_it_is_and_how_to_come,
                                  the_function_library_is_loaded_by_whoever_misses_it,
                                  a_library_without_the_function_is_loaded_once};
    return SUITE_RUN("writing", tests);
}
