/* How far partitions are complete, and which hours may settle. */
#include "stockfold/core/watermark.h"

#include "support/suite.h"

#define HOUR INT64_C(3600000)
#define WINDOW (72 * HOUR)

START_TEST(watermark_moves_on_and_never_back)
{
    struct watermark watermark = watermark_none;
    const struct watermark first = {.next = 5, .last_offset = 4, .digest = 11, .complete_to = 100};
    const struct watermark second = {.next = 9, .last_offset = 8, .digest = 12, .complete_to = 90};

    ck_assert(watermark_advance(&watermark, &first));
    ck_assert_int_eq(watermark.complete_to, 100);
    ck_assert(watermark_advance(&watermark, &second));
    ck_assert_int_eq(watermark.next, 9);
    ck_assert_int_eq(watermark.last_offset, 8);
    ck_assert_uint_eq(watermark.digest, 12);
    ck_assert_int_eq(watermark.complete_to, 100);
    ck_assert(!watermark_advance(&watermark, &first));
    ck_assert_int_eq(watermark.next, 9);
}
END_TEST

START_TEST(standing_watermark_becomes_complete_to_later)
{
    struct watermark watermark = {.next = 5, .last_offset = 4, .digest = 11, .complete_to = 100};
    struct watermark standing = watermark;

    standing.complete_to = 150;
    ck_assert(watermark_advance(&watermark, &standing));
    ck_assert_int_eq(watermark.complete_to, 150);
    standing.complete_to = 120;
    ck_assert(watermark_advance(&watermark, &standing));
    ck_assert_int_eq(watermark.complete_to, 150);
    ck_assert_uint_eq(watermark.digest, 11);
}
END_TEST

START_TEST(a_message_moves_all_of_a_watermark)
{
    struct watermark watermark = {.next = 12, .last_offset = 4, .digest = 11, .complete_to = 100};

    watermark_pass(&watermark, 15, 12, 90);
    ck_assert_int_eq(watermark.next, 16);
    ck_assert_int_eq(watermark.last_offset, 15);
    ck_assert_uint_eq(watermark.digest, 12);
    ck_assert_int_eq(watermark.complete_to, 100);
    watermark_pass(&watermark, 16, 13, TIME_NONE);
    ck_assert_int_eq(watermark.complete_to, 100);
    watermark_pass(&watermark, 17, 13, 130);
    ck_assert_int_eq(watermark.complete_to, 130);
}
END_TEST

START_TEST(what_was_last_lies_before_what_is_next)
{
    struct watermark watermark = {.next = 110, .last_offset = 109};

    ck_assert(watermark_is_sound(&watermark_none));
    ck_assert(watermark_is_sound(&watermark));
    watermark.last_offset = 110;
    ck_assert(!watermark_is_sound(&watermark));
    watermark.last_offset = -2;
    ck_assert(!watermark_is_sound(&watermark));
}
END_TEST

START_TEST(progress_is_that_of_the_slowest_partition)
{
    struct watermark watermarks[] = {{.complete_to = 30}, {.complete_to = 10}, {.complete_to = 20}};

    ck_assert_int_eq(watermark_progress(watermarks, 3), 10);
    watermarks[2] = watermark_none;
    ck_assert_int_eq(watermark_progress(watermarks, 3), TIME_NONE);
    ck_assert_int_eq(watermark_progress(watermarks, 0), TIME_NONE);
}
END_TEST

START_TEST(hours_round_down_before_1970_too)
{
    ck_assert_int_eq(hour_of(0), 0);
    ck_assert_int_eq(hour_of(HOUR - 1), 0);
    ck_assert_int_eq(hour_of(HOUR), 1);
    ck_assert_int_eq(hour_of(-1), -1);
    ck_assert_int_eq(hour_of(-HOUR), -1);
    ck_assert_int_eq(hour_of(-HOUR - 1), -2);
    ck_assert_int_eq(hour_end(-1), 0);
    ck_assert_int_eq(hour_end(5), 6 * HOUR);
}
END_TEST

START_TEST(hour_settles_when_nothing_can_come_for_it_any_more)
{
    /* Hour 9 ends at 10 h; the window and an hour of slack later progress must have come by. */
    int64_t passed = 10 * HOUR + WINDOW + HOUR;
    static const struct {
        const char *why;
        int64_t newest, newest_kafka, progress_after;
        bool settles;
    } rows[] = {
        {"progress just there, an hour older than newest", 11 * HOUR, 80 * HOUR, 0, true},
        {"progress not there", 11 * HOUR, 80 * HOUR, -1, false},
        {"less than an hour older than newest", 11 * HOUR - 1, 80 * HOUR, 0, false},
        {"so, but quiet for more than the window", 11 * HOUR - 1, 11 * HOUR - 1, 0, true},
        {"so, and quiet for just the window", 11 * HOUR - 1, 11 * HOUR, 0, false},
        {"record without events", TIME_NONE, TIME_NONE, 0, false},
    };

    for (int i = 0; i < 6; i++)
        ck_assert_msg(may_settle(9, rows[i].newest, rows[i].newest_kafka, passed + rows[i].progress_after, WINDOW,
                                 SETTLE_SLACK_MS_DEFAULT) == rows[i].settles,
                      "%s", rows[i].why);
    ck_assert(!may_settle(9, 11 * HOUR, 80 * HOUR, TIME_NONE, WINDOW, SETTLE_SLACK_MS_DEFAULT));
}
END_TEST

START_TEST(if_an_hour_settles_so_does_every_earlier_one)
{
    for (int64_t progress = 70 * HOUR; progress < 120 * HOUR; progress += HOUR / 2)
        for (int64_t newest = 5 * HOUR; newest < 40 * HOUR; newest += HOUR / 2)
            for (int64_t hour = 1; hour < 40; hour++)
                ck_assert(!may_settle(hour, newest, 60 * HOUR, progress, WINDOW, HOUR) ||
                          may_settle(hour - 1, newest, 60 * HOUR, progress, WINDOW, HOUR));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        watermark_moves_on_and_never_back,
        standing_watermark_becomes_complete_to_later,
        a_message_moves_all_of_a_watermark,
        what_was_last_lies_before_what_is_next,
        progress_is_that_of_the_slowest_partition,
        hours_round_down_before_1970_too,
        hour_settles_when_nothing_can_come_for_it_any_more,
        if_an_hour_settles_so_does_every_earlier_one,
    };
    return SUITE_RUN("watermark", tests);
}
