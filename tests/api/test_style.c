/* GET /v1/styles/{style}. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"name\":\"Alpha\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":40.0,\"lon\":-3.0}");
    world_node("{\"id\":\"b\",\"name\":\"Beta\",\"kind\":\"store\"," ALWAYS_OPEN
               ",\"lat\":41.0,\"lon\":-3.0,\"sells_online\":true}");
    world_node("{\"id\":\"c\",\"name\":\"Gamma\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":42.0,\"lon\":-3.0}");
    world_node("{\"id\":\"shop\",\"kind\":\"ecommerce\"}");
    world_node("{\"id\":\"depot\",\"kind\":\"warehouse\",\"lat\":40.0,\"lon\":-3.1}");
    static const char *const sizes[] = {"XL", "S", "M", "10", "XXS", "9.5", "one size"};
    char json[200];
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        snprintf(json, sizeof(json),
                 "{\"sku\":\"r-%zu\",\"style\":\"shirt\",\"title\":\"Shirt\",\"size\":\"%s\",\"color\":\"red\"}", i,
                 sizes[i]);
        world_item(json);
    }
    world_item("{\"sku\":\"b-1\",\"style\":\"shirt\",\"size\":\"S\",\"color\":\"blue\"}");
    world_item("{\"sku\":\"other\",\"style\":\"coat\",\"size\":\"S\",\"color\":\"grey\"}");
    world_stock("r-1", "a", 2);
    world_stock("r-1", "b", 10);
    world_stock("r-1", "c", 20);
    world_stock("r-1", "shop", 100);
    world_stock("r-1", "depot", 1000);
    world_stock("r-1", "unknown", 10000);
    world_stock("b-1", "c", 1);
    world_open();
    world_do("SADD sf:{%u}:s:shirt other gone", shard_of(STR("shirt"), world.view.keys.shards));
}

START_TEST(sizes_and_colors_are_in_order_and_stale_hints_left_out)
{
    fill();
    json_t *answer = world_get(200, "/v1/styles/shirt?node=a");
    ck_assert_str_eq(text_at(answer, "style"), "shirt");
    ck_assert_str_eq(text_at(answer, "title"), "Shirt");
    ck_assert_str_eq(texts_of(at(answer, "sizes"), ""), "XXS S M XL 9.5 10 one size");
    ck_assert_str_eq(texts_of(at(answer, "colors"), ""), "blue red");
    ck_assert_str_eq(texts_of(at(answer, "cells"), "sku"), "r-4 b-1 r-1 r-2 r-0 r-5 r-3 r-6");
    world_stop();
}
END_TEST

START_TEST(a_cell_says_here_online_and_nearest)
{
    fill();
    json_t *cells = at(world_get(200, "/v1/styles/shirt?node=a"), "cells");
    ck_assert_str_eq(text_at(cells, "2/size"), "S");
    ck_assert_int_eq(number_at(cells, "2/here/available"), 2);
    ck_assert_str_eq(text_at(cells, "2/here/status"), "low");
    ck_assert_str_eq(text_at(cells, "2/here/ready_by"), "2026-11-21T10:30:00+00:00");
    ck_assert_int_eq(number_at(cells, "2/online/available"), 110);
    ck_assert_str_eq(text_at(cells, "2/online/ready_by"), "null");
    ck_assert_str_eq(text_at(cells, "2/nearest/node"), "b");
    ck_assert_str_eq(text_at(cells, "2/nearest/name"), "Beta");
    ck_assert_int_eq(number_at(cells, "2/nearest/available"), 10);
    ck_assert_double_eq_tol(real_at(cells, "2/nearest/distance_km"), 111.195, 0.001);
    ck_assert_str_eq(text_at(cells, "1/here/status"), "out");
    ck_assert_str_eq(text_at(cells, "1/here/no_pickup"), "out");
    ck_assert(json_is_false(at(cells, "2/nearest/stale")) && json_is_null(at(cells, "2/nearest/heard_at")));
    ck_assert_str_eq(text_at(cells, "1/here/ready_by"), "null");
    ck_assert_str_eq(text_at(cells, "1/nearest/node"), "c");
    ck_assert_str_eq(text_at(cells, "1/nearest_visit/node"), "c");
    ck_assert_str_eq(text_at(cells, "2/nearest_visit/node"), "b");
    ck_assert(json_is_null(at(cells, "0/nearest")));
    world_stop();
}
END_TEST

static void put_on_its_way(const char *node, const char *ref, int64_t eta)
{
    struct incoming_line lines[] = {{.ref = str_from(ref), .qty = 3, .eta = eta}};
    struct record record;
    record_init(&record, NULL, 0, lines, 1);
    record.incoming_n = 1;
    record.unplaced = 1;
    world_record("coat-m", node, &record);
}

START_TEST(a_cell_says_what_is_to_come_and_how_fresh_it_is_everywhere)
{
    world_start(2, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":40,\"lon\":-3}");
    world_node("{\"id\":\"b\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":41,\"lon\":-3,\"sells_online\":true}");
    world_node("{\"id\":\"web\",\"kind\":\"ecommerce\"," ALWAYS_OPEN "}");
    world_item("{\"sku\":\"coat-m\",\"style\":\"coat\",\"size\":\"M\"}");
    put_on_its_way("a", "PO-1", world.now_ms + 1000);
    put_on_its_way("b", "PO-2", world.now_ms + 2000);
    put_on_its_way("web", "PO-3", world.now_ms - 1000);
    world_heard("a", world.now_ms - 4000);
    world_heard("b", world.now_ms - 3000);
    world_heard("web", world.now_ms - INT64_C(50) * 3600 * 1000);
    world_open();
    json_t *cell = at(world_get(200, "/v1/styles/coat?node=a"), "cells/0");
    ck_assert_str_eq(texts_of(at(cell, "here/incoming"), "ref"), "PO-1");
    ck_assert_str_eq(text_at(cell, "here/heard_at"), "2026-11-21T09:59:56Z");
    ck_assert_str_eq(texts_of(at(cell, "online/incoming"), "ref"), "PO-3 PO-2");
    ck_assert(json_is_true(at(cell, "online/incoming/0/overdue")));
    ck_assert_str_eq(text_at(cell, "online/heard_at"), "2026-11-21T09:59:57Z");
    ck_assert(json_is_true(at(cell, "online/stale")) && json_is_false(at(cell, "here/stale")));
    ck_assert_str_eq(text_at(cell, "online/no_pickup"), "no_pickup");
    ck_assert_str_eq(texts_of(at(cell, "nearest/incoming"), "ref"), "PO-2");
    ck_assert_str_eq(texts_of(at(cell, "nearest_visit/incoming"), "ref"), "PO-2");
    world_stop();
}
END_TEST

START_TEST(a_style_is_asked_for_from_anywhere_or_nowhere)
{
    fill();
    json_t *cells = at(world_get(200, "/v1/styles/shirt?lat=40&lon=-3"), "cells");
    ck_assert(json_is_null(at(cells, "2/here")));
    ck_assert_str_eq(text_at(cells, "2/nearest/node"), "a");
    cells = at(world_get(200, "/v1/styles/shirt"), "cells");
    ck_assert(json_is_null(at(cells, "2/here")));
    ck_assert(json_is_null(at(cells, "2/nearest")));
    ck_assert_int_eq(number_at(cells, "2/online/available"), 110);
    ck_assert_str_eq(text_at(world_get(404, "/v1/styles/hat"), "code"), "unknown_style");
    ck_assert_str_eq(text_at(world_get(404, "/v1/styles/shirt?node=zz"), "code"), "unknown_node");
    ck_assert_str_eq(text_at(world_get(400, "/v1/styles/shirt?lat=1"), "parameter"), "lon");
    ck_assert_str_eq(text_at(world_get(400, "/v1/styles/shirt?lat=1&lon=1&node=a"), "parameter"), "node");
    world_stop();
}
END_TEST

START_TEST(a_matrix_of_48_cells_at_500_stores_is_whole)
{
    enum { CELLS = 48, STORES = 500 };
    char json[200], sku[20], node[20];
    world_start(4, 8);
    for (int i = 0; i < STORES; i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"s%03d\",\"kind\":\"store\",\"sells_online\":true,\"lat\":%.3f,\"lon\":0}", i, i * 0.1);
        world_node(json);
    }
    for (int c = 0; c < CELLS; c++) {
        snprintf(sku, sizeof(sku), "sku-%02d", c);
        snprintf(json, sizeof(json), "{\"sku\":\"%s\",\"style\":\"big\",\"size\":\"%d\",\"color\":\"c%d\"}", sku, c % 8,
                 c / 8);
        world_item(json);
        for (int i = 0; i < STORES; i++) {
            snprintf(node, sizeof(node), "s%03d", i);
            world_stock(sku, node, i < c ? 0 : 5);
        }
    }
    world_open();
    json_t *answer = world_get(200, "/v1/styles/big?node=s000");
    ck_assert_uint_eq(json_array_size(at(answer, "cells")), CELLS);
    for (int i = 0; i < CELLS; i++) {
        json_t *cell = json_array_get(at(answer, "cells"), (size_t)i);
        int c = atoi(text_at(cell, "sku") + 4);
        ck_assert_int_eq(number_at(cell, "online/available"), 5 * (STORES - c));
        ck_assert_int_eq(number_at(cell, "here/available"), c == 0 ? 5 : 0);
        snprintf(node, sizeof(node), "s%03d", c == 0 ? 1 : c);
        ck_assert_str_eq(text_at(cell, "nearest/node"), node);
    }
    printf("style: %.1f ms\n", (double)world.spent_us / 1000);
    world_stop();
}
END_TEST

/* --- many stores, few of which are read -------------------------------------------------------------------------- */

