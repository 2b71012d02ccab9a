/* GET /v1/items. */
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "stockfold/codec/words.h"
#include "support/suite.h"

enum { STYLES = 60, SIZES = 6, SINGLES = 40, ITEMS = STYLES * SIZES + SINGLES };

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Skus of all pages, sorted, with blanks between; every page has at most `limit`. */
static const char *page_through(const char *query, size_t limit, size_t *ret_n)
{
    static char texts[ITEMS * 16];
    static char skus[ITEMS][16];
    const char *sorted[ITEMS];
    char cursor[1200] = "";
    size_t n = 0, len = 0;
    do {
        json_t *answer =
            world_get(200, "/v1/items?%s&limit=%zu%s%s", query, limit, cursor[0] == '\0' ? "" : "&cursor=", cursor);
        json_t *items = at(answer, "items");
        ck_assert_uint_le(json_array_size(items), limit);
        for (size_t i = 0; i < json_array_size(items); i++) {
            ck_assert_uint_lt(n, ITEMS);
            snprintf(skus[n++], sizeof(skus[0]), "%.15s", text_at(json_array_get(items, i), "sku"));
        }
        snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
    } while (strcmp(cursor, "null") != 0);
    for (size_t i = 0; i < n; i++)
        sorted[i] = skus[i];
    qsort(sorted, n, sizeof(*sorted), compare_texts);
    texts[0] = '\0';
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(texts + len, sizeof(texts) - len, "%s%s", i > 0 ? " " : "", sorted[i]);
    *ret_n = n;
    return texts;
}

/* --- barcodes ---------------------------------------------------------------------------------------------------- */

START_TEST(a_barcode_is_found_however_many_zeros_it_has_in_front)
{
    static const char *const forms[] = {"12345670", "000012345670", "0000012345670", "00000012345670"};
    size_t n;
    world_start(8, 1);
    world_item("{\"sku\":\"a\",\"gtin\":\"12345670\"}");
    world_item("{\"sku\":\"b\",\"gtin\":\"0000012345670\",\"price\":{\"amount\":\"1.50\",\"currency\":\"EUR\"}}");
    world_item("{\"sku\":\"c\",\"gtin\":\"00000012345670\"}");
    world_item("{\"sku\":\"d\",\"gtin\":\"10000012345670\"}");
    world_open();
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        char query[40];
        snprintf(query, sizeof(query), "gtin=%s", forms[i]);
        ck_assert_str_eq(page_through(query, 2, &n), "a b c");
    }
    ck_assert_str_eq(page_through("gtin=10000012345670", 2, &n), "d");
    ck_assert_str_eq(page_through("gtin=99999999", 2, &n), "");
    ck_assert_str_eq(text_at(world_get(200, "/v1/items?gtin=12345670"), "items/1/price/amount"), "1.50");
    world_stop();
}
END_TEST

START_TEST(a_stale_hint_is_no_item)
{
    size_t n;
    world_start(8, 1);
    world_item("{\"sku\":\"a\",\"gtin\":\"12345670\",\"style\":\"shirt\"}");
    world_item("{\"sku\":\"b\",\"gtin\":\"12345671\",\"style\":\"coat\"}");
    world_open();
    world_do("SADD sf:{%u}:g:12345670 b gone", shard_of(STR("12345670"), 8));
    world_do("SADD sf:{%u}:s:shirt b gone", shard_of(STR("shirt"), 8));
    world_do("SADD sf:{%u}:s:empty b gone", shard_of(STR("empty"), 8));
    ck_assert_str_eq(page_through("gtin=12345670", 10, &n), "a");
    ck_assert_str_eq(page_through("style=shirt", 10, &n), "a");
    ck_assert_str_eq(page_through("style=shirt", 1, &n), "a");
    ck_assert_str_eq(text_at(world_get(404, "/v1/items?style=empty"), "code"), "unknown_style");
    ck_assert_str_eq(text_at(world_get(404, "/v1/items?style=none"), "code"), "unknown_style");
    world_stop();
}
END_TEST

/* --- words ------------------------------------------------------------------------------------------------------- */

