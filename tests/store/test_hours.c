/* The hours in front of a record. */

#include "stockfold/store/hours.h"
#include "support/suite.h"

static struct hours hours;
static uint64_t seen_n;
static int64_t seen[HOURS_RANGES_MAX], seen_last[HOURS_RANGES_MAX];

static void see(void *context, int64_t first, int64_t last)
{
    (void)context;
    seen_last[seen_n] = last;
    seen[seen_n++] = first;
}

static void look(void)
{
    seen_n = 0;
    hours_each(&hours, see, NULL);
}

/* Written and read back, with a record's bytes behind. */
static void round_trip(void)
{
    struct buffer bytes;
    struct hours back;
    struct str packed;
    buffer_init(&bytes);
    hours_write(&hours, &bytes);
    buffer_add_literal(&bytes, "record");
    ck_assert(hours_read((struct str){bytes.data, bytes.len}, &back, &packed));
    ck_assert(str_equal(packed, STR("record")));
    ck_assert(back.any == hours.any && back.based == hours.based);
    ck_assert(back.older_n == hours.older_n && back.older_size == hours.older_size);
    ck_assert(memcmp(back.older, hours.older, hours.older_n * sizeof(hours.older[0])) == 0);
    ck_assert(!hours.any || (back.newest == hours.newest && memcmp(back.bits, hours.bits, sizeof(back.bits)) == 0));
    for (size_t len = 1; len + 6 < bytes.len; len++)
        ck_assert(!hours_read((struct str){bytes.data, len}, &back, &packed));
    buffer_done(&bytes);
}

START_TEST(hours_are_kept_in_any_order_and_once)
{
    static const int64_t added[] = {490000, 489990, 490003, 490000, 489884};
    hours = (struct hours){0};
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
        hours_add(&hours, added[i]);
        round_trip();
    }
    look();
    ck_assert_uint_eq(seen_n, 4);
    ck_assert(seen[0] == 490003 && seen[1] == 490000 && seen[2] == 489990 && seen[3] == 489884);
    ck_assert_uint_eq(hours.older_n, 0);
}
END_TEST

START_TEST(hours_far_before_the_newest_are_known_one_by_one)
{
    hours = (struct hours){0};
    hours_add(&hours, -5);
    hours_add(&hours, HOURS_MAX - 6);
    ck_assert_uint_eq(hours.older_n, 0);
    hours_add(&hours, HOURS_MAX - 5);
    ck_assert_uint_eq(hours.older_n, 1);
    hours_add(&hours, -100);
    hours_add(&hours, -50);
    hours_add(&hours, -100);
    round_trip();
    look();
    ck_assert_uint_eq(seen_n, 5);
    ck_assert(seen[0] == HOURS_MAX - 5 && seen[1] == HOURS_MAX - 6);
    ck_assert(seen[2] == -5 && seen[3] == -50 && seen[4] == -100 && seen_last[4] == -100);
    ck_assert(hours_has(&hours, -50) && !hours_has(&hours, -51) && !hours_has(&hours, -1000));
    ck_assert_int_eq(hours_oldest(&hours), -100);
    hours_drop(&hours, -50);
    ck_assert_int_eq(hours_oldest(&hours), -5);
    round_trip();
    hours_drop(&hours, -5);
    ck_assert(hours.any && hours.older_n == 0);
}
END_TEST

