/* Item documents: read, and refused by name. */
#include "stockfold/codec/master.h"

#include <stdio.h>

#include "stockfold/base/unconst.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/translate.h"
#include "support/spoilt.h"
#include "support/suite.h"

#define ITEM                                                                                                           \
    "\"sku\":\"ZR-7745-M-BLK\",\"style\":\"ZR-7745\",\"title\":\"Linen shirt\",\"color\":\"black\",\"size\":\"M\","    \
    "\"gtin\":\"08435678901234\",\"price\":{\"amount\":\"39.95\",\"currency\":\"EUR\"},"                               \
    "\"promotion\":{\"label\":\"2 for 1\",\"ends\":\"2026-11-30T22:59:59Z\"},\"image\":\"https://example.org/a.jpg\"," \
    "\"category\":\"shirts\",\"attributes\":{\"fabric\":[1,null,{}]},"                                                 \
    "\"safety_stock\":{\"default\":1,\"nodes\":{\"store-014\":3}}"

static struct arena arena;
static char detail[REFUSAL_DETAIL_MAX];

#define ASSERT_STR(text, literal) ck_assert(str_equal(text, STR(literal)))

START_TEST(an_item_is_read)
{
    struct item_facts item;
    ck_assert_int_eq(item_read(STR("{" ITEM "}"), &arena, &item, detail), REFUSAL_NONE);
    ASSERT_STR(item.sku, "ZR-7745-M-BLK");
    ASSERT_STR(item.style, "ZR-7745");
    ASSERT_STR(item.gtin, "08435678901234");
    ASSERT_STR(item.title, "Linen shirt");
    ASSERT_STR(item.size, "M");
    ASSERT_STR(item.color, "black");
    ASSERT_STR(item.category, "shirts");
    ck_assert_int_eq(item.safety_default, 1);
}
END_TEST

START_TEST(an_item_needs_its_sku_only)
{
    struct item_facts item;
    ck_assert_int_eq(item_read(STR("{\"sku\":\"a\",\"style\":null}"), &arena, &item, detail), REFUSAL_NONE);
    ck_assert_uint_eq(item.style.len + item.gtin.len + item.title.len, 0);
    ck_assert_int_lt(item.safety_default, 0);
}
END_TEST

START_TEST(safety_stock_is_found_by_node)
{
    struct item_facts item;
    ck_assert_int_eq(item_read(STR("{" ITEM "}"), &arena, &item, detail), REFUSAL_NONE);
    ck_assert_int_eq(item_safety_stock(&item, STR("store-014")), 3);
    ck_assert_int_lt(item_safety_stock(&item, STR("store-01")), 0);
    ck_assert_int_eq(item_read(STR("{\"sku\":\"a\"}"), &arena, &item, detail), REFUSAL_NONE);
    ck_assert_int_lt(item_safety_stock(&item, STR("store-014")), 0);
}
END_TEST

START_TEST(texts_may_be_given_in_languages)
{
    struct str json =
        STR("{\"sku\":\"a\",\"title\":{\"es\":\"Camisa\",\"en\":\"Shirt\"},\"color\":{\"es\":\"rojo\",\"pt-BR\":"
            "\"vermelho\"},\"promotion\":{\"label\":{\"es\":\"2 por 1\",\"en\":\"2 for 1\"},\"x\":1}}");
    struct item_facts item;
    ck_assert_int_eq(item_read(json, &arena, &item, detail), REFUSAL_NONE);
    ASSERT_STR(item.title, "Camisa");
    ASSERT_STR(item.color, "rojo");
    ASSERT_STR(item.promotion, "{\"label\":\"2 por 1\",\"x\":1}");
    ck_assert_int_eq(item_read_in(STR("en"), json, &arena, &item, detail), REFUSAL_NONE);
    ASSERT_STR(item.title, "Shirt");
    ASSERT_STR(item.color, "rojo");
    ASSERT_STR(item.promotion, "{\"label\":\"2 for 1\",\"x\":1}");
    ck_assert_int_eq(item_read_in(STR("pt-br"), json, &arena, &item, detail), REFUSAL_NONE);
    ASSERT_STR(item.title, "Camisa");
    ASSERT_STR(item.color, "vermelho");
    ck_assert_uint_eq(item.titles.n, 2);
}
END_TEST

