/* One of each event, in canonical order, applied to a record. */
#include "stockfold/core/fold.h"

#include "support/random.h"
#include "support/suite.h"
#include "support/told.h"

#define MARK(...) EVENT(CORRECTED, .id = STR("fix"), __VA_ARGS__)

START_TEST(redelivered_event_changes_nothing)
{
    struct event sale = EVENT(SOLD, .qty = 1, .time = 5, .kafka_time = 9), again = sale;
    struct fold_entry entries[] = {fold_entry_of(&sale, true), fold_entry_of(&again, true)};
    struct fold_tally tally = {0};

    again.kafka_time = 7;
    entries[1].kafka_time = 7;
    ck_assert_uint_eq(fold_unique(entries, 2, &tally), 1);
    ck_assert_int_eq(entries[0].kafka_time, 7);
    ck_assert_uint_eq(tally.repeated, 1);
    ck_assert_uint_eq(tally.conflicting, 0);
}
END_TEST

START_TEST(of_two_contents_with_one_key_the_smaller_stays_in_either_order)
{
    struct event small = EVENT(SOLD, .qty = 1, .time = 5), great = EVENT(SOLD, .qty = 2, .time = 5);
    const struct event *orders[2][2] = {{&small, &great}, {&great, &small}};

    for (int i = 0; i < 2; i++) {
        struct fold_entry entries[] = {fold_entry_of(orders[i][0], true), fold_entry_of(orders[i][1], true)};
        struct fold_tally tally = {0};
        ck_assert_uint_eq(fold_unique(entries, 2, &tally), 1);
        ck_assert_int_eq(entries[0].event->qty, 1);
        ck_assert_uint_eq(tally.repeated, 1);
        ck_assert_uint_eq(tally.conflicting, 1);
    }
}
END_TEST

/* Whether `now` is still to be journaled when the window holds `held`. */
static bool stays_fresh(struct event held, struct event now)
{
    struct fold_entry entries[] = {fold_entry_of(&now, true), fold_entry_of(&held, false)};
    ck_assert_uint_eq(fold_unique(entries, 2, NULL), 1);
    return entries[0].fresh;
}

START_TEST(entry_stays_fresh_only_when_the_window_does_not_hold_exactly_this)
{
    struct event held = EVENT(SOLD, .qty = 5, .time = 5, .kafka_time = 50);
    struct event mark = MARK(.ref = STR("1"), .ref_time = 5, .time = 10, .kafka_time = 50);
    struct event now = held;

    ck_assert(!stays_fresh(held, now));
    now.kafka_time = 60;
    ck_assert(!stays_fresh(held, now));
    now.kafka_time = 40;
    ck_assert(stays_fresh(held, now));
    now = held;
    now.qty = 6;
    ck_assert(!stays_fresh(held, now));
    now.qty = 4;
    ck_assert(stays_fresh(held, now));

    now = mark;
    ck_assert(!stays_fresh(mark, now));
    now.time = 9;
    ck_assert(!stays_fresh(mark, now));
    now.time = 11;
    ck_assert(stays_fresh(mark, now));
}
END_TEST

START_TEST(what_only_the_window_holds_is_never_fresh)
{
    struct event sale = EVENT(SOLD, .qty = 5, .time = 5, .kafka_time = 50), again = sale;
    again.kafka_time = 40;
    again.qty = 6;
    struct fold_entry entries[] = {fold_entry_of(&sale, false), fold_entry_of(&again, false)};
    struct fold_tally tally = {0};

    ck_assert_uint_eq(fold_unique(entries, 2, &tally), 1);
    ck_assert(!entries[0].fresh);
    ck_assert_int_eq(entries[0].kafka_time, 40);
    ck_assert_uint_eq(tally.repeated, 0);
}
END_TEST

START_TEST(mark_strikes_out_its_original_before_or_after_it)
{
    struct event sale = EVENT(SOLD, .qty = 5, .time = 5), count = EVENT(COUNTED, .time = 5, .id = STR("2"));
    struct event mark = MARK(.ref = STR("1"), .ref_time = 5, .time = 9);
    struct event mark_count = MARK(.ref = STR("2"), .ref_time = 5, .time = 9);
    struct fold_entry entries[] = {fold_entry_of(&mark, true), fold_entry_of(&count, true), fold_entry_of(&sale, true),
                                   fold_entry_of(&mark_count, true)};
    struct fold_tally tally = {0};

    ck_assert_uint_eq(fold_unique(entries, 4, &tally), 4);
    ck_assert_uint_eq(tally.struck, 2);
    ck_assert_uint_eq(tally.unmatched, 0);
    for (int i = 0; i < 4; i++)
        ck_assert(entries[i].struck == (entries[i].event->type != EVENT_CORRECTED));
    ck_assert_ptr_eq(entries[3].event, &count);
}
END_TEST

