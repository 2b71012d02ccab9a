/* When a shard is swept. */
#include "../../src/ingest/sweep.h"

#include "../../src/ingest/turn.h"
#include "ingest/support/still_engine.h"
#include "support/suite.h"

#define NOW (1000 * STILL_HOUR)

enum { MINUTE_US = 60 * 1000 * 1000 };

static struct still_engine still;
static struct shard *shard;

/* A shard that was swept at NOW. */
static void begin(void)
{
    still_engine_init(&still);
    shard = still_shard(&still);
    shard->settled = hour_of(NOW - 73 * STILL_HOUR);
    still_progress(&still, NOW);
}

static void end(void)
{
    still_engine_done(&still);
}

static bool becomes_due(int64_t now_us)
{
    sweep_consider(shard, now_us);
    bool due = shard->sweep_due;
    shard->sweep_due = false;
    return due;
}

START_TEST(a_shard_is_swept_again_when_progress_has_come_an_eighth_of_the_window)
{
    ck_assert(!becomes_due(MINUTE_US));
    still_progress(&still, NOW + 9 * STILL_HOUR - 1);
    ck_assert(!becomes_due(MINUTE_US));
    still_progress(&still, NOW + 9 * STILL_HOUR);
    ck_assert(becomes_due(MINUTE_US));
}
END_TEST

START_TEST(a_shard_that_was_never_swept_is_due_as_soon_as_progress_is_known)
{
    shard->settled = TIME_NONE;
    ck_assert(becomes_due(MINUTE_US));
    still_progress(&still, TIME_NONE);
    ck_assert(!becomes_due(MINUTE_US));
}
END_TEST

START_TEST(a_pass_that_settled_nothing_is_remembered_when_the_shard_is_learned_anew)
{
    int64_t swept = shard->settled;
    shard->settled = TIME_NONE; /* as the view has it */
    shard->pass.swept = swept;
    ck_assert(!becomes_due(MINUTE_US));
    sweep_note_behind(shard, swept - 5, NOW - 23 * STILL_HOUR);
    still_progress(&still, NOW + 3 * STILL_HOUR);
    ck_assert(becomes_due(MINUTE_US));
    shard->settle_next = INT64_MAX;
    still_progress(&still, NOW - STILL_HOUR); /* it was cleared, and is folded from the beginning of its log */
    ck_assert(becomes_due(MINUTE_US));
}
END_TEST

START_TEST(history_behind_the_last_sweep_is_settled_sooner_than_after_a_whole_step)
{
    int64_t hour = shard->settled - 5;
    sweep_note_behind(shard, hour,
                      NOW - 23 * STILL_HOUR); /* may settle at P = NOW + 2 h, and is awaited an hour longer */
    ck_assert(!becomes_due(MINUTE_US));
    still_progress(&still, NOW + 3 * STILL_HOUR - 1);
    ck_assert(!becomes_due(MINUTE_US));
    still_progress(&still, NOW + 3 * STILL_HOUR);
    ck_assert(becomes_due(MINUTE_US));
}
END_TEST

START_TEST(what_was_journaled_ahead_of_the_last_sweep_hurries_nobody)
{
    sweep_note_behind(shard, shard->settled, NOW - 23 * STILL_HOUR);
    still_progress(&still, NOW + 8 * STILL_HOUR);
    ck_assert(!becomes_due(MINUTE_US));
}
END_TEST

START_TEST(a_shard_is_swept_by_the_consumer_of_its_partition_of_the_stores_alone)
{
    shard->settled = TIME_NONE;
    still.engine.inputs.rows[0].assigned = false;
    ck_assert(!becomes_due(MINUTE_US));
    still.engine.inputs.rows[0].assigned = true;
    still.engine.inputs.rows[1].assigned = false;
    ck_assert(becomes_due(MINUTE_US));
}
END_TEST

START_TEST(node_documents_have_no_journal_to_sweep)
{
    struct shard *nodes = shard_for_nodes(&still.engine);
    sweep_consider(nodes, MINUTE_US);
    ck_assert(!nodes->sweep_due);
}
END_TEST

/* All shards are due in the same moment, and each slice holds some thousand events. */
START_TEST(few_shards_are_swept_at_a_time)
{
    uint32_t first = 0;
    shard->sweep_due = true;
    still.engine.sweeps_n = 64;
    ck_assert(!turn_step(&still.engine, &first, MINUTE_US));
    still.engine.sweeps_n = 0;
    ck_assert(turn_step(&still.engine, &first, MINUTE_US));
    ck_assert_uint_eq(still.engine.sweeps_n, 1);
    shard_forget(shard, 0);
    view_close(&still.engine.view);
    view_turn(&still.engine.view, 0);
    ck_assert_uint_eq(still.engine.sweeps_n, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_shard_is_swept_again_when_progress_has_come_an_eighth_of_the_window,
        a_shard_that_was_never_swept_is_due_as_soon_as_progress_is_known,
        a_pass_that_settled_nothing_is_remembered_when_the_shard_is_learned_anew,
        history_behind_the_last_sweep_is_settled_sooner_than_after_a_whole_step,
        what_was_journaled_ahead_of_the_last_sweep_hurries_nobody,
        a_shard_is_swept_by_the_consumer_of_its_partition_of_the_stores_alone,
        node_documents_have_no_journal_to_sweep,
        few_shards_are_swept_at_a_time,
    };
    return SUITE_RUN_BETWEEN("sweep", begin, end, tests);
}
