/* What a shard forgets, keeps and counts, whatever becomes of its batches. */
#include "../../src/ingest/shard.h"

#include "ingest/support/still_engine.h"
#include "stockfold/base/clock.h"
#include "support/suite.h"

START_TEST(a_shard_that_forgets_keeps_its_messages_and_sends_them_anew)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 4);
    batch_free(still_batch(&still, 3));
    uint32_t generation = shard->generation;
    shard_forget(shard, 0);
    ck_assert_int_eq(shard->state, SHARD_UNKNOWN);
    ck_assert_uint_gt(shard->generation, generation);
    ck_assert_uint_eq(queue_waiting(&shard->queue), 5);
    ck_assert(!shard->preparing);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
}
END_TEST

START_TEST(what_a_lost_reply_leaves_is_tried_again_later_and_later_up_to_a_bound)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    int64_t before = 0;
    for (int i = 0; i < 3; i++) {
        shard_trouble(shard, REPLY_LOST, NULL);
        ck_assert_int_gt(shard->backoff_ms, before);
        before = shard->backoff_ms;
    }
    for (int i = 0; i < 20; i++)
        shard_trouble(shard, REPLY_LOST, NULL);
    int64_t bound = shard->backoff_ms;
    shard_trouble(shard, REPLY_LOST, NULL);
    ck_assert_int_eq(shard->backoff_ms, bound);
    shard_written(shard);
    ck_assert_int_eq(shard->backoff_ms, 0);
    still_engine_done(&still);
}
END_TEST

START_TEST(what_was_settled_stays_settled)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    shard_note_settled(shard, TIME_NONE);
    ck_assert_int_eq(shard->settled, TIME_NONE);
    shard_note_settled(shard, 500);
    shard_note_settled(shard, 490);
    shard_note_settled(shard, TIME_NONE);
    ck_assert_int_eq(shard->settled, 500);
    still_engine_done(&still);
}
END_TEST

START_TEST(an_answer_to_a_question_from_before_the_shard_forgot_does_not_count)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still), *asked;
    struct question *fresh = question_new(shard);
    ck_assert(question_stands(fresh, &asked));
    ck_assert_ptr_eq(asked, shard);
    struct question *stale = question_new(shard);
    shard_forget(shard, 0);
    ck_assert(!question_stands(stale, &asked));
    still_engine_done(&still);
}
END_TEST

START_TEST(an_acknowledged_commit_is_the_oldest_in_flight)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 5);
    struct batch *first = still_batch(&still, 4);
    batch_in_flight(first);
    struct batch *second = still_batch(&still, 2);
    batch_in_flight(second);
    ck_assert_uint_eq(shard->in_flight_n, 2);
    ck_assert(shard_check(shard));
    shard_acknowledge(shard, first->messages_n);
    ck_assert_uint_eq(shard->in_flight_n, 1);
    ck_assert_int_eq(shard->inputs[0].acknowledged, 4);
    ck_assert(shard_check(shard));
    shard_acknowledge(shard, second->messages_n);
    ck_assert_int_eq(shard->inputs[0].acknowledged, 6);
    ck_assert_uint_eq(shard->queue.n, 0);
    batch_free(first);
    batch_free(second);
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

START_TEST(messages_of_inputs_that_are_no_longer_assigned_are_dropped)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 1);
    still_enqueue(&still, 1, 0, 2);
    still.engine.inputs.rows[1].assigned = false;
    shard_forget(shard, 0);
    shard_drop_unassigned(shard);
    ck_assert_uint_eq(shard->queue.n, 2);
    ck_assert_uint_eq(shard->inputs[1].queued, 0);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
}
END_TEST

START_TEST(a_record_that_is_not_as_it_was_left_makes_the_shard_unclean)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    shard_conflict(shard, COMMIT_MISMATCH);
    ck_assert(!shard->unclean);
    ck_assert_int_gt(shard->contended_commits, 0);
    shard_conflict(shard, COMMIT_LOST_RECORD);
    ck_assert(shard->unclean);
    ck_assert_int_eq(still.engine.totals.conflicts, 2);
    ck_assert_int_eq(still.engine.totals.damaged, 1);
    still_engine_done(&still);
}
END_TEST

START_TEST(damage_that_comes_again_is_cleared_later_and_later_up_to_a_bound)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    int64_t before_ms = 0;
    for (int i = 0; i < 20; i++) {
        int64_t now_us = clock_steady_us();
        shard_damaged(shard, "a test has seen to it");
        ck_assert(!shard_is_to_be_cleared(shard, now_us));
        ck_assert(shard_is_to_be_cleared(shard, now_us + shard->damage_wait_ms * 1000 + 1000 * 1000));
        ck_assert_int_ge(shard->damage_wait_ms, before_ms);
        ck_assert_int_eq(shard->damage_wait_ms > before_ms, i < 12);
        before_ms = shard->damage_wait_ms;
        shard_written(shard); /* of what was folded since */
    }
    shard->damaged_us -= INT64_C(3600) * 1000 * 1000; /* all was well for an hour */
    shard_damaged(shard, "a test has seen to it");
    ck_assert_int_lt(shard->damage_wait_ms, before_ms);
    still_engine_done(&still);
}
END_TEST

START_TEST(the_check_finds_a_count_that_is_off)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 1);
    ck_assert(shard_check(shard));
    shard->inputs[0].queued++;
    ck_assert(!shard_check(shard));
    shard->inputs[0].queued--;
    shard->inputs[0].acknowledged = shard->inputs[0].taken + 1;
    ck_assert(!shard_check(shard));
    shard->inputs[0].acknowledged = 0;
    shard->queue.sent = 1; /* of no batch */
    ck_assert(!shard_check(shard));
    shard->queue.sent = 0;
    shard->in_flight_n = still.config.commits_in_flight + 1;
    ck_assert(!shard_check(shard));
    shard->in_flight_n = 0;
    still_engine_done(&still);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_shard_that_forgets_keeps_its_messages_and_sends_them_anew,
        what_a_lost_reply_leaves_is_tried_again_later_and_later_up_to_a_bound,
        an_answer_to_a_question_from_before_the_shard_forgot_does_not_count,
        an_acknowledged_commit_is_the_oldest_in_flight,
        messages_of_inputs_that_are_no_longer_assigned_are_dropped,
        a_record_that_is_not_as_it_was_left_makes_the_shard_unclean,
        damage_that_comes_again_is_cleared_later_and_later_up_to_a_bound,
        what_was_settled_stays_settled,
        the_check_finds_a_count_that_is_off,
    };
    return SUITE_RUN("shard", tests);
}
