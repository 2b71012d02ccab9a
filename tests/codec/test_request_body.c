/* Bodies of requests: which are taken, and what is said of others. Where they are cut: fuzz/fuzz_body.c. */
#include "stockfold/codec/request_body.h"

#include <jansson.h>
#include <stdio.h>

#include "../../src/codec/json_unescape.h"
#include "stockfold/base/buffer.h"
#include "stockfold/base/unconst.h"
#include "stockfold/core/bounds.h"
#include "support/spoilt.h"
#include "support/suite.h"

/* The caller frees it. */
static struct request_body *body_of(struct str json)
{
    struct request_body *body = request_body_new();
    request_body_add(body, json);
    request_body_end(body);
    return body;
}

/* Takes a list of so many times `pair`. The caller frees it. */
static struct request_body *body_of_pairs(const char *pair, size_t times)
{
    struct buffer json;
    buffer_init(&json);
    buffer_add_literal(&json, "{\"pairs\":[");
    for (size_t i = 0; i < times; i++)
        buffer_add_format(&json, "%s%s", i == 0 ? "" : ",", pair);
    buffer_add_literal(&json, "]}");
    struct request_body *body = body_of((struct str){json.data, json.len});
    buffer_done(&json);
    return body;
}

static void must_take_all(const char *pair)
{
    struct request_body *body = body_of_pairs(pair, REQUEST_PAIRS_MAX);
    ck_assert_msg(request_body_pairs(body) == REQUEST_PAIRS_MAX, "%s", request_body_detail(body));
    ck_assert_uint_le(request_body_held(body), REQUEST_HELD_MAX);
    request_body_free(body);
}

START_TEST(as_many_pairs_as_may_be_are_taken_whatever_their_names)
{
    char pair[800] = "[\"";
    must_take_all("[\"a\",\"b\"]");
    must_take_all("[\",,,,,\\\",,\\\\\",\",,,\"]");
    for (int i = 0; i < BOUND_SKU + BOUND_NODE; i++)
        strcat(strcat(pair, i == BOUND_SKU ? "\",\"" : ""), "\\u0041");
    must_take_all(strcat(pair, "\"]"));
}
END_TEST

START_TEST(more_are_refused)
{
    struct request_body *body = body_of_pairs("[\"a\",\"b\"]", REQUEST_PAIRS_MAX + 1);
    ck_assert_uint_eq(request_body_pairs(body), 0);
    ck_assert_str_eq(request_body_detail(body), "expected 1 to 10000 pairs, not more");
    request_body_free(body);
}
END_TEST

