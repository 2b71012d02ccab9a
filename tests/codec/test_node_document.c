/* Node documents: read, and refused by name. */
#include "stockfold/codec/master.h"

#include <stdio.h>

#include "stockfold/base/unconst.h"
#include "stockfold/codec/event_json.h"
#include "support/spoilt.h"
#include "support/suite.h"

#define NODE                                                                                                           \
    "\"id\":\"store-014\",\"name\":\"Gran V\303\255a 32\",\"kind\":\"store\",\"sells_online\":false,\"lat\":40.4203,"  \
    "\"lon\":-3.7058,\"address\":\"a\",\"time_zone\":\"Europe/Madrid\",\"hours\":{\"mon\":[\"10:00-22:00\"],"          \
    "\"sat\":[\"10:00-02:00\"]},\"days\":{\"2026-12-24\":[\"10:00-14:00\"],\"2026-12-25\":[]},"                        \
    "\"gln\":\"8435678901234\",\"safety_stock\":2,\"pickup\":{\"enabled\":true,\"lead_minutes\":30,"                   \
    "\"cutoff_minutes\":30,\"capacity_per_hour\":40},\"floors\":[{\"floor\":\"0\",\"name\":\"Ground floor\"}],"        \
    "\"zones\":[{\"floor\":\"2\",\"zone\":\"women\",\"name\":\"Women\",\"walk\":20,\"draw\":1,\"pickable\":true,"      \
    "\"accessible\":true,\"map\":{\"x\":1.5}},{\"floor\":\"0\",\"zone\":\"back\",\"accessible\":false},"               \
    "{\"floor\":\"0\",\"zone\":\"vault\",\"pickable\":false},{\"floor\":\"0\",\"zone\":\"till\",\"pickable\":null}]"

static struct arena arena;
static char detail[REFUSAL_DETAIL_MAX];

#define ASSERT_STR(text, literal) ck_assert(str_equal(text, STR(literal)))
#define FIRST(texts) texts_choose(&texts, STR(""))

static struct node node;

/* `{"id":"a","kind":"store"` and more, up to the end of the object. */
#define READ(more)                                                                                                     \
    ck_assert_int_eq(node_read(STR("{\"id\":\"a\",\"kind\":\"store\"" more "}"), &arena, &node, detail), REFUSAL_NONE)

static void assert_spans(const struct opening_day *day, size_t n, const struct opening_span *spans)
{
    ck_assert_uint_eq(day->spans_n, n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(day->spans[i].from, spans[i].from);
        ck_assert_int_eq(day->spans[i].to, spans[i].to);
    }
}
#define ASSERT_SPANS(day, ...)                                                                                         \
    assert_spans(day, sizeof((struct opening_span[]){__VA_ARGS__}) / sizeof(struct opening_span),                      \
                 (struct opening_span[]){__VA_ARGS__})

START_TEST(a_node_is_read)
{
    ck_assert_int_eq(node_read(STR("{" NODE "}"), &arena, &node, detail), REFUSAL_NONE);
    ASSERT_STR(node.id, "store-014");
    ASSERT_STR(FIRST(node.name), "Gran V\303\255a 32");
    ASSERT_STR(node.time_zone, "Europe/Madrid");
    ck_assert_int_eq(node.kind, NODE_STORE);
    ck_assert(!node.sells_online && node.positioned);
    ck_assert_double_eq(node.lat, 40.4203);
    ck_assert_double_eq(node.lon, -3.7058);
    ck_assert_int_eq(node.safety_stock, 2);
    ck_assert(node.pickup.enabled);
    ck_assert_int_eq(node.pickup.lead_minutes, 30);
    ck_assert_int_eq(node.pickup.cutoff_minutes, 30);
    ck_assert_int_eq(node.pickup.capacity_per_hour, 40);
    ck_assert_uint_eq(node.floors_n, 1);
    ASSERT_STR(node.floors[0].floor, "0");
    ASSERT_STR(FIRST(node.floors[0].name), "Ground floor");
}
END_TEST

START_TEST(a_node_needs_its_id_and_kind_only)
{
    struct str json = STR("{\"id\":\"United Kingdom\",\"kind\":\"ecommerce\"}");
    ck_assert_int_eq(node_read(json, &arena, &node, detail), REFUSAL_NONE);
    ck_assert_int_eq(node.kind, NODE_ECOMMERCE);
    ck_assert(node.sells_online && !node.positioned && !node.pickup.enabled);
    ck_assert_uint_eq(node.name.n + node.time_zone.len + node.zones_n + node.floors_n + node.hours.days_n, 0);
    ck_assert_int_lt(node.safety_stock, 0);
    ck_assert_int_lt(node.pickup.lead_minutes, 0);
    ck_assert_int_lt(node.pickup.cutoff_minutes, 0);
    ck_assert_int_lt(node.pickup.capacity_per_hour, 0);
}
END_TEST

