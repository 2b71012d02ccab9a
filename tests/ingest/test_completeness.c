/* To when an input is complete in all shards: only what they have acknowledged counts. */
#include "../../src/ingest/completeness.h"

#include "ingest/support/still_engine.h"
#include "support/suite.h"

enum { INPUT_READ = 0 };

/* Read to its end, which it had at that Kafka time. */
static struct engine *engine_at_end(struct still_engine *still, int64_t kafka_time)
{
    still_engine_init(still);
    struct input *input = &still->engine.inputs.rows[INPUT_READ];
    still->engine.assigned = input->assigned = true;
    input->rewind = input->verify_offset = -1;
    input_hear_end(input, 0, kafka_time);
    for (uint32_t i = 0; i < still->engine.shards_n; i++)
        still->engine.shards[i].inputs[INPUT_READ].stored = true;
    return &still->engine;
}

START_TEST(an_input_of_which_nothing_is_queued_is_complete_to_its_end)
{
    struct still_engine still;
    ck_assert_int_eq(completeness_of_input(engine_at_end(&still, 5000), INPUT_READ), 5000);
    still_engine_done(&still);
}
END_TEST

START_TEST(what_is_in_flight_is_not_complete_yet)
{
    struct still_engine still;
    struct engine *engine = engine_at_end(&still, 5000);
    still_enqueue(&still, INPUT_READ, 0, 2);
    input_reach_end(&engine->inputs.rows[INPUT_READ], 3);
    input_hear_end(&engine->inputs.rows[INPUT_READ], 3, 6000);
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), TIME_NONE);
    struct batch *batch = still_batch(&still, 3);
    batch_in_flight(batch);
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), TIME_NONE);
    shard_acknowledge(still_shard(&still), 3);
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), 6000);
    batch_free(batch);
    still_engine_done(&still);
}
END_TEST

START_TEST(an_input_is_complete_only_where_every_shard_has_its_watermark)
{
    struct still_engine still;
    struct engine *engine = engine_at_end(&still, 5000);
    still_shard(&still)->inputs[INPUT_READ].stored = false;
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), TIME_NONE);
    still_engine_done(&still);
}
END_TEST

START_TEST(of_a_shard_that_has_to_learn_nothing_is_known)
{
    struct still_engine still;
    struct engine *engine = engine_at_end(&still, 5000);
    shard_forget(still_shard(&still), 0);
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), TIME_NONE);
    still_engine_done(&still);
}
END_TEST

START_TEST(an_input_that_is_read_elsewhere_is_for_others_to_tell)
{
    struct still_engine still;
    struct engine *engine = engine_at_end(&still, 5000);
    engine->inputs.rows[INPUT_READ].assigned = false;
    ck_assert_int_eq(completeness_of_input(engine, INPUT_READ), TIME_NONE);
    still_engine_done(&still);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_input_of_which_nothing_is_queued_is_complete_to_its_end, what_is_in_flight_is_not_complete_yet,
        an_input_is_complete_only_where_every_shard_has_its_watermark, of_a_shard_that_has_to_learn_nothing_is_known,
        an_input_that_is_read_elsewhere_is_for_others_to_tell};
    return SUITE_RUN("completeness", tests);
}
