/* What a count does: of a place, a zone, a floor, the node; by lines and by a total. */
#include "stockfold/core/record.h"

#include "support/suite.h"
#include "support/told.h"

#define HAVE(where, units) EVENT(RECEIVED, .qty = (units), .place = STR(where))
#define COUNT(...) EVENT(COUNTED, __VA_ARGS__)
#define OF_SHELF .scope = SCOPE_PLACE, .place = STR(SHELF)
#define OF_ZONE .scope = SCOPE_ZONE, .place = STR(WOMEN)
#define OF_FLOOR .scope = SCOPE_FLOOR, .place = STR(FLOOR)
#define OF_NODE .scope = SCOPE_NODE

START_TEST(count_of_a_place_sets_it_and_nothing_else)
{
    TOLD("2/women/A1//S1:7", COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7 2/women/A1//S2:1", HAVE(SHELF, 9), HAVE(SHELF_2, 1), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S2:1", HAVE(SHELF, 9), HAVE(SHELF_2, 1), COUNT(OF_SHELF, .qty = 0));
}
END_TEST

START_TEST(count_of_a_place_by_lines_empties_it_when_it_is_not_listed)
{
    TOLD("2/women/A1//S1:7", HAVE(SHELF, 9), COUNT(OF_SHELF, LINES(AT(SHELF, 7))));
    TOLD("", HAVE(SHELF, 9), COUNT(OF_SHELF, NO_LINES));
    TOLD("2/women/A1//S1:9", HAVE(SHELF, 9), COUNT(OF_SHELF, NO_LINES, .keep = true));
}
END_TEST

START_TEST(count_of_a_zone_sets_what_is_listed_and_empties_the_rest_of_it)
{
    TOLD("2/men/A9:4 2/women/A1//S1:3", HAVE(SHELF, 9), HAVE(SHELF_2, 2), HAVE(WOMEN, 1), HAVE(MEN_SHELF, 4),
         COUNT(OF_ZONE, LINES(AT(SHELF, 3))));
    TOLD("2/men/A9:4 2/women:1 2/women/A1//S1:3 2/women/A1//S2:2", HAVE(SHELF, 9), HAVE(SHELF_2, 2), HAVE(WOMEN, 1),
         HAVE(MEN_SHELF, 4), COUNT(OF_ZONE, LINES(AT(SHELF, 3)), .keep = true));
}
END_TEST

START_TEST(zones_and_floors_whose_names_begin_alike_are_others)
{
    TOLD("2/women2:5 22/women:6", HAVE("2\0women2", 5), HAVE("22\0women", 6), HAVE(SHELF, 1), COUNT(OF_ZONE, NO_LINES));
    TOLD("22/women:6", HAVE("22\0women", 6), HAVE(SHELF, 1), COUNT(OF_FLOOR, NO_LINES));
}
END_TEST

START_TEST(count_of_a_floor_covers_all_its_zones)
{
    TOLD("0/back:8", HAVE(SHELF, 9), HAVE(FLOOR, 1), HAVE(MEN_SHELF, 4), HAVE(BACK, 8), COUNT(OF_FLOOR, NO_LINES));
}
END_TEST

START_TEST(total_of_a_scope_leaves_the_rest_to_the_place_with_only_the_scopes_components)
{
    TOLD("2/women:5 2/women/A1//S1:9", HAVE(SHELF, 9), COUNT(OF_ZONE, .qty = 14));
    TOLD("2/women:-5 2/women/A1//S1:9", HAVE(SHELF, 9), COUNT(OF_ZONE, .qty = 4));
    TOLD("2/women/A1//S1:9", HAVE(SHELF, 9), HAVE(WOMEN, 3), COUNT(OF_ZONE, .qty = 9));
    TOLD("2:2 2/women:3 2/women/A1//S1:9", HAVE(SHELF, 9), HAVE(WOMEN, 3), COUNT(OF_FLOOR, .qty = 14));
}
END_TEST

START_TEST(units_found_are_those_that_had_no_place)
{
    TOLD("2/women/A1//S1:7 unplaced:3", EVENT(RECEIVED, .qty = 10), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7", EVENT(RECEIVED, .qty = 4), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7 undrawn:4", EVENT(SOLD, .qty = 4), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7 unplaced:-2", EVENT(MOVED, .qty = 2, .to_place = STR(SHELF)), COUNT(OF_SHELF, .qty = 7));
}
END_TEST

START_TEST(units_missing_are_those_that_left_from_no_known_place)
{
    TOLD("2/women/A1//S1:7 undrawn:2", HAVE(SHELF, 10), EVENT(SOLD, .qty = 5), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7", HAVE(SHELF, 10), EVENT(SOLD, .qty = 2), COUNT(OF_SHELF, .qty = 7));
    TOLD("2/women/A1//S1:7 unplaced:5", HAVE(SHELF, 10), EVENT(RECEIVED, .qty = 5), COUNT(OF_SHELF, .qty = 7));
}
END_TEST

START_TEST(what_shelves_gained_in_all_is_reconciled_once)
{
    TOLD("2/women/A1//S1:7 2/women/A1//S2:3 unplaced:5 undrawn:5", HAVE(SHELF, 5), HAVE(SHELF_2, 5),
         EVENT(RECEIVED, .qty = 5), EVENT(SOLD, .qty = 5), COUNT(OF_ZONE, LINES(AT(SHELF, 7), AT(SHELF_2, 3))));
}
END_TEST

START_TEST(count_reconciles_with_the_zone_then_the_floor_then_units_without_place)
{
    TOLD("2/women/A1//S1:10 unplaced:1", HAVE(WOMEN, 3), HAVE(FLOOR, 2), EVENT(RECEIVED, .qty = 6),
         COUNT(OF_SHELF, .qty = 10));
    TOLD("2:2 2/women:1 2/women/A1//S1:2 unplaced:6", HAVE(WOMEN, 3), HAVE(FLOOR, 2), EVENT(RECEIVED, .qty = 6),
         COUNT(OF_SHELF, .qty = 2));
    TOLD("2/women/A1//S1:5 unplaced:1", HAVE(FLOOR, 2), EVENT(RECEIVED, .qty = 4), COUNT(OF_SHELF, .qty = 5));
}
END_TEST

START_TEST(loss_reconciles_only_with_coarser_places_below_0)
{
    TOLD("2/women/A1//S1:4 undrawn:1", HAVE(SHELF, 10), EVENT(SOLD, .qty = 3, .place = STR(WOMEN)),
         EVENT(SOLD, .qty = 2, .place = STR(FLOOR)), EVENT(SOLD, .qty = 2), COUNT(OF_SHELF, .qty = 4));
    TOLD("2/women:3 2/women/A1//S1:4 undrawn:1", HAVE(SHELF, 10), HAVE(WOMEN, 3), EVENT(SOLD, .qty = 7),
         COUNT(OF_SHELF, .qty = 4));
}
END_TEST

START_TEST(count_of_a_zone_reconciles_with_its_floor)
{
    TOLD("2/women/A1//S1:9", HAVE(FLOOR, 5), EVENT(RECEIVED, .qty = 4), COUNT(OF_ZONE, LINES(AT(SHELF, 9))));
    TOLD("2:1 2/women:4 unplaced:3", HAVE(FLOOR, 5), EVENT(RECEIVED, .qty = 3), COUNT(OF_ZONE, .qty = 4));
    TOLD("2/men/A9:5 2/women/A1//S1:9", HAVE(MEN_SHELF, 5), COUNT(OF_ZONE, LINES(AT(SHELF, 9))));
}
END_TEST

START_TEST(count_of_a_coarse_place_does_not_reconcile_with_itself)
{
    TOLD("2:9", HAVE(FLOOR, 5), COUNT(.scope = SCOPE_PLACE, .place = STR(FLOOR), .qty = 9));
    TOLD("2/women:9", HAVE(WOMEN, 5), HAVE(FLOOR, 4), COUNT(.scope = SCOPE_PLACE, .place = STR(WOMEN), .qty = 9));
    TOLD("2////S7:9", HAVE(FLOOR, 9), COUNT(.scope = SCOPE_PLACE, .place = STR("2\0\0\0\0S7"), .qty = 9));
    TOLD("2:5 unplaced:1", EVENT(RECEIVED, .qty = 6), COUNT(OF_FLOOR, .qty = 5));
}
END_TEST

START_TEST(staged_and_damaged_units_are_untouched_by_a_count_of_the_floor)
{
    TOLD("damaged:3 staged:2", EVENT(RETURNED, .qty = 3, .state = STATE_DAMAGED),
         EVENT(RETURNED, .qty = 2, .state = STATE_STAGED), COUNT(OF_FLOOR, NO_LINES));
}
END_TEST

START_TEST(count_of_the_node_by_lines_sets_everything_but_unlisted_states)
{
    TOLD("2/women/A1//S1:3 damaged:2", HAVE(SHELF, 9), HAVE(BACK, 4), EVENT(RECEIVED, .qty = 5), EVENT(SOLD, .qty = 1),
         EVENT(RETURNED, .qty = 2, .state = STATE_DAMAGED), COUNT(OF_NODE, LINES(AT(SHELF, 3))));
    TOLD("unplaced:6 damaged:1 staged:2", EVENT(RECEIVED, .qty = 5), EVENT(SOLD, .qty = 1),
         EVENT(RETURNED, .qty = 2, .state = STATE_STAGED),
         COUNT(OF_NODE, LINES({.qty = 6}, {.state = STATE_DAMAGED, .qty = 1})));
    TOLD("", HAVE(SHELF, 9), EVENT(RECEIVED, .qty = 5), COUNT(OF_NODE, NO_LINES));
}
END_TEST

START_TEST(count_of_the_node_that_keeps_leaves_what_is_not_listed)
{
    TOLD("0/back:4 2/women/A1//S1:3 unplaced:5 undrawn:1", HAVE(SHELF, 9), HAVE(BACK, 4), EVENT(RECEIVED, .qty = 5),
         EVENT(SOLD, .qty = 1), COUNT(OF_NODE, LINES(AT(SHELF, 3)), .keep = true));
    TOLD("0/back:4 unplaced:6", HAVE(BACK, 4), EVENT(RECEIVED, .qty = 5), EVENT(SOLD, .qty = 1),
         COUNT(OF_NODE, LINES({.qty = 6}), .keep = true));
}
END_TEST

START_TEST(total_of_the_node_leaves_the_rest_without_place)
{
    TOLD("2/women/A1//S1:9 unplaced:28 damaged:3", HAVE(SHELF, 9), EVENT(SOLD, .qty = 1),
         EVENT(RETURNED, .qty = 3, .state = STATE_DAMAGED), COUNT(OF_NODE, .qty = 40));
    TOLD("2/women/A1//S1:9 undrawn:4 staged:1", HAVE(SHELF, 9), EVENT(RECEIVED, .qty = 8),
         EVENT(RETURNED, .qty = 1, .state = STATE_STAGED), COUNT(OF_NODE, .qty = 6));
    TOLD("2/women/A1//S1:9", HAVE(SHELF, 9), EVENT(SOLD, .qty = 4), COUNT(OF_NODE, .qty = 9));
}
END_TEST

START_TEST(sellable_total_of_the_node_leaves_damaged_units_and_those_on_quality_hold_aside)
{
    TOLD("2/women/A1//S1:9 unplaced:27 damaged:3 quality_hold:5 staged:2", HAVE(SHELF, 9),
         EVENT(RETURNED, .qty = 3, .state = STATE_DAMAGED), EVENT(RETURNED, .qty = 5, .state = STATE_QUALITY_HOLD),
         EVENT(RETURNED, .qty = 2, .state = STATE_STAGED), EVENT(SOLD, .qty = 1),
         COUNT(OF_NODE, .qty = 38, .sellable = true));
    TOLD("2/women/A1//S1:9 undrawn:6 damaged:3 staged:2", HAVE(SHELF, 9), EVENT(RECEIVED, .qty = 8),
         EVENT(RETURNED, .qty = 3, .state = STATE_DAMAGED), EVENT(RETURNED, .qty = 2, .state = STATE_STAGED),
         COUNT(OF_NODE, .qty = 5, .sellable = true));
}
END_TEST

START_TEST(total_of_the_node_may_be_below_0)
{
    TOLD("2/women/A1//S1:9 undrawn:12", HAVE(SHELF, 9), COUNT(OF_NODE, .qty = -3));
    TOLD("undrawn:5 damaged:4", EVENT(RECEIVED, .qty = 8), EVENT(RETURNED, .qty = 4, .state = STATE_DAMAGED),
         COUNT(OF_NODE, .qty = -1));
    TOLD("undrawn:1 damaged:4", EVENT(RECEIVED, .qty = 8), EVENT(RETURNED, .qty = 4, .state = STATE_DAMAGED),
         COUNT(OF_NODE, .qty = -1, .sellable = true));
}
END_TEST

START_TEST(count_is_an_observation_of_the_places_it_sets_and_of_no_other)
{
    struct place_stock places[8];
    struct record record;
    struct event events[] = {
        EVENT(RECEIVED, .qty = 5, .place = STR(WOMEN), .time = 10),
        EVENT(RECEIVED, .qty = 5, .place = STR(SHELF_2), .time = 20),
        EVENT(COUNTED, OF_SHELF, .qty = 2, .time = 30, .source = STR("rfid")),
    };

    record_init(&record, places, 8, NULL, 0);
    for (int i = 0; i < 3; i++)
        record_apply(&record, &events[i], false);
    ck_assert_uint_eq(record.places_n, 3);
    ck_assert_int_eq(places[0].qty, 3);
    ck_assert_int_eq(places[0].seen_at, 10);
    ck_assert_int_eq(places[1].seen_at, 30);
    ck_assert(str_equal(places[1].seen_by, STR("rfid")));
    ck_assert_int_eq(places[2].seen_at, 20);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        count_of_a_place_sets_it_and_nothing_else,
        count_of_a_place_by_lines_empties_it_when_it_is_not_listed,
        count_of_a_zone_sets_what_is_listed_and_empties_the_rest_of_it,
        zones_and_floors_whose_names_begin_alike_are_others,
        count_of_a_floor_covers_all_its_zones,
        total_of_a_scope_leaves_the_rest_to_the_place_with_only_the_scopes_components,
        units_found_are_those_that_had_no_place,
        units_missing_are_those_that_left_from_no_known_place,
        what_shelves_gained_in_all_is_reconciled_once,
        count_reconciles_with_the_zone_then_the_floor_then_units_without_place,
        loss_reconciles_only_with_coarser_places_below_0,
        count_of_a_zone_reconciles_with_its_floor,
        count_of_a_coarse_place_does_not_reconcile_with_itself,
        staged_and_damaged_units_are_untouched_by_a_count_of_the_floor,
        count_of_the_node_by_lines_sets_everything_but_unlisted_states,
        count_of_the_node_that_keeps_leaves_what_is_not_listed,
        total_of_the_node_leaves_the_rest_without_place,
        sellable_total_of_the_node_leaves_damaged_units_and_those_on_quality_hold_aside,
        total_of_the_node_may_be_below_0,
        count_is_an_observation_of_the_places_it_sets_and_of_no_other,
    };
    return SUITE_RUN("count", tests);
}
