/* Who waits for a message: how often a watermark is asked for, and who goes on when. And answers that stay open. */
#include "stockfold/api/waiting.h"

#include "../../src/api/call.h"
#include "api/support/world.h"
#include "support/suite.h"

enum { MS = 1000, WAITERS = 100 };

static struct waiting waiting;
static struct plan plan;
static struct waiter waiters[WAITERS];
static int64_t now_us;

static void begin(void)
{
    world_start(4, 1);
    waiting_init(&waiting);
    plan_init(&plan);
    memset(waiters, 0, sizeof(waiters));
    now_us = 1000 * MS;
}

static void end(void)
{
    waiting_done(&waiting);
    plan_done(&plan);
    world_stop();
}

static struct api_wait folded(uint32_t shard, int64_t offset)
{
    return (struct api_wait){.kind = API_WAIT_FOLDED, .shard = shard, .after = {STR("stock.store"), 3, offset}};
}

static void add(int number, struct api_wait wait, int64_t for_ms)
{
    waiting_add(&waiting, &waiters[number], &wait, now_us + for_ms * MS, now_us);
}

static void fold_to(uint32_t shard, int64_t next)
{
    world_watermark(shard, "stock.store", 3, next);
}

/* Goes on to when something is due, asks that, and reads what is answered. Returns the commands. */
static uint32_t ask_when_due(void)
{
    const struct answers *answers;
    now_us = waiting_due_us(&waiting);
    plan_reset(&plan);
    if (!waiting_ask(&waiting, &world.view, &plan, now_us))
        return 0;
    struct trip *trip = world_travel(&plan, &answers);
    waiting_read(&waiting, answers);
    trip_done(trip);
    return plan.asks_n;
}

/* The number of the next that may go on; -1: none. */
static int pop(bool late)
{
    struct waiter *waiter = waiting_pop(&waiting);
    ck_assert(waiter == NULL || waiter->late == late);
    return waiter == NULL ? -1 : (int)(waiter - waiters);
}

START_TEST(one_command_asks_for_all_that_wait_for_a_watermark)
{
    begin();
    for (int i = 0; i < WAITERS; i++)
        add(i, folded(i < 50 ? 1 : 2, i), 1000);
    ck_assert_int_eq(ask_when_due(), 2);
    ck_assert_int_eq(pop(false), -1);
    fold_to(1, 3);
    ask_when_due();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pop(false), i);
    ck_assert_int_eq(pop(false), -1);
    end();
}
END_TEST

START_TEST(the_longer_one_waits_the_less_often_is_asked)
{
    begin();
    add(0, folded(1, 9), 60 * 1000);
    int asks = 0;
    for (; now_us < 11 * 1000 * MS; asks++)
        ck_assert_int_eq(ask_when_due(), 1);
    ck_assert_int_le(asks, 60); /* in ten seconds */
    int64_t came_us = now_us;
    add(1, folded(1, 5), 60 * 1000);
    ask_when_due();
    ck_assert_int_le(now_us, came_us + 5 * MS); /* whoever comes is not made to wait for that */
    end();
}
END_TEST

START_TEST(who_is_late_is_told_after_a_last_look)
{
    begin();
    add(0, folded(1, 9), 400);
    add(1, folded(1, 9), 401);
    int64_t until_us = now_us + 400 * MS;
    while (now_us < until_us) {
        ck_assert_int_eq(pop(true), -1);
        ask_when_due();
    }
    ck_assert_int_le(now_us, until_us + 5 * MS);
    ck_assert_int_eq(pop(true), 0);
    fold_to(1, 10);
    ask_when_due();
    ck_assert_int_eq(pop(false), 1); /* in its last moment */
    ck_assert_int_eq(waiting_due_us(&waiting), INT64_MAX);
    end();
}
END_TEST

START_TEST(who_left_is_not_asked_for)
{
    begin();
    add(0, folded(1, 9), 1000);
    add(1, folded(2, 9), 1000);
    waiting_remove(&waiters[0]);
    waiting_remove(&waiters[0]);
    ck_assert_int_eq(ask_when_due(), 1);
    waiting_remove(&waiters[1]);
    ck_assert_int_eq(waiting_due_us(&waiting), INT64_MAX);
    end();
}
END_TEST

