/* GET /v1/nearby. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

static const char always[] = "";

static void put_node(const char *id, double lat, double lon, const char *more)
{
    char json[400];
    snprintf(json, sizeof(json), "{\"id\":\"%s\",\"name\":\"Node %s\",\"kind\":\"store\",\"lat\":%.4f,\"lon\":%.4f%s}",
             id, id, lat, lon, more);
    world_node(json);
}

/* Nodes a to h on a meridian, a degree of latitude apart; all but `out` have shirts. */
static void fill(void)
{
    world_start(4, 1);
    put_node("a", 40, -3, always);
    put_node("few", 41, -3, always);
    put_node("out", 42, -3, always);
    put_node("shut", 43, -3, ",\"days\":{},\"hours\":{\"mon\":[]}");
    put_node("silent", 44, -3, always);
    put_node("no", 45, -3, ",\"pickup\":{\"enabled\":false}");
    put_node("b", 46, -3, ",\"hours\":{\"mon\":[\"10:00-20:00\"]},\"time_zone\":\"Europe/Madrid\"");
    put_node("c", 47, -3, always);
    world_node("{\"id\":\"nowhere\",\"kind\":\"store\"}");
    world_heard("silent", world.now_ms - INT64_C(25) * 3600 * 1000);
    const char *const nodes[] = {"a", "few", "shut", "silent", "no", "b", "c", "nowhere", "heard"};
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        world_stock("shirt", nodes[i], i == 1 ? 1 : 10);
        world_stock("a:b c", nodes[i], 4);
    }
    world_reserve("shirt", "b", 3);
    world_item("{\"sku\":\"hat\"}");
    world_open();
}

START_TEST(the_nearest_that_have_the_whole_basket_are_found)
{
    fill();
    json_t *answer = world_get(200, "/v1/nearby?item=shirt:2&item=a%%3Ab+c&lat=40&lon=-3&k=3");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "node"), "a b c");
    ck_assert_double_eq(real_at(answer, "nodes/0/distance_km"), 0);
    ck_assert_double_eq_tol(real_at(answer, "nodes/1/distance_km"), 667.170, 0.002);
    ck_assert_double_eq(real_at(answer, "nodes/1/lat"), 46);
    ck_assert_double_eq(real_at(answer, "nodes/1/lon"), -3);
    ck_assert_str_eq(text_at(answer, "nodes/1/name"), "Node b");
    ck_assert_str_eq(text_at(answer, "nodes/1/items/0/sku"), "shirt");
    ck_assert_int_eq(number_at(answer, "nodes/1/items/0/qty"), 2);
    ck_assert_int_eq(number_at(answer, "nodes/1/items/0/available"), 7);
    ck_assert_str_eq(text_at(answer, "nodes/1/items/1/sku"), "a:b c");
    ck_assert(json_is_true(at(answer, "nodes/0/open_now")));
    ck_assert(json_is_false(at(answer, "nodes/1/open_now")));
    ck_assert_str_eq(text_at(answer, "nodes/1/ready_by"), "2026-11-23T10:30:00+01:00");
    ck_assert_str_eq(texts_of(at(answer, "passed_over"), "node"), "few out shut silent no");
    ck_assert_str_eq(texts_of(at(answer, "passed_over"), "reason"), "not_enough out closed silent no_pickup");
    ck_assert_int_eq(world.trips, 1);
    world_stop();
}
END_TEST

START_TEST(a_node_may_be_where_it_is_asked_from)
{
    fill();
    json_t *answer = world_get(200, "/v1/nearby?item=shirt&node=b&k=1");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "node"), "b");
    ck_assert_uint_eq(json_array_size(at(answer, "passed_over")), 0);
    ck_assert_str_eq(text_at(world_get(404, "/v1/nearby?item=shirt&node=zz"), "code"), "unknown_node");
    ck_assert_str_eq(text_at(world_get(400, "/v1/nearby?item=shirt&node=nowhere"), "parameter"), "node");
    world_stop();
}
END_TEST

START_TEST(what_is_too_far_is_passed_over)
{
    fill();
    json_t *answer = world_get(200, "/v1/nearby?item=shirt:2&lat=40&lon=-3&max_km=120");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "node"), "a");
    ck_assert_str_eq(texts_of(at(answer, "passed_over"), "node"), "few b c");
    ck_assert_str_eq(texts_of(at(answer, "passed_over"), "reason"), "not_enough too_far too_far");
    world_stop();
}
END_TEST

START_TEST(one_item_twice_is_wanted_together)
{
    fill();
    json_t *answer = world_get(200, "/v1/nearby?item=shirt:4&item=shirt:4&lat=40&lon=-3");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "node"), "a c");
    ck_assert_int_eq(number_at(answer, "nodes/0/items/0/qty"), 8);
    ck_assert_uint_eq(json_array_size(at(answer, "nodes/0/items")), 1);
    world_stop();
}
END_TEST

START_TEST(an_item_that_nobody_knows_is_404_when_it_is_the_only_one)
{
    fill();
    ck_assert_str_eq(text_at(world_get(404, "/v1/nearby?item=coat&lat=40&lon=-3"), "code"), "unknown_sku");
    json_t *answer = world_get(200, "/v1/nearby?item=coat&item=shirt&lat=40&lon=-3");
    ck_assert_uint_eq(json_array_size(at(answer, "nodes")), 0);
    answer = world_get(200, "/v1/nearby?item=hat&lat=40&lon=-3");
    ck_assert_uint_eq(json_array_size(at(answer, "nodes")), 0);
    ck_assert_uint_eq(json_array_size(at(answer, "passed_over")), 8);
    world_stop();
}
END_TEST

