/* GET /v1/nearby. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

static const char always[] = "," ALWAYS_OPEN;

static void put_node(const char *id, double lat, double lon, const char *more)
{
    char json[1000];
    snprintf(json, sizeof(json),
             "{\"id\":\"%.40s\",\"name\":\"Node %.40s\",\"kind\":\"store\",\"lat\":%.4f,\"lon\":%.4f%s}", id, id, lat,
             lon, more);
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
    put_node("no", 45, -3, "," ALWAYS_OPEN ",\"pickup\":{\"enabled\":false}");
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
    ck_assert_str_eq(text_at(answer, "nodes/1/opens_at"), "2026-11-23T10:00:00+01:00");
    ck_assert_str_eq(text_at(answer, "nodes/1/closes_at"), "2026-11-23T20:00:00+01:00");
    ck_assert_str_eq(text_at(answer, "nodes/1/status"), "in_stock");
    ck_assert_str_eq(text_at(answer, "passed_over/0/name"), "Node few");
    ck_assert_int_eq(number_at(answer, "passed_over/0/available"), 1);
    ck_assert(json_is_null(at(answer, "passed_over/4/available")));
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

START_TEST(of_what_is_there_and_not_pickable_every_answer_says_so)
{
    world_start(4, 1);
    world_node("{\"id\":\"back\",\"kind\":\"store\",\"lat\":40,\"lon\":-3," ALWAYS_OPEN
               ",\"zones\":[{\"floor\":\"0\",\"zone\":\"sales\",\"pickable\":false}]}");
    world_node("{\"id\":\"far\",\"kind\":\"store\",\"lat\":50,\"lon\":-3," ALWAYS_OPEN "}");
    world_item("{\"sku\":\"hat\",\"style\":\"hats\"}");
    world_stock("hat", "back", 3);
    world_stock("hat", "far", 9);
    world_stock("cap", "far", 9);
    world_open();
    json_t *passed = at(world_get(200, "/v1/nearby?item=hat:2&lat=40&lon=-3&k=1"), "passed_over/0");
    ck_assert_int_eq(number_at(passed, "available"), 3);
    ck_assert_str_eq(text_at(passed, "reason"), "not_pickable");
    passed = at(world_get(200, "/v1/nearby?item=hat:4&lat=40&lon=-3&k=1"), "passed_over/0");
    ck_assert_str_eq(text_at(passed, "reason"), "not_enough");
    passed = at(world_get(200, "/v1/nearby?item=hat&item=cap&lat=40&lon=-3&k=1"), "passed_over/0");
    ck_assert_str_eq(text_at(passed, "reason"), "out");
    static const char *const rows[][2] = {{"/v1/availability?sku=hat&node=back", "lines/0/no_pickup"},
                                          {"/v1/availability?sku=hat", "lines/1/no_pickup"},
                                          {"/v1/availability?style=hats&node=back&summary=style", "lines/0/no_pickup"},
                                          {"/v1/items/hat/locate?node=back", "no_pickup"},
                                          {"/v1/items/hat/locate?node=far", "elsewhere/0/no_pickup"},
                                          {"/v1/styles/hats?node=back", "cells/0/here/no_pickup"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(text_at(world_get(200, "%s", rows[i][0]), rows[i][1]), "not_pickable");
    world_stop();
}
END_TEST

START_TEST(what_is_unknown_is_not_out)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\",\"lat\":40,\"lon\":-3," ALWAYS_OPEN "}");
    world_item("{\"sku\":\"hat\",\"style\":\"hats\"}");
    world_open();
    static const char *const unknown[] = {"sku=coat&node=a", "sku=hat&node=zz", "style=coats&style=hats&node=a",
                                          "style=coats&style=hats&node=a&summary=style",
                                          "style=hats&node=zz&summary=style"};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        json_t *line = at(world_get(200, "/v1/availability?%s", unknown[i]), "lines/0");
        ck_assert_str_eq(text_at(line, "status"), "unknown");
        ck_assert_str_eq(text_at(line, "no_pickup"), "unknown");
        ck_assert(json_is_null(at(line, "ready_by")));
    }
    json_t *answer = world_post(200, "/v1/availability", "{\"pairs\":[[\"coat\",\"a\"],[\"hat\",\"a\"]]}");
    ck_assert_str_eq(texts_of(at(answer, "lines"), "no_pickup"), "unknown out");
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

START_TEST(to_walk_in_and_buy_pickup_is_not_asked_for)
{
    fill();
    json_t *answer = world_get(200, "/v1/nearby?item=shirt:2&lat=40&lon=-3&for=visit");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "node"), "a no b c");
    ck_assert(json_is_null(at(answer, "nodes/1/ready_by")));
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/nearby?item=shirt:2&lat=40&lon=-3&for=pickup"), "nodes"), "node"),
                     "a b c");
    ck_assert_str_eq(text_at(world_get(400, "/v1/nearby?item=shirt&lat=40&lon=-3&for=fun"), "parameter"), "for");
    world_stop();
}
END_TEST

START_TEST(an_item_that_nobody_knows_is_404_when_it_is_the_only_one)
{
    fill();
    ck_assert_str_eq(text_at(world_get(404, "/v1/nearby?item=coat&lat=40&lon=-3"), "code"), "unknown_sku");
    json_t *answer = world_get(200, "/v1/nearby?item=coat&item=shirt&lat=40&lon=-3");
    ck_assert_uint_eq(json_array_size(at(answer, "nodes")), 0);
    ck_assert_str_eq(texts_of(at(answer, "passed_over"), "reason"),
                     "unknown unknown unknown unknown unknown no_pickup unknown unknown");
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

enum { NODES = 5000, QUERIES = 200, PASSED = 100, SENT_MAX = 20000 };

/* Items by where they are. All but the last have a record at every node. */
enum { COMMON, THIN, SOLD_OUT, RARE, ITEMS };
static const char *const skus[ITEMS] = {"common", "thin", "sold-out", "rare"};