START_TEST(a_document_is_translated_and_keeps_all_other_bytes)
{
    struct str json =
        STR("{ \"sku\":\"a\",\"t\\u0069tle\" : {\"es\":\"Camisa \\\"x\\\"\",\"en\":\"Shirt\"} ,\"n\":1.50,"
            "\"promotion\":{\"label\":{\"es\":\"2 por 1\",\"en\":\"2 for 1\"}},\"attributes\":{\"title\":{\"en\":7}}}");
    ASSERT_STR(item_translate(json, STR("en"), &arena),
               "{ \"sku\":\"a\",\"t\\u0069tle\" : \"Shirt\" ,\"n\":1.50,\"promotion\":{\"label\":\"2 for 1\"},"
               "\"attributes\":{\"title\":{\"en\":7}}}");
    ASSERT_STR(
        item_translate(json, STR("fr"), &arena),
        "{ \"sku\":\"a\",\"t\\u0069tle\" : \"Camisa \\\"x\\\"\" ,\"n\":1.50,\"promotion\":{\"label\":\"2 por 1\"},"
        "\"attributes\":{\"title\":{\"en\":7}}}");
    struct str plain = STR("{" ITEM "}");
    ck_assert_ptr_eq(item_translate(plain, STR("en"), &arena).data, plain.data);
    ASSERT_STR(node_translate(
                   STR("{\"id\":\"a\",\"zones\":[{\"name\":{\"es\":\"M\",\"en\":\"W\"}},{\"name\":{\"en\":\"X\"}}]}"),
                   STR("en"), &arena),
               "{\"id\":\"a\",\"zones\":[{\"name\":\"W\"},{\"name\":\"X\"}]}");
}
END_TEST

struct refused {
    const char *json;
    enum refusal refusal;
    const char *detail;
};

static const struct refused refused_items[] = {
    {"{", REFUSAL_MALFORMED, "at byte 1: not one JSON object"},
    {"[]", REFUSAL_MALFORMED, "expected one JSON object"},
    {"{\"sku\":\"a\",\"sku\":\"a\"}", REFUSAL_MALFORMED, "at byte 16: a key is repeated"},
    {"{}", REFUSAL_MISSING_FIELD, "sku: missing, and needed"},
    {"{\"sku\":null}", REFUSAL_MISSING_FIELD, "sku: missing, and needed"},
    {"{\"sku\":7}", REFUSAL_WRONG_TYPE, "sku: expected a name of 1 to 64 bytes, not 7"},
    {"{\"sku\":\"\"}", REFUSAL_OUT_OF_RANGE, "sku: expected a name of 1 to 64 bytes, not \"\""},
    {"{\"sku\":\"a\\n\"}", REFUSAL_OUT_OF_RANGE, "sku: \"a\\u000a\" holds an invisible character"},
    {"{\"sku\":\"a\",\"gtin\":8435678901234}", REFUSAL_WRONG_TYPE,
     "gtin: expected a string of 8, 12, 13 or 14 digits, not 8435678901234"},
    {"{\"sku\":\"a\",\"color_hex\":\"red\"}", REFUSAL_OUT_OF_RANGE,
     "color_hex: expected # and six hexadecimal digits, not \"red\""},
    {"{\"sku\":\"a\",\"gtin\":\"123456789\"}", REFUSAL_OUT_OF_RANGE,
     "gtin: expected a string of 8, 12, 13 or 14 digits, not \"123456789\""},
    {"{\"sku\":\"a\",\"gtin\":\"1234567x\"}", REFUSAL_OUT_OF_RANGE,
     "gtin: expected a string of 8, 12, 13 or 14 digits, not \"1234567x\""},
    {"{\"sku\":\"a \"}", REFUSAL_OUT_OF_RANGE, "sku: \"a \" ends with white space"},
    {"{\"sku\":\"a\",\"title\":{}}", REFUSAL_OUT_OF_RANGE,
     "title: expected a string of 0 to 1000 bytes without control characters, or such by language, not an object"},
    {"{\"sku\":\"a\",\"title\":7}", REFUSAL_WRONG_TYPE,
     "title: expected a string of 0 to 1000 bytes without control characters, or such by language, not 7"},
    {"{\"sku\":\"a\",\"title\":{\"en\":7}}", REFUSAL_WRONG_TYPE,
     "title.en: expected a string of 0 to 1000 bytes without control characters, not 7"},
    {"{\"sku\":\"a\",\"color\":{\"en_US\":\"red\"}}", REFUSAL_OUT_OF_RANGE,
     "color: expected languages such as en or es-MX, not \"en_US\""},
    {"{\"sku\":\"a\",\"promotion\":{\"label\":{\"en\":\"\\u0001\"}}}", REFUSAL_OUT_OF_RANGE,
     "promotion.label.en: expected a string of 0 to 200 bytes without control characters, not \"\\u0001\""},
    {"{\"sku\":\"a\",\"price\":39.95}", REFUSAL_WRONG_TYPE, "price: expected an object, not 39.95"},
    {"{\"sku\":\"a\",\"price\":{\"amount\":39.95,\"currency\":\"EUR\"}}", REFUSAL_WRONG_TYPE,
     "price.amount: expected a decimal number as a string, not 39.95"},
    {"{\"sku\":\"a\",\"price\":{\"amount\":\"39.\",\"currency\":\"EUR\"}}", REFUSAL_OUT_OF_RANGE,
     "price.amount: expected a decimal number as a string, not \"39.\""},
    {"{\"sku\":\"a\",\"price\":{\"amount\":\"39\",\"currency\":\"euro\"}}", REFUSAL_OUT_OF_RANGE,
     "price.currency: expected three capital letters, not \"euro\""},
    {"{\"sku\":\"a\",\"price\":{\"amount\":\"39\"}}", REFUSAL_MISSING_FIELD, "price.currency: missing, and needed"},
    {"{\"sku\":\"a\",\"promotion\":{\"ends\":\"soon\"}}", REFUSAL_BAD_TIME,
     "promotion.ends: \"soon\" is no time as RFC 3339"},
    {"{\"sku\":\"a\",\"safety_stock\":3}", REFUSAL_WRONG_TYPE, "safety_stock: expected an object, not 3"},
    {"{\"sku\":\"a\",\"safety_stock\":{\"default\":-1}}", REFUSAL_OUT_OF_RANGE,
     "safety_stock.default: expected an integer from 0 to 1000000000, not -1"},
    {"{\"sku\":\"a\",\"safety_stock\":{\"default\":99999999999999999999}}", REFUSAL_OUT_OF_RANGE,
     "safety_stock.default: expected an integer from 0 to 1000000000, not 9223372036854775807 or beyond"},
    {"{\"sku\":\"a\",\"safety_stock\":{\"nodes\":{\"x\":1.5}}}", REFUSAL_WRONG_TYPE,
     "safety_stock.nodes.(node): expected an integer from 0 to 1000000000, not 1.5"},
};

