/* GET /v1/availability for lists in shops: include=item and summary=style. */
#include <stdio.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"," ALWAYS_OPEN "}");
    world_node("{\"id\":\"b\",\"kind\":\"store\"}");
    world_item("{\"sku\":\"s-1\",\"style\":\"shirt\",\"title\":\"Shirt, S\",\"size\":\"S\",\"color\":\"red\","
               "\"price\":{\"amount\":\"9.50\",\"currency\":\"EUR\"},\"image\":\"https://s/1\"}");
    world_item("{\"sku\":\"s-2\",\"style\":\"shirt\",\"title\":\"Shirt, L\",\"size\":\"L\",\"color\":\"red\","
               "\"price\":{\"amount\":\"10.00\",\"currency\":\"EUR\"},\"image\":\"https://s/2\","
               "\"promotion\":{\"label\":\"2 for 1\"}}");
    world_item("{\"sku\":\"s-3\",\"style\":\"shirt\",\"title\":\"Shirt, M\",\"size\":\"M\",\"color\":\"red\","
               "\"price\":{\"amount\":\"10.00\",\"currency\":\"EUR\"}}");
    world_item("{\"sku\":\"c-1\",\"style\":\"coat\",\"title\":\"Coat\",\"price\":{\"amount\":\"99\",\"currency\":"
               "\"EUR\"}}");
    world_stock("s-2", "a", 2);
    world_stock("s-3", "a", 20);
    world_stock("bare", "a", 1);
    world_open();
}

START_TEST(each_line_has_its_items_fields)
{
    fill();
    json_t *line = at(world_get(200, "/v1/availability?sku=s-2&node=a&include=item"), "lines/0");
    ck_assert_str_eq(text_at(line, "title"), "Shirt, L");
    ck_assert_str_eq(text_at(line, "price/amount"), "10.00");
    ck_assert_str_eq(text_at(line, "promotion/label"), "2 for 1");
    ck_assert_str_eq(text_at(line, "image"), "https://s/2");
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/availability?style=shirt&node=a&include=item"), "lines"), "title"),
                     "Shirt, S Shirt, L Shirt, M");
    ck_assert_str_eq(text_at(world_get(200, "/v1/availability?sku=s-2&include=item"), "lines/0/title"), "Shirt, L");
    line = at(world_get(200, "/v1/availability?sku=bare&sku=none&node=a&include=item"), "lines/0");
    ck_assert_str_eq(text_at(line, "status"), "low");
    ck_assert(json_is_null(at(line, "title")) && json_is_null(at(line, "price")));
    ck_assert_ptr_null(at(world_get(200, "/v1/availability?sku=s-2&node=a"), "lines/0/title"));
    world_stop();
}
END_TEST

START_TEST(a_style_at_a_node_is_one_line)
{
    fill();
    json_t *lines =
        at(world_get(200, "/v1/availability?style=shirt&style=coat&style=hat&node=a&node=b&summary=style"), "lines");
    ck_assert_str_eq(texts_of(lines, "style"), "shirt shirt coat coat hat hat");
    ck_assert_str_eq(texts_of(lines, "node"), "a b a b a b");
    ck_assert_str_eq(texts_of(lines, "status"), "in_stock out out out unknown unknown");
    ck_assert_str_eq(texts_of(at(lines, "0/sizes"), "size"), "S M L");
    ck_assert_str_eq(texts_of(at(lines, "0/sizes"), "status"), "out in_stock low");
    ck_assert_str_eq(texts_of(at(lines, "0/sizes"), "sku"), "s-1 s-3 s-2");
    ck_assert_str_eq(text_at(lines, "0/ready_by"), "2026-11-21T10:30:00+00:00");
    ck_assert(json_is_null(at(lines, "0/no_pickup")));
    ck_assert_str_eq(text_at(lines, "1/no_pickup"), "closed");
    ck_assert_str_eq(text_at(lines, "2/no_pickup"), "out");
    ck_assert_ptr_null(at(lines, "0/title"));
    world_stop();
}
END_TEST