struct spot {
    char id[16];
    double lat, lon, km;
    int64_t qty[ITEMS];
};

static struct spot spots[NODES];

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

static void fill_country(uint64_t *seed, uint32_t buckets)
{
    world_start(4, buckets);
    for (int i = 0; i < NODES; i++) {
        struct spot *spot = &spots[i];
        snprintf(spot->id, sizeof(spot->id), "store-%04d", i);
        spot->lat = floor((36 + 8 * uniform(seed)) * 10000) / 10000;
        spot->lon = floor((-9 + 12 * uniform(seed)) * 10000) / 10000;
        put_node(spot->id, spot->lat, spot->lon,
                 ",\"hours\":{\"sat\":[\"09:00-21:00\"],\"mon\":[\"09:00-21:00\"]},\"time_zone\":\"Europe/Madrid\"");
        spot->qty[COMMON] = (int64_t)(4 * uniform(seed));
        spot->qty[THIN] = i % 50 == 0 ? 2 : i % 2;
        spot->qty[SOLD_OUT] = 0;
        spot->qty[RARE] = i % (NODES / 10) == 7 ? 3 : 0;
        for (int item = 0; item < ITEMS; item++)
            if (item != RARE || spot->qty[item] > 0)
                world_stock(skus[item], spot->id, spot->qty[item]);
    }
    world_open();
}