/* Style i has "linen", and "shirt" or "coat"; its size 0 is "rare" for every tenth. Items without style are "linen". */
static void fill(void)
{
    char json[300];
    world_start(8, 1);
    for (int i = 0; i < STYLES; i++)
        for (int k = 0; k < SIZES; k++) {
            snprintf(json, sizeof(json), "{\"sku\":\"s%03d-%d\",\"style\":\"s%03d\",\"title\":\"Linen %s, %s\"}", i, k,
                     i, i % 2 == 0 ? "Shirt" : "coat", k == 0 && i % 10 == 0 ? "RARE" : "plain");
            world_item(json);
        }
    for (int i = 0; i < SINGLES; i++) {
        snprintf(json, sizeof(json), "{\"sku\":\"single-%d\",\"title\":\"linen hat %d\"}", i, i);
        world_item(json);
    }
    world_open();
}

START_TEST(items_are_found_by_all_their_words)
{
    size_t n;
    fill();
    ck_assert_str_eq(page_through("q=rare", 100, &n), "s000-0 s010-0 s020-0 s030-0 s040-0 s050-0");
    ck_assert_str_eq(page_through("q=SHIRT+rare", 2, &n), "s000-0 s010-0 s020-0 s030-0 s040-0 s050-0");
    ck_assert_str_eq(page_through("q=coat+rare", 2, &n), "");
    ck_assert_str_eq(page_through("q=linen+17", 2, &n), "single-17");
    ck_assert_str_eq(page_through("q=linen+nothing", 2, &n), "");
    world_stop();
}
END_TEST

START_TEST(pages_of_any_size_are_everything_once)
{
    static const size_t limits[] = {1000, 100, 37, 6, 5, 1};
    char all[ITEMS * 16];
    size_t n;
    fill();
    snprintf(all, sizeof(all), "%s", page_through("q=linen", 1000, &n));
    ck_assert_uint_eq(n, ITEMS);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        ck_assert_str_eq(page_through("q=linen", limits[i], &n), all);
    page_through("q=coat+linen", 7, &n);
    ck_assert_uint_eq(n, STYLES / 2 * SIZES);
    page_through("q=plain+linen", 7, &n);
    ck_assert_uint_eq(n, STYLES * SIZES - 6);
    world_stop();
}
END_TEST

START_TEST(an_item_that_got_a_style_is_found_once)
{
    size_t n;
    world_start(8, 1);
    world_item("{\"sku\":\"a\",\"title\":\"hat\"}");
    world_item("{\"sku\":\"a\",\"title\":\"hat\",\"style\":\"st-1\"}");
    world_item("{\"sku\":\"b\",\"title\":\"hat\",\"style\":\"st-1\"}");
    world_item("{\"sku\":\"b\",\"title\":\"cap\",\"style\":\"st-1\"}");
    world_open();
    ck_assert_str_eq(page_through("q=hat", 10, &n), "a");
    ck_assert_str_eq(page_through("q=hat", 1, &n), "a");
    world_stop();
}
END_TEST

