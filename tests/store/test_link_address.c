/* Addresses of servers. */
#include "stockfold/store/link.h"
#include "support/suite.h"

START_TEST(addresses_are_read)
{
    struct link_address address;
    struct error error = {0};
    ck_assert_int_eq(link_address_parse("redis://redis.example", &address, &error), 0);
    ck_assert_str_eq(address.host, "redis.example");
    ck_assert_int_eq(address.port, 6379);
    ck_assert_int_eq(link_address_parse("redis://me:p%40ss%2fw@h:7000/3", &address, &error), 0);
    ck_assert_str_eq(address.user, "me");
    ck_assert_str_eq(address.password, "p@ss/w");
    ck_assert_int_eq(address.port, 7000);
    ck_assert_int_eq(address.db, 3);
    ck_assert_int_eq(link_address_parse("redis://:secret@[::1]:7000/", &address, &error), 0);
    ck_assert_str_eq(address.host, "::1");
    ck_assert_str_eq(address.user, "");
    ck_assert_str_eq(address.password, "secret");
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
    static const char *const wrong[] = {
        "",
        "redis:/h",
        "http://h",
        "redis://",
        "redis://:7000",
        "redis://h:",
        "redis://h:x",
        "redis://h:70000",
        "redis://h/x",
        "redis://h:1/2/3",
        "redis://[::1",
        "redis://u:%4@h",
        "redis://u:%4x@h",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct link_address address;
        struct error error = {0};
        ck_assert_msg(link_address_parse(wrong[i], &address, &error) == ERROR_USAGE, "%s", wrong[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {addresses_are_read, what_is_no_address_is_refused};
    return SUITE_RUN("link_address", tests);
}