/* A year of events, each add in or out of order: every hour is in some block, and there are few enough. */
START_TEST(many_hours_far_before_the_newest_are_known_in_blocks)
{
    enum { YEAR = 8760, STRIDE = 35, N = YEAR / STRIDE };
    for (int way = 0; way < 2; way++) {
        hours = (struct hours){0};
        for (int i = 0; i < N; i++)
            hours_add(&hours, 480000 + (way == 0 ? i : N - 1 - i) * STRIDE);
        for (int i = 0; i < N; i++)
            ck_assert(hours_has(&hours, 480000 + i * STRIDE));
        ck_assert(hours.older_n > 0 && hours.older_n <= HOURS_OLDER_MAX && hours.older_size == 9);
        ck_assert(hours_oldest(&hours) >= 480000);
        round_trip();
        look();
        ck_assert(seen_last[seen_n - 1] - seen[seen_n - 1] == (1 << hours.older_size) - 1);
        ck_assert(hours_are_among(&hours,
                                  &(struct hours){.any = true,
                                                  .newest = hours.newest,
                                                  .bits = {hours.bits[0], hours.bits[1]}})); /* a block may be empty */
        hours_drop(&hours, 480000 + YEAR / 2);
        ck_assert(!hours_has(&hours, 480000) && hours_has(&hours, 480000 + N / 2 * STRIDE + STRIDE));
        round_trip();
        hours_drop(&hours, hours.newest);
        ck_assert(!hours.any && hours.older_n == 0 && hours.older_size == 0);
    }
}
END_TEST

START_TEST(dropped_hours_are_gone_and_none_is_one_byte)
{
    hours = (struct hours){0};
    round_trip();
    hours_add(&hours, 10);
    hours_add(&hours, 12);
    ck_assert_int_eq(hours_oldest(&hours), 10);
    hours_drop(&hours, 10);
    ck_assert_int_eq(hours_oldest(&hours), 12);
    look();
    ck_assert(seen_n == 1 && seen[0] == 12);
    hours_drop(&hours, 11);
    ck_assert(hours.any);
    hours_drop(&hours, 12);
    ck_assert(!hours.any);
    struct buffer bytes;
    buffer_init(&bytes);
    hours_write(&hours, &bytes);
    ck_assert_uint_eq(bytes.len, 1);
    buffer_done(&bytes);
}
END_TEST

START_TEST(a_base_of_its_own_is_known_until_all_is_settled)
{
    hours = (struct hours){0};
    hours_add(&hours, 7);
    hours.based = true;
    hours_add(&hours, 7 + HOURS_MAX - 1);
    ck_assert(hours.based && hours.older_n == 0);
    round_trip();
    hours.past.marks_n = LATENESS_MARKS;
    hours_add(&hours, 7 + HOURS_MAX);
    ck_assert(hours.based && hours.older_n == 1);
    round_trip();
    hours_drop(&hours, 7 + HOURS_MAX - 1);
    ck_assert(hours.any && hours.based);
    hours_drop(&hours, 7 + HOURS_MAX);
    ck_assert(!hours.any && !hours.based);
}
END_TEST

START_TEST(an_hour_that_was_not_found_is_missed)
{
    struct hours found = {0};
    hours = (struct hours){0};
    ck_assert(hours_are_among(&hours, &found));
    hours_add(&hours, 20);
    hours_add(&hours, 10);
    ck_assert(!hours_are_among(&hours, &found));
    hours_add(&found, 20);
    ck_assert(!hours_are_among(&hours, &found));
    hours_add(&found, 10);
    ck_assert(hours_are_among(&hours, &found));
    hours_add(&found, 15);
    hours_add(&found, 30);
    ck_assert(hours_are_among(&hours, &found));
    ck_assert(hours_has(&found, 15) && !hours_has(&found, 16) && !hours_has(&found, 31));
    hours_add(&found, 10 + HOURS_MAX);
    ck_assert(hours_are_among(&hours, &found));
    hours_add(&hours, 10 - HOURS_MAX);
    ck_assert(!hours_are_among(&hours, &found));
    hours_add(&found, 10 - HOURS_MAX);
    ck_assert(hours_are_among(&hours, &found));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hours");
    TCase *tcase = tcase_create("hours");
    tcase_add_test(tcase, hours_are_kept_in_any_order_and_once);
    tcase_add_test(tcase, hours_far_before_the_newest_are_known_one_by_one);
    tcase_add_test(tcase, many_hours_far_before_the_newest_are_known_in_blocks);
    tcase_add_test(tcase, dropped_hours_are_gone_and_none_is_one_byte);
    tcase_add_test(tcase, a_base_of_its_own_is_known_until_all_is_settled);
    tcase_add_test(tcase, an_hour_that_was_not_found_is_missed);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