START_TEST(a_search_finds_what_people_type)
{
    static const struct {
        const char *q, *skus;
    } rows[] = {
        {"levis", "a"},
        {"LEVI%27S%20501", "a"},
        {"levi%E2%80%99s", "a"},
        {"tshirt", "b c d"},
        {"t-shirt", "b c d"},
        {"t%20shirt", "b c d"},
        {"tsh", "b c d"},
        {"t-sh", "b c d"},
        {"5xl", "b"},
        {"5%20xl", "b"},
        {"red%205x", "b"},
        {"330ml", "e"},
        {"330%20ml", "e"},
        {"caf", "e"},
        {"c%C3%A1fe", "e"},
        {"cafe%CC%81%20co", "e"},
        {"%E6%AF%9B%E8%A1%A3", "f"},
        {"%E8%A1%A3", "f"},
        {"%E6%AF%9B", "f"},
        {"men%20le", "a"},
        {"st", "b"},
        {"st-7", "b"},
        {"c", "c d"},
        {"l", ""},
        {"nothing", ""},
        {"levis%20nothing", ""},
        {"lev%20501", ""},
        {"g-7%2Fx", "g"},
        {"G7X", "g"},
        {"+G-7/X+", "g"},
        {"g-7/", ""},
        {"4006381333931", "h"},
        {"04006381333931", "h"},
        {"400-6381-333931", "h"},
        {"dup", "dup i"},
    };
    size_t n;
    world_start(8, 1);
    world_item("{\"sku\":\"a\",\"title\":\"Levi\u2019s\u2122 501\",\"category\":\"Men > Jeans\"}");
    world_item("{\"sku\":\"b\",\"title\":\"T-shirt\",\"size\":\"5XL\",\"color\":\"red\",\"style\":\"ST-7\"}");
    world_item("{\"sku\":\"c\",\"title\":\"Tshirt\"}");
    world_item("{\"sku\":\"d\",\"title\":\"t shirt C\"}");
    world_item("{\"sku\":\"e\",\"title\":\"Caf\u00e9 cola 330 ml\"}");
    world_item("{\"sku\":\"f\",\"title\":\"\u7f8a\u6bdb\u8863\"}");
    world_item("{\"sku\":\"G-7/X\"}");
    world_item("{\"sku\":\"h\",\"gtin\":\"4006381333931\"}");
    world_item("{\"sku\":\"dup\",\"title\":\"dup duplex dupe\"}");
    world_item("{\"sku\":\"i\",\"title\":\"duplo\"}");
    world_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (size_t limit = 1; limit < 4; limit += 2) {
            char query[100];
            snprintf(query, sizeof(query), "q=%s", rows[i].q);
            const char *found = page_through(query, limit, &n);
            const char *wanted = strcmp(rows[i].skus, "g") == 0 ? "G-7/X" : rows[i].skus;
            ck_assert_msg(strcmp(found, wanted) == 0, "%s: %s, not %s", rows[i].q, found, wanted);
        }
    world_stop();
}
END_TEST

START_TEST(a_query_has_sixteen_words)
{
    size_t n;
    world_start(2, 1);
    world_item("{\"sku\":\"a\",\"title\":\"a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8\"}");
    world_open();
    ck_assert_str_eq(page_through("q=b7+b6+b5+b4+b3+b2+b1+a9+a8+a7+a6+a5+a4+a3+a2+a1", 5, &n), "a");
    ck_assert_str_eq(page_through("q=b7+b6+b5+b4+b3+b2+b1+a9+a8+a7+a6+a5+a4+a3+a2+x1", 5, &n), "");
    json_t *problem = world_get(400, "/v1/items?q=b8+b7+b6+b5+b4+b3+b2+b1+a9+a8+a7+a6+a5+a4+a3+a2+a1");
    ck_assert_str_eq(text_at(problem, "parameter"), "q");
    world_stop();
}
END_TEST

START_TEST(beginnings_of_many_words_are_paged_through)
{
    static const size_t limits[] = {1000, 37, 6, 1};
    char json[300], all[ITEMS * 16];
    size_t n;
    world_start(8, 1);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(json, sizeof(json), "{\"sku\":\"p%03d\",\"title\":\"pre%03d pre%03d pretty\"}", i, i % 130, i % 7);
        world_item(json);
    }
    world_open();
    snprintf(all, sizeof(all), "%s", page_through("q=pre", 1000, &n));
    ck_assert_uint_eq(n, ITEMS);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        ck_assert_str_eq(page_through("q=pre", limits[i], &n), all);
    ck_assert_str_eq(page_through("q=pretty", 7, &n), all);
    ck_assert_str_eq(page_through("q=pret", 50, &n), all);
    world_stop();
}
END_TEST

START_TEST(an_index_that_is_not_whole_is_not_searched)
{
    world_start(2, 1);
    world_item("{\"sku\":\"a\",\"style\":\"s\",\"title\":\"hat\"}");
    world_open();
    world_do("HSET sf:view words 1");
    ck_assert_str_eq(text_at(world_get(503, "/v1/items?q=hat"), "code"), "view_rebuilding");
    world_get(200, "/v1/items?style=s");
    world_do("HDEL sf:view words");
    ck_assert_str_eq(text_at(world_get(503, "/v1/items?q=hat"), "code"), "view_rebuilding");
    world_do("HSET sf:view words %d", WORD_INDEX_VERSION);
    world_get(200, "/v1/items?q=hat");
    world_stop();
}
END_TEST

