/* What the system's time zone database says. */
#include "stockfold/base/time_zone.h"

#include <stdlib.h>
#include <time.h>

#include "support/suite.h"

#define FROM_2026 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define TO_2027 INT64_C(1798761600000)

static struct time_zone_change changes[TIME_ZONE_CHANGES_MAX];
static bool known;

#define ASSERT_CHANGE(i, from, offset)                                                                                 \
    do {                                                                                                               \
        ck_assert_int_eq(changes[i].from_ms, from);                                                                    \
        ck_assert_int_eq(changes[i].seconds, offset);                                                                  \
    } while (0)

START_TEST(the_changes_of_a_year_are_exact)
{
    ck_assert_uint_eq(time_zone_changes("Europe/Madrid", FROM_2026, TO_2027, changes, &known), 3);
    ck_assert(known);
    ASSERT_CHANGE(0, FROM_2026, 3600);
    ASSERT_CHANGE(1, INT64_C(1774746000000), 7200); /* 2026-03-29T01:00:00Z */
    ASSERT_CHANGE(2, INT64_C(1792890000000), 3600); /* 2026-10-25T01:00:00Z */
    ck_assert_uint_eq(time_zone_changes("Australia/Lord_Howe", FROM_2026, TO_2027, changes, &known), 3);
    ASSERT_CHANGE(0, FROM_2026, 39600);
    ASSERT_CHANGE(1, INT64_C(1775314800000), 37800); /* 2026-04-04T15:00:00Z */
    ASSERT_CHANGE(2, INT64_C(1791041400000), 39600); /* 2026-10-03T15:30:00Z */
    ck_assert_uint_eq(time_zone_changes("Asia/Kolkata", FROM_2026, TO_2027, changes, &known), 1);
    ASSERT_CHANGE(0, FROM_2026, 19800);
}
END_TEST

START_TEST(a_day_left_out_is_one_change)
{
    int64_t skipped = INT64_C(1325239200000); /* 2011-12-30T10:00:00Z */
    ck_assert_uint_eq(time_zone_changes("Pacific/Apia", skipped - 86400000, skipped + 86400000, changes, &known), 2);
    ASSERT_CHANGE(1, skipped, 50400);
}
END_TEST

START_TEST(a_change_counts_from_its_second_to_the_last_asked_for)
{
    int64_t change = INT64_C(1774746000000);
    ck_assert_uint_eq(time_zone_changes("Europe/Madrid", change, change + 1000, changes, &known), 1);
    ASSERT_CHANGE(0, change, 7200);
    ck_assert_uint_eq(time_zone_changes("Europe/Madrid", change - 1, change, changes, &known), 2);
    ASSERT_CHANGE(0, change - 1, 3600);
    ASSERT_CHANGE(1, change, 7200);
    ck_assert_uint_eq(time_zone_changes("Europe/Madrid", change - 2000, change - 1, changes, &known), 1);
}
END_TEST

START_TEST(more_changes_than_there_is_room_for_are_the_first_ones)
{
    ck_assert_uint_eq(
        time_zone_changes("Europe/Madrid", FROM_2026, FROM_2026 + 50 * INT64_C(31557600000), changes, &known),
        TIME_ZONE_CHANGES_MAX);
    for (int i = 1; i < TIME_ZONE_CHANGES_MAX; i++)
        ck_assert_int_gt(changes[i].from_ms, changes[i - 1].from_ms);
}
END_TEST

START_TEST(what_is_no_zone_is_utc_and_said_so)
{
    static const char *const names[] = {"",
                                        "Europe/Atlantis",
                                        "Europe",
                                        "zone.tab",
                                        "/etc/localtime",
                                        ":Europe/Madrid",
                                        "../zoneinfo/Europe/Madrid",
                                        "Europe/../Europe/Madrid",
                                        "CET-1CEST"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ck_assert_uint_eq(time_zone_changes(names[i], FROM_2026, TO_2027, changes, &known), 1);
        ck_assert_msg(!known, "%s", names[i]);
        ASSERT_CHANGE(0, FROM_2026, 0);
    }
    ck_assert_uint_eq(time_zone_changes("UTC", FROM_2026, TO_2027, changes, &known), 1);
    ck_assert(known);
}
END_TEST

START_TEST(the_zone_of_the_process_is_put_back)
{
    time_t now = FROM_2026 / 1000;
    struct tm local;
    setenv("TZ", "America/New_York", 1);
    tzset();
    time_zone_changes("Asia/Kolkata", FROM_2026, TO_2027, changes, &known);
    ck_assert_str_eq(getenv("TZ"), "America/New_York");
    ck_assert_int_eq(localtime_r(&now, &local)->tm_gmtoff, -18000);
    unsetenv("TZ");
    time_zone_changes("Asia/Kolkata", FROM_2026, TO_2027, changes, &known);
    ck_assert_ptr_null(getenv("TZ"));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        the_changes_of_a_year_are_exact,
        a_day_left_out_is_one_change,
        a_change_counts_from_its_second_to_the_last_asked_for,
        more_changes_than_there_is_room_for_are_the_first_ones,
        what_is_no_zone_is_utc_and_said_so,
        the_zone_of_the_process_is_put_back,
    };
    return SUITE_RUN("time_zone", tests);
}
