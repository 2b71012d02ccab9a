/* Reservations as JSON: there and back, whatever was done to them; bytes that are none; and what requests may ask. */
#include "stockfold/codec/reservation_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "stockfold/codec/event_json.h"
#include "support/suite.h"

#define HOUR INT64_C(3600000)
#define START (20000 * 24 * HOUR)
enum { WALKS = 9000, STEPS = 10, TRIPS = 20000 };

static struct arena arena;
static struct buffer first, second;
static uint64_t random_state;

static void begin_test(void)
{
    arena_init(&arena);
    buffer_init(&first);
    buffer_init(&second);
    random_state = 88172645463325252u;
}

static void end_test(void)
{
    arena_done(&arena);
    buffer_done(&first);
    buffer_done(&second);
}

static uint64_t below(uint64_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % most;
}

static const struct reservation_policy policy = {
    .ttl_max_ms = 2 * HOUR, .sale_missing_ms = 4 * HOUR, .keep_ended_ms = 9 * HOUR, .keep_unconfirmed_ms = HOUR};

static struct reservation_step step_of(enum reservation_verb verb, int64_t now_ms)
{
    static const int64_t consumed[] = {9, 9, 9};
    return (struct reservation_step){.verb = verb,
                                     .now_us = now_ms * 1000 + (int64_t)below(1000),
                                     .by = below(2) ? STR("ana") : (struct str){0},
                                     .channel = STR("web"),
                                     .reason = below(4) ? (struct str){0} : STR("\"no\\ \xc3\xa9"),
                                     .request = below(2) ? STR("r-1") : STR("r-2"),
                                     .made_at_ms = below(4) ? TIME_NONE : now_ms - 500,
                                     .paid = below(2),
                                     .ttl_ms = HOUR,
                                     .deadline_ms = now_ms + 5 * HOUR,
                                     .ready_by_ms = below(2) ? TIME_NONE : now_ms + HOUR,
                                     .consumed = consumed};
}

/* One with up to three lines, created. */
static void init_document(struct reservation_document *ret)
{
    static struct reservation_line lines[RESERVATION_LINES];
    static struct reservation_entry history[RESERVATION_HISTORY];
    static struct str requests[RESERVATION_REQUESTS];
    *ret = (struct reservation_document){.note = below(2) ? STR("gate \xe2\x82\xac 3") : (struct str){0},
                                         .digest = STR("00112233445566778899aabbccddeeff"),
                                         .code = STR("7KQ2XM"),
                                         .no_pickup = below(2) ? STR("closed") : (struct str){0},
                                         .replaces = below(4) ? (struct str){0} : STR("web-0")};
    ret->reservation = (struct reservation){.id = STR("web-1"),
                                            .node = STR("store-1"),
                                            .owner = below(2) ? STR("c-1") : (struct str){0},
                                            .order = below(2) ? STR("o-1") : (struct str){0},
                                            .channel = STR("web"),
                                            .type = below(2) ? RESERVATION_SHIP : RESERVATION_COLLECT,
                                            .paid = below(2),
                                            .ready_by_ms = below(2) ? TIME_NONE : START + HOUR,
                                            .lines = lines,
                                            .lines_n = 1 + (uint32_t)below(3),
                                            .history = history,
                                            .requests = requests};
    for (uint32_t i = 0; i < 3; i++)
        lines[i] = (struct reservation_line){.sku = {&"ABC"[i], 1}, .qty = 1 + (int64_t)below(3)};
    struct reservation_step step = step_of(VERB_CREATE, START);
    reservation_create(&ret->reservation, &step, &policy);
}

static void check_there_and_back(const struct reservation_document *document)
{
    struct reservation_document read;
    char detail[REFUSAL_DETAIL_MAX];
    first.len = second.len = 0;
    reservation_write(document, &first);
    enum refusal refusal = reservation_read((struct str){first.data, first.len}, &arena, &read, detail);
    ck_assert_msg(refusal == REFUSAL_NONE, "%s: %.*s", detail, (int)first.len, first.data);
    reservation_write(&read, &second);
    ASSERT_TEXT(second.data, second.len, (buffer_add_byte(&first, '\0'), first.data));
}

