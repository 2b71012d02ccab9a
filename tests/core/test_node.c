/* Finding a place's zone and floor. */
#include "stockfold/core/node.h"

#include "support/suite.h"

static const struct zone zones[] = {
    {.place = STR("0\0back")}, {.place = STR("0\0till")}, {.place = STR("2\0men")}, {.place = STR("2\0women")}};
static const struct text_in_language fashion = {{0}, STR("Fashion")}, ground = {{0}, STR("Ground floor")};
static const struct floor floors[] = {{STR("2"), {&fashion, 1}}, {STR("0"), {&ground, 1}}, {STR("5"), {0}}};
static const struct node node = {.zones = zones, .zones_n = 4, .floors = floors, .floors_n = 3};

START_TEST(a_place_lies_in_the_zone_of_its_floor_and_zone)
{
    ck_assert_ptr_eq(node_zone(&node, STR("0\0back")), &zones[0]);
    ck_assert_ptr_eq(node_zone(&node, STR("0\0till\0A1\0\0S3")), &zones[1]);
    ck_assert_ptr_eq(node_zone(&node, STR("2\0men\0A1")), &zones[2]);
    ck_assert_ptr_eq(node_zone(&node, STR("2\0women\0\0\0S1\0P7")), &zones[3]);
}
END_TEST

START_TEST(zones_that_are_not_known_have_none)
{
    const struct node none = {0};
    ck_assert_ptr_null(node_zone(&node, STR("2")));
    ck_assert_ptr_null(node_zone(&node, STR("2\0\0A1")));
    ck_assert_ptr_null(node_zone(&node, STR("2\0wom")));
    ck_assert_ptr_null(node_zone(&node, STR("1\0back")));
    ck_assert_ptr_null(node_zone(&node, STR("")));
    ck_assert_ptr_null(node_zone(&none, STR("0\0back")));
}
END_TEST

START_TEST(a_place_has_the_name_of_its_floor)
{
    ck_assert(str_equal(node_floor_name(&node, STR("0\0back"), STR("")), STR("Ground floor")));
    ck_assert(str_equal(node_floor_name(&node, STR("2"), STR("")), STR("Fashion")));
    ck_assert_uint_eq(node_floor_name(&node, STR("5\0a"), STR("")).len, 0);
    ck_assert_uint_eq(node_floor_name(&node, STR("9\0a"), STR("")).len, 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_place_lies_in_the_zone_of_its_floor_and_zone,
        zones_that_are_not_known_have_none,
        a_place_has_the_name_of_its_floor,
    };
    return SUITE_RUN("node", tests);
}
