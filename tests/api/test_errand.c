/* Calls that write go on to their end without their client. */
#include "stockfold/api/errand.h"

#include <stdlib.h>

#include "../../src/api/call.h"
#include "api/support/world.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct errands errands;
static int sent, sends_left;

static struct trip *send_plan(void *context, const struct plan *plan, trip_fn *fn, void *fn_context)
{
    (void)context;
    if (sends_left-- == 0)
        return NULL;
    sent++;
    return trip_start(&world.view, plan, fn, fn_context);
}

static struct api_now tell_time(void *context)
{
    (void)context;
    return (struct api_now){world.now_ms, 1};
}

/* Writes in two steps what its request has in its query, as a reservation's verb will. */
static enum api_next write_twice(struct api_call *call)
{
    const struct str fields[] = {STR("first"), STR("second")};
    if (call->turn == 2)
        return API_DONE;
    plan_begin(&call->plan, 0, 4, ANSWER_NUMBER);
    plan_word(&call->plan, STR("HSET"));
    plan_word(&call->plan, STR("sf:{0}:written"));
    plan_word(&call->plan, fields[call->turn]);
    plan_word(&call->plan, call->request->query);
    return API_ASK;
}

static void tell_client(void *context, const struct answers *answers)
{
    (void)context;
    (void)answers;
    ck_abort_msg("the client has gone");
}

/* A client asks that, and leaves while the first step is under way. Its request goes with it. */
static void ask_and_leave(void)
{
    static const struct route writing = {.method = API_GET, .path = "/written", .answer = write_twice, .writes = true};
    char *query = strdup("three shirts");
    struct api_request request = {.path = STR("/healthz"), .received_ms = world.now_ms};
    struct api_call *call = api_call_new(&world.api, &request);
    request.query = str_from(query);
    call->route = &writing;
    call_copy_request(call);
    ck_assert_int_eq(api_call_next(call, NULL, tell_time(NULL)), API_ASK);
    ck_assert(api_call_must_finish(call));
    struct trip *trip = trip_start(&world.view, api_call_plan(call), tell_client, NULL);
    errand_start(&errands, call, &trip, 1);
    memset(query, 'x', strlen(query));
    free(query);
    request = (struct api_request){0};
}

static void begin(int sends)
{
    world_start(1, 1);
    errands = (struct errands){.send = send_plan, .now = tell_time};
    sent = 0;
    sends_left = sends;
}

/* What a step has written. Borrowed until the trip is done. */
static void expect_written(const char *field, const char *text)
{
    struct plan plan;
    const struct answers *answers;
    struct str written;
    plan_init(&plan);
    plan_begin(&plan, 0, 3, ANSWER_TEXT);
    plan_word(&plan, STR("HGET"));
    plan_word(&plan, STR("sf:{0}:written"));
    plan_word(&plan, str_from(field));
    struct trip *trip = world_travel(&plan, &answers);
    ck_assert(read_text(answers, 0, &written) && str_equal(written, str_from(text)));
    trip_done(trip);
    plan_done(&plan);
}

START_TEST(work_that_was_begun_is_finished_though_its_client_has_gone)
{
    begin(10);
    for (int i = 0; i < 3; i++)
        ask_and_leave();
    ck_assert_uint_eq(errands.n, 3);
    ck_assert(link_drain(view_link(&world.view, 0), TIMEOUT_MS));
    ck_assert(errands.n == 0 && sent == 3);
    expect_written("first", "three shirts");
    expect_written("second", "three shirts");
    world_stop();
}
END_TEST

START_TEST(work_ends_where_nothing_can_be_sent)
{
    begin(0);
    ask_and_leave();
    ck_assert(link_drain(view_link(&world.view, 0), TIMEOUT_MS));
    ck_assert(errands.n == 0 && sent == 0);
    expect_written("first", "three shirts");
    expect_written("second", "");
    world_stop();
}
END_TEST

START_TEST(work_ends_with_its_connection)
{
    begin(10);
    ask_and_leave();
    link_close(view_link(&world.view, 0));
    ck_assert(errands.n == 0 && sent == 0);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {work_that_was_begun_is_finished_though_its_client_has_gone,
                                  work_ends_where_nothing_can_be_sent, work_ends_with_its_connection};
    return SUITE_RUN("errand", tests);
}
