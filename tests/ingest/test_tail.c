/* Records that are busy just now: what comes a moment out of order is folded from memory, and exactly; so is history behind
 * a tail's boundary. */
#include "../../src/ingest/tail.h"

#include "../../src/ingest/judge.h"
#include "../../src/ingest/refused.h"
#include "ingest/support/still_engine.h"
#include "stockfold/codec/pack.h"
#include "support/suite.h"

#define NOW (1000 * STILL_HOUR)

enum { EVENTS_MAX = 1000 };

static struct still_engine still;
static struct shard *shard;
static struct fold_entry entries[EVENTS_MAX];
static struct event events[EVENTS_MAX];
static size_t events_n;

/* The view has the first event, at NOW, in the journal. */
static void begin(void)
{
    still_engine_init(&still);
    still.config.commits_in_flight = FOLD_COMMITS_IN_FLIGHT_MAX;
    shard = still_shard(&still);
    shard->settled = hour_of(NOW) - 80;
    events[0] = still_sale(&still, "sku", NOW, NOW);
    entries[0] = fold_entry_of(&events[0], true);
    events_n = 1;
    still_keep_record(&still, &events[0]);
}

static void end(void)
{
    still_engine_done(&still);
}

static void add_at(struct event event, int64_t kafka_time)
{
    event.kafka_time = kafka_time;
    events[events_n] = event;
    still_enqueue_event(&still, 0, (int64_t)events_n, event);
    entries[events_n] = fold_entry_of(&events[events_n], true);
    events_n++;
}

static void add(struct event event)
{
    add_at(event, NOW + (int64_t)events_n);
}

/* Folds what waits, as one batch. False: something has to be read for it. */
static bool fold_waiting(void)
{
    judge_start(still_batch(&still, queue_waiting(&shard->queue)));
    bool done = !shard->preparing;
    if (done) /* as if its commit were answered, except that the batch is not freed */
        shard_acknowledge(shard, shard->queue.sent);
    return done;
}

static bool fold_at(int64_t time)
{
    add(still_sale(&still, "sku", time, NOW));
    return fold_waiting();
}

/* An event that far behind the first one, logged so many hours after that. */
static bool fold_history_at(int64_t behind_ms, int64_t hours)
{
    still_progress(&still, NOW + hours * STILL_HOUR);
    add_at(still_sale(&still, "sku", NOW + behind_ms, NOW), NOW + hours * STILL_HOUR);
    return fold_waiting();
}

/* The record in memory is what all events in canonical order give. */
static void assert_exact(void)
{
    struct record shown, expected;
    struct fold_tally tally = {0};
    struct fold_entry all[EVENTS_MAX];
    memcpy(all, entries, events_n * sizeof(*all));
    size_t n = fold_unique(all, events_n, &tally);
    struct batch *batch = batch_new(shard, BATCH_EVENTS);
    record_init(&expected, NULL, 0, NULL, 0);
    batch_make_room(batch, &expected, all, n);
    fold_replay(&expected, all, n);
    ck_assert(still_find_record(&still, "sku", &batch->arena, &shown));
    ck_assert(record_equal(&shown, &expected));
    batch_free(batch);
}

START_TEST(an_event_a_moment_out_of_order_is_folded_from_memory)
{
    ck_assert(fold_at(NOW + 500)); /* close to the one before: a tail begins */
    ck_assert(fold_at(NOW + 200));
    ck_assert_uint_eq(view_outstanding(&still.engine.view), 2); /* two commits, no question */
    assert_exact();
}
END_TEST

START_TEST(an_event_at_or_before_the_tails_boundary_has_its_window_read)
{
    ck_assert(fold_at(NOW + 500));
    ck_assert(!fold_at(NOW));
}
END_TEST

START_TEST(without_a_tail_an_event_out_of_order_has_its_window_read)
{
    ck_assert(fold_at(NOW + 60 * 1000));
    ck_assert(!fold_at(NOW + 59 * 1000));
}
END_TEST

START_TEST(history_that_is_ahead_of_other_partitions_leaves_a_tail_for_what_happened_before)
{
    shard->inputs[0].ahead = true; /* as something of it waited */
    still_progress(&still, NOW + 990 * STILL_HOUR);
    add_at(still_sale(&still, "sku", NOW + 300 * STILL_HOUR, NOW), NOW + 1000 * STILL_HOUR);
    ck_assert(fold_waiting());
    ck_assert(fold_history_at(200 * STILL_HOUR, 1001));
    assert_exact();
    ck_assert(!shard->inputs[0].ahead); /* P has come so far */
}
END_TEST

