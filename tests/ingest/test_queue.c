/* The messages that a shard still has to fold: their order, and when each is let go. */
#include "../../src/ingest/queue.h"

#include "ingest/support/still_engine.h"
#include "support/suite.h"

static int64_t offset_at(struct still_engine *still, size_t index)
{
    return (*queue_at(&still_shard(still)->queue, index))->offset;
}

START_TEST(messages_stay_in_the_order_of_their_arrival_while_the_ring_turns_and_grows)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    int64_t first = 0, next = 0;
    for (int turn = 0; turn < 50; turn++) {
        still_enqueue(&still, 1, next, next + 6);
        next += 7;
        shard->queue.sent = 5;
        queue_commit(shard, 5);
        first += 5;
        ck_assert_uint_eq(shard->queue.n, (size_t)(next - first));
        for (size_t i = 0; i < shard->queue.n; i++)
            ck_assert_int_eq(offset_at(&still, i), first + (int64_t)i);
        ck_assert(shard_check(shard));
    }
    still_engine_done(&still);
}
END_TEST

START_TEST(a_message_that_was_taken_before_is_dropped)
{
    struct still_engine still;
    still_engine_init(&still);
    still_enqueue(&still, 0, 3, 5);
    still_enqueue(&still, 0, 4, 5);
    still_enqueue(&still, 1, 4, 4);
    ck_assert_uint_eq(still_shard(&still)->queue.n, 4);
    ck_assert_int_eq(still_shard(&still)->inputs[0].taken, 6);
    ck_assert_uint_eq(still_shard(&still)->inputs[0].queued, 3);
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

START_TEST(a_commit_lets_the_oldest_messages_go_and_moves_what_is_acknowledged_of_their_inputs)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 10, 11);
    still_enqueue(&still, 2, 70, 72);
    uint64_t held = still.held;
    shard->queue.sent = 4;
    queue_commit(shard, 3);
    ck_assert_uint_lt(still.held, held);
    ck_assert_int_eq(shard->inputs[0].acknowledged, 12);
    ck_assert_int_eq(shard->inputs[2].acknowledged, 71);
    ck_assert_uint_eq(shard->queue.sent, 1);
    ck_assert_uint_eq(queue_waiting(&shard->queue), 1);
    ck_assert_int_eq(offset_at(&still, 0), 71);
    shard->queue.sent = 0;
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

/* Queues an offset with three messages. */
static void enqueue_three(struct still_engine *still, uint32_t input, int64_t offset)
{
    struct message *first = still_message(still, input, offset, "sku");
    struct message *others[] = {message_more(first), message_more(first)};
    queue_enqueue(still_shard(still), first);
    queue_enqueue(still_shard(still), others[0]);
    queue_enqueue(still_shard(still), others[1]);
}

START_TEST(an_offset_with_several_messages_is_queued_whole_or_not_at_all)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 4, 4);
    enqueue_three(&still, 0, 5);
    still_enqueue(&still, 1, 5, 5);
    uint64_t held = still.held;
    enqueue_three(&still, 0, 5); /* read again */
    enqueue_three(&still, 0, 4);
    ck_assert_uint_eq(still.held, held);
    ck_assert_uint_eq(shard->queue.n, 5);
    ck_assert_uint_eq(shard->inputs[0].queued, 4);
    ck_assert_int_eq(shard->inputs[0].taken, 6);
    ck_assert_uint_eq(queue_offset_end(&shard->queue, 0), 1);
    ck_assert_uint_eq(queue_offset_end(&shard->queue, 1), 4);
    ck_assert_uint_eq(queue_offset_end(&shard->queue, 4), 5);
    shard->queue.sent = 4;
    queue_commit(shard, 4);
    ck_assert_int_eq(shard->inputs[0].acknowledged, 6);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

static bool is_even(const struct shard *shard, const struct message *message)
{
    (void)shard;
    return message->offset % 2 == 0;
}

START_TEST(filtering_keeps_the_order_and_counts_what_it_drops)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 1, 4);
    still_enqueue(&still, 1, 1, 3);
    queue_filter(shard, is_even);
    ck_assert_uint_eq(shard->queue.n, 3);
    ck_assert_uint_eq(shard->inputs[0].queued, 2);
    ck_assert_uint_eq(shard->inputs[1].queued, 1);
    ck_assert_int_eq(offset_at(&still, 0), 2);
    ck_assert_int_eq(offset_at(&still, 1), 4);
    ck_assert_int_eq(offset_at(&still, 2), 2);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

