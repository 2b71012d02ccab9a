#include "stockfold/codec/record_json.h"

#include <stdio.h>

#include "support/suite.h"

#define NOW INT64_C(1795255331250)

static void assert_json(const struct record *record, const struct record_context *context, const char *expected)
{
    struct buffer out;
    buffer_init(&out);
    record_write_json(record, context, &out);
    ASSERT_TEXT(out.data, out.len, expected);
    buffer_done(&out);
}

START_TEST(a_record_is_written_in_the_order_of_its_reference)
{
    struct place_stock places[] = {
        {.place = STR("0\0\0\0\0S3"), .qty = -1, .seen_at = NOW - 331250, .seen_by = STR("rfid\"1")},
        {.place = STR("2\0women\0A04\0B02\0S3\0001"), .qty = 7, .seen_at = NOW, .seen_by = STR("pos-17")}};
    struct incoming_line incoming[] = {{.ref = STR("A"), .qty = 1, .eta = TIME_NONE},
                                       {.ref = STR("B"), .qty = 2, .eta = NOW + 1000},
                                       {.ref = STR("C"), .qty = -2, .eta = NOW},
                                       {.ref = STR("D"), .qty = 3, .eta = NOW},
                                       {.ref = STR("E"), .qty = 4, .eta = NOW}};
    struct record record = {.as_of = NOW,
                            .newest_time = NOW,
                            .unplaced = 10,
                            .undrawn = 2,
                            .states = {0, 3, 4, 5},
                            .places = places,
                            .places_n = 2,
                            .incoming = incoming,
                            .incoming_n = 5};
    struct record_context context = {.sku = STR("ZR-7745-M-BLK"),
                                     .node = STR("Gran V\303\255a"),
                                     .reserved = 6,
                                     .safety_stock = 2,
                                     .availability = {.available = 11, .available_for_pickup = 9, .short_by = 1}};
    assert_json(&record, &context,
                "{\"sku\":\"ZR-7745-M-BLK\",\"node\":\"Gran V\303\255a\",\"as_of\":\"2026-11-21T10:02:11.250Z\","
                "\"on_hand\":26,\"damaged\":3,\"quality_hold\":4,\"staged\":5,\"unplaced\":10,\"undrawn\":2,"
                "\"reserved\":6,\"short_by\":1,\"safety_stock\":2,\"available\":11,\"available_for_pickup\":9,"
                "\"places\":[{\"floor\":\"0\",\"shelf\":\"S3\",\"qty\":-1,\"seen_at\":\"2026-11-21T09:56:40Z\","
                "\"seen_by\":\"rfid\\\"1\"},{\"floor\":\"2\",\"zone\":\"women\",\"aisle\":\"A04\",\"bay\":\"B02\","
                "\"shelf\":\"S3\",\"position\":\"1\",\"qty\":7,\"seen_at\":\"2026-11-21T10:02:11.250Z\","
                "\"seen_by\":\"pos-17\"}],"
                "\"incoming\":[{\"ref\":\"D\",\"qty\":3,\"eta\":\"2026-11-21T10:02:11.250Z\"},"
                "{\"ref\":\"E\",\"qty\":4,\"eta\":\"2026-11-21T10:02:11.250Z\"},"
                "{\"ref\":\"B\",\"qty\":2,\"eta\":\"2026-11-21T10:02:12.250Z\"},{\"ref\":\"A\",\"qty\":1}]}");
}
END_TEST

START_TEST(an_empty_record_has_no_time_and_empty_lists)
{
    struct record record;
    struct record_context context = {.sku = STR("a"), .node = STR("b")};
    record_init(&record, NULL, 0, NULL, 0);
    assert_json(&record, &context,
                "{\"sku\":\"a\",\"node\":\"b\",\"as_of\":null,\"on_hand\":0,\"damaged\":0,\"quality_hold\":0,"
                "\"staged\":0,\"unplaced\":0,\"undrawn\":0,\"reserved\":0,\"short_by\":0,\"safety_stock\":0,"
                "\"available\":0,\"available_for_pickup\":0,\"places\":[],\"incoming\":[]}");
}
END_TEST

static void assert_string(struct str text, const char *expected)
{
    struct buffer out;
    buffer_init(&out);
    json_write_string(text, &out);
    ASSERT_TEXT(out.data, out.len, expected);
    buffer_done(&out);
}

START_TEST(strings_have_one_spelling)
{
    assert_string(STR(""), "\"\"");
    assert_string(STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_string(STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    assert_string(STR("\0\001\037\177"), "\"\\u0000\\u0001\\u001f\177\"");
    assert_string(STR("\303\251\345\245\263\360\237\221\225"), "\"\303\251\345\245\263\360\237\221\225\"");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_replacement_characters)
{
    assert_string(STR("a\377b"), "\"a\357\277\275b\"");
    assert_string(STR("\303"), "\"\357\277\275\"");
    assert_string(STR("\300\257"), "\"\357\277\275\357\277\275\"");
    assert_string(STR("\355\240\200"), "\"\357\277\275\357\277\275\357\277\275\"");
    assert_string(STR("\364\220\200\200"), "\"\357\277\275\357\277\275\357\277\275\357\277\275\"");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_record_is_written_in_the_order_of_its_reference,
                            an_empty_record_has_no_time_and_empty_lists, strings_have_one_spelling,
                            bytes_that_are_no_utf8_become_replacement_characters};
    return SUITE_RUN("record_json", tests);
}
