#include "stockfold/codec/time_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/suite.h"

static int64_t parsed(const char *text)
{
    int64_t ms = -1;
    return time_parse((struct str){text, strlen(text)}, &ms) ? ms : -1;
}

START_TEST(times_of_every_spelling_are_taken)
{
    ck_assert_int_eq(parsed("1970-01-01T00:00:00Z"), 0);
    ck_assert_int_eq(parsed("2026-11-21T10:02:11.250Z"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21t10:02:11.250z"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21T11:02:11.250+01:00"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21T00:32:11.250-09:30"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21T10:02:11.25Z"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21T10:02:11.2509999999999999999999Z"), INT64_C(1795255331250));
    ck_assert_int_eq(parsed("2026-11-21T10:02:11-00:00"), INT64_C(1795255331000));
    ck_assert_int_eq(parsed("2100-12-31T23:59:59.9999Z"), INT64_C(4133980799999));
    ck_assert_int_eq(parsed("2000-02-29T00:00:00Z"), INT64_C(951782400000));
}
END_TEST

START_TEST(a_leap_second_counts_as_the_end_of_the_one_before)
{
    ck_assert_int_eq(parsed("2016-12-31T23:59:60Z"), parsed("2016-12-31T23:59:59.999Z"));
    ck_assert_int_eq(parsed("2017-01-01T08:59:60.5+09:00"), parsed("2016-12-31T23:59:59.999Z"));
    ck_assert_int_eq(parsed("2016-12-31T23:58:60Z"), -1);
}
END_TEST

START_TEST(anything_else_is_no_time)
{
    static const char *const wrong[] = {
        "",
        "Z",
        "2026-11-21",
        "2026-11-21T10:02Z",
        "2026-11-21T10:02:11",
        "2026-11-21 10:02:11Z",
        "2026-11-21T10:02:11 Z",
        "2026-11-21T10:02:11.Z",
        "2026-11-21T10:02:11,5Z",
        "2026-11-21T10:02:11Zx",
        "2026-11-21T10:02:11+0100",
        "2026-11-21T10:02:11+01",
        "2026-11-21T10:02:11+24:00",
        "2026-11-21T10:02:11+01:60",
        "2026-11-21T10:02:11*01:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T10:60:00Z",
        "2026-11-21T10:02:61Z",
        "2026-00-21T10:02:11Z",
        "2026-13-21T10:02:11Z",
        "2026-11-00T10:02:11Z",
        "2026-11-31T10:02:11Z",
        "2026-02-29T10:02:11Z",
        "2100-02-29T10:02:11Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "2101-01-01T00:00:00Z",
        "2100-12-31T23:59:59-00:01",
        "+026-11-21T10:02:11Z",
        "20a6-11-21T10:02:11Z",
        "2026/11/21T10:02:11Z",
        "2026-1-21T10:02:11.0Z",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(parsed(wrong[i]) == -1, "taken: %s", wrong[i]);
}
END_TEST

static const struct {
    const char *text, *flaw;
} flaws[] = {
    {"", "is no time as RFC 3339"},
    {"soon", "is no time as RFC 3339"},
    {"1795255331", "is no time as RFC 3339"},
    {"21.11.2026 10:02", "is no time as RFC 3339"},
    {"2026-11-21 10:02:11Z", "is no time as RFC 3339"},
    {"2026-11-21T10:02", "is no time as RFC 3339"},
    {"2026-11-21", "has no time of day"},
    {"2026-02-29T10:02:11Z", "names a day that does not exist"},
    {"2026-13-01", "names a day that does not exist"},
    {"2026-11-21T24:00:00Z", "names a time of day that does not exist"},
    {"2026-11-21T10:02:61Z", "names a time of day that does not exist"},
    {"2026-11-21T10:02:11", "has no Z or offset"},
    {"2026-11-21t10:02:11.250", "has no Z or offset"},
    {"2026-11-21T10:02:11+0100", "ends in something other than Z, +HH:MM or -HH:MM"},
    {"2026-11-21T10:02:11 UTC", "ends in something other than Z, +HH:MM or -HH:MM"},
    {"2026-11-21T10:02:11.Z", "ends in something other than Z, +HH:MM or -HH:MM"},
    {"2026-11-21T10:02:60Z", "names a second 60 that was no leap second"},
    {"1969-12-31T23:59:59Z", "lies outside the years 1970 to 2100"},
    {"2101-01-01T00:00:00Z", "lies outside the years 1970 to 2100"},
};

START_TEST(what_keeps_a_text_from_being_a_time_is_said)
{
    ck_assert_int_eq(parsed(flaws[_i].text), -1);
    ck_assert_str_eq(time_flaw((struct str){flaws[_i].text, strlen(flaws[_i].text)}), flaws[_i].flaw);
}
END_TEST

START_TEST(times_are_written_in_one_spelling)
{
    char text[TIME_TEXT_MAX];
    ASSERT_TEXT(text, time_format(0, text), "1970-01-01T00:00:00Z");
    ASSERT_TEXT(text, time_format(INT64_C(1795255331250), text), "2026-11-21T10:02:11.250Z");
    ASSERT_TEXT(text, time_format(INT64_C(1795255331007), text), "2026-11-21T10:02:11.007Z");
    ASSERT_TEXT(text, time_format(INT64_C(4133980799999), text), "2100-12-31T23:59:59.999Z");
    ASSERT_TEXT(text, time_format(INT64_MIN, text), "1970-01-01T00:00:00Z");
    ASSERT_TEXT(text, time_format(INT64_MAX, text), "9999-12-31T23:59:59.999Z");
}
END_TEST

START_TEST(every_day_is_the_same_as_the_c_library_says)
{
    for (int64_t day = 0; day < 47847; day++) { /* to the end of 2100 */
        char text[TIME_TEXT_MAX], expected[40];
        time_t noon = (time_t)(day * 86400 + 43200);
        struct tm utc;
        gmtime_r(&noon, &utc);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &utc);
        size_t len = time_format((int64_t)noon * 1000, text);
        ASSERT_TEXT(text, len, expected);
        ck_assert_int_eq(parsed(expected), (int64_t)noon * 1000);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time_text");
    TCase *tcase = tcase_create("time_text");
    tcase_add_test(tcase, times_of_every_spelling_are_taken);
    tcase_add_test(tcase, a_leap_second_counts_as_the_end_of_the_one_before);
    tcase_add_test(tcase, anything_else_is_no_time);
    tcase_add_loop_test(tcase, what_keeps_a_text_from_being_a_time_is_said, 0, sizeof(flaws) / sizeof(flaws[0]));
    tcase_add_test(tcase, times_are_written_in_one_spelling);
    tcase_add_test(tcase, every_day_is_the_same_as_the_c_library_says);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