enum { WIDE_CELLS = 12, WIDE_STORES = 1500, WIDE_QUERIES = 60, ONLINE_EACH = 400 };

struct shop {
    double lat, lon;
    int64_t qty[WIDE_CELLS];
};

static struct shop shops[WIDE_STORES];

/* One cell is everywhere, the others in fewer and fewer stores, the last in none. */
static void fill_shops(void)
{
    char json[200], sku[20], node[20];
    uint64_t seed = 11;
    world_start(4, 1);
    for (int i = 0; i < WIDE_STORES; i++) {
        struct shop *shop = &shops[i];
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        shop->lat = 36 + (double)(seed >> 40) / (1 << 24) * 8;
        shop->lon = -9 + (double)(seed >> 16 & 0xffffff) / (1 << 24) * 12;
        snprintf(json, sizeof(json),
                 "{\"id\":\"s%04d\",\"kind\":\"store\",\"sells_online\":%s,\"lat\":%.6f,\"lon\":%.6f}", i,
                 i % ONLINE_EACH == 0 ? "true" : "false", shop->lat, shop->lon);
        world_node(json);
        for (int c = 0; c < WIDE_CELLS; c++)
            shop->qty[c] = c == WIDE_CELLS - 1 || (seed >> 8) % (1u << c) != 0 ? 0 : 1 + i % 5;
    }
    for (int c = 0; c < WIDE_CELLS; c++) {
        snprintf(sku, sizeof(sku), "wide-%02d", c);
        snprintf(json, sizeof(json), "{\"sku\":\"%s\",\"style\":\"wide\",\"size\":\"%d\"}", sku, c + 10);
        world_item(json);
        for (int i = 0; i < WIDE_STORES; i++) {
            snprintf(node, sizeof(node), "s%04d", i);
            world_stock(sku, node, shops[i].qty[c]);
        }
    }
    world_open();
}