START_TEST(nobody_waits_for_a_view_that_is_gone)
{
    begin();
    add(0, folded(1, 9), 1000);
    add(1, (struct api_wait){.kind = API_WAIT_NODES}, 1000);
    waiting_give_up(&waiting);
    ck_assert_int_eq(pop(false) + pop(false), 1);
    fold_to(1, 0);
    world_do("HSET sf:{1}:m w:stock.store:3 nonsense");
    add(0, folded(1, 9), 1000);
    ask_when_due();
    ck_assert_int_eq(pop(false), 0); /* it will see for itself */
    end();
}
END_TEST

/* Its turn, with what the view answers. */
static enum api_next next_turn(struct api_call *call)
{
    struct api_now now = {world.now_ms + 100, 1};
    const struct answers *answers;
    struct trip *trip = world_travel(api_call_plan(call), &answers);
    enum api_next next = api_call_next(call, answers, now);
    trip_done(trip);
    return next;
}

/* One that has looked and waits. */
static struct api_call *parked_call(const struct api_request *request)
{
    struct api_call *call = api_call_new(&world.api, request);
    ck_assert_int_eq(api_call_next(call, NULL, (struct api_now){world.now_ms + 100, 1}), API_ASK);
    ck_assert_int_eq(next_turn(call), API_PARK);
    return call;
}

/* Goes on after it waited. */
static struct api_response *last_look(struct api_call *call)
{
    ck_assert_int_eq(next_turn(call), API_DONE);
    return api_call_response(call);
}

/* One that waits, is told that it is to end, and then asks once more. */
static struct api_call *closed_call(const struct api_request *request)
{
    struct api_call *call = parked_call(request);
    struct api_now now = {world.now_ms + 100, 1};
    api_call_close(call, now);
    ck_assert_int_eq(api_call_next(call, NULL, now), API_ASK);
    ck_assert_int_eq(api_call_deadline_ms(call), now.wall_ms + world.api.config->deadline_ms);
    return call;
}

START_TEST(a_call_waits_for_the_first_shard_that_has_not_folded_its_message)
{
    begin();
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_open();
    for (uint32_t shard = 0; shard < 4; shard++)
        fold_to(shard, shard == 2 ? 5 : 6);
    struct api_request request = {
        .path = STR("/v1/nodes"), .query = STR("after=stock.store:3:5&wait_ms=700"), .received_ms = world.now_ms};
    struct api_call *call = parked_call(&request);
    const struct api_wait *wait = api_call_wait(call);
    ck_assert(wait->kind == API_WAIT_FOLDED && wait->shard == 2 && wait->after.offset == 5);
    ck_assert_int_eq(wait->until_ms, world.now_ms + 700);
    fold_to(2, 6);
    ck_assert_int_eq(api_call_next(call, NULL, (struct api_now){world.now_ms + 100, 1}), API_ASK);
    ck_assert_int_eq(last_look(call)->status, 200);
    api_call_free(call);
    end();
}
END_TEST

START_TEST(at_the_end_all_go_on)
{
    begin();
    add(0, folded(1, 9), 1000);
    add(1, (struct api_wait){.kind = API_WAIT_NODES}, 1000);
    add(2, (struct api_wait){.kind = API_WAIT_OPEN}, 1000);
    waiting_close(&waiting);
    ck_assert_int_eq(pop(false) + pop(false) + pop(false), 3);
    ck_assert_int_eq(pop(false), -1);
    end();
}
END_TEST

START_TEST(a_call_that_is_to_end_looks_once_more_and_says_when_to_ask_again)
{
    begin();
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_open();
    for (uint32_t shard = 0; shard < 4; shard++)
        fold_to(shard, shard == 2 ? 5 : 6);
    struct api_request request = {
        .path = STR("/v1/nodes"), .query = STR("after=stock.store:3:5&wait_ms=700"), .received_ms = world.now_ms};
    struct api_call *call = closed_call(&request);
    ck_assert_int_eq(last_look(call)->status, 412);
    ck_assert_int_eq(api_call_response(call)->retry_after_s, 1);
    api_call_free(call);
    call = closed_call(&request);
    fold_to(2, 6);
    ck_assert_int_eq(last_look(call)->status, 200);
    ck_assert_int_eq(api_call_response(call)->retry_after_s, 0);
    api_call_free(call);
    end();
}
END_TEST

