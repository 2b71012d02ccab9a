/* What brokers' clocks show, by their stamps and a steady clock. Kafka time is the steady time and an offset here. */
#include "../../src/ingest/broker_clock.h"

#include "stockfold/core/event.h"
#include "support/suite.h"

#define SECOND INT64_C(1000000)
#define OFFSET INT64_C(1700000000000)

static struct broker_clocks clocks;

/* A stamp that was given so many ms before it came, at that second. */
static int64_t saw(int32_t broker, int64_t second, int64_t ago_ms)
{
    return broker_clock_saw(&clocks, broker, OFFSET + second * 1000 - ago_ms, second * SECOND);
}

static int64_t at(int32_t broker, int64_t second)
{
    return broker_clock_at(&clocks, broker, second * SECOND) - OFFSET - second * 1000;
}

START_TEST(the_newest_stamp_is_the_least_that_a_clock_shows)
{
    ck_assert_int_eq(broker_clock_at(&clocks, 1, SECOND), TIME_NONE);
    saw(1, 10, 5000);
    ck_assert_int_eq(at(1, 20), -5000);
    saw(1, 30, 20);
    ck_assert_int_eq(at(1, 40), -20);
    saw(1, 50, 90000); /* history, read late */
    ck_assert_int_eq(at(1, 60), -20);
}
END_TEST

START_TEST(an_answer_bounds_a_clock_on_both_sides)
{
    broker_clock_answered(&clocks, 1, OFFSET + 10005, 10 * SECOND, 10 * SECOND + 30000);
    ck_assert_int_eq(at(1, 20), -25);
    ck_assert_int_eq(saw(1, 21, 0), 0);
    ck_assert_int_eq(at(1, 30), 0);
    ck_assert_int_eq(saw(1, 31, -3600 * 1000), 3600 * 1000 - 5); /* stamped by a clock an hour ahead */
    ck_assert_int_eq(at(1, 40), 0);
    broker_clock_answered(&clocks, 1, OFFSET + 50000 - 7000, 50 * SECOND, 50 * SECOND); /* set back by seven seconds */
    ck_assert_int_eq(at(1, 60), -7000);
}
END_TEST

START_TEST(a_broker_is_asked_at_the_start_and_where_nothing_newer_came_for_a_minute)
{
    ck_assert(broker_clock_is_to_be_asked(&clocks, 1, 10 * SECOND));
    ck_assert(!broker_clock_is_to_be_asked(&clocks, 1, 11 * SECOND)); /* the answer is on its way */
    broker_clock_answered(&clocks, 1, OFFSET + 12000, 12 * SECOND, 12 * SECOND);
    ck_assert(!broker_clock_is_to_be_asked(&clocks, 1, 71 * SECOND));
    saw(1, 60, 10);
    ck_assert(!broker_clock_is_to_be_asked(&clocks, 1, 119 * SECOND));
    saw(1, 119, 60000); /* history shows nothing of now */
    ck_assert(broker_clock_is_to_be_asked(&clocks, 1, 120 * SECOND));
    ck_assert(!broker_clock_is_to_be_asked(&clocks, 1, 121 * SECOND));
}
END_TEST

START_TEST(who_is_doubted_is_asked_soon)
{
    ck_assert(broker_clock_is_to_be_asked(&clocks, 1, 10 * SECOND));
    broker_clock_answered(&clocks, 1, OFFSET + 10000, 10 * SECOND, 10 * SECOND);
    saw(1, 11, -30000);
    ck_assert(!broker_clock_is_to_be_asked(&clocks, 1, 12 * SECOND));
    ck_assert(broker_clock_is_to_be_asked(&clocks, 1, 20 * SECOND));
    broker_clock_answered(&clocks, 1, OFFSET + 50000, 20 * SECOND, 20 * SECOND); /* it was set, by thirty seconds */
    ck_assert_int_eq(saw(1, 21, -30000), 0);
    ck_assert_int_eq(at(1, 30), 30000);
}
END_TEST

START_TEST(of_a_broker_that_cannot_be_asked_the_others_clocks_are_known)
{
    broker_clock_answered(&clocks, 1, OFFSET, 0, 0);
    broker_clock_answered(&clocks, 2, OFFSET - 500, 0, 0);
    ck_assert_int_eq(at(3, 10), -500);
    saw(3, 10, 86400000); /* a partition that is silent since yesterday */
    ck_assert_int_eq(at(3, 20), -500);
    saw(3, 20, 100);
    ck_assert_int_eq(at(3, 30), -100);
    ck_assert_int_eq(at(1, 30), 0);
    ck_assert_int_eq(broker_clocks_apart(&clocks), 500);
}
END_TEST

static void forget_clocks(void)
{
    broker_clocks_done(&clocks);
}

int main(void)
{
    Suite *suite = suite_create("broker_clock");
    TCase *tests = tcase_create("broker_clock");
    tcase_add_checked_fixture(tests, NULL, forget_clocks);
    tcase_add_test(tests, the_newest_stamp_is_the_least_that_a_clock_shows);
    tcase_add_test(tests, an_answer_bounds_a_clock_on_both_sides);
    tcase_add_test(tests, a_broker_is_asked_at_the_start_and_where_nothing_newer_came_for_a_minute);
    tcase_add_test(tests, who_is_doubted_is_asked_soon);
    tcase_add_test(tests, of_a_broker_that_cannot_be_asked_the_others_clocks_are_known);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