START_TEST(mark_strikes_out_nothing_but_its_original)
{
    const struct event others[] = {
        EVENT(SOLD, .time = 6),
        EVENT(SOLD, .time = 5, .id = STR("2")),
        EVENT(SOLD, .time = 5, .source = STR("rfid")),
    };
    struct event mark = MARK(.ref = STR("1"), .ref_time = 5, .time = 9);

    for (int i = 0; i < 3; i++) {
        struct fold_entry entries[] = {fold_entry_of(&others[i], true), fold_entry_of(&mark, true)};
        struct fold_tally tally = {0};
        ck_assert_uint_eq(fold_unique(entries, 2, &tally), 2);
        ck_assert(!entries[0].struck && !entries[1].struck);
        ck_assert_uint_eq(tally.unmatched, 1);
    }
}
END_TEST

/* A shipment from A to B as each of the two records has it; a mark strikes it in both or in neither. */
START_TEST(shipment_is_struck_by_the_mark_that_names_both_its_nodes_and_by_no_other)
{
    const struct event marks[] = {
        MARK(.node = STR("A"), .to_node = STR("B"), .ref = STR("1"), .ref_time = 5),
        MARK(.node = STR("A"), .ref = STR("1"), .ref_time = 5),
        MARK(.node = STR("B"), .ref = STR("1"), .ref_time = 5),
        MARK(.node = STR("B"), .to_node = STR("A"), .ref = STR("1"), .ref_time = 5),
        MARK(.node = STR("A"), .to_node = STR("C"), .ref = STR("1"), .ref_time = 5),
        MARK(.node = STR("C"), .to_node = STR("B"), .ref = STR("1"), .ref_time = 5),
    };

    for (int inbound = 0; inbound < 2; inbound++) {
        struct event shipment = EVENT(SHIPPED, .time = 5, .qty = 4, .ref = STR("TR"), .to_node = STR("B"));
        shipment.inbound = inbound;
        for (int i = 0; i < 6; i++) {
            struct event mark = marks[i];
            mark.inbound = inbound;
            struct fold_entry entries[] = {fold_entry_of(&mark, true), fold_entry_of(&shipment, true)};
            struct fold_tally tally = {0};
            ck_assert_uint_eq(fold_unique(entries, 2, &tally), 2);
            ck_assert_msg(entries[0].struck == (i == 0) && !entries[1].struck, "mark %d", i);
            ck_assert_uint_eq(tally.unmatched, i == 0 ? 0 : 1);
        }
    }
}
END_TEST

START_TEST(mark_that_names_a_shipment_strikes_nothing_else_of_that_key)
{
    struct event sale = EVENT(SOLD, .time = 5, .qty = 1);
    struct event mark = MARK(.to_node = STR("B"), .ref = STR("1"), .ref_time = 5);
    struct fold_entry entries[] = {fold_entry_of(&sale, true), fold_entry_of(&mark, true)};
    struct fold_tally tally = {0};

    ck_assert_uint_eq(fold_unique(entries, 2, &tally), 2);
    ck_assert(!entries[0].struck);
    ck_assert_uint_eq(tally.unmatched, 1);
}
END_TEST

START_TEST(marks_that_name_different_events_never_displace_each_other)
{
    struct event sale = EVENT(SOLD, .time = 5, .qty = 1);
    struct event right = MARK(.ref = STR("1"), .ref_time = 5), wrong = right;
    wrong.to_node = STR("B");
    const struct event *orders[2][2] = {{&right, &wrong}, {&wrong, &right}};

    for (int i = 0; i < 2; i++) {
        struct fold_entry entries[] = {fold_entry_of(orders[i][0], true), fold_entry_of(&sale, true),
                                       fold_entry_of(orders[i][1], true)};
        struct fold_tally tally = {0};
        ck_assert_uint_eq(fold_unique(entries, 3, &tally), 3);
        ck_assert(entries[0].struck && entries[1].event == &right && entries[2].event == &wrong);
        ck_assert_uint_eq(tally.struck, 1);
        ck_assert_uint_eq(tally.unmatched, 1);
        ck_assert_uint_eq(tally.repeated, 0);
    }
}
END_TEST

