/* One Check program: a suite with one case of the tests given. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include <check.h>
#include <stddef.h>

/* Runs the tests without a time limit of Check's own (ctest has one); returns main's exit code. */
int suite_run(const char *name, const TTest *const *tests, size_t tests_n);

#define SUITE_RUN(name, tests) suite_run(name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