START_TEST(what_is_not_given_depends_on_the_kind)
{
    READ("");
    ck_assert(!node.sells_online && node.pickup.enabled);
    READ(",\"sells_online\":true,\"pickup\":{\"enabled\":false}");
    ck_assert(node.sells_online && !node.pickup.enabled);
    READ(",\"pickup\":{\"lead_minutes\":0}");
    ck_assert(node.pickup.enabled);
    ck_assert_int_eq(node.pickup.lead_minutes, 0);
    READ(",\"pickup\":null,\"hours\":null,\"days\":null,\"zones\":null");
    ck_assert(node.pickup.enabled);
    ck_assert_uint_eq(node.hours.week[0].spans_n + node.hours.days_n, 0);
}
END_TEST

START_TEST(half_a_position_is_none)
{
    READ(",\"lat\":40");
    ck_assert(!node.positioned);
    READ(",\"lat\":40,\"lon\":0");
    ck_assert(node.positioned);
}
END_TEST

START_TEST(zones_are_sorted_by_place)
{
    ck_assert_int_eq(node_read(STR("{" NODE "}"), &arena, &node, detail), REFUSAL_NONE);
    ck_assert_uint_eq(node.zones_n, 4);
    ASSERT_STR(node.zones[0].place, "0\0back");
    ASSERT_STR(node.zones[1].place, "0\0till");
    ASSERT_STR(node.zones[2].place, "0\0vault");
    ASSERT_STR(node.zones[3].place, "2\0women");
    ASSERT_STR(FIRST(node.zones[3].name), "Women");
    ASSERT_STR(node.zones[3].map, "{\"x\":1.5}");
    ck_assert_uint_eq(node.zones[0].map.len, 0);
    ck_assert_int_eq(node.zones[3].walk, 20);
    ck_assert_int_eq(node.zones[3].draw, 1);
    ck_assert(node.zones[3].pickable && node.zones[3].accessible);
    ck_assert(node.zones[0].walk == INT64_MAX && node.zones[0].draw == INT64_MAX);
    ck_assert(node.zones[0].pickable && !node.zones[0].accessible);
    ck_assert(node.zones[1].pickable && node.zones[1].accessible);
    ck_assert(!node.zones[2].pickable && node.zones[2].accessible);
}
END_TEST

START_TEST(of_a_zone_listed_twice_the_first_counts)
{
    READ(",\"zones\":[{\"floor\":\"1\",\"zone\":\"b\"},{\"floor\":\"1\",\"zone\":\"a\",\"walk\":1},"
         "{\"floor\":\"1\",\"zone\":\"a\",\"walk\":2}]");
    ck_assert_uint_eq(node.zones_n, 2);
    ck_assert_int_eq(node.zones[0].walk, 1);
    ASSERT_STR(node.zones[1].place, "1\0b");
}
END_TEST

START_TEST(maps_and_features_of_floors_are_checked)
{
    READ(",\"floors\":[{\"floor\":\"0\",\"map\":{\"w\":40,\"h\":30},\"features\":[{\"kind\":\"lift\",\"x\":1,\"y\":2}]}"
         "],"
         "\"zones\":[{\"floor\":\"0\",\"zone\":\"b\",\"staff_only\":true,\"aisles\":[{\"aisle\":\"A1\",\"map\":{\"x\":"
         "1}}]}]");
    struct str json =
        STR("{\"id\":\"a\",\"kind\":\"store\",\"floors\":[{\"floor\":\"0\",\"features\":[{\"kind\":\"bar\"}]}]}");
    ck_assert_int_ne(node_read(json, &arena, &node, detail), REFUSAL_NONE);
}
END_TEST

START_TEST(names_may_be_given_in_languages)
{
    READ(",\"name\":{\"es\":\"Tienda\",\"en\":\"Shop\"},\"floors\":[{\"floor\":\"0\",\"name\":{\"es\":\"Bajo\",\"en\":"
         "\"Ground\"}}],\"zones\":[{\"floor\":\"0\",\"zone\":\"w\",\"name\":{\"es\":\"Mujer\",\"en\":\"Women\"}}]");
    ASSERT_STR(FIRST(node.name), "Tienda");
    ASSERT_STR(texts_choose(&node.name, STR("en")), "Shop");
    ASSERT_STR(node_floor_name(&node, STR("0\0w"), STR("EN")), "Ground");
    ASSERT_STR(node_floor_name(&node, STR("0\0w"), STR("fr")), "Bajo");
    ASSERT_STR(texts_choose(&node.zones[0].name, STR("en")), "Women");
}
END_TEST

