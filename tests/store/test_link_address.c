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

START_TEST(addresses_of_tls_and_of_sockets_are_read)
{
    struct link_address address;
    struct error error = {0};
    ck_assert_int_eq(link_address_parse("rediss://me:pw@redis.example/1", &address, &error), 0);
    ck_assert(address.tls && address.port == 6379 && address.db == 1);
    ck_assert_str_eq(address.host, "redis.example");
    ck_assert_int_eq(link_address_parse("unix:///run/redis/a%20socket", &address, &error), 0);
    ck_assert(!address.tls && address.db == 0);
    ck_assert_str_eq(address.path, "/run/redis/a socket");
    ck_assert_int_eq(link_address_parse("unix://me:p%2fw@/run/redis.sock?db=7", &address, &error), 0);
    ck_assert_str_eq(address.path, "/run/redis.sock");
    ck_assert_str_eq(address.user, "me");
    ck_assert_str_eq(address.password, "p/w");
    ck_assert_int_eq(address.db, 7);
}
END_TEST

START_TEST(a_name_for_messages_has_no_secrets)
{
    static const char *const named[][2] = {{"redis://me:secret@h:7000/3", "h:7000"},
                                           {"rediss://:secret@[::1]", "[::1]:6379"},
                                           {"unix://me:secret@/run/redis.sock?db=2", "unix:/run/redis.sock"}};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        struct link_address address;
        struct error error = {0};
        char name[LINK_NAME_MAX];
        ck_assert_int_eq(link_address_parse(named[i][0], &address, &error), 0);
        link_address_name(&address, name);
        ck_assert_str_eq(name, named[i][1]);
    }
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
        "redis:///h",
        "rediss://",
        "unix://",
        "unix://host/path",
        "unix:///path?db=x",
        "unix:///path?db=1&x",
        "unix:///path?name=1",
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
    const TTest *const tests[] = {addresses_are_read, addresses_of_tls_and_of_sockets_are_read,
                                  a_name_for_messages_has_no_secrets, what_is_no_address_is_refused};
    return SUITE_RUN("link_address", tests);
}
