/* POST /v1/availability, and that its lines are those of GET. */
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    char sku[32], node[32], json[64];
    world_start(8, 1);
    world.now_us = 1; /* what is learnt of a shard is believed by the next request */
    for (int i = 0; i < 20; i++) {
        snprintf(json, sizeof(json), "{\"id\":\"n%d\",\"kind\":\"store\",\"name\":\"N\"}", i);
        world_node(json);
    }
    for (int i = 0; i < 50; i++)
        for (int k = 0; k < 20; k += 1 + i % 3) {
            snprintf(sku, sizeof(sku), "sku-%d", i);
            snprintf(node, sizeof(node), "n%d", k);
            world_stock(sku, node, (i + k) % 9);
        }
    world_item("{\"sku\":\"document\"}");
    world_stock("sku-1", "heard", 5);
    world_open();
}

static json_t *lines_of(const char *path_and_query)
{
    return json_incref(at(world_get(200, "%s", path_and_query), "lines"));
}

START_TEST(the_lines_are_those_of_get)
{
    fill();
    json_t *got = lines_of("/v1/availability?sku=sku-1&sku=none&sku=document&sku=sku-7"
                           "&node=n3&node=n4&node=heard&node=nowhere");
    json_t *posted = at(world_post(200, "/v1/availability",
                                   "{\"skus\":[\"sku-1\",\"none\",\"document\",\"sku-7\"],"
                                   "\"nodes\":[\"n3\",\"n4\",\"heard\",\"nowhere\"]}"),
                        "lines");
    ck_assert_uint_eq(json_array_size(got), 16);
    ck_assert(json_equal(got, posted));
    ck_assert_str_eq(text_at(got, "4/status"), "unknown");
    ck_assert_str_eq(text_at(got, "8/status"), "out");
    ck_assert_str_eq(text_at(got, "2/status"), "in_stock");
    ck_assert_str_eq(text_at(got, "3/status"), "unknown");
    json_decref(got);
    got = lines_of("/v1/availability?sku=sku-3&node=n2&node=n1");
    posted = at(world_post(200, "/v1/availability", "{\"pairs\":[[\"sku-3\",\"n2\"],[\"sku-3\",\"n1\"]]}"), "lines");
    ck_assert(json_equal(got, posted));
    json_decref(got);
    world_stop();
}
END_TEST

/* `n` pairs, of skus 0 to 59 in runs; ten of them nobody knows. */
static char *body_of(int n)
{
    char *body = malloc((size_t)n * 32 + 32);
    size_t len = (size_t)sprintf(body, "{\"pairs\":[");
    for (int i = 0; i < n; i++)
        len += (size_t)sprintf(body + len, "%s[\"sku-%d\",\"n%d\"]", i > 0 ? "," : "", i / 7 % 60, i % 20);
    memcpy(body + len, "]}", 3);
    return body;
}

START_TEST(any_number_of_pairs_comes_whole_and_in_order)
{
    static const int numbers[] = {1, 63, 64, 65, 128, 129, 10000};
    fill();
    for (size_t r = 0; r < sizeof(numbers) / sizeof(numbers[0]); r++) {
        char *body = body_of(numbers[r]);
        json_t *answer = world_post(200, "/v1/availability", body), *lines = at(answer, "lines");
        ck_assert_ptr_nonnull(at(answer, "as_of"));
        ck_assert_uint_eq(json_array_size(lines), (size_t)numbers[r]);
        ck_assert_int_eq(world.parts, (numbers[r] - 1) / 64);
        ck_assert_uint_lt(world.part_max, 64 * 250);
        for (int i = 0; i < numbers[r]; i++) {
            char sku[32], node[32];
            int s = i / 7 % 60, k = i % 20;
            json_t *line = json_array_get(lines, (size_t)i);
            snprintf(sku, sizeof(sku), "sku-%d", s);
            snprintf(node, sizeof(node), "n%d", k);
            ck_assert_str_eq(text_at(line, "sku"), sku);
            ck_assert_str_eq(text_at(line, "node"), node);
            bool there = s < 50 && k % (1 + s % 3) == 0;
            ck_assert_int_eq(number_at(line, "available"), there ? (s + k) % 9 : 0);
            if (s >= 50)
                ck_assert_str_eq(text_at(line, "status"), "unknown");
        }
        free(body);
    }
    printf("bulk: %.1f ms for 10,000 pairs, the largest part %zu bytes\n", (double)world.spent_us / 1000,
           world.part_max);
    world_stop();
}
END_TEST

START_TEST(a_body_that_is_no_such_thing_is_400)
{
    static const struct {
        const char *body, *detail;
    } rows[] = {
        {"{\"pairs\":[[\"a\",\"b\"],[\"a\",7]]}",
         "pairs[1][1]: expected a string of 1 to 64 bytes without control characters"},
        {"{\"pairs\":[[\"a\",\"\"]]}", "pairs[0][1]: expected a string of 1 to 64 bytes without control characters"},
        {"{\"pairs\":[[\"a\\u0007\",\"b\"]]}",
         "pairs[0][0]: expected a string of 1 to 64 bytes without control characters"},
        {"{\"pairs\":[[\"a\"]]}", "pairs[0]: expected an array of sku and node"},
        {"{\"pairs\":[\"a\"]}", "pairs[0]: expected an array of sku and node"},
        {"{\"pairs\":{}}", "pairs: expected an array"},
        {"{\"pairs\":[]}", "expected 1 to 10000 pairs, not 0"},
        {"{\"skus\":[\"a\"],\"nodes\":[]}", "expected 1 to 10000 pairs, not 0"},
        {"{\"skus\":[\"a\"],\"nodes\":\"b\"}", "nodes: expected an array"},
        {"{\"skus\":[null],\"nodes\":[\"b\"]}",
         "skus[0]: expected a string of 1 to 64 bytes without control characters"},
        {"{\"skus\":[\"a\"]}", NULL},
        {"{\"skus\":[\"a\"],\"nodes\":[\"b\"],\"pairs\":[]}", NULL},
        {"{\"pairs\":[[\"a\",\"b\"]],\"pairs\":[[\"a\",\"b\"]]}", NULL},
        {"[]", NULL},
        {"", NULL},
        {"{\"pairs\":[[\"a\",\"b\"]]", NULL},
        {"{\"pairs\":[[\"\xff\",\"b\"]]}", NULL},
    };
    fill();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *answer = world_post(400, "/v1/availability", rows[i].body);
        ck_assert_str_eq(text_at(answer, "code"), "malformed_body");
        if (rows[i].detail != NULL)
            ck_assert_str_eq(text_at(answer, "detail"), rows[i].detail);
    }
    char *body = body_of(10001);
    ck_assert_str_eq(text_at(world_post(400, "/v1/availability", body), "detail"),
                     "expected 1 to 10000 pairs, not more");
    free(body);
    world_stop();
}
END_TEST

START_TEST(deep_bodies_are_refused)
{
    static char body[1000000];
    memset(body, '[', sizeof(body) - 1);
    fill();
    ck_assert_str_eq(text_at(world_post(400, "/v1/availability", body), "code"), "malformed_body");
    memcpy(body, "{\"pairs\":", 9);
    ck_assert_str_eq(text_at(world_post(400, "/v1/availability", body), "code"), "malformed_body");
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_lines_are_those_of_get, any_number_of_pairs_comes_whole_and_in_order,
                                  a_body_that_is_no_such_thing_is_400, deep_bodies_are_refused};
    return SUITE_RUN("availability_bulk", tests);
}