/* Each event of a message is the event that the step said, with id and source. */
static void check_message(const struct reservation_document *document, const struct step_events *events)
{
    struct str *texts;
    size_t n;
    first.len = 0;
    reservation_write_message(document, events, &first);
    struct str json = {first.data, first.len};
    ck_assert(memmem(json.data, json.len, "\"note\"", 6) == NULL);
    ck_assert(reservation_read_events(json, &arena, &texts, &n));
    ck_assert_uint_eq(n, events->n);
    for (size_t i = 0; i < n; i++) {
        struct event event, said = events->rows[i];
        char detail[REFUSAL_DETAIL_MAX];
        const struct event_context context = {.kafka_time = START, .future_max_ms = -1, .arena = &arena};
        ck_assert_msg(event_decode(texts[i], &context, &event, detail) == REFUSAL_NONE, "%s: %.*s", detail,
                      STR_ARG(texts[i]));
        ck_assert(event.id.len == 32 && str_equal(event.source, STR("stockfold")));
        said.id = event.id;
        said.source = event.source;
        ck_assert_int_eq(event_content(&said, &event), 0);
        ck_assert_int_eq(event_order(&said, &event), 0);
    }
}

START_TEST(what_was_done_to_a_reservation_is_read_as_it_was_written)
{
    int trips = 0;
    for (int walk = 0; walk < WALKS; walk++) {
        struct reservation_document document;
        struct step_events events;
        uint32_t line;
        arena_reset(&arena, 1 << 20);
        init_document(&document);
        trips++;
        check_there_and_back(&document);
        int64_t now_ms = START;
        for (int i = 0; i < STEPS; i++) {
            now_ms += (int64_t)below(HOUR);
            struct reservation_step step = step_of((enum reservation_verb)(1 + below(RESERVATION_VERBS - 1)), now_ms);
            const struct step_line named = {0, (int64_t)below(2), STR("2\0women\0\0\0S3")};
            if (step.verb == VERB_PICKED || step.verb == VERB_SHORT || step.verb == VERB_PUT_BACK) {
                step.lines = &named;
                step.lines_n = 1;
            }
            if (reservation_apply(&document.reservation, &step, &events, &line) != STEP_DONE)
                continue;
            check_there_and_back(&document);
            check_message(&document, &events);
            trips++;
        }
    }
    ck_assert_int_ge(trips, TRIPS);
}
END_TEST

START_TEST(damaged_bytes_are_refused_or_read_as_a_reservation)
{
    struct reservation_document document, read;
    char detail[REFUSAL_DETAIL_MAX];
    int refused = 0, taken = 0;
    init_document(&document);
    reservation_write(&document, &first);
    for (size_t at = 0; at < first.len; at++)
        for (int i = 0; i < 12; i++) {
            char kept = first.data[at];
            first.data[at] = "\0\"{}[]:,0A~\x80"[i];
            bool good = reservation_read((struct str){first.data, first.len}, &arena, &read, detail) == REFUSAL_NONE;
            refused += !good;
            taken += good;
            ck_assert(!good || reservation_check(&read.reservation));
            first.data[at] = kept;
            arena_reset(&arena, 1 << 20);
        }
    for (size_t len = 0; len < first.len; len++)
        ck_assert(reservation_read((struct str){first.data, len}, &arena, &read, detail) != REFUSAL_NONE);
    ck_assert(refused > 1000 && taken > 100);
}
END_TEST

START_TEST(an_open_hold_of_one_line_is_small)
{
    struct reservation_document document;
    init_document(&document);
    document.reservation.lines_n = 1;
    document.note = (struct str){0};
    reservation_write(&document, &first);
    ck_assert_uint_lt(first.len, 600);
}
END_TEST

/* --- requests ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *json, *detail; /* detail: how the refusal's begins; NULL: it is taken */
    enum refusal refusal;
} requests[] = {
    {"{\"id\":\"web-1\",\"node\":\"store-1\",\"lines\":[{\"sku\":\"A\",\"qty\":1}]}", NULL, REFUSAL_NONE},
    {"{\"id\":\"web-1\",\"node\":\"United Kingdom\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"owner\":null}", NULL,
     REFUSAL_NONE},
    {"[]", "", REFUSAL_MALFORMED},
    {"{\"id\":\"a\",\"id\":\"a\"}", "", REFUSAL_MALFORMED},
    {"{\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}]}", "id", REFUSAL_MISSING_FIELD},
    {"{\"id\":\"a b\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}]}", "id", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\\u0000b\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}]}", "id", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"owner\":\"a\\u0000\"}", "owner",
     REFUSAL_OUT_OF_RANGE},
    {"{\"id\":7,\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}]}", "id", REFUSAL_WRONG_TYPE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":0}]}", "lines[0].qty", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":-1}]}", "lines[0].qty", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1.5}]}", "lines[0].qty", REFUSAL_WRONG_TYPE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1000000000},{\"sku\":\"A\",\"qty\":1}]}",
     "lines[1].qty", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[]}", "lines", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\" A\",\"qty\":1}]}", "lines[0].sku", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"ttl_s\":0}", "ttl_s", REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"ttl_s\":2592001}", "ttl_s",
     REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"owner\":\"a.b\"}", "owner",
     REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"replaces\":\"a\"}", "replaces",
     REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"type\":\"post\"}", "type",
     REFUSAL_OUT_OF_RANGE},
    {"{\"id\":\"a\",\"node\":\"n\",\"lines\":[{\"sku\":\"A\",\"qty\":1}],\"paid\":\"yes\"}", "paid",
     REFUSAL_WRONG_TYPE},
};

