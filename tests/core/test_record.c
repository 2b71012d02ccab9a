/* What each event but a count does to a record. */
#include "stockfold/core/record.h"

#include "support/suite.h"
#include "support/told.h"

START_TEST(delta_adds_at_its_place)
{
    TOLD("2/women/A1//S1:5", EVENT(RECEIVED, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:5", EVENT(ARRIVED, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:5", EVENT(RETURNED, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:5", EVENT(ADJUSTED, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:-5", EVENT(ADJUSTED, .qty = -5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:-5", EVENT(SOLD, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:-5", EVENT(SHIPPED, .qty = 5, .place = STR(SHELF), .to_node = STR("B"), .ref = STR("T")));
}
END_TEST

START_TEST(delta_without_place_raises_unplaced_when_it_adds_and_undrawn_when_it_takes)
{
    TOLD("unplaced:5", EVENT(RECEIVED, .qty = 5));
    TOLD("unplaced:5", EVENT(ARRIVED, .qty = 5));
    TOLD("unplaced:5", EVENT(RETURNED, .qty = 5));
    TOLD("unplaced:5", EVENT(ADJUSTED, .qty = 5));
    TOLD("undrawn:5", EVENT(ADJUSTED, .qty = -5));
    TOLD("undrawn:5", EVENT(SOLD, .qty = 5));
    TOLD("undrawn:5", EVENT(SHIPPED, .qty = 5, .to_node = STR("B"), .ref = STR("T")));
    TOLD("unplaced:7 undrawn:3", EVENT(RECEIVED, .qty = 7), EVENT(SOLD, .qty = 3));
}
END_TEST

START_TEST(delta_adds_to_the_state_it_names_and_ignores_its_place)
{
    TOLD("damaged:2", EVENT(RETURNED, .qty = 2, .state = STATE_DAMAGED));
    TOLD("damaged:2", EVENT(RETURNED, .qty = 2, .state = STATE_DAMAGED, .place = STR(SHELF)));
    TOLD("quality_hold:2", EVENT(RECEIVED, .qty = 2, .state = STATE_QUALITY_HOLD));
    TOLD("staged:-2", EVENT(SOLD, .qty = 2, .state = STATE_STAGED));
    TOLD("damaged:-2", EVENT(ADJUSTED, .qty = -2, .state = STATE_DAMAGED));
}
END_TEST

START_TEST(place_that_comes_to_0_is_forgotten)
{
    TOLD("", EVENT(RECEIVED, .qty = 5, .place = STR(SHELF)), EVENT(SOLD, .qty = 5, .place = STR(SHELF)));
    TOLD("2/women/A1//S2:1", EVENT(RECEIVED, .qty = 5, .place = STR(SHELF)),
         EVENT(RECEIVED, .qty = 1, .place = STR(SHELF_2)), EVENT(SOLD, .qty = 5, .place = STR(SHELF)));
}
END_TEST

START_TEST(moved_goes_from_place_to_place)
{
    TOLD("2:-3 2/women/A1//S1:3", EVENT(MOVED, .qty = 3, .place = STR(FLOOR), .to_place = STR(SHELF)));
}
END_TEST

START_TEST(moved_from_nowhere_lowers_unplaced_and_to_nowhere_lowers_undrawn)
{
    TOLD("2/women/A1//S1:3 unplaced:-3", EVENT(MOVED, .qty = 3, .to_place = STR(SHELF)));
    TOLD("2/women/A1//S1:-3 undrawn:-3", EVENT(MOVED, .qty = 3, .place = STR(SHELF)));
}
END_TEST

START_TEST(state_changed_moves_units_between_place_and_state)
{
    TOLD("2/women/A1//S1:-2 quality_hold:2",
         EVENT(STATE_CHANGED, .qty = 2, .to_state = STATE_QUALITY_HOLD, .place = STR(SHELF)));
    TOLD("2/women/A1//S1:2 staged:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_STAGED, .place = STR(SHELF)));
    TOLD("damaged:2 staged:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_STAGED, .to_state = STATE_DAMAGED));
}
END_TEST

START_TEST(state_changed_without_place_raises_undrawn_or_unplaced)
{
    TOLD("undrawn:2 damaged:2", EVENT(STATE_CHANGED, .qty = 2, .to_state = STATE_DAMAGED));
    TOLD("unplaced:2 damaged:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_DAMAGED));
    TOLD("unplaced:2 quality_hold:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_QUALITY_HOLD));
}
END_TEST

START_TEST(state_changed_from_staged_to_nowhere_lowers_undrawn_so_that_the_tills_sale_raises_it_again)
{
    TOLD("undrawn:-2 staged:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_STAGED));
    TOLD("staged:-2", EVENT(STATE_CHANGED, .qty = 2, .state = STATE_STAGED), EVENT(SOLD, .qty = 2));
}
END_TEST

START_TEST(expected_sets_its_line_and_0_cancels_it)
{
    TOLD("<PO:9@70", EVENT(EXPECTED, .qty = 9, .ref = STR("PO"), .eta = 70));
    TOLD("<PO:4", EVENT(EXPECTED, .qty = 9, .ref = STR("PO"), .eta = 70), EVENT(EXPECTED, .qty = 4, .ref = STR("PO")));
    TOLD("", EVENT(EXPECTED, .qty = 9, .ref = STR("PO")), EVENT(EXPECTED, .qty = 0, .ref = STR("PO")));
}
END_TEST

#define INBOUND(...) EVENT(SHIPPED, .inbound = true, .to_node = STR("A"), .node = STR("B"), __VA_ARGS__)

START_TEST(shipment_adds_to_the_line_of_its_ref_at_the_receiving_node)
{
    TOLD("<T:5@70", INBOUND(.qty = 5, .ref = STR("T"), .eta = 70));
    TOLD("<T:7@70", INBOUND(.qty = 5, .ref = STR("T"), .eta = 70), INBOUND(.qty = 2, .ref = STR("T")));
    TOLD("<T:7@90", INBOUND(.qty = 5, .ref = STR("T"), .eta = 70), INBOUND(.qty = 2, .ref = STR("T"), .eta = 90));
    TOLD("<T:5", INBOUND(.qty = 5, .ref = STR("T"), .place = STR(SHELF), .state = STATE_DAMAGED));
}
END_TEST

START_TEST(arrived_takes_from_its_line_even_before_the_shipment_is_told)
{
    TOLD("unplaced:2 <T:3", INBOUND(.qty = 5, .ref = STR("T")), EVENT(ARRIVED, .qty = 2, .ref = STR("T")));
    TOLD("unplaced:2 <T:-2", EVENT(ARRIVED, .qty = 2, .ref = STR("T")));
    TOLD("unplaced:2 <T:3@70", EVENT(ARRIVED, .qty = 2, .ref = STR("T")),
         INBOUND(.qty = 5, .ref = STR("T"), .eta = 70));
    TOLD("unplaced:2", EVENT(ARRIVED, .qty = 2));
}
END_TEST

START_TEST(received_takes_from_its_line_but_not_below_0)
{
    TOLD("unplaced:2 <PO:3@70", EVENT(EXPECTED, .qty = 5, .ref = STR("PO"), .eta = 70),
         EVENT(RECEIVED, .qty = 2, .ref = STR("PO")));
    TOLD("unplaced:9", EVENT(EXPECTED, .qty = 5, .ref = STR("PO")), EVENT(RECEIVED, .qty = 9, .ref = STR("PO")));
    TOLD("unplaced:9", EVENT(RECEIVED, .qty = 9, .ref = STR("PO")));
    TOLD("unplaced:5 <PO:-2", EVENT(ARRIVED, .qty = 2, .ref = STR("PO")), EVENT(RECEIVED, .qty = 3, .ref = STR("PO")));
}
END_TEST

START_TEST(line_that_comes_to_0_is_forgotten_with_its_eta)
{
    TOLD("unplaced:5", INBOUND(.qty = 5, .ref = STR("T"), .eta = 70), EVENT(ARRIVED, .qty = 5, .ref = STR("T")));
    TOLD("unplaced:5 <T:2", INBOUND(.qty = 5, .ref = STR("T"), .eta = 70), EVENT(ARRIVED, .qty = 5, .ref = STR("T")),
         INBOUND(.qty = 2, .ref = STR("T")));
}
END_TEST

/* ---- times ---- */

struct shop {
    struct record record;
    struct place_stock places[8];
    struct incoming_line incoming[4];
};

static struct record *empty(struct shop *shop)
{
    record_init(&shop->record, shop->places, 8, shop->incoming, 4);
    return &shop->record;
}

START_TEST(newest_event_moves_as_of_and_newest)
{
    struct shop shop;
    struct record *record = empty(&shop);
    struct event event = EVENT(SOLD, .qty = 1, .time = 50, .kafka_time = 60);

    ck_assert(record_check(record));
    ck_assert_int_eq(record->newest_time, TIME_NONE);
    record_apply(record, &event, false);
    ck_assert_int_eq(record->as_of, 50);
    ck_assert_int_eq(record->newest_time, 50);
    ck_assert_int_eq(record->newest_kafka_time, 60);
}
END_TEST

START_TEST(struck_event_moves_newest_only)
{
    struct shop shop;
    struct record *record = empty(&shop);
    struct event event = EVENT(SOLD, .qty = 1, .time = 50, .kafka_time = 60);

    record_apply(record, &event, true);
    ck_assert_int_eq(record->as_of, TIME_NONE);
    ck_assert_int_eq(record->newest_time, 50);
    ck_assert_int_eq(record->newest_kafka_time, 60);
    ck_assert_int_eq(record->undrawn, 0);
    ck_assert(record_check(record));
}
END_TEST

START_TEST(mark_moves_newest_to_its_key_and_as_of_to_its_own_time)
{
    struct shop shop;
    struct record *record = empty(&shop);
    struct event mark = EVENT(CORRECTED, .ref = STR("9"), .ref_time = 40, .time = 90, .kafka_time = 95);
    struct event sale = EVENT(SOLD, .qty = 1, .time = 50, .kafka_time = 60);

    record_apply(record, &mark, false);
    ck_assert_int_eq(record->newest_time, 40);
    ck_assert_int_eq(record->newest_kafka_time, 95);
    record_apply(record, &sale, false);
    ck_assert_int_eq(record->as_of, 90);
    ck_assert_int_eq(record->newest_time, 50);
    ck_assert_int_eq(record->newest_kafka_time, 60);
}
END_TEST

START_TEST(place_remembers_who_named_it_last)
{
    struct shop shop;
    struct record *record = empty(&shop);
    struct event events[] = {
        EVENT(RECEIVED, .qty = 5, .place = STR(SHELF), .time = 10),
        EVENT(MOVED, .qty = 1, .place = STR(SHELF), .to_place = STR(BACK), .time = 20, .source = STR("wms")),
        EVENT(SOLD, .qty = 1, .time = 30),
    };

    for (int i = 0; i < 3; i++)
        record_apply(record, &events[i], false);
    for (uint32_t i = 0; i < record->places_n; i++) {
        ck_assert_int_eq(record->places[i].seen_at, 20);
        ck_assert(str_equal(record->places[i].seen_by, STR("wms")));
    }
    ck_assert_uint_eq(record->places_n, 2);
}
END_TEST

START_TEST(on_hand_counts_everything_and_sellable_not_the_damaged_and_held)
{
    struct shop shop;
    struct record *record = empty(&shop);
    struct event events[] = {
        EVENT(RECEIVED, .qty = 100, .place = STR(SHELF)),
        EVENT(RECEIVED, .qty = 50),
        EVENT(SOLD, .qty = 20),
        EVENT(RETURNED, .qty = 4, .state = STATE_DAMAGED),
        EVENT(RETURNED, .qty = 3, .state = STATE_QUALITY_HOLD),
        EVENT(ADJUSTED, .qty = 2, .state = STATE_STAGED),
    };

    for (int i = 0; i < 6; i++)
        record_apply(record, &events[i], false);
    ck_assert_int_eq(record_on_hand(record), 139);
    ck_assert_int_eq(record_sellable(record), 132);
}
END_TEST

START_TEST(records_are_equal_field_by_field)
{
    struct shop shop, other;
    struct event event = EVENT(ARRIVED, .qty = 5, .place = STR(SHELF), .ref = STR("T"), .time = 10);

    record_apply(empty(&shop), &event, false);
    record_apply(empty(&other), &event, false);
    ck_assert(record_equal(&shop.record, &other.record));
    other.places[0].seen_at++;
    ck_assert(!record_equal(&shop.record, &other.record));
    other.places[0].seen_at--;
    other.incoming[0].eta = 7;
    ck_assert(!record_equal(&shop.record, &other.record));
    other.record.incoming_n = 0;
    ck_assert(!record_equal(&shop.record, &other.record));
}
END_TEST

START_TEST(check_finds_what_breaks_an_invariant)
{
    struct shop shop;
    struct event events[] = {EVENT(RECEIVED, .qty = 5, .place = STR(SHELF), .time = 10),
                             EVENT(RECEIVED, .qty = 5, .place = STR(BACK), .time = 10)};
    struct record *record = empty(&shop);

    record_apply(record, &events[0], false);
    record_apply(record, &events[1], false);
    ck_assert(record_check(record));
    shop.places[1].qty = 0;
    ck_assert(!record_check(record));
    shop.places[1].qty = 1;
    shop.places[1].place = shop.places[0].place;
    ck_assert(!record_check(record));
    record->places_n = 1;
    ck_assert(record_check(record));
    record->newest_time = TIME_NONE;
    ck_assert(!record_check(record));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        delta_adds_at_its_place,
        delta_without_place_raises_unplaced_when_it_adds_and_undrawn_when_it_takes,
        delta_adds_to_the_state_it_names_and_ignores_its_place,
        place_that_comes_to_0_is_forgotten,
        moved_goes_from_place_to_place,
        moved_from_nowhere_lowers_unplaced_and_to_nowhere_lowers_undrawn,
        state_changed_moves_units_between_place_and_state,
        state_changed_without_place_raises_undrawn_or_unplaced,
        state_changed_from_staged_to_nowhere_lowers_undrawn_so_that_the_tills_sale_raises_it_again,
        expected_sets_its_line_and_0_cancels_it,
        shipment_adds_to_the_line_of_its_ref_at_the_receiving_node,
        arrived_takes_from_its_line_even_before_the_shipment_is_told,
        received_takes_from_its_line_but_not_below_0,
        line_that_comes_to_0_is_forgotten_with_its_eta,
        newest_event_moves_as_of_and_newest,
        struck_event_moves_newest_only,
        mark_moves_newest_to_its_key_and_as_of_to_its_own_time,
        place_remembers_who_named_it_last,
        on_hand_counts_everything_and_sellable_not_the_damaged_and_held,
        records_are_equal_field_by_field,
        check_finds_what_breaks_an_invariant,
    };
    return SUITE_RUN("record", tests);
}
