/* What single cases (test_event_cases.c) do not show of the event decoder. */
#include "stockfold/codec/event_json.h"

#include <stdio.h>

#include "stockfold/base/unconst.h"
#include "support/event_text.h"
#include "support/spoilt.h"
#include "support/suite.h"

#define SOLD                                                                                                           \
    "{\"id\":\"8842-3\",\"source\":\"pos-17\",\"type\":\"sold\",\"time\":\"2026-11-21T10:02:11.250Z\","                \
    "\"sku\":\"ZR-7745-M-BLK\",\"node\":\"store-014\",\"qty\":1"
#define PLACE                                                                                                          \
    ",\"place\":{\"floor\":\"2\",\"zone\":\"women\",\"aisle\":\"A04\",\"bay\":\"B02\",\"shelf\":\"S3\",\"position\":"  \
    "\"1\"}"

static struct arena arena;

static struct event_context context_at(int64_t kafka_time, int64_t future_max_ms)
{
    return (struct event_context){.kafka_time = kafka_time, .future_max_ms = future_max_ms, .arena = &arena};
}

static bool inside(struct str whole, struct str part)
{
    return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

START_TEST(the_common_event_goes_the_fast_way_without_copying)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct str json = STR(SOLD PLACE "}");
    struct event event;
    ck_assert(event_decode_fast(json, &context, &event));
    ck_assert(inside(json, event.id) && inside(json, event.source) && inside(json, event.sku));
    ck_assert(inside(json, event.node));
    ck_assert(str_equal(event.place, STR("2\0women\0A04\0B02\0S3\0001")));
    ck_assert_int_eq(event.time, INT64_C(1795255331250));
}
END_TEST

START_TEST(every_prefix_of_an_event_is_malformed)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct str json = STR(SOLD PLACE ",\"till\":-12,\"paid\":true,\"by\":null}");
    for (size_t len = 0; len < json.len; len++) {
        struct event event;
        char detail[REFUSAL_DETAIL_MAX];
        struct str prefix = {json.data, len};
        ck_assert(!event_decode_fast(prefix, &context, &event));
        ck_assert_int_eq(event_decode(prefix, &context, &event, detail), REFUSAL_MALFORMED);
    }
}
END_TEST

START_TEST(a_zero_byte_anywhere_makes_an_event_malformed)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct str json = STR(" " SOLD PLACE ",\"till\":-12,\"paid\":true,\"by\":null,\"x\":[1.5,false,1e3,\"\\n\"]} ");
    for (size_t at = 0; at <= json.len; at++) {
        struct event event;
        char detail[REFUSAL_DETAIL_MAX];
        struct str spoilt = spoilt_by_nul(json, at);
        ck_assert(!event_decode_fast(spoilt, &context, &event));
        ck_assert_int_eq(event_decode(spoilt, &context, &event, detail), REFUSAL_MALFORMED);
        free(unconst(spoilt.data));
    }
}
END_TEST

START_TEST(the_future_is_judged_by_the_message_and_the_setting)
{
    struct event event;
    char detail[REFUSAL_DETAIL_MAX];
    struct str json = STR(SOLD "}");
    const int64_t time = INT64_C(1795255331250);
    struct event_context context = context_at(time - 1000, 1000);
    ck_assert_int_eq(event_decode(json, &context, &event, detail), REFUSAL_NONE);
    context = context_at(time - 1001, 1000);
    ck_assert_int_eq(event_decode(json, &context, &event, detail), REFUSAL_FUTURE);
    context = context_at(0, -1);
    ck_assert_int_eq(event_decode(json, &context, &event, detail), REFUSAL_NONE);
}
END_TEST

START_TEST(the_order_of_a_counts_lines_is_no_content)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct event one, other;
    char detail[REFUSAL_DETAIL_MAX];