START_TEST(one_of_the_three_is_asked_for)
{
    static const struct {
        const char *query, *parameter;
    } rows[] = {{"", "q"},
                {"?q=a&style=b", "q"},
                {"?gtin=12345670&q=a", "q"},
                {"?q=...", "q"},
                {"?q=", "q"},
                {"?gtin=1234567", "gtin"},
                {"?gtin=123456789", "gtin"},
                {"?gtin=1234567x", "gtin"},
                {"?limit=0&q=a", "limit"},
                {"?limit=1001&q=a", "limit"},
                {"?cursor=0&q=a", "cursor"}};
    world_start(2, 1);
    world_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(text_at(world_get(400, "/v1/items%s", rows[i].query), "parameter"), rows[i].parameter);
    /* Any bytes are a position. */
    world_get(200, "/v1/items?q=a&cursor=000000ff");
    world_get(200, "/v1/items?gtin=12345670&cursor=00");
    world_stop();
}
END_TEST

START_TEST(a_style_is_found_once_whatever_the_pages)
{
    static const size_t limits[] = {1000, 99, 37, 7, 1};
    char firsts[ITEMS * 16];
    size_t n;
    fill();
    snprintf(firsts, sizeof(firsts), "%s", page_through("q=linen&group=style", 1000, &n));
    ck_assert_uint_eq(n, STYLES + SINGLES);
    for (int i = 0; i < STYLES; i++) {
        char first[16];
        snprintf(first, sizeof(first), "s%03d-0", i);
        ck_assert_ptr_nonnull(strstr(firsts, first));
    }
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        ck_assert_str_eq(page_through("q=linen&group=style", limits[i], &n), firsts);
        ck_assert_str_eq(page_through("q=linen+li&group=style", limits[i], &n), firsts);
    }
    page_through("q=plain&group=style", 7, &n);
    ck_assert_uint_eq(n, STYLES);
    ck_assert_str_eq(page_through("q=rare+shirt&group=style", 2, &n), "s000-0 s010-0 s020-0 s030-0 s040-0 s050-0");
    ck_assert_str_eq(page_through("q=s0101&group=style", 1, &n), "s010-1");
    ck_assert_str_eq(text_at(world_get(400, "/v1/items?q=a&group=sku"), "parameter"), "group");
    world_stop();
}
END_TEST

START_TEST(a_style_whose_items_begin_with_other_words_is_found_once)
{
    static const char *const titles[] = {"lino", "linen", "link", "line", "limbo"};
    char json[120];
    size_t n;
    world_start(8, 1);
    for (int i = 0; i < 50; i++) {
        snprintf(json, sizeof(json), "{\"sku\":\"i%02d\",\"style\":\"s%d\",\"title\":\"%s %d\"}", i, i % 10,
                 titles[i / 10], i);
        world_item(json);
    }
    world_open();
    for (size_t limit = 1; limit < 12; limit++)
        ck_assert_str_eq(page_through("q=li&group=style", limit, &n), "i40 i41 i42 i43 i44 i45 i46 i47 i48 i49");
    ck_assert_str_eq(page_through("q=lin&group=style", 3, &n), "i30 i31 i32 i33 i34 i35 i36 i37 i38 i39");
    world_stop();
}
END_TEST

enum { WIDE_STYLES = 120, WIDE_SIZES = 25, WIDE_LIMIT = 40 };

/* The styles' skus lie between each other's; all are "linen", the first of a style is "early", its last is "late". */
static void fill_wide(void)
{
    char json[160];
    world_start(8, 1);
    for (int i = 0; i < WIDE_STYLES; i++)
        for (int k = 0; k < WIDE_SIZES; k++) {
            snprintf(json, sizeof(json), "{\"sku\":\"%02d-%03d\",\"style\":\"w%03d\",\"title\":\"linen %s\"}", k, i, i,
                     k == 0 ? "early" : (k == WIDE_SIZES - 1 ? "late" : "middle"));
            world_item(json);
        }
    world_open();
}