START_TEST(a_wrong_item_is_refused_by_name)
{
    const struct refused *refused = &refused_items[_i];
    struct item_facts item;
    struct str json = {refused->json, strlen(refused->json)};
    ck_assert_int_eq(item_read(json, &arena, &item, detail), refused->refusal);
    ck_assert_str_eq(detail, refused->detail);
}
END_TEST

/* Everything of a document goes on to those who read answers, its unknown fields too. */
START_TEST(what_could_spoil_an_answer_is_refused_wherever_it_stands)
{
    static const struct {
        struct str json;
        enum refusal refusal;
    } cases[] = {
        {STR("{\"sku\":\"a\",\"x\":1\0}"), REFUSAL_MALFORMED},
        {STR("{\"sku\":\"a\",\"x\":true\0}"), REFUSAL_MALFORMED},
        {STR("{\"sku\":\"a\",\"x\":[null\0]}"), REFUSAL_MALFORMED},
        {STR("{\"sku\":\"a\"}\0"), REFUSAL_MALFORMED},
        {STR("{\"sku\":\"a\",\"x\":1e400}"), REFUSAL_OUT_OF_RANGE},
        {STR("{\"sku\":\"a\",\"x\":[-1E+999]}"), REFUSAL_OUT_OF_RANGE},
        {STR("{\"sku\":\"a\",\"x\":\"1e400\"}"), REFUSAL_NONE},
        {STR("{\"sku\":\"a\",\"x\":1e-400}"), REFUSAL_NONE},
        {STR("{\"sku\":\"a\",\"x\":18446744073709551616}"), REFUSAL_NONE},
    };
    struct item_facts item;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(item_read(cases[i].json, &arena, &item, detail) == cases[i].refusal, "%s", cases[i].json.data);
}
END_TEST