#define COUNT(lines)                                                                                                   \
    STR("{\"id\":\"c\",\"source\":\"s\",\"type\":\"counted\",\"time\":\"2026-11-21T10:02:11Z\",\"sku\":\"a\","         \
        "\"node\":\"b\",\"scope\":\"node\",\"lines\":[" lines "]}")
    struct str json = COUNT("{\"qty\":1},{\"qty\":2,\"state\":\"damaged\"},{\"qty\":3,\"place\":{\"floor\":\"1\"}}");
    struct str turned = COUNT("{\"qty\":3,\"place\":{\"floor\":\"1\"}},{\"state\":\"damaged\",\"qty\":2},{\"qty\":1}");
    ck_assert_int_eq(event_decode(json, &context, &one, detail), REFUSAL_NONE);
    ck_assert_int_eq(event_decode(turned, &context, &other, detail), REFUSAL_NONE);
    ck_assert_int_eq(event_content(&one, &other), 0);
}
END_TEST

START_TEST(many_unknown_fields_change_nothing_and_repeated_ones_are_seen)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct event event;
    char detail[REFUSAL_DETAIL_MAX];
    for (int n = 0; n < 30; n++) {
        struct buffer json;
        buffer_init(&json);
        buffer_add_literal(&json, SOLD);
        for (int i = 0; i < n; i++)
            buffer_add_format(&json, ",\"x%d\":%d", i, i);
        size_t good = json.len;
        buffer_add_literal(&json, "}");
        ck_assert_int_eq(event_decode((struct str){json.data, json.len}, &context, &event, detail), REFUSAL_NONE);
        json.len = good;
        buffer_add_format(&json, ",\"x%d\":0}", n - 1);
        enum refusal refusal = event_decode((struct str){json.data, json.len}, &context, &event, detail);
        ck_assert_int_eq(refusal, n == 0 ? REFUSAL_NONE : REFUSAL_MALFORMED);
        buffer_done(&json);
    }
}
END_TEST

#define IN_EVENT(more) "{\"id\":\"1\",\"source\":\"pos\",\"sku\":\"a\",\"node\":\"n\"" more "}"
#define AT_TEN ",\"time\":\"2026-11-21T10:02:11Z\""
#define TYPED(type, more) IN_EVENT(AT_TEN ",\"type\":\"" type "\"" more)

