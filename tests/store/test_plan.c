/* Plans as bytes; trips: every answer at its place, once, whatever happens meanwhile. */
#include <signal.h>

#include "stockfold/store/plan.h"
#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000, MANY = 10000 };

static struct redis_server server;
static struct view_config config;
static struct view view;
static struct plan plan;

static void start(void)
{
    struct error error = {0};
    redis_server_start(&server, NULL);
    config = redis_server_view(&server);
    view_init(&view, &config);
    ck_assert_int_eq(link_open(view_link(&view, 0), TIMEOUT_MS, &error), 0);
    plan_init(&plan);
}

static void stop(void)
{
    plan_done(&plan);
    view_done(&view);
    redis_server_stop(&server);
}

/* --- plans ------------------------------------------------------------------------------------------------------- */

START_TEST(a_plan_is_its_words_as_bytes)
{
    static const char expected[] = "$3\r\nGET\r\n$2\r\n\0k\r\n$3\r\nTTL\r\n$0\r\n\r\n$20\r\n-9223372036854775808\r\n";
    struct plan made;
    plan_init(&made);
    for (int round = 0; round < 2; round++) {
        ck_assert_uint_eq(plan_begin(&made, 3, 2, ANSWER_TEXT), 0);
        plan_word(&made, STR("GET"));
        plan_word(&made, STR("\0k"));
        ck_assert_uint_eq(plan_begin(&made, 1, 3, ANSWER_NUMBER), 1);
        plan_word(&made, STR("TTL"));
        plan_word(&made, STR(""));
        plan_word_int(&made, INT64_MIN);
        ck_assert_uint_eq(made.bytes.len, sizeof(expected) - 1);
        ck_assert_int_eq(memcmp(made.bytes.data, expected, sizeof(expected) - 1), 0);
        ck_assert_uint_eq(made.asks_n, 2);
        ck_assert_uint_eq(made.asks[0].shard, 3);
        ck_assert_uint_eq(made.asks[1].words, 3);
        ck_assert_uint_eq(made.asks[1].from, 17);
        plan_reset(&made);
    }
    plan_done(&made);
}
END_TEST

/* --- trips ------------------------------------------------------------------------------------------------------- */

static void ask_echo(int64_t number)
{
    plan_begin(&plan, (uint32_t)number % 4, 2, ANSWER_TEXT);
    plan_word(&plan, STR("ECHO"));
    plan_word_int(&plan, number);
}

struct seen {
    int called, wrong, lost;
    const struct answers *answers;
    struct trip **done; /* a trip that its fn is done with */
};

static void take_echoes(void *context, const struct answers *answers)
{
    struct seen *seen = context;
    seen->called++;
    seen->answers = answers;
    for (uint32_t i = 0; i < answers->n; i++) {
        seen->lost += answers->replies[i] == NULL;
        seen->wrong += reply_int(answers->replies[i]) != i;
    }
    if (seen->done != NULL)
        trip_done(*seen->done);
}

static struct trip *start_trip(int64_t asks, struct seen *seen)
{
    plan_reset(&plan);
    for (int64_t i = 0; i < asks; i++)
        ask_echo(i);
    struct trip *trip = trip_start(&view, &plan, take_echoes, seen);
    plan_reset(&plan);
    return trip;
}

START_TEST(every_answer_is_where_its_ask_was)
{
    struct seen seen[3] = {{0}};
    struct trip *trips[] = {start_trip(1, &seen[0]), start_trip(MANY, &seen[1]), start_trip(3, &seen[2])};
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(seen[i].called, 1);
        ck_assert_int_eq(seen[i].wrong, 0);
    }
    ck_assert_uint_eq(seen[1].answers->n, MANY);
    ck_assert_int_eq(reply_int(seen[1].answers->replies[MANY - 1]), MANY - 1);
    ck_assert_int_eq(answers_problem(seen[1].answers), REPLY_OK);
    for (int i = 0; i < 3; i++)
        trip_done(trips[i]);
    trip_done(NULL);
}
END_TEST

