#include "stockfold/base/error.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

START_TEST(the_first_error_wins)
{
    struct error error = {0};
    ck_assert_int_eq(error_set(&error, ERROR_UNREACHABLE, "no %s", "Redis"), ERROR_UNREACHABLE);
    ck_assert_int_eq(error_set(&error, ERROR_DATA, "late"), ERROR_DATA);
    ck_assert_int_eq(error.code, ERROR_UNREACHABLE);
    ck_assert_str_eq(error.text, "no Redis");
}
END_TEST

START_TEST(a_cleared_error_takes_the_next)
{
    struct error error = {0};
    error_set(&error, ERROR_NO, "first");
    error_clear(&error);
    ck_assert_str_eq(error.text, "");
    error_set(&error, ERROR_STATE, "second");
    ck_assert_int_eq(error.code, ERROR_STATE);
    ck_assert_str_eq(error.text, "second");
}
END_TEST

START_TEST(a_long_message_is_cut)
{
    struct error error = {0};
    error_set(&error, ERROR_USAGE, "%2000d", 1);
    ck_assert_uint_eq(strlen(error.text), sizeof(error.text) - 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {the_first_error_wins, a_cleared_error_takes_the_next, a_long_message_is_cut};
    return SUITE_RUN("error", tests);
}
