/* What must be there of a record's window, and the base that it is replayed onto. */
#include "../../src/ingest/replay.h"

#include "../../src/ingest/journal_read.h"
#include "ingest/support/still_engine.h"
#include "stockfold/codec/pack.h"
#include "support/suite.h"

static struct still_engine still;
static struct batch *batch;
static struct batch_record *record;

static void begin(void)
{
    still_engine_init(&still);
    batch = batch_new(still_shard(&still), BATCH_EVENTS);
    batch_record(batch, murmur2(STR("sku")), STR("sku"), STR("n"));
    record = &batch->records[0];
    record->existed = true;
}

static void end(void)
{
    batch_free(batch);
    still_engine_done(&still);
}

static struct str kept(const struct buffer *bytes)
{
    return (struct str){arena_copy(&batch->arena, bytes->data, bytes->len), bytes->len};
}

/* A record of that many units and nothing else, whose newest event is at a key time. */
static struct str packed(int64_t units, int64_t newest_time)
{
    struct record plain;
    record_init(&plain, NULL, 0, NULL, 0);
    plain.unplaced = units;
    plain.newest_time = plain.as_of = plain.newest_kafka_time = newest_time;
    still.engine.plain.len = 0;
    record_pack(&plain, &still.engine.plain);
    return kept(&still.engine.plain);
}

static struct str base(int64_t boundary, int64_t units)
{
    struct str bytes = packed(units, boundary);
    still.engine.plain.len = 0;
    base_frame(boundary, bytes, &still.engine.plain);
    return kept(&still.engine.plain);
}

/* What is shown now. */
static void show(int64_t units, int64_t newest_time)
{
    record->packed = packed(units, newest_time);
    ck_assert(record_unpack(record->packed, 0, 0, &batch->arena, &record->record));
}

static void journal(int64_t time)
{
    struct event event = still_sale(&still, "sku", time, time);
    batch_add_entry(batch, record, fold_entry_of(arena_copy(&batch->arena, &event, sizeof(event)), false));
}

START_TEST(a_framed_base_is_taken_apart_as_it_was_put_together)
{
    static const int64_t boundaries[] = {0, 1, -1, 1700000000000, TIME_NONE};
    int64_t boundary;
    struct str bytes;
    for (size_t i = 0; i < sizeof(boundaries) / sizeof(boundaries[0]); i++) {
        ck_assert(base_unframe(base(boundaries[i], 3), &boundary, &bytes));
        ck_assert_int_eq(boundary, boundaries[i]);
        ck_assert(str_equal(bytes, packed(3, boundaries[i])));
    }
    ck_assert(!base_unframe((struct str){0}, &boundary, &bytes));
}
END_TEST

START_TEST(the_base_in_the_view_comes_before_all_others)
{
    show(9, 50);
    record->base = base(20, 5);
    journal_read_base(batch, record, base(10, 7));
    journal(15);
    journal(30);
    ck_assert(replay_pick_base(batch, record));
    ck_assert_int_eq(record->boundary, 20);
    ck_assert_int_eq(record->record.unplaced, 5);
    ck_assert_uint_eq(record->entries_n, 1); /* 15 is in the base */
    ck_assert_uint_eq(record->ride.len, 0);
}
END_TEST

START_TEST(of_bases_that_ride_in_the_journal_the_oldest_counts_and_rides_on)
{
    show(9, 50);
    journal_read_base(batch, record, base(40, 6));
    journal_read_base(batch, record, base(10, 7));
    journal(30);
    journal(50);
    ck_assert(replay_pick_base(batch, record));
    ck_assert_int_eq(record->boundary, 10);
    ck_assert_int_eq(record->record.unplaced, 7);
    ck_assert_uint_eq(record->entries_n, 2);
    ck_assert(str_equal(record->ride, base(10, 7)));
}
END_TEST

START_TEST(a_base_with_a_journaled_event_before_it_rode_along_needlessly)
{
    show(9, 50);
    journal_read_base(batch, record, base(10, 7));
    journal(10);
    journal(30);
    ck_assert(replay_pick_base(batch, record));
    ck_assert_int_eq(record->boundary, TIME_NONE);
    ck_assert_int_eq(record->record.unplaced, 0);
    ck_assert_uint_eq(record->entries_n, 2);
}
END_TEST

START_TEST(with_events_and_no_base_the_window_is_everything)
{
    show(9, 50);
    journal(50);
    ck_assert(replay_pick_base(batch, record));
    ck_assert_int_eq(record->boundary, TIME_NONE);
    ck_assert_int_eq(record->record.unplaced, 0);
}
END_TEST

START_TEST(with_nothing_in_the_journal_what_is_shown_is_the_base_and_rides_from_now_on)
{
    show(9, 50);
    ck_assert(replay_pick_base(batch, record));
    ck_assert_int_eq(record->boundary, 50);
    ck_assert_int_eq(record->record.unplaced, 9);
    ck_assert(str_equal(record->ride, base(50, 9)));
}
END_TEST

START_TEST(a_base_whose_bytes_are_broken_is_not_used)
{
    show(9, 50);
    record->base = STR("\xff\xff");
    ck_assert(!replay_pick_base(batch, record));
    record->base = (struct str){0};
    journal_read_base(batch, record, STR("\xff"));
    ck_assert(!replay_pick_base(batch, record));
}
END_TEST

START_TEST(a_base_that_must_be_there_is_missed)
{
    show(9, 50);
    journal_read_base(batch, record, base(10, 7));
    journal(50);
    record->hours.based = true;
    ck_assert(!replay_pick_base(batch, record));
    record->base = base(20, 5);
    ck_assert(replay_pick_base(batch, record));
}
END_TEST

START_TEST(an_hour_without_events_of_a_record_whose_window_is_read_is_missed)
{
    struct hours found = {0};
    hours_add(&record->hours, 100);
    ck_assert(replay_is_whole(batch)); /* it was not read */
    record->replay = REPLAY_WINDOW;
    record->found = &found;
    ck_assert(!replay_is_whole(batch));
    hours_add(&found, 99);
    ck_assert(!replay_is_whole(batch));
    hours_add(&found, 100);
    ck_assert(replay_is_whole(batch));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_framed_base_is_taken_apart_as_it_was_put_together,
        the_base_in_the_view_comes_before_all_others,
        of_bases_that_ride_in_the_journal_the_oldest_counts_and_rides_on,
        a_base_with_a_journaled_event_before_it_rode_along_needlessly,
        with_events_and_no_base_the_window_is_everything,
        with_nothing_in_the_journal_what_is_shown_is_the_base_and_rides_from_now_on,
        a_base_whose_bytes_are_broken_is_not_used,
        a_base_that_must_be_there_is_missed,
        an_hour_without_events_of_a_record_whose_window_is_read_is_missed,
    };
    return SUITE_RUN_BETWEEN("replay", begin, end, tests);
}
