/* A batch's life: its steps, its records, and its end when its shard has forgotten. */
#include "../../src/ingest/batch.h"

#include <stdio.h>

#include "ingest/support/still_engine.h"
#include "support/suite.h"

static int steps_n;

static void ask_two_things(struct batch *batch)
{
    batch->waiting += 2;
}

static void count_step(struct batch *batch)
{
    (void)batch;
    steps_n++;
}

static size_t free_batches(const struct engine *engine)
{
    size_t n = 0;
    for (const struct batch *batch = engine->free_batches; batch != NULL; batch = batch->next_free)
        n++;
    return n;
}

START_TEST(the_next_step_is_taken_when_the_last_answer_has_come)
{
    struct still_engine still;
    still_engine_init(&still);
    struct batch *batch = batch_new(still_shard(&still), BATCH_EVENTS);
    steps_n = 0;
    batch_step(batch, ask_two_things, count_step);
    ck_assert_int_eq(steps_n, 0);
    batch_arrived(batch);
    ck_assert_int_eq(steps_n, 0);
    batch_arrived(batch);
    ck_assert_int_eq(steps_n, 1);
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_step_that_asks_nothing_goes_on_at_once)
{
    struct still_engine still;
    still_engine_init(&still);
    struct batch *batch = batch_new(still_shard(&still), BATCH_EVENTS);
    steps_n = 0;
    batch_step(batch, count_step, count_step);
    ck_assert_int_eq(steps_n, 2);
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_dead_batch_takes_no_step_and_goes_with_its_last_answer)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    struct batch *batch = batch_new(shard, BATCH_EVENTS);
    steps_n = 0;
    batch_step(batch, ask_two_things, count_step);
    ck_assert(!batch_is_dead(batch));
    shard_forget(shard, 0);
    ck_assert(batch_is_dead(batch));
    batch_arrived(batch);
    ck_assert_uint_eq(free_batches(&still.engine), 0);
    batch_arrived(batch);
    ck_assert_uint_eq(free_batches(&still.engine), 1);
    ck_assert_int_eq(steps_n, 0);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_lost_answer_sets_the_shard_right_once_and_frees_the_batch_with_the_last)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    struct batch *batch = batch_new(shard, BATCH_EVENTS);
    uint32_t generation = shard->generation;
    batch_step(batch, ask_two_things, count_step);
    ck_assert(!batch_answered(batch, NULL));
    batch_arrived(batch);
    ck_assert_uint_eq(shard->generation, generation + 1);
    ck_assert(!batch_answered(batch, NULL));
    batch_arrived(batch);
    ck_assert_uint_eq(shard->generation, generation + 1);
    ck_assert_uint_eq(free_batches(&still.engine), 1);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_commit_whose_answer_is_lost_takes_those_behind_it_along)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 5);
    struct batch *first = still_batch(&still, 3);
    batch_in_flight(first);
    struct batch *second = still_batch(&still, 3);
    batch_in_flight(second);
    batch_committed(first, NULL);
    ck_assert_uint_eq(free_batches(&still.engine), 1);
    ck_assert(batch_is_dead(second));
    ck_assert_uint_eq(queue_waiting(&shard->queue), 6);
    ck_assert(shard_check(shard));
    batch_committed(second, NULL);
    ck_assert_uint_eq(free_batches(&still.engine), 2);
    ck_assert_int_eq(still.engine.totals.commits, 0);
    still_engine_done(&still);
}
END_TEST

