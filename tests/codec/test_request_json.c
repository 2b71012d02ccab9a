/* Bodies of requests: pairs, and where reading them ends. */
#include "stockfold/codec/request_json.h"

#include "stockfold/base/buffer.h"
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

int main(void)
{
    const TTest *tests[] = {
        as_many_pairs_as_may_be_are_read_whatever_their_names,
        more_are_refused,
    };
    return SUITE_RUN("request_json", tests);
}