START_TEST(a_closed_link_answers_with_the_next_turn)
{
    struct seen seen = {0};
    link_close(view_link(&view, 0));
    struct trip *trip = start_trip(3, &seen);
    ck_assert_int_eq(seen.called, 0);
    ck_assert_int_eq(link_turn(view_link(&view, 0), 0), 3);
    ck_assert_int_eq(seen.called, 1);
    ck_assert_int_eq(seen.lost, 3);
    ck_assert_int_eq(answers_problem(seen.answers), REPLY_LOST);
    trip_done(trip);
}
END_TEST

START_TEST(a_connection_lost_on_the_way_leaves_what_had_come)
{
    struct seen seen = {0};
    plan_reset(&plan);
    ask_echo(0);
    plan_begin(&plan, 0, 3, ANSWER_TEXT);
    plan_word(&plan, STR("CLIENT"));
    plan_word(&plan, STR("KILL"));
    plan_word(&plan, STR("nobody:1"));
    ask_echo(2);
    plan_begin(&plan, 0, 6, ANSWER_NUMBER);
    plan_word(&plan, STR("CLIENT"));
    plan_word(&plan, STR("KILL"));
    plan_word(&plan, STR("TYPE"));
    plan_word(&plan, STR("normal"));
    plan_word(&plan, STR("SKIPME"));
    plan_word(&plan, STR("no"));
    ask_echo(4);
    struct trip *trip = trip_start(&view, &plan, take_echoes, &seen);
    ck_assert(!link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(seen.called, 1);
    ck_assert_int_eq(seen.lost, 1);
    ck_assert_int_eq(reply_int(seen.answers->replies[2]), 2);
    ck_assert_ptr_null(seen.answers->replies[4]);
    ck_assert_int_eq(answers_problem(seen.answers), REPLY_BROKEN);
    trip_done(trip);
}
END_TEST

/* A command whose answer must have another shape than it has: as if answers had been mixed up. */
static void ask_wrongly(enum answer_shape shape, uint32_t words)
{
    static const struct str command[] = {STR("MGET"), STR("a"), STR("b")};
    plan_begin(&plan, 0, words, shape);
    for (uint32_t i = 0; i < words; i++)
        plan_word(&plan, command[i]);
}

START_TEST(an_answer_of_another_shape_is_lost_and_so_is_all_behind_it)
{
    static const struct {
        enum answer_shape shape;
        uint32_t words; /* one more than the answer has parts */
    } wrong[] = {{ANSWER_TEXT, 3}, {ANSWER_NUMBER, 3}, {ANSWER_PAIRS, 2}, {ANSWER_FIELDS, 3}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct seen seen = {0}, behind = {0};
        plan_reset(&plan);
        ask_echo(0);
        ask_wrongly(wrong[i].shape, wrong[i].words);
        ask_echo(2);
        struct trip *trip = trip_start(&view, &plan, take_echoes, &seen), *next = start_trip(2, &behind);
        ck_assert(!link_drain(view_link(&view, 0), TIMEOUT_MS));
        ck_assert_int_eq(seen.called, 1);
        ck_assert_int_eq(seen.lost, 2);
        ck_assert_int_eq(reply_int(seen.answers->replies[0]), 0);
        ck_assert_int_eq(behind.called, 1);
        ck_assert_int_eq(behind.lost, 2);
        ck_assert_ptr_nonnull(strstr(link_trouble(view_link(&view, 0)), "not one to what was asked"));
        trip_done(trip);
        trip_done(next);
        struct error error = {0};
        ck_assert_int_eq(link_open(view_link(&view, 0), TIMEOUT_MS, &error), 0);
    }
}
END_TEST

START_TEST(an_error_is_an_answer_to_everything)
{
    for (enum answer_shape shape = ANSWER_TEXT; shape <= ANSWER_FIELDS; shape++) {
        struct seen seen = {0};
        plan_reset(&plan);
        plan_begin(&plan, 0, 2, shape);
        plan_word(&plan, STR("NONSENSE"));
        plan_word(&plan, STR("a"));
        struct trip *trip = trip_start(&view, &plan, take_echoes, &seen);
        ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
        ck_assert_int_eq(answers_problem(seen.answers), REPLY_BROKEN);
        trip_done(trip);
    }
}
END_TEST

START_TEST(a_trip_done_early_is_never_heard_of_again)
{
    struct seen dropped = {0}, seen = {0};
    trip_done(start_trip(MANY, &dropped));
    struct trip *kept = start_trip(3, &seen);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(dropped.called, 0);
    ck_assert_int_eq(seen.called, 1);
    ck_assert_int_eq(seen.wrong, 0);
    trip_done(kept);
}
END_TEST

START_TEST(a_trip_done_halfway_frees_what_had_come)
{
    struct seen seen = {0};
    plan_reset(&plan);
    ask_echo(0);
    plan_begin(&plan, 0, 3, ANSWER_LIST);
    plan_word(&plan, STR("BLPOP"));
    plan_word(&plan, STR("never"));
    plan_word(&plan, STR("0"));
    struct trip *trip = trip_start(&view, &plan, take_echoes, &seen);
    while (link_outstanding(view_link(&view, 0)) > 1)
        link_turn(view_link(&view, 0), TIMEOUT_MS);
    trip_done(trip);
    link_close(view_link(&view, 0));
    ck_assert_int_eq(seen.called, 0);
}
END_TEST

START_TEST(a_trip_may_be_done_in_its_own_fn_and_in_that_of_another)
{
    struct trip *first, *second, *third;
    struct seen seen[3] = {{.done = &first}, {.done = &third}, {.done = NULL}};
    first = start_trip(2, &seen[0]);
    second = start_trip(2, &seen[1]);
    third = start_trip(2, &seen[2]);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(seen[0].called, 1);
    ck_assert_int_eq(seen[1].called, 1);
    ck_assert_int_eq(seen[2].called, 0);
    trip_done(second);
}
END_TEST

static void take_and_start(void *context, const struct answers *answers)
{
    struct trip **next = context;
    ck_assert_uint_eq(answers->n, 1);
    ck_assert_ptr_nonnull(answers->replies[0]);
    static struct seen seen;
    *next = start_trip(1, &seen);
}

START_TEST(an_fn_may_start_the_next_trip)
{
    struct trip *next = NULL;
    ask_echo(0);
    struct trip *trip = trip_start(&view, &plan, take_and_start, &next);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_ptr_nonnull(next);
    trip_done(next);
    trip_done(trip);
}
END_TEST

START_TEST(closing_the_link_ends_every_trip)
{
    struct seen seen[2] = {{0}};
    kill(server.pid, SIGSTOP);
    struct trip *trip = start_trip(5, &seen[0]);
    trip_done(start_trip(5, &seen[1]));
    link_turn(view_link(&view, 0), 0);
    link_close(view_link(&view, 0));
    ck_assert_int_eq(seen[0].called, 1);
    ck_assert_int_eq(seen[0].lost, 5);
    ck_assert_int_eq(seen[1].called, 0);
    trip_done(trip);
    kill(server.pid, SIGCONT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *alone = tcase_create("alone"), *served = tcase_create("served");
    tcase_add_test(alone, a_plan_is_its_words_as_bytes);
    tcase_add_checked_fixture(served, start, stop);
    tcase_add_test(served, every_answer_is_where_its_ask_was);
    tcase_add_test(served, a_closed_link_answers_with_the_next_turn);
    tcase_add_test(served, a_connection_lost_on_the_way_leaves_what_had_come);
    tcase_add_test(served, an_answer_of_another_shape_is_lost_and_so_is_all_behind_it);
    tcase_add_test(served, an_error_is_an_answer_to_everything);
    tcase_add_test(served, a_trip_done_early_is_never_heard_of_again);
    tcase_add_test(served, a_trip_done_halfway_frees_what_had_come);
    tcase_add_test(served, a_trip_may_be_done_in_its_own_fn_and_in_that_of_another);
    tcase_add_test(served, an_fn_may_start_the_next_trip);
    tcase_add_test(served, closing_the_link_ends_every_trip);
    suite_add_tcase(suite, alone);
    suite_add_tcase(suite, served);
    return suite_end(suite);
}