START_TEST(hours_are_minutes_after_midnight)
{
    READ(",\"hours\":{\"mon\":[\"10:00-14:00\",\"16:30-23:59\"],\"sat\":[\"10:00-02:00\"],\"sun\":[\"00:00-24:00\","
         "\"24:00-01:00\"],\"wed\":[\"00:00-23:59\"]}");
    ASSERT_SPANS(&node.hours.week[0], {600, 840}, {990, 1440});
    ck_assert_uint_eq(node.hours.week[1].spans_n, 0);
    ASSERT_SPANS(&node.hours.week[5], {600, 1560});
    ASSERT_SPANS(&node.hours.week[6], {0, 1440}, {1440, 1500});
    ASSERT_SPANS(&node.hours.week[2], {0, 1440});
    ck_assert_uint_eq(node.hours.empty_span.len, 0);
}
END_TEST

START_TEST(a_span_that_ends_as_it_begins_closes_its_day)
{
    static const char *const spans[] = {"10:00-10:00", "00:00-00:00", "24:00-24:00", "24:00-00:00", "23:59-23:59"};
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        char json[200];
        int len = snprintf(json, sizeof(json),
                           "{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"mon\":[\"08:00-09:00\",\"%s\"],"
                           "\"tue\":[\"08:00-09:00\"]},\"days\":{\"2026-12-24\":[\"%s\"]}}",
                           spans[i], spans[i]);
        ck_assert_int_eq(node_read((struct str){json, (size_t)len}, &arena, &node, detail), REFUSAL_NONE);
        ck_assert_uint_eq(node.hours.week[0].spans_n, 0);
        ASSERT_SPANS(&node.hours.week[1], {480, 540});
        ck_assert_uint_eq(node.hours.days_n, 1);
        ck_assert_uint_eq(node.hours.days[0].spans_n, 0);
        ck_assert(str_equal(node.hours.empty_span, str_from(spans[i])));
    }
}
END_TEST

START_TEST(single_days_are_sorted)
{
    READ(",\"days\":{\"2028-02-29\":[],\"1970-01-01\":[\"10:00-11:00\"],\"2026-12-24\":[\"10:00-14:00\"]}");
    ck_assert_uint_eq(node.hours.days_n, 3);
    ck_assert_int_eq(node.hours.days[0].day, 0);
    ASSERT_SPANS(&node.hours.days[0], {600, 660});
    ck_assert_int_eq(node.hours.days[1].day, 20811);
    ck_assert_int_eq(node.hours.days[2].day, 21243);
    ck_assert_uint_eq(node.hours.days[2].spans_n, 0);
}
END_TEST

START_TEST(with_single_days_only_every_other_day_is_closed)
{
    READ(",\"days\":{\"2026-12-25\":[]}");
    ck_assert_uint_eq(node.hours.days_n, 1);
    for (int i = 0; i < WEEKDAYS; i++)
        ck_assert_uint_eq(node.hours.week[i].spans_n, 0);
}
END_TEST

struct refused {
    const char *json;
    enum refusal refusal;
    const char *detail;
};