/* For each line, whether each size is at another node. */
static const char *elsewhere_of(json_t *lines)
{
    static char text[200];
    char *to = text;
    *to = '\0';
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *sizes = at(json_array_get(lines, i), "sizes");
        for (size_t k = 0; k < json_array_size(sizes); k++)
            *to++ = json_is_true(at(json_array_get(sizes, k), "elsewhere")) ? 'y' : 'n';
        *to++ = ' ';
    }
    *to = '\0';
    return text;
}

START_TEST(each_size_says_whether_another_node_has_it)
{
    world_start(4, 1);
    for (int i = 0; i < 40; i++) {
        char json[120];
        snprintf(json, sizeof(json), "{\"id\":\"n%02d\",\"kind\":\"store\",\"lat\":%d,\"lon\":1}", i, i);
        world_node(json);
        snprintf(json, sizeof(json), "n%02d", i);
        world_stock("t-2", json, i == 39 ? 1 : 0);
    }
    world_node("{\"id\":\"nowhere\",\"kind\":\"warehouse\"}");
    world_item("{\"sku\":\"t-1\",\"style\":\"tee\",\"size\":\"S\"}");
    world_item("{\"sku\":\"t-2\",\"style\":\"tee\",\"size\":\"M\"}");
    world_item("{\"sku\":\"t-3\",\"style\":\"tee\",\"size\":\"L\"}");
    world_item("{\"sku\":\"t-4\",\"style\":\"tee\",\"size\":\"XL\"}");
    world_item("{\"sku\":\"t-5\",\"style\":\"tee\",\"size\":\"XXL\"}");
    world_stock("t-1", "n00", 5);
    world_stock("t-1", "n01", 5);
    world_stock("t-3", "n00", 5);
    world_stock("t-4", "nowhere", 5);
    world_stock("t-5", "undocumented", 5);
    world_open();
    json_t *answer = world_get(200, "/v1/availability?style=tee&node=n00&summary=style");
    ck_assert_str_eq(elsewhere_of(at(answer, "lines")), "yynyn ");
    answer = world_get(200, "/v1/availability?style=tee&node=n39&node=n00&node=nobody&node=nowhere&summary=style");
    ck_assert_str_eq(elsewhere_of(at(answer, "lines")), "ynyyn yynyn yyyyn yyynn ");
    world_stop();
}
END_TEST

START_TEST(of_thousands_of_nodes_few_are_read_to_know_what_is_elsewhere)
{
    enum { STORES = 5000, SIZES = 6 };
    char json[160], node[16], sku[16];
    world_start(4, 1);
    for (int i = 0; i < STORES; i++) {
        snprintf(node, sizeof(node), "n%04d", i);
        snprintf(json, sizeof(json), "{\"id\":\"%s\",\"kind\":\"store\",\"lat\":%.3f,\"lon\":1}", node, i * 0.01);
        world_node(json);
        for (int k = 0; k < SIZES; k++) {
            snprintf(sku, sizeof(sku), "w-%d", k);
            world_stock(sku, node, i % (k + 1) == k ? 3 : 0);
        }
    }
    for (int k = 0; k < SIZES; k++) {
        snprintf(json, sizeof(json), "{\"sku\":\"w-%d\",\"style\":\"wide\",\"size\":\"%d\"}", k, k);
        world_item(json);
    }
    world_open();
    int64_t before = world_redis_sent();
    json_t *lines = at(world_get(200, "/v1/availability?style=wide&node=n0000&summary=style"), "lines");
    ck_assert_str_eq(elsewhere_of(lines), "yyyyyy ");
    printf("elsewhere: %lld bytes of Redis, %d trips\n", (long long)(world_redis_sent() - before), world.trips);
    ck_assert_int_lt(world_redis_sent() - before, 12000);
    world_stop();
}
END_TEST

