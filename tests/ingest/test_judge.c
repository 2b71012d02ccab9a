/* What becomes of a batch's messages, by records that the shard knows: taken, late, or waiting for the log. */
#include "../../src/ingest/judge.h"

#include "../../src/ingest/deferred.h"
#include "../../src/ingest/refused.h"
#include "ingest/support/still_engine.h"
#include "support/suite.h"

#define NOW (1000 * STILL_HOUR)

static struct still_engine still;
static struct shard *shard;

static void begin(void)
{
    still_engine_init(&still);
    shard = still_shard(&still);
}

static void end(void)
{
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}

/* Judges the first `n` messages in the queue. */
static void judge_first(size_t n)
{
    judge_start(still_batch(&still, n));
    ck_assert(shard_check(shard));
}

static struct event sale(int64_t time, int64_t kafka_time)
{
    return still_sale(&still, "sku", time, kafka_time);
}

START_TEST(an_event_in_order_is_folded_onto_what_is_shown)
{
    struct event before = sale(NOW - STILL_HOUR, NOW);
    still_keep_record(&still, &before);
    still_enqueue_event(&still, 0, 0, sale(NOW, NOW));
    judge_first(1);
    ck_assert_uint_eq(shard->in_flight_n, 1);
    struct record record;
    ck_assert(still_find_record(&still, "sku", &still.engine.scratch, &record));
    ck_assert_int_eq(record.newest_time, NOW);
    ck_assert_int_eq(record.undrawn, 2);
}
END_TEST

START_TEST(an_event_out_of_order_is_taken_within_the_window_and_has_its_records_window_read)
{
    struct event before = sale(NOW - STILL_HOUR, NOW - STILL_HOUR);
    still_keep_record(&still, &before);
    struct message *message = still_enqueue_event(&still, 0, 0, sale(NOW - 72 * STILL_HOUR, NOW));
    judge_first(1);
    ck_assert_int_eq(message->refusal, REFUSAL_NONE);
    ck_assert(shard->preparing);
    ck_assert_uint_gt(view_outstanding(&still.engine.view), 0);
}
END_TEST

START_TEST(history_is_late_when_a_newer_event_of_its_record_was_logged_long_before)
{
    struct error error;
    still.engine.refuser = refuser_new(&still.config, &error);
    struct event before = sale(NOW - 80 * STILL_HOUR, NOW - 24 * STILL_HOUR);
    still_keep_record(&still, &before);
    struct message *message = still_enqueue_event(&still, 0, 0, sale(NOW - 90 * STILL_HOUR, NOW));
    judge_first(1);
    ck_assert_int_eq(message->refusal, REFUSAL_LATE);
    ck_assert(shard->preparing); /* until the dead letter is there */
}
END_TEST

START_TEST(history_newer_than_its_record_waits_until_the_log_is_read_up_to_it)
{
    struct event before = sale(NOW - 90 * STILL_HOUR, NOW - 90 * STILL_HOUR);
    still_keep_record(&still, &before);
    still_enqueue_event(&still, 0, 0, sale(NOW - 80 * STILL_HOUR, NOW));
    judge_first(1);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 1);
    ck_assert(!shard->preparing);
    ck_assert_uint_eq(shard->in_flight_n, 0);

    queue_resume(shard, 0);
    still_progress(&still, NOW - 12 * STILL_HOUR);
    judge_first(1);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 1);

    queue_resume(shard, 0);
    still_progress(&still, NOW - 12 * STILL_HOUR + 1);
    judge_first(1);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 0);
    ck_assert_uint_eq(shard->in_flight_n, 1);
}
END_TEST