/* Haversine. */
static double km_from(const struct shop *shop, double lat, double lon)
{
    double degree = M_PI / 180, north = sin((shop->lat - lat) * degree / 2), east = sin((shop->lon - lon) * degree / 2);
    return 2 * 6371.0088 * asin(sqrt(north * north + cos(lat * degree) * cos(shop->lat * degree) * east * east));
}

static void assert_cell(json_t *cell, int c, int here, double lat, double lon)
{
    double nearest_km = INFINITY;
    int64_t online = 0;
    for (int i = 0; i < WIDE_STORES; i++) {
        online += i % ONLINE_EACH == 0 ? shops[i].qty[c] : 0;
        if (i != here && shops[i].qty[c] > 0)
            nearest_km = fmin(nearest_km, km_from(&shops[i], lat, lon));
    }
    ck_assert_int_eq(number_at(cell, "online/available"), online);
    if (here >= 0)
        ck_assert_int_eq(number_at(cell, "here/available"), shops[here].qty[c]);
    if (!isfinite(nearest_km)) {
        ck_assert(json_is_null(at(cell, "nearest")));
        return;
    }
    ck_assert_double_eq_tol(real_at(cell, "nearest/distance_km"), nearest_km, 0.0006);
    ck_assert_int_eq(number_at(cell, "nearest/available"), shops[atoi(text_at(cell, "nearest/node") + 1)].qty[c]);
}