static const struct {
    struct str json;
    const char *detail;
} details[] = {
    {STR("{"), "at byte 1: not one JSON object"},
    {STR("{\"a\":1\0}"), "at byte 7: a zero byte"},
    {STR("{\"type\":\"sold\"}"), "id: missing; every event needs it"},
    {STR(IN_EVENT("")), "type: missing; every event needs it"},
    {STR(TYPED("sale", "")),
     "type: \"sale\" is none of adjusted, arrived, corrected, counted, expected, moved, received, "
     "returned, shipped, sold, state_changed; nearest is \"sold\""},
    {STR(TYPED("replenishment", "")), "type: \"replenishment\" is none of adjusted, arrived, corrected, counted, "
                                      "expected, moved, received, returned, shipped, sold, state_changed"},
    {STR(TYPED("shipped", ",\"qty\":1,\"to_node\":\"m\"")), "ref: missing; an event of type shipped needs it"},
    {STR(TYPED("sold", ",\"qty\":1.0")),
     "qty: expected an integer from 1 to 1000000000, not a number with a fraction or an exponent"},
    {STR(TYPED("sold", ",\"qty\":\"1\"")), "qty: expected an integer from 1 to 1000000000, not \"1\""},
    {STR(TYPED("sold", ",\"qty\":0")), "qty: expected an integer from 1 to 1000000000, not 0"},
    {STR(TYPED("sold", ",\"qty\":99999999999999999999")),
     "qty: expected an integer from 1 to 1000000000, not 9223372036854775807 or beyond"},
    {STR(TYPED("sold", ",\"qty\":true")), "qty: expected an integer from 1 to 1000000000, not true"},
    {STR(TYPED("adjusted", ",\"qty\":0")), "qty: expected an integer other than 0"},
    {STR(TYPED("counted", ",\"scope\":\"node\",\"qty\":-1000000001")),
     "qty: expected an integer from -1000000000 to 1000000000, not -1000000001"},
    {STR(TYPED("sold", ",\"qty\":1,\"place\":{\"floor\":2}")),
     "place.floor: expected a string of 1 to 64 bytes, not 2"},
    {STR(TYPED("sold", ",\"qty\":1,\"place\":{\"zone\":\"a\"}")), "place.floor: missing; every place has a floor"},
    {STR(TYPED("sold", ",\"qty\":1,\"state\":\"damagd\"")),
     "state: \"damagd\" is none of sellable, damaged, quality_hold, staged; nearest is \"damaged\""},
    {STR(TYPED("sold", ",\"qty\":1,\"reservation\":\"\"")),
     "reservation: expected a string of 1 to 64 bytes, not \"\""},
    {STR(TYPED("received", ",\"qty\":1,\"ref\":\"a\\u200b\\\"\\\\\xc3\xa9\"")),
     "ref: \"a\\u200b\\\"\\\\\xc3\xa9\" holds an invisible character; expected a name of visible characters, no white "
     "space at its ends"},
    {STR(TYPED("received", ",\"qty\":1,\"ref\":\" a\"")),
     "ref: \" a\" begins with white space; expected a name of visible characters, no white space at its ends"},
    {STR(TYPED("sold",
               ",\"qty\":1,\"reservation\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
               "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
               "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
               "x\"")),
     "reservation: expected a string of 1 to 64 bytes, not \"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9...\" (65 bytes)"},
    {STR(TYPED("counted", ",\"scope\":\"zone\",\"place\":{\"floor\":\"2\",\"zone\":\"w\"},\"lines\":[{\"qty\":1,"
                          "\"place\":{\"floor\":\"2\",\"zone\":\"w\"}},{\"qty\":1}]")),
     "lines[1].place: expected a place in the scope of the count"},
    {STR(TYPED("counted", ",\"scope\":\"node\",\"qty\":1,\"state\":\"staged\"")),
     "state: staged is for lines of a count of scope node"},
    {STR(IN_EVENT(",\"type\":\"sold\",\"qty\":1,\"time\":\"2026-11-21T10:02:11\"")),
     "time: \"2026-11-21T10:02:11\" has no Z or offset; expected RFC 3339, as 2026-11-21T10:02:11Z"},
    {STR(IN_EVENT(",\"type\":\"sold\",\"qty\":1,\"time\":1795255331")),
     "time: expected a string, a time as RFC 3339, not 1795255331"},
    {STR(IN_EVENT(",\"type\":\"sold\",\"qty\":1,\"time\":\"2026-11-21T10:15:00.001Z\"")),
     "time: 2026-11-21T10:15:00.001Z is 601 s ahead of its message's Kafka timestamp 2026-11-21T10:05:00Z; at most 600 "
     "s "
     "are taken"},
};

START_TEST(a_detail_says_what_was_seen_and_what_was_expected)
{
    struct event_context context = context_at(INT64_C(1795255500000), EVENT_FUTURE_MS_DEFAULT);
    struct event event;
    char detail[REFUSAL_DETAIL_MAX];
    ck_assert_int_ne(event_decode(details[_i].json, &context, &event, detail), REFUSAL_NONE);
    ck_assert_str_eq(detail, details[_i].detail);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event_json");
    TCase *tcase = tcase_create("event_json");
    tcase_add_test(tcase, the_common_event_goes_the_fast_way_without_copying);
    tcase_add_test(tcase, every_prefix_of_an_event_is_malformed);
    tcase_add_test(tcase, a_zero_byte_anywhere_makes_an_event_malformed);
    tcase_add_test(tcase, the_future_is_judged_by_the_message_and_the_setting);
    tcase_add_test(tcase, the_order_of_a_counts_lines_is_no_content);
    tcase_add_test(tcase, many_unknown_fields_change_nothing_and_repeated_ones_are_seen);
    tcase_add_loop_test(tcase, a_detail_says_what_was_seen_and_what_was_expected, 0,
                        sizeof(details) / sizeof(details[0]));
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