START_TEST(a_repetition_and_a_correction_of_what_is_in_the_tail_are_exact)
{
    ck_assert(fold_at(NOW + 500));
    ck_assert(fold_at(NOW + 900));
    add(events[1]);
    ck_assert(fold_waiting());
    assert_exact();
    struct event mark = still_sale(&still, "sku", NOW + 950, NOW);
    mark.type = EVENT_CORRECTED;
    mark.ref = events[2].id;
    mark.ref_time = events[2].time;
    add(mark);
    ck_assert(fold_waiting());
    assert_exact();
}
END_TEST

START_TEST(what_may_be_settled_is_not_folded_from_memory)
{
    ck_assert(fold_at(NOW + 500));
    shard->settled = hour_of(NOW) + 1;
    ck_assert(!fold_at(NOW + 200));
}
END_TEST

START_TEST(behind_the_oldest_hour_in_the_journal_nothing_is_settled)
{
    ck_assert(fold_at(NOW + 2 * STILL_HOUR));
    ck_assert(fold_at(NOW + 2 * STILL_HOUR + 500));
    shard->settled = hour_of(NOW) + 3;
    ck_assert(fold_at(NOW + 2 * STILL_HOUR + 200));
    assert_exact();
}
END_TEST

START_TEST(history_behind_the_boundary_is_judged_from_the_tail)
{
    ck_assert(fold_history_at(500, 100));
    ck_assert(fold_history_at(600, 101));
    ck_assert(fold_history_at(900, 130));
    ck_assert(fold_history_at(700, 130));
    assert_exact();
    struct error error;
    still.engine.refuser = refuser_new(&still.config, &error);
    size_t asked = view_outstanding(&still.engine.view);
    ck_assert(!fold_history_at(550, 130)); /* the one at 600 was logged over a day before: waits for the dead letter */
    ck_assert_int_eq((*queue_at(&shard->queue, 0))->refusal, REFUSAL_LATE);
    ck_assert_uint_eq(view_outstanding(&still.engine.view), asked);
}
END_TEST

/* Another one has logged what happened long after. */
START_TEST(a_source_that_catches_up_is_folded_from_a_tail_that_does_not_grow)
{
    ck_assert(fold_history_at(500, 2000));
    add_at(still_sale(&still, "sku", NOW + 900 * STILL_HOUR, NOW), NOW + 2000 * STILL_HOUR);
    ck_assert(fold_history_at(700, 2000)); /* in one batch: both into the tail */
    for (int64_t hours = 2; hours <= 400; hours += 2)
        ck_assert(fold_history_at(hours * STILL_HOUR, 2000));
    assert_exact();
    ck_assert(fold_history_at(361 * STILL_HOUR, 2000));
    assert_exact();
    ck_assert(!fold_history_at(241 * STILL_HOUR, 2000)); /* 60 events back */
}
END_TEST

START_TEST(a_shard_that_forgets_has_no_tails)
{
    ck_assert(fold_at(NOW + 500));
    shard_forget(shard, 0);
    shard->state = SHARD_READY;
    ck_assert(!fold_at(NOW + 200)); /* nor the record itself */
}
END_TEST

/* Of more events than a tail holds, each up to 800 ms before the newest. */
START_TEST(a_long_busy_stream_stays_exact)
{
    uint64_t random = 1;
    int64_t time = NOW + 1000;
    ck_assert(fold_at(NOW + 1));
    while (events_n < EVENTS_MAX - 4) {
        for (uint64_t more = 0; more <= random % 3; more++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            time += (int64_t)(random >> 60) * 40;
            add(still_sale(&still, "sku", time - (int64_t)(random >> 40) % 800, NOW));
        }
        ck_assert(fold_waiting());
        assert_exact();
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_event_a_moment_out_of_order_is_folded_from_memory,
        an_event_at_or_before_the_tails_boundary_has_its_window_read,
        without_a_tail_an_event_out_of_order_has_its_window_read,
        history_that_is_ahead_of_other_partitions_leaves_a_tail_for_what_happened_before,
        a_repetition_and_a_correction_of_what_is_in_the_tail_are_exact,
        what_may_be_settled_is_not_folded_from_memory,
        behind_the_oldest_hour_in_the_journal_nothing_is_settled,
        history_behind_the_boundary_is_judged_from_the_tail,
        a_source_that_catches_up_is_folded_from_a_tail_that_does_not_grow,
        a_shard_that_forgets_has_no_tails,
        a_long_busy_stream_stays_exact,
    };
    return SUITE_RUN_BETWEEN("tail", begin, end, tests);
}