/* So that nobody has to send, and nobody to hear, the rest. */
START_TEST(what_is_wrong_is_said_before_the_end_comes)
{
    static const struct {
        const char *begin, *detail;
    } rows[] = {
        {"x", "at byte 1: not one JSON object"},
        {"{\"pairs\":[[\"a\",7", "pairs[0][1]: expected a string of 1 to 64 bytes without control characters"},
        {"{\"skus\":[\"a\"],\"pairs\"", "expected one member pairs, or two members skus and nodes, and nothing else"},
        {"{\"pairs\":[[\"a\",\"b\"]],", NULL},
        {"{\"pairs\":[[\"a\",\"b\"]]}}", "at byte 22: not one JSON object"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct request_body *body = request_body_new();
        bool right = request_body_add(body, (struct str){rows[i].begin, strlen(rows[i].begin)});
        ck_assert(right == (rows[i].detail == NULL));
        ck_assert_str_eq(request_body_detail(body), right ? "" : rows[i].detail);
        ck_assert(request_body_add(body, STR(" ")) == right);
        ck_assert(!request_body_end(body));
        request_body_free(body);
    }
}
END_TEST

START_TEST(a_string_without_end_is_not_waited_for)
{
    static const char *const begins[] = {"{\"pairs\":[[\"", "{\"", "{\"nodes\":[\""};
    for (size_t i = 0; i < 3; i++) {
        size_t n = 0;
        struct request_body *body = request_body_new();
        ck_assert(request_body_add(body, (struct str){begins[i], strlen(begins[i])}));
        while (request_body_add(body, STR("\\u0041")))
            n++;
        ck_assert_uint_eq(n, i == 1 ? 5 : 64);
        ck_assert_str_ne(request_body_detail(body), "");
        request_body_free(body);
    }
}
END_TEST

/* Taken: what there is of the first and of the last pair. */
START_TEST(any_way_to_write_it_is_taken_and_nothing_else)
{
    static const struct {
        const char *body, *first, *last; /* sku/node; NULL: not taken */
    } rows[] = {
        {"{\"pairs\":[[\"a\",\"b\"],[\"c\",\"d\"]]}", "a/b", "c/d"},
        {" {\t\"pairs\" : [ [ \"a\" , \"b\" ]\n, [\"c\",\"d\"] ] }\r\n", "a/b", "c/d"},
        {"{\"p\\u0061irs\":[[\"a\\/\\u00e9\",\"\\\"\"]]}", "a/\xc3\xa9/\"", "a/\xc3\xa9/\""},
        {"{\"nodes\":[\"n\",\"m\"],\"skus\":[\"s\",\"t\"]}", "s/n", "t/m"},
        {"{\"pairs\":[[\"\xc3\xa9\",\"b\"]]}", "\xc3\xa9/b", "\xc3\xa9/b"},
        {"{\"pairs\":[[\"a\",\"b\"],]}", NULL, NULL},
        {"{\"pairs\":[,[\"a\",\"b\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\",\"b\"]],}", NULL, NULL},
        {"{\"pairs\":[[\"a\",\"b\",\"c\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\\x\",\"b\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\\ud800\",\"b\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\\", NULL, NULL},
        {"{\"pairs\":[[\"a\\\"", NULL, NULL},
        {"{\"pairs\":[[\"a\x7f\",\"b\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\xc2\x80\",\"b\"]]}", NULL, NULL},
        {"{\"pairs\":[[\"a\",\"b\"]]} x", NULL, NULL},
        {"{\"pairs\":[[\"a\",\"b\"]]", NULL, NULL},
        {"\xef\xbb\xbf{\"pairs\":[[\"a\",\"b\"]]}", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct request_body *body = body_of((struct str){rows[i].body, strlen(rows[i].body)});
        size_t n = request_body_pairs(body);
        ck_assert_msg((n > 0) == (rows[i].first != NULL), "%s", rows[i].body);
        for (size_t k = 0; n > 0 && k < 2; k++) {
            char text[100];
            struct request_pair pair = request_body_pair(body, k == 0 ? 0 : n - 1);
            snprintf(text, sizeof(text), "%.*s/%.*s", STR_ARG(pair.sku), STR_ARG(pair.node));
            ck_assert_str_eq(text, k == 0 ? rows[i].first : rows[i].last);
        }
        request_body_free(body);
    }
}
END_TEST

START_TEST(a_string_is_as_long_as_what_it_stands_for)
{
    char json[1024], escaped[6 * 65 + 1] = "";
    for (int len = 1; len <= 65; len++) {
        strcat(escaped, "\\u0041");
        snprintf(json, sizeof(json), "{\"pairs\":[[\"%s\",\"b\"]]}", escaped);
        struct request_body *body = body_of((struct str){json, strlen(json)});
        ck_assert_uint_eq(request_body_pairs(body), len <= 64);
        ck_assert_str_eq(request_body_detail(body),
                         len <= 64 ? "" : "pairs[0][0]: expected a string of 1 to 64 bytes without control characters");
        request_body_free(body);
    }
}
END_TEST

START_TEST(a_zero_byte_anywhere_is_no_body)
{
    const struct str bodies[] = {STR(" {\"pairs\" : [[\"a\\u00e9\",\"b\"], [\"c\",\"d\"]]} "),
                                 STR("{\"sk\\u0075s\":[\"a\",\"\\n\"],\"nodes\":[\"n\"]}")};
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = 0; at <= bodies[i].len; at++) {
            struct str spoilt = spoilt_by_nul(bodies[i], at);
            struct request_body *body = body_of(spoilt);
            ck_assert_uint_eq(request_body_pairs(body), 0);
            request_body_free(body);
            free(unconst(spoilt.data));
        }
    }
}
END_TEST

/* Of two pieces each, so that one may begin what the other would have to end. */
START_TEST(escapes_are_read_as_jansson_reads_them)
{
    static const char *const pieces[] = {
        "",        "a",       "\\\"",           "\\\\",       "\\/",     "\\b\\f\\n\\r\\t", "\\x",     "\\",
        "\\u",     "\\u00e9", "\\u00E9",        "\\u004",     "\\u004g", "\\u0000",         "\\u20ac", "\\uffff",
        "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\ud83d\\n", "\\U0041", "\xc3\xa9",        "\xc3",    "\x7f",
        "\n",      "\""};
    const size_t pieces_n = sizeof(pieces) / sizeof(*pieces);
    for (size_t i = 0; i < pieces_n * pieces_n; i++) {
        char quoted[64], text[64];
        size_t len = (size_t)snprintf(quoted, sizeof(quoted), "\"%s%s\"", pieces[i / pieces_n], pieces[i % pieces_n]),
               n;
        json_t *wanted = json_loadb(quoted, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        bool read = json_unescape((struct str){quoted + 1, len - 2}, text, &n);
        ck_assert_msg(read == (wanted != NULL), "%s", quoted);
        ck_assert(!read || (n == json_string_length(wanted) && memcmp(text, json_string_value(wanted), n) == 0));
        json_decref(wanted);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        as_many_pairs_as_may_be_are_taken_whatever_their_names,
        more_are_refused,
        what_is_wrong_is_said_before_the_end_comes,
        a_string_without_end_is_not_waited_for,
        any_way_to_write_it_is_taken_and_nothing_else,
        a_string_is_as_long_as_what_it_stands_for,
        a_zero_byte_anywhere_is_no_body,
        escapes_are_read_as_jansson_reads_them,
    };
    return SUITE_RUN("request_body", tests);
}
