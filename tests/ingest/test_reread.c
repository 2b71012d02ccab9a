/* When a compacted topic that is read whole has to be read again. */
#include "../../src/ingest/reread.h"

#include "../../src/ingest/shard.h"
#include "ingest/support/still_engine.h"
#include "support/suite.h"

/* The topic of items is being read whole: up to `next`, which was its end when last asked. Returns its input's index. */
static size_t begin_reading(struct still_engine *still, int64_t next)
{
    struct engine *engine = &still->engine;
    size_t index = inputs_index(&engine->inputs, &still->config.kafka, TOPIC_ITEMS, 0);
    struct input *input = &engine->inputs.rows[index];
    shards_fit_inputs(engine);
    engine->rereads[TOPIC_ITEMS].state = REREAD_RUNNING;
    input->assigned = input->rereading = true;
    input->read.next = input->end = next;
    still_shard(still)->inputs[index].known.next = next;
    return index;
}

START_TEST(documents_that_another_fold_put_are_not_deleted_unseen)
{
    struct still_engine still;
    still_engine_init(&still);
    size_t index = begin_reading(&still, 10);
    still_shard(&still)->inputs[index].known.next =
        12; /* as the shard learned again: another fold reads it whole, too */
    ck_assert(reread_advance(&still.engine));
    ck_assert_int_eq(still.engine.rereads[TOPIC_ITEMS].state, REREAD_WANTED);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_shard_that_learned_again_what_was_read_here_goes_on)
{
    struct still_engine still;
    still_engine_init(&still);
    begin_reading(&still, 10);
    shard_forget(still_shard(&still), 0);
    ck_assert(!reread_advance(&still.engine));
    still_shard(&still)->state = SHARD_READY;
    ck_assert(!reread_advance(&still.engine));
    ck_assert_int_eq(still.engine.rereads[TOPIC_ITEMS].state, REREAD_RUNNING);
    still_engine_done(&still);
}
END_TEST

START_TEST(a_topic_that_another_fold_has_read_whole_is_read_again)
{
    struct still_engine still;
    still_engine_init(&still);
    size_t index = begin_reading(&still, 10);
    still_shard(&still)->inputs[index].known.complete_to = 1000;
    ck_assert(reread_advance(&still.engine));
    still_engine_done(&still);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        documents_that_another_fold_put_are_not_deleted_unseen,
        a_shard_that_learned_again_what_was_read_here_goes_on,
        a_topic_that_another_fold_has_read_whole_is_read_again,
    };
    return SUITE_RUN("reread", tests);
}
