#include "stockfold/base/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static void expect_value(const char *written, const char *expected)
{
    struct buffer value;
    struct error error = {0};
    buffer_init(&value);
    ck_assert_msg(secrets_expand(written, &value, &error) == 0, "%s", error.text);
    ck_assert_str_eq(value.data, expected);
    buffer_done(&value);
}

START_TEST(variables_of_the_environment_stand_for_their_text)
{
    setenv("A_SECRET", "s3$cr{et}", 1);
    setenv("EMPTY", "", 1);
    expect_value("${A_SECRET}", "s3$cr{et}");
    expect_value("redis://:${A_SECRET}@${EMPTY}host", "redis://:s3$cr{et}@host");
    expect_value("$${A_SECRET} $$", "${A_SECRET} $$");
    expect_value("$A_SECRET ${} ${1 ${A-B} $", "$A_SECRET ${} ${1 ${A-B} $");
    expect_value("", "");
}
END_TEST

START_TEST(a_variable_that_is_not_set_is_named)
{
    struct buffer value;
    struct error error = {0};
    buffer_init(&value);
    unsetenv("MISSING_SECRET");
    ck_assert_int_eq(secrets_expand("x${MISSING_SECRET}", &value, &error), ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error.text, "MISSING_SECRET"));
    buffer_done(&value);
}
END_TEST

START_TEST(passwords_are_not_shown)
{
    static const char *const masked[][2] = {
        {"redis://me:pw@host:1/2", "redis://me:***@host:1/2"},
        {"redis://:p@ss/w:rd@host", "redis://:***@host"},
        {"rediss://host:1/2", "rediss://host:1/2"},
        {"me:pw@host", "me:***@host"},
        {"redis.url=redis:/x:pw@host", "redis.url=redis:***@host"},
        {"a@b:c", "a@b:c"},
        {"", ""},
    };
    char text[MASKED_MAX];
    for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
        secrets_mask(masked[i][0], text);
        ck_assert_str_eq(text, masked[i][1]);
    }
    char large[1000];
    memset(large, 'x', sizeof(large));
    memcpy(large, "redis://me:", 11);
    strcpy(large + 990, "@host");
    secrets_mask(large, text);
    ck_assert_str_eq(text, "redis://me:***@host");
}
END_TEST

START_TEST(secrets_are_known_by_their_names)
{
    ck_assert(secrets_named("sasl.password") && secrets_named("ssl.key.password") && secrets_named("ssl.key.pem"));
    ck_assert(secrets_named("sasl.oauthbearer.client.secret") && secrets_named("sasl.oauthbearer.config"));
    ck_assert(!secrets_named("bootstrap.servers"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {variables_of_the_environment_stand_for_their_text,
                                  a_variable_that_is_not_set_is_named, passwords_are_not_shown,
                                  secrets_are_known_by_their_names};
    return SUITE_RUN("secrets", tests);
}
