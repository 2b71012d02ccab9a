/* What can be promised. */
#include "stockfold/core/availability.h"

#include "support/suite.h"
#include "support/told.h"

struct shop {
    struct record record;
    struct place_stock places[8];
};

/* 10 on a shelf of the women's zone, 6 in the back, 4 unplaced, 1 undrawn, 2 staged, 3 damaged: 21 sellable. */
static const struct record *stocked(struct shop *shop)
{
    struct event events[] = {
        EVENT(RECEIVED, .qty = 10, .place = STR(SHELF)),
        EVENT(RECEIVED, .qty = 6, .place = STR(BACK)),
        EVENT(RECEIVED, .qty = 4),
        EVENT(SOLD, .qty = 1),
        EVENT(RETURNED, .qty = 2, .state = STATE_STAGED),
        EVENT(RETURNED, .qty = 3, .state = STATE_DAMAGED),
    };

    record_init(&shop->record, shop->places, 8, NULL, 0);
    for (int i = 0; i < 6; i++)
        record_apply(&shop->record, &events[i], false);
    return &shop->record;
}

START_TEST(available_is_sellable_without_reserved_and_safety_stock)
{
    static const struct {
        int64_t reserved, safety_stock, available, short_by;
    } rows[] = {{0, 0, 21, 0}, {5, 0, 16, 0}, {5, 3, 13, 0}, {21, 0, 0, 0}, {20, 5, 0, 0}, {25, 5, 0, 4}};
    struct shop shop;
    const struct record *record = stocked(&shop);

    for (int i = 0; i < 6; i++) {
        struct availability is = availability_of(record, rows[i].reserved, rows[i].safety_stock, NULL);
        ck_assert_int_eq(is.available, rows[i].available);
        ck_assert_int_eq(is.available_for_pickup, rows[i].available);
        ck_assert_int_eq(is.short_by, rows[i].short_by);
    }
}
END_TEST

/* Sorted by place, as a node's zones are. */
static const struct zone zones[] = {
    {.place = STR(BACK), .pickable = false, .accessible = true},
    {.place = STR("2\0men"), .pickable = false, .accessible = false},
    {.place = STR(WOMEN), .pickable = true, .accessible = true},
};

START_TEST(units_in_closed_zones_cannot_be_picked_up)
{
    struct zone closed_women[] = {zones[0], {.place = STR(WOMEN), .pickable = false, .accessible = true}};
    const struct node node = {.zones = zones, .zones_n = 3}, women = {.zones = closed_women, .zones_n = 2};
    struct shop shop;
    const struct record *record = stocked(&shop);

    ck_assert_int_eq(availability_of(record, 0, 0, &node).available_for_pickup, 15);
    ck_assert_int_eq(availability_of(record, 0, 0, &node).available, 21);
    ck_assert_int_eq(availability_of(record, 0, 0, &women).available_for_pickup, 5);
    ck_assert_int_eq(availability_of(record, 10, 0, &women).available_for_pickup, 0);
}
END_TEST

START_TEST(shoppers_need_no_access_to_what_staff_can_pick)
{
    const struct zone hidden[] = {{.place = STR(BACK), .pickable = true, .accessible = false}};
    const struct node node = {.zones = hidden, .zones_n = 1};
    struct shop shop;

    ck_assert_int_eq(availability_of(stocked(&shop), 0, 0, &node).available_for_pickup, 21);
}
END_TEST

START_TEST(units_in_zones_that_are_not_known_can_be_picked_up)
{
    const struct node women = {.zones = zones + 2, .zones_n = 1}, none = {0};
    struct shop shop;
    const struct record *record = stocked(&shop);

    ck_assert_int_eq(availability_of(record, 0, 0, &women).available_for_pickup, 21);
    ck_assert_int_eq(availability_of(record, 0, 0, &none).available_for_pickup, 21);
}
END_TEST

START_TEST(place_below_0_in_a_closed_zone_adds_nothing)
{
    const struct node node = {.zones = zones, .zones_n = 1};
    struct event sale = EVENT(SOLD, .qty = 9, .place = STR(BACK), .time = 9);
    struct shop shop;
    stocked(&shop);
    record_apply(&shop.record, &sale, false);

    ck_assert_int_eq(availability_of(&shop.record, 0, 0, &node).available, 12);
    ck_assert_int_eq(availability_of(&shop.record, 0, 0, &node).available_for_pickup, 12);
}
END_TEST

START_TEST(safety_stock_is_the_most_specific_that_is_present)
{
    ck_assert_int_eq(safety_stock_of(4, 3, 2, 1), 4);
    ck_assert_int_eq(safety_stock_of(0, 3, 2, 1), 0);
    ck_assert_int_eq(safety_stock_of(-1, 3, 2, 1), 3);
    ck_assert_int_eq(safety_stock_of(-1, -1, 2, 1), 2);
    ck_assert_int_eq(safety_stock_of(-1, -1, -1, 1), 1);
    ck_assert_int_eq(safety_stock_of(-1, -1, -1, -1), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        available_is_sellable_without_reserved_and_safety_stock,
        units_in_closed_zones_cannot_be_picked_up,
        shoppers_need_no_access_to_what_staff_can_pick,
        units_in_zones_that_are_not_known_can_be_picked_up,
        place_below_0_in_a_closed_zone_adds_nothing,
        safety_stock_is_the_most_specific_that_is_present,
    };
    return SUITE_RUN("availability", tests);
}