START_TEST(history_that_waits_long_is_logged_although_it_is_judged_again_meanwhile)
{
    struct event before = sale(NOW - 90 * STILL_HOUR, NOW - 90 * STILL_HOUR);
    int64_t now_us = 60 * 1000 * 1000;
    still_keep_record(&still, &before);
    still_progress(&still, NOW - 12 * STILL_HOUR);
    still_enqueue_event(&still, 0, 0, sale(NOW - 80 * STILL_HOUR, NOW))->block->came_us = now_us;
    for (; now_us < 70 * 1000 * 1000; now_us += 1000 * 1000) {
        judge_first(1);
        shard->deferred_retry_us = now_us + 1;
        deferred_consider(shard, now_us);
        ck_assert_int_eq(still.engine.deferred_said_us, 0);
        deferred_consider(shard, now_us + 1);
        ck_assert_uint_eq(shard->inputs[0].deferred_n, 0);
    }
    judge_first(1);
    shard->deferred_retry_us = now_us + 3;
    deferred_consider(shard, now_us + 2);
    ck_assert_int_gt(still.engine.deferred_said_us, now_us);
}
END_TEST

START_TEST(what_stands_behind_waiting_history_in_its_partition_waits_too_and_other_partitions_go_on)
{
    struct event before = sale(NOW - 90 * STILL_HOUR, NOW - 90 * STILL_HOUR);
    struct event other = still_sale(&still, "other", NOW - STILL_HOUR, NOW - STILL_HOUR);
    still_keep_record(&still, &before);
    still_keep_record(&still, &other);
    still_enqueue_event(&still, 0, 0, sale(NOW - 80 * STILL_HOUR, NOW));
    still_enqueue_event(&still, 0, 1, still_sale(&still, "other", NOW, NOW));
    still_enqueue_event(&still, 1, 0, still_sale(&still, "other", NOW, NOW));
    judge_first(3);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 2);
    ck_assert_uint_eq(shard->in_flight_n, 1);
    ck_assert_uint_eq(shard->queue.sent, 1);
    struct record record;
    ck_assert(still_find_record(&still, "other", &still.engine.scratch, &record));
    ck_assert_int_eq(record.undrawn, 2);
    ck_assert(still_find_record(&still, "sku", &still.engine.scratch, &record));
    ck_assert_int_eq(record.undrawn, 1);
}
END_TEST

START_TEST(a_record_that_is_broken_in_the_view_is_not_folded_onto)
{
    struct str sku = STR("sku"), node = STR("n");
    cache_put(still.engine.cache, shard->generation, batch_hash(murmur2(sku), murmur2(node)), sku, node, STR("\x01"));
    still_enqueue_event(&still, 0, 0, sale(NOW, NOW));
    judge_first(1);
    ck_assert(shard->preparing); /* the view is asked whether others wrote meanwhile */
    view_close(&still.engine.view);
    ck_assert_int_eq(shard->state, SHARD_UNKNOWN);
    ck_assert_uint_eq(queue_waiting(&shard->queue), 1);
}
END_TEST

START_TEST(only_in_a_shard_that_began_empty_is_a_record_new_without_being_asked_for)
{
    still_enqueue_event(&still, 0, 0, sale(NOW, NOW));
    judge_first(1);
    ck_assert(shard->preparing);
    ck_assert_uint_gt(view_outstanding(&still.engine.view), 0);
    shard_forget(shard, 0);
    view_close(&still.engine.view);

    shard->state = SHARD_READY;
    shard->began_empty = true;
    judge_first(1);
    ck_assert_uint_eq(shard->in_flight_n, 1);
    struct record record;
    ck_assert(still_find_record(&still, "sku", &still.engine.scratch, &record));
    ck_assert_int_eq(record.undrawn, 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_event_in_order_is_folded_onto_what_is_shown,
        an_event_out_of_order_is_taken_within_the_window_and_has_its_records_window_read,
        history_is_late_when_a_newer_event_of_its_record_was_logged_long_before,
        history_newer_than_its_record_waits_until_the_log_is_read_up_to_it,
        history_that_waits_long_is_logged_although_it_is_judged_again_meanwhile,
        what_stands_behind_waiting_history_in_its_partition_waits_too_and_other_partitions_go_on,
        a_record_that_is_broken_in_the_view_is_not_folded_onto,
        only_in_a_shard_that_began_empty_is_a_record_new_without_being_asked_for,
    };
    return SUITE_RUN_BETWEEN("judge", begin, end, tests);
}