START_TEST(a_style_shows_the_first_that_is_in_stock_and_how_prices_differ)
{
    fill();
    json_t *lines = at(world_get(200, "/v1/availability?style=shirt&style=coat&style=hat&node=a&summary=style&include="
                                      "item"),
                       "lines");
    ck_assert_str_eq(text_at(lines, "0/title"), "Shirt, L");
    ck_assert_str_eq(text_at(lines, "0/image"), "https://s/2");
    ck_assert_str_eq(text_at(lines, "0/price_from/amount"), "9.50");
    ck_assert_str_eq(text_at(lines, "0/price_to/amount"), "10.00");
    ck_assert_str_eq(text_at(lines, "1/title"), "Coat");
    ck_assert_str_eq(text_at(lines, "1/price/amount"), "99");
    ck_assert_ptr_null(at(lines, "1/price_from"));
    ck_assert(json_is_null(at(lines, "2/title")));
    world_stop();
}
END_TEST

START_TEST(a_summary_is_of_styles_only)
{
    fill();
    ck_assert_str_eq(text_at(world_get(400, "/v1/availability?sku=s-1&node=a&summary=style"), "parameter"), "sku");
    ck_assert_str_eq(text_at(world_get(400, "/v1/availability?style=shirt&node=a&summary=node"), "parameter"),
                     "summary");
    ck_assert_str_eq(text_at(world_get(400, "/v1/availability?style=shirt&summary=style"), "parameter"), "node");
    ck_assert_str_eq(text_at(world_get(404, "/v1/availability?style=hat&node=a&summary=style"), "code"),
                     "unknown_style");
    world_stop();
}
END_TEST

START_TEST(a_listing_page_of_60_styles_is_one_request)
{
    enum { STYLES = 60, SIZES = 5 };
    char json[400], sku[24], query[4000] = "/v1/availability?node=a&summary=style&include=item";
    world_start(8, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"," ALWAYS_OPEN "}");
    for (int i = 0; i < STYLES * SIZES; i++) {
        snprintf(sku, sizeof(sku), "style-%02d-%d", i / SIZES, i % SIZES);
        snprintf(json, sizeof(json),
                 "{\"sku\":\"%s\",\"style\":\"style-%02d\",\"title\":\"Linen shirt with pocket %d\",\"size\":\"%d\","
                 "\"color\":\"black\",\"price\":{\"amount\":\"39.95\",\"currency\":\"EUR\"},"
                 "\"image\":\"https://images.example/products/%s.jpg\"}",
                 sku, i / SIZES, i / SIZES, 36 + i % SIZES, sku);
        world_item(json);
        world_stock(sku, "a", i % 7);
    }
    world_open();
    for (int i = 0; i < STYLES; i++)
        snprintf(query + strlen(query), sizeof(query) - strlen(query), "&style=style-%02d", i);
    json_t *answer = world_get(200, "%s", query);
    ck_assert_uint_eq(json_array_size(at(answer, "lines")), STYLES);
    ck_assert_str_eq(text_at(answer, "lines/59/title"), "Linen shirt with pocket 59");
    ck_assert_ptr_nonnull(strstr(world.cache_control, "public"));
    printf("listing: %zu bytes, %d trips, %.2f ms of CPU\n", world.body.len, world.trips,
           (double)world.spent_us / 1000);
    world_stop();
}
END_TEST

/* Elsewhere, too, no item is in stock. */
static void fill_large_styles(int sizes, int nodes)
{
    char json[200], sku[24], node[16];
    world_start(8, 1);
    for (int i = 0; i < 2 * nodes; i++) {
        snprintf(json, sizeof(json), "{\"id\":\"n%03d\",\"kind\":\"store\",\"lat\":%d,\"lon\":1}", i, i % 80);
        world_node(json);
    }
    for (int i = 0; i < sizes * nodes; i++) {
        bool wide = i < sizes;
        snprintf(sku, sizeof(sku), "%s-%05d", wide ? "wide" : "tall", i);
        snprintf(json, sizeof(json), "{\"sku\":\"%s\",\"style\":\"%.4s\",\"title\":\"Shirt\",\"size\":\"%d\"}", sku,
                 sku, i % 60);
        world_item(json);
        for (int k = 0; k < (wide ? 2 * nodes : 1); k++) {
            snprintf(node, sizeof(node), "n%03d", k);
            world_stock(sku, node, k < nodes ? i % 5 : 0);
        }
    }
    world_open();
}

