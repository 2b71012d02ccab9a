/* Fields that nothing reads are found at every level, each with the known name that is nearest. */
#include <stdlib.h>

#include "../../src/codec/event_fields.h"
#include "stockfold/base/buffer.h"
#include "stockfold/codec/unknown_fields.h"
#include "support/suite.h"

static void add_detail(void *context, const char *detail)
{
    struct buffer *said = context;
    buffer_add(said, detail, strlen(detail));
    buffer_add_byte(said, '\n');
}

/* All that is said of a document, in a zero-terminated text that the caller frees. */
static char *said_of(struct str json, enum document_kind kind)
{
    struct buffer said;
    buffer_init(&said);
    char *bytes = malloc(json.len); /* of exactly that size, for sanitizers */
    memcpy(bytes, json.data, json.len);
    unknown_fields((struct str){bytes, json.len}, kind, add_detail, &said);
    buffer_add_byte(&said, '\0');
    free(bytes);
    return said.data;
}

#define KNOWN " is no field that is known here; the nearest known one is "

static const struct {
    enum document_kind kind;
    const char *json, *said;
} documents[] = {
    {DOCUMENT_OF_EVENT, "{\"id\":\"1\",\"quantity\":{\"qqty\":[1,\"}\"]},\"qty\":1}", "\"quantity\"" KNOWN "\"qty\"\n"},
    {DOCUMENT_OF_EVENT, " { \"place\" : { \"flor\" : \"2\" , \"zone\":null} , \"tim\" : 1 } ",
     "place: \"flor\"" KNOWN "\"floor\"\n\"tim\"" KNOWN "\"time\"\n"},
    {DOCUMENT_OF_EVENT, "{\"lines\":[{\"place\":{\"floor\":\"1\"},\"qty\":1},{\"floor\":\"1\",\"qt\":1}, 7, []]}",
     "lines: \"floor\"" KNOWN "\"place\"\nlines: \"qt\"" KNOWN "\"qty\"\n"},
    {DOCUMENT_OF_EVENT, "{\"q\\u0074y\":1,\"q\\u0074i\":1,\"re\\\"f\":\"\\\\\"}",
     "\"qti\"" KNOWN "\"qty\"\n\"re\\\"f\"" KNOWN "\"ref\"\n"},
    {DOCUMENT_OF_ITEM, "{\"sku\":\"a\",\"atributes\":{},\"attributes\":{\"any\":1},\"price\":{\"amout\":\"1\"}}",
     "\"atributes\"" KNOWN "\"attributes\"\nprice: \"amout\"" KNOWN "\"amount\"\n"},
    {DOCUMENT_OF_ITEM, "{\"safety_stock\":{\"nodes\":{\"store-1\":2},\"defalt\":1}}",
     "safety_stock: \"defalt\"" KNOWN "\"default\"\n"},
    {DOCUMENT_OF_NODE, "{\"zones\":[{\"zone\":\"a\",\"wlak\":1}],\"hours\":{\"mon\":[\"10:00-11:00\"]},\"tz\":\"\"}",
     "zones: \"wlak\"" KNOWN "\"walk\"\n\"tz\"" KNOWN "\"id\"\n"},
    {DOCUMENT_OF_EVENT, "{}", ""},
    {DOCUMENT_OF_EVENT, "[]", ""},
    /* What is no JSON ends the walk. */
    {DOCUMENT_OF_EVENT, "{\"qty\":{\"", ""},
    {DOCUMENT_OF_EVENT, "{\"qty\\", ""},
    {DOCUMENT_OF_EVENT, "{\"lines\":[{", ""},
    {DOCUMENT_OF_EVENT, "{\"lines\":[1 1", ""},
    {DOCUMENT_OF_EVENT, "{\"place\":", ""},
};

START_TEST(fields_that_nothing_reads_are_named_with_the_nearest_known_one)
{
    char *said = said_of(str_from(documents[_i].json), documents[_i].kind);
    ck_assert_str_eq(said, documents[_i].said);
    free(said);
}
END_TEST

START_TEST(every_field_of_an_event_and_a_place_is_known)
{
    struct buffer json;
    buffer_init(&json);
    buffer_add_byte(&json, '{');
    for (int i = 0; i < EVENT_FIELDS; i++)
        buffer_add_format(&json, "\"%s\":{},", event_field_table[i].name);
    buffer_add_literal(&json, "\"place\":{");
    for (int i = 0; i < PLACE_COMPONENTS; i++)
        buffer_add_format(&json, "%s\"%s\":1", i == 0 ? "" : ",", place_component_names[i]);
    buffer_add_literal(&json, "}}");
    char *said = said_of((struct str){json.data, json.len}, DOCUMENT_OF_EVENT);
    ck_assert_str_eq(said, "");
    free(said);
    buffer_done(&json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unknown_fields");
    TCase *tests = tcase_create("unknown_fields");
    tcase_add_loop_test(tests, fields_that_nothing_reads_are_named_with_the_nearest_known_one, 0,
                        (int)(sizeof(documents) / sizeof(documents[0])));
    tcase_add_test(tests, every_field_of_an_event_and_a_place_is_known);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