START_TEST(wrong_parameters_are_named)
{
    static const struct {
        const char *query, *parameter;
    } rows[] = {{"item=shirt", "lat"},
                {"item=shirt&lat=40", "lon"},
                {"item=shirt&lon=40", "lat"},
                {"item=shirt&lat=40&lon=1&node=a", "node"},
                {"lat=40&lon=1", "item"},
                {"item=shirt:&lat=40&lon=1", "item"},
                {"item=shirt:x&lat=40&lon=1", "item"},
                {"item=shirt:-1&lat=40&lon=1", "item"},
                {"item=shirt:0&lat=40&lon=1", "item"},
                {"item=shirt:1000000001&lat=40&lon=1", "item"},
                {"item=shirt:99999999999999999999999&lat=40&lon=1", "item"},
                {"item=:1&lat=40&lon=1", "item"},
                {"item=a%ff&lat=40&lon=1", "item"},
                {"item=a:b:1:&lat=40&lon=1", "item"},
                {"item=1234567890123456789012345678901234567890123456789012345678901234x&lat=40&lon=1", "item"},
                {"item=shirt&lat=91&lon=1", "lat"},
                {"item=shirt&lat=40&lon=1&k=0", "k"},
                {"item=shirt&lat=40&lon=1&k=101", "k"},
                {"item=shirt&lat=40&lon=1&max_km=-1", "max_km"},
                {"item=shirt&lat=nan&lon=1", "lat"}};
    fill();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(text_at(world_get(400, "/v1/nearby?%s", rows[i].query), "parameter"), rows[i].parameter);
    world_stop();
}
END_TEST

/* --- many nodes -------------------------------------------------------------------------------------------------- */

enum { NODES = 3000, STOCKED = 300, QUERIES = 200, K = 5 };

struct spot {
    char id[16];
    double lat, lon, km;
    int64_t qty;
};

static int compare_spots(const void *a, const void *b)
{
    const struct spot *left = a, *right = b;
    if (left->km != right->km)
        return left->km < right->km ? -1 : 1;
    return strcmp(left->id, right->id);
}

/* Haversine, as the textbooks have it. */
static double km_between(double lat1, double lon1, double lat2, double lon2)
{
    double degree = M_PI / 180, a = sin((lat2 - lat1) * degree / 2), b = sin((lon2 - lon1) * degree / 2);
    return 2 * 6371.0088 * asin(sqrt(a * a + cos(lat1 * degree) * cos(lat2 * degree) * b * b));
}

static double uniform(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 11) / (double)(UINT64_C(1) << 53);
}

START_TEST(of_thousands_of_nodes_the_same_are_found_as_by_brute_force)
{
    static struct spot spots[NODES];
    uint64_t seed = 7;
    int64_t spent_us = 0;
    world_start(4, 64);
    for (int i = 0; i < NODES; i++) {
        struct spot *spot = &spots[i];
        snprintf(spot->id, sizeof(spot->id), "store-%04d", i);
        spot->lat = floor((36 + 8 * uniform(&seed)) * 10000) / 10000;
        spot->lon = floor((-9 + 12 * uniform(&seed)) * 10000) / 10000;
        put_node(spot->id, spot->lat, spot->lon,
                 ",\"hours\":{\"sat\":[\"09:00-21:00\"],\"mon\":[\"09:00-21:00\"]},\"time_zone\":\"Europe/Madrid\"");
        spot->qty = i % (NODES / STOCKED) == 0 ? 1 + i % 3 : 0;
        if (spot->qty > 0)
            world_stock("shirt", spot->id, spot->qty);
    }
    world_open();
    for (int q = 0; q < QUERIES; q++) {
        double lat = 36 + 8 * uniform(&seed), lon = -9 + 12 * uniform(&seed);
        json_t *answer = world_get(200, "/v1/nearby?item=shirt:2&lat=%.6f&lon=%.6f&k=%d", lat, lon, K);
        spent_us += world.spent_us;
        for (int i = 0; i < NODES; i++)
            spots[i].km = km_between(lat, lon, spots[i].lat, spots[i].lon);
        qsort(spots, NODES, sizeof(*spots), compare_spots);
        size_t taken = 0, passed = 0;
        for (int i = 0; i < NODES && taken < K; i++) {
            bool enough = spots[i].qty >= 2;
            json_t *entry = json_array_get(at(answer, enough ? "nodes" : "passed_over"), enough ? taken++ : passed++);
            if (!enough && passed > 100)
                continue;
            ck_assert_msg(entry != NULL, "query %d, %s is missing", q, spots[i].id);
            ck_assert_str_eq(text_at(entry, "node"), spots[i].id);
            ck_assert_double_eq_tol(real_at(entry, "distance_km"), spots[i].km, 0.0006);
            if (!enough)
                ck_assert_str_eq(text_at(entry, "reason"), spots[i].qty > 0 ? "not_enough" : "out");
        }
        ck_assert_uint_eq(json_array_size(at(answer, "nodes")), K);
        ck_assert_uint_eq(json_array_size(at(answer, "passed_over")), passed < 100 ? passed : 100);
    }
    printf("nearby: %.1f us a query\n", (double)spent_us / QUERIES);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_nearest_that_have_the_whole_basket_are_found,
                                  a_node_may_be_where_it_is_asked_from,
                                  what_is_too_far_is_passed_over,
                                  one_item_twice_is_wanted_together,
                                  an_item_that_nobody_knows_is_404_when_it_is_the_only_one,
                                  wrong_parameters_are_named,
                                  of_thousands_of_nodes_the_same_are_found_as_by_brute_force};
    return SUITE_RUN("nearby", tests);
}