#define READ(members) item_read(STR("{\"sku\":\"a\"," members "}"), &arena, &item, detail)

START_TEST(an_event_gone_astray_is_no_item)
{
    struct item_facts item;
    ck_assert_int_eq(READ("\"node\":\"store-014\""), REFUSAL_OUT_OF_RANGE);
    ck_assert_int_eq(READ("\"qty\":1"), REFUSAL_OUT_OF_RANGE);
    ck_assert_int_eq(READ("\"type\":\"sold\",\"time\":\"2026-11-21T10:02:11Z\""), REFUSAL_OUT_OF_RANGE);
    ck_assert_int_eq(READ("\"id\":\"8842-3\",\"source\":\"pos-17\""), REFUSAL_OUT_OF_RANGE);
    ck_assert(strstr(detail, "an event gone astray: ") == detail);
    ck_assert_int_eq(READ("\"type\":\"shirt\",\"id\":7,\"node\":null,\"qty\":null"), REFUSAL_NONE);
    ck_assert_int_eq(READ("\"time\":\"noon\",\"source\":\"erp\""), REFUSAL_NONE);
    ck_assert_int_eq(READ("\"attributes\":{\"node\":1,\"qty\":2}"), REFUSAL_NONE);
}
END_TEST

/* `{"sku":"aaa...","title":"ttt..."}` of so many bytes. */
static enum refusal read_lengths(int sku_bytes, int title_bytes)
{
    char json[2000];
    struct item_facts item;
    int len = snprintf(json, sizeof(json), "{\"sku\":\"%0*d\",\"title\":\"%0*d\"}", sku_bytes, 0, title_bytes, 0);
    return item_read((struct str){json, (size_t)len}, &arena, &item, detail);
}

START_TEST(a_sku_has_64_bytes_at_most_and_a_title_1000)
{
    ck_assert_int_eq(read_lengths(64, 1000), REFUSAL_NONE);
    ck_assert_int_eq(read_lengths(65, 1000), REFUSAL_OUT_OF_RANGE);
    ck_assert_int_eq(read_lengths(64, 1001), REFUSAL_OUT_OF_RANGE);
}
END_TEST

START_TEST(a_zero_byte_anywhere_makes_an_item_malformed)
{
    struct str json = STR(" {" ITEM ",\"x\":[1,1.5,1e3,true,false,null,\"\\n\"]} ");
    for (size_t at = 0; at <= json.len; at++) {
        struct item_facts item;
        struct str spoilt = spoilt_by_nul(json, at);
        ck_assert_int_eq(item_read(spoilt, &arena, &item, detail), REFUSAL_MALFORMED);
        free(unconst(spoilt.data));
    }
}
END_TEST

START_TEST(a_document_is_no_deeper_than_readers_go)
{
    for (int levels = 31; levels <= 33; levels++) {
        struct item_facts item;
        char json[200] = "{\"sku\":\"[{\\\"[{\",\"x\":", *to = json + strlen(json);
        for (int i = 1; i < levels; i++)
            *to++ = '[';
        for (int i = 1; i < levels; i++)
            *to++ = ']';
        *to++ = '}';
        ck_assert_int_eq(item_read((struct str){json, (size_t)(to - json)}, &arena, &item, detail),
                         levels <= 32 ? REFUSAL_NONE : REFUSAL_MALFORMED);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("item_document");
    TCase *tcase = tcase_create("item_document");
    tcase_add_test(tcase, an_item_is_read);
    tcase_add_test(tcase, an_item_needs_its_sku_only);
    tcase_add_test(tcase, safety_stock_is_found_by_node);
    tcase_add_test(tcase, texts_may_be_given_in_languages);
    tcase_add_test(tcase, a_document_is_translated_and_keeps_all_other_bytes);
    tcase_add_test(tcase, what_could_spoil_an_answer_is_refused_wherever_it_stands);
    tcase_add_test(tcase, an_event_gone_astray_is_no_item);
    tcase_add_test(tcase, a_sku_has_64_bytes_at_most_and_a_title_1000);
    tcase_add_test(tcase, a_zero_byte_anywhere_makes_an_item_malformed);
    tcase_add_test(tcase, a_document_is_no_deeper_than_readers_go);
    tcase_add_loop_test(tcase, a_wrong_item_is_refused_by_name, 0, sizeof(refused_items) / sizeof(refused_items[0]));
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
