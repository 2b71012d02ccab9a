/* How far partitions are complete, and which hours may settle. */
#include "stockfold/core/watermark.h"

#include "support/suite.h"

#define HOUR INT64_C(3600000)
#define WINDOW (72 * HOUR)
#define HISTORY (24 * HOUR)

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
    standing.newest = 140;
    ck_assert(watermark_advance(&watermark, &standing));
    ck_assert_int_eq(watermark.complete_to, 150);
    standing.complete_to = 120;
    standing.newest = TIME_NONE;
    ck_assert(watermark_advance(&watermark, &standing));
    ck_assert_int_eq(watermark.complete_to, 150);
    ck_assert_int_eq(watermark.newest, 140);
    ck_assert_uint_eq(watermark.digest, 11);
}
END_TEST

START_TEST(a_message_moves_all_of_a_watermark)
{
    struct watermark watermark = {.next = 12, .last_offset = 4, .digest = 11, .complete_to = 100, .newest = 70};

    watermark_pass(&watermark, 15, 12, 90);
    watermark_complete(&watermark, 90);
    ck_assert_int_eq(watermark.next, 16);
    ck_assert_int_eq(watermark.last_offset, 15);
    ck_assert_uint_eq(watermark.digest, 12);
    ck_assert_int_eq(watermark.complete_to, 100);
    ck_assert_int_eq(watermark.newest, 90);
    watermark_pass(&watermark, 16, 13, 80);
    watermark_complete(&watermark, TIME_NONE);
    ck_assert_int_eq(watermark.newest, 90);
    ck_assert_int_eq(watermark.complete_to, 100);
    watermark_complete(&watermark, 130);
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
    static const struct lateness_rule rule = {WINDOW, HISTORY};
    static const struct {
        const char *why;
        int64_t progress, kafka_time;
        bool settles;
    } rows[] = {
        {"the window and the slack have gone by since it ended", 10 * HOUR + WINDOW + HOUR, 10 * HOUR, true},
        {"not quite", 10 * HOUR + WINDOW + HOUR - 1, 10 * HOUR, false},
        {"it has history that came a day and the slack ago", 200 * HOUR, 200 * HOUR - HISTORY - HOUR, true},
        {"that came less than that ago", 200 * HOUR, 200 * HOUR - HISTORY - HOUR + 1, false},
        {"nothing is known of other partitions", TIME_NONE, 10 * HOUR, false},
    };

    for (int i = 0; i < 5; i++)
        ck_assert_msg(may_settle(&rule, HOUR, rows[i].progress, 9, rows[i].kafka_time) == rows[i].settles, "%s",
                      rows[i].why);
    ck_assert_int_eq(settles_at(&rule, HOUR, 9, 10 * HOUR), 10 * HOUR + WINDOW + HOUR);
    ck_assert_int_eq(settles_before(&rule, HOUR, 10 * HOUR + WINDOW + HOUR), 10);
    ck_assert_int_eq(settles_before(&rule, HOUR, 10 * HOUR + WINDOW + HOUR - 1), 9);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        watermark_moves_on_and_never_back,  standing_watermark_becomes_complete_to_later,
        a_message_moves_all_of_a_watermark, what_was_last_lies_before_what_is_next,
        hours_round_down_before_1970_too,   hour_settles_when_nothing_can_come_for_it_any_more,
    };
    return SUITE_RUN("watermark", tests);
}