START_TEST(of_thousands_of_stores_the_nearest_is_found_as_by_brute_force)
{
    fill_shops();
    int64_t sent_before = world_redis_sent();
    for (int q = 0; q < WIDE_QUERIES; q++) {
        int here = q % 2 == 0 ? q * 7 : -1;
        double lat = here >= 0 ? shops[here].lat : 36.1 + 0.13 * q, lon = here >= 0 ? shops[here].lon : 2.9 - 0.19 * q;
        json_t *answer = here >= 0 ? world_get(200, "/v1/styles/wide?node=s%04d", here)
                                   : world_get(200, "/v1/styles/wide?lat=%.6f&lon=%.6f", lat, lon);
        ck_assert_uint_eq(json_array_size(at(answer, "cells")), WIDE_CELLS);
        for (int c = 0; c < WIDE_CELLS; c++)
            assert_cell(json_array_get(at(answer, "cells"), (size_t)c), c, here, lat, lon);
    }
    printf("style: %.0f bytes from Redis a query of %d cells at %d stores, %d trips\n",
           (double)(world_redis_sent() - sent_before) / WIDE_QUERIES, WIDE_CELLS, WIDE_STORES, world.trips);
    world_stop();
}
END_TEST

static void print_turns(const char *what)
{
    printf("%s: %d trips, %zu fields at most, %.1f ms in the longest of turns, %.1f in all\n", what, world.trips,
           world.fields_max, (double)world.longest_us / 1000, (double)world.spent_us / 1000);
}

/* Nothing is found near, and so everything is read. */
START_TEST(of_what_is_sold_out_everywhere_no_turn_keeps_others_waiting)
{
    enum { CELLS = 50, STORES = 500, FIELDS_MAX = 10000 };
    char json[160], node[16], sku[24], query[1000] = "/v1/nearby?node=s0000";
    world_start(4, 1);
    for (int i = 0; i < STORES; i++) {
        snprintf(json, sizeof(json),
                 "{\"id\":\"s%04d\",\"kind\":\"store\",\"pickup\":{\"enabled\":true},\"lat\":%.2f,\"lon\":1}", i,
                 i * 0.01);
        world_node(json);
    }
    for (int c = 0; c < CELLS; c++) {
        snprintf(sku, sizeof(sku), "gone-%02d", c);
        snprintf(json, sizeof(json), "{\"sku\":\"%s\",\"style\":\"gone\",\"size\":\"%d\"}", sku, c + 10);
        world_item(json);
        snprintf(query + strlen(query), sizeof(query) - strlen(query), "&item=%s", sku);
        for (int i = 0; i < STORES; i++) {
            snprintf(node, sizeof(node), "s%04d", i);
            world_stock(sku, node, c == 0 && i == STORES - 1);
        }
    }
    world_open();
    json_t *cells = at(world_get(200, "/v1/styles/gone?node=s0000"), "cells");
    print_turns("style");
    ck_assert_uint_eq(json_array_size(cells), CELLS);
    ck_assert_str_eq(text_at(cells, "0/nearest_visit/node"), "s0499");
    ck_assert(json_is_null(at(cells, "49/nearest_visit")));
    ck_assert_uint_le(world.fields_max, FIELDS_MAX);
    json_t *passed = at(world_get(200, "%s", query), "passed_over");
    print_turns("nearby");
    ck_assert_str_eq(text_at(passed, "99/reason"), "out");
    ck_assert_uint_le(world.fields_max, FIELDS_MAX);
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/nearby?node=s0000&item=gone-00&for=visit"), "nodes"), "node"), "");
    world_stop();
}
END_TEST

START_TEST(what_a_large_style_leaves_out_is_said)
{
    char json[100];
    world_start(4, 8);
    for (int i = 0; i < 203; i++) {
        snprintf(json, sizeof(json), "{\"sku\":\"sku-%03d\",\"style\":\"large\"}", i);
        world_item(json);
    }
    world_open();
    json_t *answer = world_get(200, "/v1/styles/large");
    ck_assert_uint_eq(json_array_size(at(answer, "cells")), 200);
    ck_assert_int_eq(number_at(answer, "left_out"), 3);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sizes_and_colors_are_in_order_and_stale_hints_left_out,
                                  a_cell_says_here_online_and_nearest,
                                  a_cell_says_what_is_to_come_and_how_fresh_it_is_everywhere,
                                  a_style_is_asked_for_from_anywhere_or_nowhere,
                                  a_matrix_of_48_cells_at_500_stores_is_whole,
                                  of_thousands_of_stores_the_nearest_is_found_as_by_brute_force,
                                  of_what_is_sold_out_everywhere_no_turn_keeps_others_waiting,
                                  what_a_large_style_leaves_out_is_said};
    return SUITE_RUN("style", tests);
}