START_TEST(of_thousands_of_items_no_turn_keeps_others_waiting)
{
    enum { SIZES = 50, NODES = 100 };
    char query[4000] = "/v1/availability?summary=style&style=wide";
    fill_large_styles(SIZES, NODES);
    json_t *lines = at(world_get(200, "/v1/availability?summary=style&style=tall&node=n000"), "lines");
    ck_assert_uint_eq(json_array_size(at(lines, "0/sizes")), SIZES * (NODES - 1));
    printf("tall: %d trips, %d pauses, %d asks at most, %lld us in the longest of turns, %lld in all\n", world.trips,
           world.pauses, world.asks_max, (long long)world.longest_us, (long long)world.spent_us);
    ck_assert_int_le(world.asks_max, 2000);
    ck_assert_int_ge(world.pauses, SIZES * (NODES - 1) / 1000 - 1);
    for (int i = 0; i < NODES; i++)
        snprintf(query + strlen(query), sizeof(query) - strlen(query), "&node=n%03d", i);
    lines = at(world_get(200, "%s", query), "lines");
    ck_assert_uint_eq(json_array_size(lines), NODES);
    ck_assert_uint_eq(json_array_size(at(lines, "99/sizes")), SIZES);
    printf("wide: %d trips, %d pauses, %d asks at most, %lld us in the longest of turns, %lld in all\n", world.trips,
           world.pauses, world.asks_max, (long long)world.longest_us, (long long)world.spent_us);
    ck_assert_int_le(world.asks_max, 100);
    world_stop();
}
END_TEST

START_TEST(items_are_answered_by_sku_in_the_order_asked)
{
    fill();
    json_t *items = at(world_get(200, "/v1/items?sku=s-2&sku=none&sku=bare&sku=s-1"), "items");
    ck_assert_str_eq(texts_of(items, "sku"), "s-2 none bare s-1");
    ck_assert_str_eq(text_at(items, "0/title"), "Shirt, L");
    ck_assert_str_eq(text_at(items, "1/status"), "unknown");
    ck_assert_ptr_null(at(items, "2/status"));
    ck_assert_str_eq(text_at(world_get(400, "/v1/items?sku=s-2&q=shirt"), "parameter"), "q");
    world_stop();
}
END_TEST

START_TEST(an_incoming_line_whose_eta_has_passed_is_overdue)
{
    struct incoming_line lines[2] = {{.ref = STR("late"), .qty = 1, .eta = world.now_ms - 1},
                                     {.ref = STR("next"), .qty = 1, .eta = world.now_ms + 1}};
    world_start(1, 1);
    lines[0].eta = world.now_ms - 1;
    lines[1].eta = world.now_ms + 1;
    struct record record;
    record_init(&record, NULL, 0, lines, 2);
    record.incoming_n = 2;
    world_record("shirt", "a", &record);
    world_open();
    json_t *incoming = at(world_get(200, "/v1/availability?sku=shirt&node=a"), "lines/0/incoming");
    ck_assert(json_is_true(at(incoming, "0/overdue")));
    ck_assert_ptr_null(at(incoming, "1/overdue"));
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_line_has_its_items_fields,
                                  a_style_at_a_node_is_one_line,
                                  each_size_says_whether_another_node_has_it,
                                  of_thousands_of_nodes_few_are_read_to_know_what_is_elsewhere,
                                  a_style_shows_the_first_that_is_in_stock_and_how_prices_differ,
                                  a_summary_is_of_styles_only,
                                  a_listing_page_of_60_styles_is_one_request,
                                  of_thousands_of_items_no_turn_keeps_others_waiting,
                                  items_are_answered_by_sku_in_the_order_asked,
                                  an_incoming_line_whose_eta_has_passed_is_overdue};
    return SUITE_RUN("style_summary", tests);
}
