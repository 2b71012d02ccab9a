/* What a pass of the sweep leaves behind: of a record, nothing settles behind something that did not. */
#include "../../src/ingest/sweep_pass.h"

#include "support/suite.h"

START_TEST(nothing_is_skipped_at_the_beginning_of_a_pass)
{
    struct sweep_pass pass;
    sweep_pass_init(&pass);
    ck_assert(!sweep_pass_is_on(&pass));
    for (int64_t began_us = 1; began_us < 4; began_us++) {
        sweep_pass_begin(&pass, began_us);
        ck_assert(sweep_pass_is_on(&pass));
        for (uint32_t hash = 0; hash < 1000; hash++)
            ck_assert(!sweep_pass_is_skipped(&pass, hash));
        sweep_pass_skip(&pass, 77);
        ck_assert(sweep_pass_is_skipped(&pass, 77));
        sweep_pass_end(&pass);
    }
    ck_assert(!sweep_pass_is_on(&pass));
}
END_TEST

START_TEST(an_event_behind_the_pass_keeps_its_record_from_settling_and_one_ahead_does_not)
{
    struct sweep_pass pass;
    sweep_pass_init(&pass);
    sweep_pass_add_event(&pass, 5, 1); /* none is on */
    sweep_pass_begin(&pass, 1);
    sweep_pass_add_event(&pass, 5, 1); /* nor did this one go anywhere */
    ck_assert(!sweep_pass_is_skipped(&pass, 1));
    pass.from = 10;
    sweep_pass_add_event(&pass, 10, 2);
    ck_assert(!sweep_pass_is_skipped(&pass, 2));
    sweep_pass_add_event(&pass, 9, 2);
    ck_assert(sweep_pass_is_skipped(&pass, 2));
    sweep_pass_end(&pass);
}
END_TEST

START_TEST(two_records_that_share_a_mark_in_one_pass_do_not_share_it_in_all)
{
    struct sweep_pass pass;
    sweep_pass_init(&pass);
    sweep_pass_begin(&pass, 1);
    sweep_pass_skip(&pass, 0);
    uint32_t other = 1;
    while (!sweep_pass_is_skipped(&pass, other))
        other++;
    sweep_pass_end(&pass);
    int shared = 0;
    for (int64_t began_us = 2; began_us < 12; began_us++) {
        sweep_pass_begin(&pass, began_us);
        sweep_pass_skip(&pass, 0);
        shared += sweep_pass_is_skipped(&pass, other);
        sweep_pass_end(&pass);
    }
    ck_assert_int_lt(shared, 10);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_is_skipped_at_the_beginning_of_a_pass,
        an_event_behind_the_pass_keeps_its_record_from_settling_and_one_ahead_does_not,
        two_records_that_share_a_mark_in_one_pass_do_not_share_it_in_all,
    };
    return SUITE_RUN("sweep_pass", tests);
}
