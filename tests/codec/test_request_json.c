/* Bodies of requests: pairs, and where reading them ends. */
#include "stockfold/codec/request_json.h"

#include <jansson.h>
#include <stdio.h>

#include "../../src/codec/json_unescape.h"
#include "stockfold/base/buffer.h"
#include "stockfold/base/unconst.h"
#include "support/spoilt.h"
#include "support/suite.h"

/* Reads a list of so many times `pair`. */
static bool reads(const char *pair, size_t times, size_t *ret_n, char *ret_detail)
{
    struct buffer body;
    struct arena arena;
    struct request_pair *pairs;
    buffer_init(&body);
    arena_init(&arena);
    buffer_add_literal(&body, "{\"pairs\":[");
    for (size_t i = 0; i < times; i++)
        buffer_add_format(&body, "%s%s", i == 0 ? "" : ",", pair);
    buffer_add_literal(&body, "]}");
    bool read = pairs_read((struct str){body.data, body.len}, &arena, &pairs, ret_n, ret_detail);
    arena_done(&arena);
    buffer_done(&body);
    return read;
}

START_TEST(as_many_pairs_as_may_be_are_read_whatever_their_names)
{
    char detail[REQUEST_DETAIL_MAX];
    size_t n;
    ck_assert(reads("[\"a\",\"b\"]", REQUEST_PAIRS_MAX, &n, detail));
    ck_assert_uint_eq(n, REQUEST_PAIRS_MAX);
    ck_assert(reads("[\",,,,,\\\",,\\\\\",\",,,\"]", REQUEST_PAIRS_MAX, &n, detail));
    ck_assert_uint_eq(n, REQUEST_PAIRS_MAX);
}
END_TEST

START_TEST(more_are_refused)
{
    char detail[REQUEST_DETAIL_MAX];
    size_t n;
    ck_assert(!reads("[\"a\",\"b\"]", REQUEST_PAIRS_MAX + 1, &n, detail));
    ck_assert_str_eq(detail, "expected 1 to 10000 pairs, not more");
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
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct request_pair *pairs;
        char detail[REQUEST_DETAIL_MAX], text[100];
        size_t n;
        bool taken = pairs_read((struct str){rows[i].body, strlen(rows[i].body)}, &arena, &pairs, &n, detail);
        ck_assert_msg(taken == (rows[i].first != NULL), "%s", rows[i].body);
        for (size_t k = 0; taken && k < 2; k++) {
            const struct request_pair *pair = &pairs[k == 0 ? 0 : n - 1];
            snprintf(text, sizeof(text), "%.*s/%.*s", STR_ARG(pair->sku), STR_ARG(pair->node));
            ck_assert_str_eq(text, k == 0 ? rows[i].first : rows[i].last);
        }
    }
    arena_done(&arena);
}
END_TEST

START_TEST(a_string_is_as_long_as_what_it_stands_for)
{
    char body[1024], escaped[6 * 65 + 1] = "", detail[REQUEST_DETAIL_MAX];
    struct arena arena;
    arena_init(&arena);
    for (int len = 1; len <= 65; len++) {
        struct request_pair *pairs;
        size_t n;
        strcat(escaped, "\\u0041");
        snprintf(body, sizeof(body), "{\"pairs\":[[\"%s\",\"b\"]]}", escaped);
        ck_assert_int_eq(pairs_read((struct str){body, strlen(body)}, &arena, &pairs, &n, detail), len <= 64);
        if (len > 64)
            ck_assert_str_eq(detail, "pairs[0][0]: expected a string of 1 to 64 bytes without control characters");
    }
    arena_done(&arena);
}
END_TEST

START_TEST(a_zero_byte_anywhere_is_no_body)
{
    const struct str bodies[] = {STR(" {\"pairs\" : [[\"a\\u00e9\",\"b\"], [\"c\",\"d\"]]} "),
                                 STR("{\"sk\\u0075s\":[\"a\",\"\\n\"],\"nodes\":[\"n\"]}")};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = 0; at <= bodies[i].len; at++) {
            struct request_pair *pairs;
            char detail[REQUEST_DETAIL_MAX];
            size_t n;
            struct str spoilt = spoilt_by_nul(bodies[i], at);
            ck_assert(!pairs_read(spoilt, &arena, &pairs, &n, detail));
            free(unconst(spoilt.data));
        }
    }
    arena_done(&arena);
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
        as_many_pairs_as_may_be_are_read_whatever_their_names,
        more_are_refused,
        any_way_to_write_it_is_taken_and_nothing_else,
        a_string_is_as_long_as_what_it_stands_for,
        a_zero_byte_anywhere_is_no_body,
        escapes_are_read_as_jansson_reads_them,
    };
    return SUITE_RUN("request_json", tests);
}