static const struct refused refused_nodes[] = {
    {"{\"kind\":\"store\"}", REFUSAL_MISSING_FIELD, "id: missing, and needed"},
    {"{\"id\":\"a\"}", REFUSAL_MISSING_FIELD, "kind: missing, and needed"},
    {"{\"id\":\"a\\u200b\",\"kind\":\"store\"}", REFUSAL_OUT_OF_RANGE, "id: \"a\\u200b\" holds an invisible character"},
    {"{\"id\":\"12345678901234567890123456789012345678901234567890123456789012345\",\"kind\":\"store\"}",
     REFUSAL_OUT_OF_RANGE,
     "id: expected a name of 1 to 64 bytes, not \"12345678901234567890123456789012345678901234567...\" (65 bytes)"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":[{\"floor\":\"1\",\"zone\":\" a\"}]}", REFUSAL_OUT_OF_RANGE,
     "zones[0].zone: \" a\" begins with white space"},
    {"{\"id\":\"a\",\"kind\":\"shop\"}", REFUSAL_OUT_OF_RANGE,
     "kind: expected warehouse, store or ecommerce, not \"shop\""},
    {"{\"id\":\"a\",\"kind\":\"store\",\"lat\":90.5}", REFUSAL_OUT_OF_RANGE,
     "lat: expected a number from -90 to 90, not 90.5"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"lon\":\"1\"}", REFUSAL_WRONG_TYPE,
     "lon: expected a number from -180 to 180, not \"1\""},
    {"{\"id\":\"a\",\"kind\":\"store\",\"sells_online\":1}", REFUSAL_WRONG_TYPE,
     "sells_online: expected true or false, not 1"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"monday\":[]}}", REFUSAL_OUT_OF_RANGE,
     "hours: expected mon to sun, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"mon\":[\"10:00-25:00\"]}}", REFUSAL_OUT_OF_RANGE,
     "hours: expected mon to sun, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"days\":{\"2026-02-30\":[]}}", REFUSAL_OUT_OF_RANGE,
     "days: expected days as YYYY-MM-DD, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"mon\":[\"10:00-24:01\"]}}", REFUSAL_OUT_OF_RANGE,
     "hours: expected mon to sun, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"mon\":[\"10:60-20:00\"]}}", REFUSAL_OUT_OF_RANGE,
     "hours: expected mon to sun, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"hours\":{\"mon\":\"10:00-20:00\"}}", REFUSAL_OUT_OF_RANGE,
     "hours: expected mon to sun, each a list of HH:MM-HH:MM"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"gln\":\"123\"}", REFUSAL_OUT_OF_RANGE,
     "gln: expected a string of 13 digits, not \"123\""},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":{}}", REFUSAL_WRONG_TYPE,
     "zones: expected an array of objects, not an object"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":[3]}", REFUSAL_WRONG_TYPE, "zones[0]: expected an object, not 3"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":[{\"floor\":\"1\"}]}", REFUSAL_MISSING_FIELD,
     "zones[0].zone: missing, and needed"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":[{\"floor\":\"1\",\"zone\":\"a\",\"map\":{\"w\":-1}}]}",
     REFUSAL_OUT_OF_RANGE, "zones[0].map.w: expected a number from 0 to 1000000000, not -1"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"zones\":[{\"floor\":\"1\",\"zone\":\"a\",\"pickable\":\"no\"}]}",
     REFUSAL_WRONG_TYPE, "zones[0].pickable: expected true or false, not \"no\""},
    {"{\"id\":\"a\",\"kind\":\"store\",\"floors\":[{\"floor\":1}]}", REFUSAL_WRONG_TYPE,
     "floors[0].floor: expected a name of 1 to 64 bytes, not 1"},
    {"{\"id\":\"a\",\"kind\":\"store\",\"pickup\":{\"lead_minutes\":-1}}", REFUSAL_OUT_OF_RANGE,
     "pickup.lead_minutes: expected an integer from 0 to 10080, not -1"},
};

START_TEST(a_wrong_node_is_refused_by_name)
{
    const struct refused *refused = &refused_nodes[_i];
    struct str json = {refused->json, strlen(refused->json)};
    ck_assert_int_eq(node_read(json, &arena, &node, detail), refused->refusal);
    ck_assert_str_eq(detail, refused->detail);
}
END_TEST

START_TEST(a_zero_byte_anywhere_makes_a_node_malformed)
{
    struct str json = STR("{" NODE "}");
    for (size_t at = 0; at <= json.len; at++) {
        struct str spoilt = spoilt_by_nul(json, at);
        ck_assert_int_eq(node_read(spoilt, &arena, &node, detail), REFUSAL_MALFORMED);
        free(unconst(spoilt.data));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("node_document");
    TCase *tcase = tcase_create("node_document");
    tcase_add_test(tcase, a_node_is_read);
    tcase_add_test(tcase, a_node_needs_its_id_and_kind_only);
    tcase_add_test(tcase, what_is_not_given_depends_on_the_kind);
    tcase_add_test(tcase, half_a_position_is_none);
    tcase_add_test(tcase, zones_are_sorted_by_place);
    tcase_add_test(tcase, of_a_zone_listed_twice_the_first_counts);
    tcase_add_test(tcase, maps_and_features_of_floors_are_checked);
    tcase_add_test(tcase, names_may_be_given_in_languages);
    tcase_add_test(tcase, hours_are_minutes_after_midnight);
    tcase_add_test(tcase, a_span_that_ends_as_it_begins_closes_its_day);
    tcase_add_test(tcase, single_days_are_sorted);
    tcase_add_test(tcase, with_single_days_only_every_other_day_is_closed);
    tcase_add_test(tcase, a_zero_byte_anywhere_makes_a_node_malformed);
    tcase_add_loop_test(tcase, a_wrong_node_is_refused_by_name, 0, sizeof(refused_nodes) / sizeof(refused_nodes[0]));
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
