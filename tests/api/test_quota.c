/* What each may spend, counted by several workers in one memory. */
#include "stockfold/api/quota.h"

#include <check.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/suite.h"

static struct api_quotas quotas;
static const struct quota ten_a_second = {10, 1000};
static int64_t wait_ms;

static uint64_t who_of(int number)
{
    return quota_who(STR("holds"), (struct str){(const char *)&number, sizeof(number)});
}

static int spend_all(uint64_t who, int64_t now_ms)
{
    int n = 0;
    while (quota_spend(&quotas, who, ten_a_second, 1, now_ms, &wait_ms))
        n++;
    return n;
}

START_TEST(a_quota_may_be_spent_at_once_and_comes_back_evenly)
{
    uint64_t who = who_of(1);
    ck_assert_int_eq(spend_all(who, 1000000), 10);
    ck_assert_int_eq(wait_ms, 100);
    ck_assert_int_eq(spend_all(who, 1000099), 0);
    ck_assert_int_eq(wait_ms, 1);
    ck_assert_int_eq(spend_all(who, 1000100), 1);
    ck_assert_int_eq(spend_all(who, 1000600), 5);
    ck_assert_int_eq(spend_all(who, 9000000), 10);
}
END_TEST

START_TEST(several_units_are_spent_together_or_not_at_all)
{
    uint64_t who = who_of(1);
    ck_assert(quota_spend(&quotas, who, ten_a_second, 7, 1000, &wait_ms));
    ck_assert(!quota_spend(&quotas, who, ten_a_second, 4, 1000, &wait_ms));
    ck_assert_int_eq(wait_ms, 100);
    ck_assert(quota_spend(&quotas, who, ten_a_second, 3, 1000, &wait_ms));
    ck_assert(!quota_spend(&quotas, who, ten_a_second, 11, 900000, &wait_ms));
    ck_assert_int_eq(wait_ms, 1000);
}
END_TEST

START_TEST(nobody_is_refused_for_another)
{
    for (int number = 0; number < 100000; number++)
        ck_assert(quota_spend(&quotas, who_of(number), ten_a_second, 10, 1000, &wait_ms));
    ck_assert_int_eq(spend_all(quota_who(STR("holds"), STR("ab")), 1000000), 10);
    ck_assert_int_eq(spend_all(quota_who(STR("holdsa"), STR("b")), 1000000), 10);
}
END_TEST

/* As nginx' workers: processes that share a mapping. */
START_TEST(several_processes_spend_one_quota)
{
    enum { PROCESSES = 4, UNITS = 100000 };
    struct shared {
        struct api_quotas quotas;
        int64_t spent;
    } *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    uint64_t who = who_of(1);
    const struct quota quota = {UNITS, UNITS};
    ck_assert(quota_spend(&shared->quotas, who, quota, 1, 1000, &wait_ms));
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            int64_t n = 0;
            while (quota_spend(&shared->quotas, who, quota, 1, 1000, &wait_ms))
                n++;
            __atomic_fetch_add(&shared->spent, n, __ATOMIC_SEQ_CST);
            _exit(0);
        }
    for (int i = 0; i < PROCESSES; i++)
        ck_assert_int_gt(wait(NULL), 0);
    ck_assert_int_eq(shared->spent, UNITS - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_quota_may_be_spent_at_once_and_comes_back_evenly,
                                  several_units_are_spent_together_or_not_at_all, nobody_is_refused_for_another,
                                  several_processes_spend_one_quota};
    return SUITE_RUN("quota", tests);
}
