/* What a line wants to be. */
#include <stdlib.h>

#include "stockfold/ingest/publish.h"
#include "support/suite.h"

static const struct {
    const char *line;
    enum publish_kind kind;
} lines[] = {
    {"{\"id\":\"1\",\"source\":\"pos\",\"type\":\"sold\",\"sku\":\"a\",\"node\":\"n\",\"qty\":1}", PUBLISH_EVENT},
    {"{\"sku\":\"a\",\"title\":\"Shirt\"}", PUBLISH_ITEM},
    {"{\"id\":\"store-1\",\"name\":\"One\",\"kind\":\"store\"}", PUBLISH_NODE},
    {" { \"kind\" : \"store\" , \"id\" : \"store-1\" } ", PUBLISH_NODE},
    /* What is missing something is refused as what it is, not taken for something else. */
    {"{\"id\":\"1\",\"source\":\"pos\",\"time\":\"2026-01-01T00:00:00Z\",\"sku\":\"a\",\"qty\":1}", PUBLISH_EVENT},
    {"{\"id\":\"store-1\",\"name\":\"One\"}", PUBLISH_NODE},
    /* Names count in the outermost object only, and values never. */
    {"{\"sku\":\"a\",\"attributes\":{\"type\":\"linen\",\"time\":1}}", PUBLISH_ITEM},
    {"{\"sku\":\"a\",\"title\":\"type\",\"category\":\"kind\"}", PUBLISH_ITEM},
    {"{\"sku\":\"a\",\"tags\":[\"type\",\"time\"],\"image\":\"x\"}", PUBLISH_ITEM},
    {"{\"sku\":\"a\",\"title\":\"a \\\"b\\\", \\\"type\"}", PUBLISH_ITEM},
    {"{\"id\":\"store-1\",\"kind\":\"store\",\"zones\":[{\"zone\":\"a\",\"sku\":\"b\"}]}", PUBLISH_NODE},
    /* Broken ones are left to the event decoder's refusal. */
    {"", PUBLISH_EVENT},
    {"[]", PUBLISH_EVENT},
    {"\"", PUBLISH_EVENT},
    {"{\"\\", PUBLISH_EVENT},
    {"}}}{\"", PUBLISH_EVENT},
};

START_TEST(a_line_is_told_by_the_names_of_its_outermost_fields)
{
    size_t len = strlen(lines[_i].line);
    char *line = malloc(len + 1); /* of exactly that size, for sanitizers */
    memcpy(line, lines[_i].line, len);
    ck_assert_int_eq(publish_kind_of((struct str){.data = line, .len = len}), lines[_i].kind);
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publish");
    TCase *tests = tcase_create("publish");
    tcase_add_loop_test(tests, a_line_is_told_by_the_names_of_its_outermost_fields, 0,
                        (int)(sizeof(lines) / sizeof(lines[0])));
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
