/* Check programs: their runner. In a header, because what is compiled beside tests is linked to fuzz targets too, which
 * have no Check. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stddef.h>

/* Runs it, to which it belongs from now on; returns main's exit code. */
static inline int suite_end(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

/* A suite with one case of the tests given, each between `begin` and `end` (NULL: nothing), without a time limit of
 * Check's own: ctest has one. */
static inline int suite_run(const char *name, SFun begin, SFun end, const TTest *const *tests, size_t tests_n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < tests_n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}

#define SUITE_RUN(name, tests) SUITE_RUN_BETWEEN(name, NULL, NULL, tests)
#define SUITE_RUN_BETWEEN(name, begin, end, tests)                                                                     \
    suite_run(name, begin, end, tests, sizeof(tests) / sizeof((tests)[0]))

/* Bytes equal to a literal, shown when they are not. */
#define ASSERT_TEXT(bytes, length, expected)                                                                           \
    do {                                                                                                               \
        char shown[4096];                                                                                              \
        snprintf(shown, sizeof(shown), "%.*s", (int)(length), (const char *)(bytes));                                  \
        ck_assert_str_eq(shown, expected);                                                                             \
    } while (0)

#endif