START_TEST(damage_that_nobody_confirms_makes_the_shard_learn_anew)
{
    struct still_engine still;
    still_engine_init(&still);
    struct shard *shard = still_shard(&still);
    still_enqueue(&still, 0, 0, 0);
    batch_damaged(still_batch(&still, 1),
                  "a test damages the shard"); /* the view, which is away, is asked for its token */
    view_close(&still.engine.view);
    ck_assert(!shard->unclean);
    ck_assert_int_eq(shard->state, SHARD_UNKNOWN);
    ck_assert_uint_eq(free_batches(&still.engine), 1);
    ck_assert_uint_eq(queue_waiting(&shard->queue), 1);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_suspicion_takes_the_place_of_the_next_step)
{
    struct still_engine still;
    still_engine_init(&still);
    still_enqueue(&still, 0, 0, 0);
    struct batch *batch = still_batch(&still, 1);
    steps_n = 0;
    batch_step(batch, ask_two_things, count_step);
    batch_suspect(batch, "a test suspects the journal");
    batch_suspect(batch, "and something else");
    ck_assert_str_eq(batch->suspicion, "a test suspects the journal");
    batch_arrived(batch);
    batch_arrived(batch);
    view_close(&still.engine.view);
    ck_assert_int_eq(steps_n, 0);
    ck_assert_uint_eq(free_batches(&still.engine), 1);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_record_is_found_again_however_many_there_are)
{
    enum { RECORDS = 500 };
    struct still_engine still;
    still_engine_init(&still);
    struct batch *batch = batch_new(still_shard(&still), BATCH_EVENTS);
    static char skus[RECORDS][8];
    for (int i = 0; i < RECORDS; i++) {
        struct str sku = {skus[i], (size_t)snprintf(skus[i], sizeof(skus[i]), "%d", i / 2)};
        struct str node = i % 2 == 0 ? STR("a") : STR("b");
        ck_assert_uint_eq(batch_record(batch, murmur2(sku), sku, node), (uint32_t)i);
        ck_assert_uint_eq(batch_record(batch, murmur2(sku), sku, node), (uint32_t)i);
    }
    ck_assert_ptr_eq(batch_find(batch, STR("7"), STR("b")), &batch->records[15]);
    ck_assert_ptr_null(batch_find(batch, STR("7"), STR("c")));
    ck_assert(batch_check(batch));
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_shipment_has_the_records_of_both_its_nodes)
{
    struct still_engine still;
    still_engine_init(&still);
    still_enqueue(&still, 0, 0, 1);
    struct message *shipment = *queue_at(&still_shard(&still)->queue, 1);
    shipment->event.type = EVENT_SHIPPED;
    shipment->event.to_node = STR("m");
    struct batch *batch = still_batch(&still, 2);
    struct batch_record *records[2];
    batch_records_of(batch, 0, records);
    ck_assert(str_equal(records[0]->node, STR("n")));
    ck_assert_ptr_null(records[1]);
    batch_records_of(batch, 1, records);
    ck_assert(str_equal(records[0]->node, STR("n")) && str_equal(records[1]->node, STR("m")));
    ck_assert(batch_check(batch));
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

START_TEST(the_check_finds_messages_that_are_out_of_order_and_records_that_are_not_there)
{
    struct still_engine still;
    still_engine_init(&still);
    still_enqueue(&still, 0, 0, 1);
    struct batch *batch = still_batch(&still, 2);
    ck_assert(batch_check(batch));
    batch->records_of[1][0] = 9;
    ck_assert(!batch_check(batch));
    batch->records_of[1][0] = 0;
    struct message *message = batch->messages[0];
    batch->messages[0] = batch->messages[1];
    batch->messages[1] = message;
    ck_assert(!batch_check(batch));
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_next_step_is_taken_when_the_last_answer_has_come,
        a_step_that_asks_nothing_goes_on_at_once,
        a_dead_batch_takes_no_step_and_goes_with_its_last_answer,
        a_lost_answer_sets_the_shard_right_once_and_frees_the_batch_with_the_last,
        a_commit_whose_answer_is_lost_takes_those_behind_it_along,
        damage_that_nobody_confirms_makes_the_shard_learn_anew,
        a_suspicion_takes_the_place_of_the_next_step,
        a_record_is_found_again_however_many_there_are,
        a_shipment_has_the_records_of_both_its_nodes,
        the_check_finds_messages_that_are_out_of_order_and_records_that_are_not_there,
    };
    return SUITE_RUN("batch", tests);
}
