/* Noticing that stock is looked up: not by folds' own commits, and whatever Redis says of itself. */
#include <stdio.h>

#include "stockfold/store/readers.h"
#include "store/support/committing.h"
#include "support/suite.h"

enum { SECOND_US = 1000 * 1000, READS = 400 };

static struct readers readers;

static void begin(void)
{
    start();
    readers = (struct readers){0};
}

/* Whether somebody read until then. */
static bool there_at(int64_t now_us)
{
    readers_tend(&readers, admin, now_us);
    ck_assert(link_drain(admin, TIMEOUT_MS));
    return readers_there(&readers, now_us);
}

static void look_up(void)
{
    for (int i = 0; i < READS; i++)
        redis_do(admin, "HMGET sf:{2}:r:sku-1 store-1");
}

START_TEST(lookups_are_noticed_for_a_second)
{
    look_up();
    ck_assert(!there_at(SECOND_US)); /* how long they took is not known */
    ck_assert(!there_at(2 * SECOND_US));
    look_up();
    ck_assert(there_at(2 * SECOND_US + SECOND_US / 2));
    ck_assert(there_at(3 * SECOND_US));
    ck_assert(!there_at(3 * SECOND_US + SECOND_US / 2));
}
END_TEST

START_TEST(few_lookups_are_not_worth_it)
{
    there_at(SECOND_US);
    look_up();
    ck_assert(!there_at(2 * SECOND_US));
}
END_TEST

START_TEST(commits_are_no_lookups)
{
    prepare();
    there_at(SECOND_US);
    for (int i = 1; i <= READS; i++) {
        char token[24], next[24];
        snprintf(token, sizeof(token), "a.%d", i);
        snprintf(next, sizeof(next), "a.%d", i + 1);
        start_commit(token, next);
        ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    }
    ck_assert(!there_at(SECOND_US + SECOND_US / 2));
}
END_TEST

START_TEST(it_asks_ten_times_a_second_at_most)
{
    there_at(SECOND_US);
    readers_tend(&readers, admin, SECOND_US + SECOND_US / 11);
    ck_assert_uint_eq(link_outstanding(admin), 0);
    readers_tend(&readers, admin, SECOND_US + SECOND_US / 10);
    readers_tend(&readers, admin, 2 * SECOND_US);
    ck_assert_uint_eq(link_outstanding(admin), 1);
    ck_assert(link_drain(admin, TIMEOUT_MS));
}
END_TEST

START_TEST(counters_that_go_back_are_counted_from_there)
{
    look_up();
    there_at(SECOND_US);
    redis_do(admin, "CONFIG RESETSTAT");
    ck_assert(!there_at(SECOND_US + SECOND_US / 2));
    look_up();
    ck_assert(there_at(2 * SECOND_US));
}
END_TEST

START_TEST(a_server_that_does_not_tell_has_none)
{
    expect("ACL SETUSER default -info", "OK");
    there_at(SECOND_US);
    look_up();
    ck_assert(!there_at(SECOND_US + SECOND_US / 2));
    readers_tend(&readers, admin, 2 * SECOND_US);
    link_close(admin);
    ck_assert(!readers.asked && !readers_there(&readers, 2 * SECOND_US));
    readers_tend(&readers, admin, 3 * SECOND_US);
    ck_assert(!readers.asked);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("readers");
    TCase *tcase = tcase_create("readers");
    tcase_add_checked_fixture(tcase, begin, stop);
    tcase_add_test(tcase, lookups_are_noticed_for_a_second);
    tcase_add_test(tcase, few_lookups_are_not_worth_it);
    tcase_add_test(tcase, commits_are_no_lookups);
    tcase_add_test(tcase, it_asks_ten_times_a_second_at_most);
    tcase_add_test(tcase, counters_that_go_back_are_counted_from_there);
    tcase_add_test(tcase, a_server_that_does_not_tell_has_none);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