/* Defers the messages from `from` on of an input, of those at `index` and behind. */
static void defer(struct shard *shard, size_t index, size_t input, int64_t from)
{
    shard->inputs[input].defer_from = from;
    queue_defer(shard, index);
    shard->inputs[input].defer_from = INT64_MAX;
}

START_TEST(a_deferred_message_takes_those_behind_it_of_its_input_along_and_nobody_elses)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 3);
    still_enqueue(&still, 1, 0, 1);
    defer(shard, 0, 0, 2);
    still_enqueue(&still, 0, 4, 4);
    ck_assert_uint_eq(shard->queue.n, 4);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 3);
    ck_assert_uint_eq(shard->inputs[0].queued, 5);
    ck_assert_uint_eq(still.engine.deferred_n, 3);
    ck_assert(shard_check(shard));
    for (int64_t offset = 2; offset <= 4; offset++) {
        queue_resume(shard, 0);
        ck_assert_int_eq(offset_at(&still, shard->queue.n - 1), offset);
    }
    still_enqueue(&still, 0, 5, 5);
    ck_assert_uint_eq(shard->queue.n, 8);
    ck_assert_uint_eq(still.engine.deferred_n, 0);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

START_TEST(an_offset_with_several_messages_waits_and_comes_back_whole)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 4, 4);
    enqueue_three(&still, 0, 5);
    defer(shard, 0, 0, 5);
    enqueue_three(&still, 0, 6);
    ck_assert_uint_eq(shard->queue.n, 1);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 6);
    queue_resume(shard, 0);
    ck_assert_uint_eq(shard->queue.n, 4);
    ck_assert_uint_eq(queue_offset_end(&shard->queue, 1), 4);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 3);
    ck_assert_int_eq(shard->inputs[0].deferred->offset, 6);
    ck_assert(shard_check(shard));
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

START_TEST(what_is_deferred_anew_comes_before_what_is_deferred_already)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 3);
    defer(shard, 0, 0, 2);
    defer(shard, 0, 0, 1);
    ck_assert_uint_eq(shard->queue.n, 1);
    for (int64_t offset = 1; offset <= 3; offset++) {
        queue_resume(shard, 0);
        ck_assert_int_eq(offset_at(&still, (size_t)offset), offset);
    }
    still_engine_done(&still);
}
END_TEST

START_TEST(messages_in_flight_are_not_deferred_and_those_of_the_batch_are_sent_no_more)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 5);
    struct batch *in_flight = still_batch(&still, 2), *preparing;
    batch_in_flight(in_flight);
    preparing = still_batch(&still, 3);
    defer(shard, 2, 0, 3);
    ck_assert_uint_eq(shard->queue.sent, 3);
    ck_assert_uint_eq(shard->queue.n, 3);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 3);
    ck_assert(shard_check(shard));
    shard_forget(shard, 0);
    queue_filter(shard, is_even);
    ck_assert_uint_eq(shard->queue.n, 2);
    ck_assert_uint_eq(shard->inputs[0].deferred_n, 1);
    ck_assert_int_eq(shard->inputs[0].deferred->offset, 4);
    ck_assert(shard_check(shard));
    batch_free(in_flight);
    batch_free(preparing);
    still_engine_done(&still);
    ck_assert_uint_eq(still.held, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        messages_stay_in_the_order_of_their_arrival_while_the_ring_turns_and_grows,
        a_message_that_was_taken_before_is_dropped,
        an_offset_with_several_messages_is_queued_whole_or_not_at_all,
        an_offset_with_several_messages_waits_and_comes_back_whole,
        a_commit_lets_the_oldest_messages_go_and_moves_what_is_acknowledged_of_their_inputs,
        filtering_keeps_the_order_and_counts_what_it_drops,
        a_deferred_message_takes_those_behind_it_of_its_input_along_and_nobody_elses,
        what_is_deferred_anew_comes_before_what_is_deferred_already,
        messages_in_flight_are_not_deferred_and_those_of_the_batch_are_sent_no_more,
    };
    return SUITE_RUN("queue", tests);
}