START_TEST(a_page_of_styles_costs_as_much_as_the_one_before)
{
    static const char *const queries[] = {"linen", "lin", "linen+li", "early"};
    char next[200];
    fill_wide();
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        json_t *answer = world_get(200, "/v1/items?q=%s&group=style&limit=%d", queries[i], WIDE_LIMIT);
        ck_assert_uint_eq(json_array_size(at(answer, "items")), WIDE_LIMIT);
        for (int page = 2; page <= WIDE_STYLES / WIDE_LIMIT; page++) {
            snprintf(next, sizeof(next), "%s", text_at(answer, "next"));
            answer = world_get(200, "/v1/items?q=%s&group=style&limit=%d&cursor=%s", queries[i], WIDE_LIMIT, next);
            ck_assert_uint_eq(json_array_size(at(answer, "items")), WIDE_LIMIT);
            ck_assert_int_lt(world.asks, 5 * WIDE_LIMIT);
            ck_assert_int_lt(world.trips, 10);
        }
    }
    world_stop();
}
END_TEST

START_TEST(a_style_whose_last_item_matches_is_found_once)
{
    static const size_t limits[] = {1000, 40, 7};
    char firsts[ITEMS * 16];
    size_t n;
    fill_wide();
    snprintf(firsts, sizeof(firsts), "%s", page_through("q=late&group=style", 1000, &n));
    ck_assert_uint_eq(n, WIDE_STYLES);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        ck_assert_str_eq(page_through("q=late&group=style", limits[i], &n), firsts);
    page_through("q=l&group=style", 40, &n);
    ck_assert_uint_eq(n, 0);
    page_through("q=la&group=style", 40, &n);
    ck_assert_uint_eq(n, WIDE_STYLES);
    page_through("q=linen&group=style", 7, &n);
    ck_assert_uint_eq(n, WIDE_STYLES);
    world_stop();
}
END_TEST

START_TEST(lists_are_grouped_by_style_too)
{
    size_t n;
    world_start(8, 1);
    world_item("{\"sku\":\"a\",\"gtin\":\"12345670\",\"style\":\"s\"}");
    world_item("{\"sku\":\"b\",\"gtin\":\"12345670\",\"style\":\"s\"}");
    world_item("{\"sku\":\"c\",\"gtin\":\"12345670\",\"style\":\"t\"}");
    world_item("{\"sku\":\"d\",\"gtin\":\"12345670\"}");
    world_item("{\"sku\":\"e\",\"gtin\":\"12345670\"}");
    world_stock("bare", "x", 1);
    world_open();
    for (size_t limit = 1; limit < 6; limit++) {
        ck_assert_str_eq(page_through("style=s&group=style", limit, &n), "a");
        ck_assert_str_eq(page_through("gtin=12345670&group=style", limit, &n), "a c d e");
    }
    json_t *items = at(world_get(200, "/v1/items?sku=b&sku=bare&sku=a&sku=none&sku=e&sku=d&group=style"), "items");
    ck_assert_str_eq(texts_of(items, "sku"), "b bare none e d");
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_barcode_is_found_however_many_zeros_it_has_in_front,
                                  a_stale_hint_is_no_item,
                                  items_are_found_by_all_their_words,
                                  pages_of_any_size_are_everything_once,
                                  an_item_that_got_a_style_is_found_once,
                                  a_search_finds_what_people_type,
                                  a_query_has_sixteen_words,
                                  beginnings_of_many_words_are_paged_through,
                                  an_index_that_is_not_whole_is_not_searched,
                                  one_of_the_three_is_asked_for,
                                  a_style_is_found_once_whatever_the_pages,
                                  a_style_whose_items_begin_with_other_words_is_found_once,
                                  a_page_of_styles_costs_as_much_as_the_one_before,
                                  a_style_whose_last_item_matches_is_found_once,
                                  lists_are_grouped_by_style_too};
    return SUITE_RUN("item_search", tests);
}