/* Two units of an item are wanted; every node is looked at. `max_km` of 0: no limit. */
static void assert_as_by_brute_force(json_t *answer, int item, double lat, double lon, size_t k, double max_km)
{
    json_t *nodes = at(answer, "nodes"), *passed_over = at(answer, "passed_over");
    size_t taken = 0, passed = 0, too_far = 0;
    for (int i = 0; i < NODES; i++)
        spots[i].km = km_between(lat, lon, spots[i].lat, spots[i].lon);
    qsort(spots, NODES, sizeof(*spots), compare_spots);
    for (int i = 0; i < NODES && taken < k && too_far < k; i++) {
        int64_t qty = spots[i].qty[item];
        bool beyond = max_km > 0 && spots[i].km > max_km;
        const char *reason = qty == 0 ? "out" : qty == 1 ? "not_enough" : beyond ? "too_far" : NULL;
        if (beyond && qty < 2)
            continue;
        too_far += reason != NULL && strcmp(reason, "too_far") == 0;
        json_t *entry = reason == NULL ? json_array_get(nodes, taken++) : json_array_get(passed_over, passed++);
        if (reason != NULL && passed > PASSED)
            continue;
        ck_assert_msg(entry != NULL, "%s is missing", spots[i].id);
        ck_assert_str_eq(text_at(entry, "node"), spots[i].id);
        ck_assert_double_eq_tol(real_at(entry, "distance_km"), spots[i].km, 0.0006);
        if (reason != NULL)
            ck_assert_str_eq(text_at(entry, "reason"), reason);
        else
            ck_assert_int_eq(number_at(entry, "items/0/available"), qty);
    }
    ck_assert_uint_eq(json_array_size(nodes), taken);
    ck_assert_uint_eq(json_array_size(passed_over), passed < PASSED ? passed : PASSED);
}

static void query_country(uint32_t buckets)
{
    uint64_t seed = 7;
    int64_t spent_us[ITEMS] = {0}, sent[ITEMS] = {0}, trips[ITEMS] = {0};
    fill_country(&seed, buckets);
    for (int q = 0; q < QUERIES; q++) {
        int item = q % ITEMS;
        double lat = 36 + 8 * uniform(&seed), lon = -9 + 12 * uniform(&seed);
        double max_km = q % 3 == 0 ? floor(300 * uniform(&seed)) : 0;
        size_t k = 1 + (size_t)(10 * uniform(&seed));
        char limit[40] = "";
        if (max_km > 0)
            snprintf(limit, sizeof(limit), "&max_km=%.0f", max_km);
        int64_t sent_before = world_redis_sent();
        json_t *answer =
            world_get(200, "/v1/nearby?item=%s:2&lat=%.6f&lon=%.6f&k=%zu%s", skus[item], lat, lon, k, limit);
        int64_t bytes = world_redis_sent() - sent_before;
        ck_assert_msg(item != COMMON || bytes < SENT_MAX, "%lld bytes", (long long)bytes);
        sent[item] += bytes;
        spent_us[item] += world.spent_us;
        trips[item] += world.trips;
        assert_as_by_brute_force(answer, item, lat, lon, k, max_km);
    }
    for (int item = 0; item < ITEMS; item++)
        printf("nearby, %u buckets, %s: %.1f us, %.0f bytes from Redis, %.1f trips a query\n", buckets, skus[item],
               (double)spent_us[item] * ITEMS / QUERIES, (double)sent[item] * ITEMS / QUERIES,
               (double)trips[item] * ITEMS / QUERIES);
    world_stop();
}

START_TEST(of_thousands_of_nodes_the_same_are_found_as_by_brute_force)
{
    query_country(1);
}
END_TEST

START_TEST(of_a_view_with_buckets_the_same_are_found)
{
    query_country(64);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {to_walk_in_and_buy_pickup_is_not_asked_for,
                                  the_nearest_that_have_the_whole_basket_are_found,
                                  a_node_may_be_where_it_is_asked_from,
                                  of_what_is_there_and_not_pickable_every_answer_says_so,
                                  what_is_unknown_is_not_out,
                                  what_is_too_far_is_passed_over,
                                  one_item_twice_is_wanted_together,
                                  an_item_that_nobody_knows_is_404_when_it_is_the_only_one,
                                  wrong_parameters_are_named,
                                  of_thousands_of_nodes_the_same_are_found_as_by_brute_force,
                                  of_a_view_with_buckets_the_same_are_found};
    return SUITE_RUN("nearby", tests);
}