START_TEST(a_request_is_taken_or_refused_by_field_and_value)
{
    struct reservation_request request;
    char detail[REFUSAL_DETAIL_MAX];
    enum refusal refusal = reservation_request_read(str_from(requests[_i].json), true, &arena, &request, detail);
    ck_assert_msg(refusal == requests[_i].refusal, "%s: %d", requests[_i].json, refusal);
    if (requests[_i].detail != NULL)
        ck_assert_msg(strncmp(detail, requests[_i].detail, strlen(requests[_i].detail)) == 0, "%s: %s",
                      requests[_i].json, detail);
}
END_TEST

START_TEST(a_hundred_lines_are_taken_and_no_more)
{
    for (int n = 100; n <= 101; n++) {
        struct reservation_request request;
        char detail[REFUSAL_DETAIL_MAX];
        first.len = 0;
        buffer_add_literal(&first, "{\"id\":\"a\",\"node\":\"n\",\"lines\":[");
        for (int i = 0; i < n; i++)
            buffer_add_format(&first, "%s{\"sku\":\"s-%d\",\"qty\":1}", i == 0 ? "" : ",", i);
        buffer_add_literal(&first, "]}");
        enum refusal refusal =
            reservation_request_read((struct str){first.data, first.len}, true, &arena, &request, detail);
        ck_assert_int_eq(refusal, n == 100 ? REFUSAL_NONE : REFUSAL_OUT_OF_RANGE);
        ck_assert(n > 100 || request.lines_n == 100);
    }
}
END_TEST

static struct str digest_of(const char *json, char ret_digest[RESERVATION_DIGEST])
{
    struct reservation_request request;
    char detail[REFUSAL_DETAIL_MAX];
    ck_assert_msg(reservation_request_read(str_from(json), true, &arena, &request, detail) == REFUSAL_NONE, "%s",
                  detail);
    reservation_request_digest(&request, ret_digest);
    return (struct str){ret_digest, RESERVATION_DIGEST};
}

#define REQUEST(more) "{\"id\":\"a\",\"node\":\"n\"," more "}"
#define TWO "\"lines\":[{\"sku\":\"A\",\"qty\":2},{\"sku\":\"B\",\"qty\":1}]"

START_TEST(requests_that_mean_the_same_have_one_digest)
{
    static const char *const same[] = {
        REQUEST(TWO),
        REQUEST("\"lines\":[{\"sku\":\"B\",\"qty\":1},{\"qty\":1,\"sku\":\"A\"},{\"sku\":\"A\",\"qty\":1}]"),
        REQUEST("\"type\":\"collect\",\"paid\":false," TWO), REQUEST("\"unknown\":[1],\"note\":\"c\"," TWO)};
    static const char *const other[] = {REQUEST("\"type\":\"ship\"," TWO),
                                        REQUEST("\"paid\":true," TWO),
                                        REQUEST("\"ttl_s\":900," TWO),
                                        REQUEST("\"owner\":\"c\"," TWO),
                                        REQUEST("\"order\":\"c\"," TWO),
                                        REQUEST("\"replaces\":\"c\"," TWO),
                                        REQUEST("\"lines\":[{\"sku\":\"A\",\"qty\":2}]"),
                                        REQUEST("\"lines\":[{\"sku\":\"A\",\"qty\":1},{\"sku\":\"B\",\"qty\":2}]")};
    char digests[2 + sizeof(other) / sizeof(other[0])][RESERVATION_DIGEST];
    struct str one = digest_of(same[0], digests[0]);
    for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++)
        ck_assert_msg(str_equal(one, digest_of(same[i], digests[1])), "%s", same[i]);
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        for (size_t j = 0; j <= i; j++) {
            struct str before = {digests[j == 0 ? 0 : j + 1], RESERVATION_DIGEST};
            ck_assert_msg(!str_equal(before, digest_of(other[i], digests[i + 2])), "%s", other[i]);
        }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_was_done_to_a_reservation_is_read_as_it_was_written,
                                  damaged_bytes_are_refused_or_read_as_a_reservation, an_open_hold_of_one_line_is_small,
                                  a_hundred_lines_are_taken_and_no_more, requests_that_mean_the_same_have_one_digest};
    Suite *suite = suite_create("reservation JSON");
    TCase *tcase = tcase_create("reservation JSON");
    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, begin_test, end_test);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_request_is_taken_or_refused_by_field_and_value, 0,
                        (int)(sizeof(requests) / sizeof(requests[0])));
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