START_TEST(mark_cannot_be_struck_out)
{
    struct event mark = MARK(.ref = STR("1"), .ref_time = 5, .time = 9);
    struct event mark_of_mark = MARK(.ref = STR("fix"), .ref_time = 9, .time = 10);
    struct fold_entry entries[] = {fold_entry_of(&mark_of_mark, true), fold_entry_of(&mark, true)};

    ck_assert_uint_eq(fold_unique(entries, 2, NULL), 2);
    ck_assert(!entries[0].struck && !entries[1].struck);
}
END_TEST

enum { MANY = 5000 };

/* Sorted, reversed, nearly sorted and shuffled arrays of MANY sales come out in order. */
START_TEST(entries_leave_in_canonical_order_whatever_order_they_come_in)
{
    static struct event events[MANY];
    static struct fold_entry entries[MANY];
    struct random random = {7};

    for (int i = 0; i < MANY; i++)
        events[i] = EVENT(SOLD, .qty = 1, .time = i);
    for (int kind = 0; kind < 4; kind++) {
        for (int i = 0; i < MANY; i++)
            entries[i] = fold_entry_of(&events[kind == 1 ? MANY - 1 - i : i], true);
        for (int swaps = kind < 2 ? 0 : kind == 2 ? 2 : MANY; swaps > 0; swaps--) {
            int64_t a = random_below(&random, MANY), b = random_below(&random, MANY);
            struct fold_entry entry = entries[a];
            entries[a] = entries[b];
            entries[b] = entry;
        }
        ck_assert_uint_eq(fold_unique(entries, MANY, NULL), MANY);
        for (int i = 0; i < MANY; i++)
            if (entries[i].event != &events[i])
                ck_abort_msg("kind %d entry %d", kind, i);
    }
}
END_TEST

START_TEST(replay_takes_the_merged_kafka_time_and_as_of)
{
    struct event mark = MARK(.ref = STR("1"), .ref_time = 5, .time = 9, .kafka_time = 20), again = mark;
    struct record record;
    again.time = 12;
    again.kafka_time = 30;
    struct fold_entry entries[] = {fold_entry_of(&mark, true), fold_entry_of(&again, true)};

    record_init(&record, NULL, 0, NULL, 0);
    fold_replay(&record, entries, fold_unique(entries, 2, NULL));
    ck_assert_int_eq(record.newest_time, 5);
    ck_assert_int_eq(record.newest_kafka_time, 20);
    ck_assert_int_eq(record.as_of, 12);
}
END_TEST

START_TEST(room_is_what_every_event_may_add)
{
    struct event events[] = {
        EVENT(SOLD, .qty = 1),
        EVENT(RECEIVED, .qty = 1, .place = STR(SHELF), .ref = STR("PO")),
        EVENT(MOVED, .qty = 1, .place = STR(SHELF), .to_place = STR(BACK)),
        EVENT(COUNTED, .scope = SCOPE_NODE, LINES(AT(SHELF, 1), AT(BACK, 1))),
        EVENT(COUNTED, .scope = SCOPE_FLOOR, .place = STR(FLOOR), .qty = 1),
        EVENT(SHIPPED, .inbound = true, .qty = 1, .to_node = STR("A"), .ref = STR("T")),
        EVENT(ARRIVED, .qty = 1, .ref = STR("T")),
        EVENT(EXPECTED, .qty = 1, .ref = STR("PO")),
        MARK(.ref = STR("1"), .ref_time = 5),
    };
    struct fold_entry entries[9];
    uint32_t places, incoming;

    for (int i = 0; i < 9; i++)
        entries[i] = fold_entry_of(&events[i], true);
    fold_room(entries, 9, &places, &incoming);
    ck_assert_uint_eq(places, 1 + 2 + 2 + 1);
    ck_assert_uint_eq(incoming, 3);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        redelivered_event_changes_nothing,
        of_two_contents_with_one_key_the_smaller_stays_in_either_order,
        entry_stays_fresh_only_when_the_window_does_not_hold_exactly_this,
        what_only_the_window_holds_is_never_fresh,
        mark_strikes_out_its_original_before_or_after_it,
        mark_strikes_out_nothing_but_its_original,
        shipment_is_struck_by_the_mark_that_names_both_its_nodes_and_by_no_other,
        mark_that_names_a_shipment_strikes_nothing_else_of_that_key,
        marks_that_name_different_events_never_displace_each_other,
        mark_cannot_be_struck_out,
        entries_leave_in_canonical_order_whatever_order_they_come_in,
        replay_takes_the_merged_kafka_time_and_as_of,
        room_is_what_every_event_may_add,
    };
    return SUITE_RUN("fold", tests);
}