START_TEST(a_deadline_leaves_out_no_more_than_the_wait)
{
    begin();
    world_open();
    for (uint32_t shard = 0; shard < 4; shard++)
        fold_to(shard, 5);
    struct api_request request = {.path = STR("/v1/nodes"), .received_ms = world.now_ms};
    int64_t deadline_ms = world.now_ms + world.api.config->deadline_ms;
    struct api_now now = {world.now_ms + 20, 1};
    /* Of a message that is folded, whatever wait_ms says. */
    request.query = STR("after=stock.store:3:4&wait_ms=700");
    struct api_call *call = api_call_new(&world.api, &request);
    ck_assert_int_eq(api_call_next(call, NULL, now), API_ASK);
    ck_assert_int_eq(api_call_deadline_ms(call), deadline_ms);
    api_call_free(call);
    /* And behind a wait, from its end. */
    request.query = STR("after=stock.store:3:5&wait_ms=700");
    call = parked_call(&request);
    now.wall_ms = world.now_ms + 300;
    ck_assert_int_eq(api_call_next(call, NULL, now), API_ASK);
    ck_assert_int_eq(api_call_deadline_ms(call), deadline_ms + 300);
    api_call_free(call);
    end();
}
END_TEST

/* --- answers that stay open ------------------------------------------------------------------------------------------ */

/* What streams do: a part at once, one each time that there is something, and an end. */
static enum api_next stream_answer(struct api_call *call)
{
    if (call->turn == 3)
        return API_DONE;
    call->wait = (struct api_wait){.kind = API_WAIT_OPEN, .until_ms = call->now_ms + 15000};
    if (call->turn == 1)
        return API_PARK;
    buffer_add_format(&call->response.body, "turn %d\n", call->turn);
    return API_PART;
}

START_TEST(an_answer_may_stay_open_with_nothing_to_send)
{
    static const struct route stream = {.method = API_GET, .path = "/stream", .answer = stream_answer};
    begin();
    struct api_request request = {.path = STR("/healthz"), .received_ms = world.now_ms};
    struct api_call *call = api_call_new(&world.api, &request);
    call->route = &stream;
    struct api_now now = {world.now_ms, now_us};
    struct buffer *body = &api_call_response(call)->body;
    ck_assert_int_eq(api_call_next(call, NULL, now), API_PART);
    ck_assert_uint_eq(body->len, strlen("turn 0\n"));
    ck_assert_int_eq(api_call_next(call, NULL, now), API_PARK);
    ck_assert_uint_eq(body->len, 0);
    add(0, *api_call_wait(call), 15000);
    ck_assert_int_eq(ask_when_due(), 0); /* until its beat, Redis is asked nothing for it */
    ck_assert_int_eq(now_us, now.steady_us + 15000 * MS);
    ck_assert_int_eq(pop(true), 0);
    add(0, *api_call_wait(call), 15000);
    waiting_wake(&waiting, &waiters[0]);
    ck_assert_int_eq(pop(false), 0);
    ck_assert_int_eq(api_call_next(call, NULL, now), API_PART);
    ck_assert_uint_eq(body->len, strlen("turn 2\n"));
    ck_assert_int_eq(api_call_next(call, NULL, now), API_DONE);
    ck_assert_int_eq(api_call_response(call)->status, 200);
    call->route = NULL;
    api_call_free(call);
    end();
}
END_TEST

/* It is told by call->closing. One that would go on waiting all the same is ended. */
START_TEST(an_open_answer_that_is_to_end_has_one_more_turn)
{
    static const struct route stream = {.method = API_GET, .path = "/stream", .answer = stream_answer};
    begin();
    struct api_request request = {.path = STR("/healthz"), .received_ms = world.now_ms};
    struct api_call *call = api_call_new(&world.api, &request);
    call->route = &stream;
    struct api_now now = {world.now_ms, now_us};
    ck_assert_int_eq(api_call_next(call, NULL, now), API_PART);
    api_call_close(call, now);
    ck_assert(call->closing);
    ck_assert_int_eq(api_call_next(call, NULL, now), API_DONE);
    ck_assert_int_eq(api_call_response(call)->status, 200);
    ck_assert_uint_eq(api_call_response(call)->body.len, 0);
    call->route = NULL;
    api_call_free(call);
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_command_asks_for_all_that_wait_for_a_watermark,
                                  the_longer_one_waits_the_less_often_is_asked,
                                  who_is_late_is_told_after_a_last_look,
                                  who_left_is_not_asked_for,
                                  nobody_waits_for_a_view_that_is_gone,
                                  a_call_waits_for_the_first_shard_that_has_not_folded_its_message,
                                  at_the_end_all_go_on,
                                  a_deadline_leaves_out_no_more_than_the_wait,
                                  a_call_that_is_to_end_looks_once_more_and_says_when_to_ask_again,
                                  an_answer_may_stay_open_with_nothing_to_send,
                                  an_open_answer_that_is_to_end_has_one_more_turn};
    return SUITE_RUN("waiting", tests);
}
