/* GET /v1/items/{sku}/locate. */
#include <stdio.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"name\":\"Alpha\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":40.0,\"lon\":-3.0,"
               "\"floors\":[{\"floor\":\"0\",\"name\":\"Ground\"}],"
               "\"zones\":[{\"floor\":\"0\",\"zone\":\"back\",\"name\":\"Back\",\"walk\":9,\"accessible\":false},"
               "{\"floor\":\"0\",\"zone\":\"sales\",\"name\":\"Sales\",\"walk\":2,\"draw\":1,"
               "\"map\":{\"x\":1,\"y\":2.25,\"w\":10,\"h\":5}}]}");
    world_node("{\"id\":\"b\",\"name\":\"Beta\",\"kind\":\"store\"," ALWAYS_OPEN ",\"lat\":41.0,\"lon\":-3.0}");
    world_node("{\"id\":\"c\",\"kind\":\"warehouse\"," ALWAYS_OPEN ",\"lat\":40.1,\"lon\":-3.0}");
    world_node("{\"id\":\"d\",\"kind\":\"store\"," ALWAYS_OPEN "}");
    world_item("{\"sku\":\"shirt-m\",\"style\":\"shirt\",\"title\":\"Shirt\",\"size\":\"M\",\"color\":\"red\"}");
    world_item("{\"sku\":\"shirt-l\",\"style\":\"shirt\",\"title\":\"Shirt\",\"size\":\"L\",\"color\":\"red\"}");
    world_item("{\"sku\":\"shirt-s\",\"style\":\"shirt\",\"title\":\"Shirt\",\"size\":\"S\",\"color\":\"red\"}");
    world_item("{\"sku\":\"shirt-xl\",\"style\":\"shirt\",\"title\":\"Shirt\",\"size\":\"XL\",\"color\":\"red\"}");
    world_item("{\"sku\":\"hat\"}");
    world_stock("shirt-l", "a", 2);
    world_stock("shirt-xl", "a", 9);
    world_stock("shirt-m", "b", 5);
    world_stock("shirt-m", "c", 50);
    world_stock("shirt-m", "d", 7);
    world_stock("shirt-m", "e", 8);
    world_stock("shirt-m", "f", 0);
}

/* 4 in the back, 3 on the floor, of which 1 was sold and 1 is missing upstairs; 2 unplaced, 1 staged. */
static void put_shirt(void)
{
    struct place_stock places[] = {
        {STR("0\0back\0A1"), 4, world.now_ms - INT64_C(14) * 24 * 3600 * 1000, STR("rfid")},
        {STR("0\0sales\0\0\0S3"), 3, world.now_ms, STR("pos-1")},
        {STR("1\0kids"), -1, world.now_ms, STR("pos-1")},
    };
    struct record record;
    record_init(&record, places, 3, NULL, 0);
    record.places_n = 3;
    record.as_of = record.newest_time = record.newest_kafka_time = world.now_ms;
    record.unplaced = 2;
    record.undrawn = 1;
    record.states[STATE_STAGED] = 1;
    world_record("shirt-m", "a", &record);
}

START_TEST(an_item_is_found_in_walking_order)
{
    fill();
    put_shirt();
    world_open();
    json_t *answer = world_get(200, "/v1/items/shirt-m/locate?node=a");
    ck_assert_str_eq(text_at(answer, "sku"), "shirt-m");
    ck_assert_str_eq(text_at(answer, "name"), "Alpha");
    ck_assert_int_eq(number_at(answer, "available"), 8);
    ck_assert_int_eq(number_at(answer, "available_for_pickup"), 8);
    ck_assert_str_eq(text_at(answer, "status"), "in_stock");
    ck_assert_str_eq(text_at(answer, "ready_by"), "2026-11-21T10:30:00+00:00");
    ck_assert_str_eq(text_at(answer, "no_pickup"), "null");
    ck_assert_uint_eq(json_array_size(at(answer, "places")), 2);
    ck_assert_str_eq(text_at(answer, "places/0/zone"), "sales");
    ck_assert_str_eq(text_at(answer, "places/0/zone_name"), "Sales");
    ck_assert_str_eq(text_at(answer, "places/0/floor_name"), "Ground");
    ck_assert_str_eq(text_at(answer, "places/0/shelf"), "S3");
    ck_assert_ptr_null(at(answer, "places/0/aisle"));
    ck_assert_int_eq(number_at(answer, "places/0/qty"), 3);
    ck_assert_int_eq(number_at(answer, "places/0/likely"), 1);
    ck_assert_double_eq_tol(real_at(answer, "places/0/confidence"), 0.333, 0.0001);
    ck_assert_double_eq(real_at(answer, "places/0/map/y"), 2.25);
    ck_assert_int_eq(number_at(answer, "places/0/map/w"), 10);
    ck_assert_str_eq(text_at(answer, "places/1/map"), "null");
    ck_assert(json_is_true(at(answer, "places/0/accessible")));
    ck_assert_str_eq(text_at(answer, "places/1/aisle"), "A1");
    ck_assert(json_is_false(at(answer, "places/1/accessible")));
    ck_assert_double_eq_tol(real_at(answer, "places/1/confidence"), 0.5, 0.0001);
    ck_assert_str_eq(text_at(answer, "places/1/seen_by"), "rfid");
    ck_assert_int_eq(number_at(answer, "unplaced"), 2);
    ck_assert_int_eq(number_at(answer, "staged"), 1);
    world_stop();
}
END_TEST

START_TEST(other_sizes_come_with_those_that_are_there_first)
{
    fill();
    world_open();
    json_t *answer = world_get(200, "/v1/items/shirt-m/locate?node=a");
    ck_assert_str_eq(texts_of(at(answer, "other_sizes"), "sku"), "shirt-l shirt-xl shirt-s");
    ck_assert_str_eq(text_at(answer, "other_sizes/0/status"), "low");
    ck_assert_int_eq(number_at(answer, "other_sizes/1/available"), 9);
    ck_assert_str_eq(text_at(answer, "other_sizes/2/status"), "out");
    ck_assert_str_eq(text_at(answer, "status"), "out");
    world_stop();
}
END_TEST

START_TEST(elsewhere_is_nearest_first_then_by_what_is_available)
{
    fill();
    world_open();
    json_t *answer = world_get(200, "/v1/items/shirt-m/locate?node=a");
    ck_assert_str_eq(texts_of(at(answer, "elsewhere"), "node"), "c b d");
    ck_assert_double_eq_tol(real_at(answer, "elsewhere/0/distance_km"), 11.12, 0.01);
    ck_assert_str_eq(text_at(answer, "elsewhere/0/no_pickup"), "no_pickup");
    ck_assert_str_eq(text_at(answer, "elsewhere/1/name"), "Beta");
    ck_assert_str_eq(text_at(answer, "elsewhere/1/kind"), "store");
    ck_assert(json_is_null(at(answer, "elsewhere/2/distance_km")));
    answer = world_get(200, "/v1/items/shirt-m/locate?node=d");
    ck_assert_str_eq(texts_of(at(answer, "elsewhere"), "node"), "c b");
    world_stop();
}
END_TEST

/* Every third of a line of stores has it, and so do two of which nobody knows where they are. */
START_TEST(elsewhere_is_found_ring_by_ring)
{
    enum { STORES = 1000 };
    char json[120], node[20], nearest[64] = "";
    world_start(4, 1);
    for (int i = 0; i < STORES; i++) {
        snprintf(node, sizeof(node), "s%03d", i);
        snprintf(json, sizeof(json), "{\"id\":\"%s\",\"kind\":\"store\",\"lat\":%.4f,\"lon\":1}", node, i * 0.05);
        world_node(json);
        world_stock("wide", node, i % 3 == 0 ? 4 : 0);
        world_stock("thin", node, i == 0 || i == STORES - 1 ? 4 : 0);
    }
    world_node("{\"id\":\"few\",\"kind\":\"store\"}");
    world_node("{\"id\":\"many\",\"kind\":\"store\"}");
    world_stock("thin", "few", 1);
    world_stock("thin", "many", 9);
    world_open();
    int64_t sent_before = world_redis_sent();
    json_t *answer = world_get(200, "/v1/items/wide/locate?node=s000");
    ck_assert_int_lt(world_redis_sent() - sent_before, 5000);
    for (int i = 3; i <= 15; i += 3)
        sprintf(nearest + strlen(nearest), i == 3 ? "s%03d" : " s%03d", i);
    ck_assert_str_eq(texts_of(at(answer, "elsewhere"), "node"), nearest);
    answer = world_get(200, "/v1/items/thin/locate?node=s000");
    ck_assert_str_eq(texts_of(at(answer, "elsewhere"), "node"), "s999 many few");
    ck_assert_int_eq(number_at(answer, "elsewhere/1/available"), 9);
    answer = world_get(200, "/v1/items/thin/locate?node=few");
    ck_assert_str_eq(texts_of(at(answer, "elsewhere"), "node"), "many s000 s999");
    world_stop();
}
END_TEST

START_TEST(what_is_unknown_is_not_located)
{
    fill();
    world_open();
    ck_assert_str_eq(text_at(world_get(404, "/v1/items/coat/locate?node=a"), "code"), "unknown_sku");
    ck_assert_str_eq(text_at(world_get(404, "/v1/items/shirt-m/locate?node=zz"), "code"), "unknown_node");
    ck_assert_str_eq(text_at(world_get(400, "/v1/items/shirt-m/locate"), "parameter"), "node");
    json_t *answer = world_get(200, "/v1/items/hat/locate?node=a");
    ck_assert_uint_eq(json_array_size(at(answer, "places")), 0);
    ck_assert_uint_eq(json_array_size(at(answer, "other_sizes")), 0);
    /* A record makes a node known, whether or not it was heard of already. */
    ck_assert_str_eq(text_at(world_get(200, "/v1/items/shirt-m/locate?node=e"), "name"), "null");
    world_stop();
}
END_TEST

static void put_trouser(int i, const char *style, const char *category, int64_t qty)
{
    char json[200], sku[16];
    snprintf(sku, sizeof(sku), "t-%03d", i);
    snprintf(
        json, sizeof(json),
        "{\"sku\":\"%s\",\"style\":\"%s\",\"title\":\"Trousers %d\",\"category\":\"%s\",\"image\":\"https://t/%d\"}",
        sku, style, i, category, i);
    world_item(json);
    world_stock(sku, "a", qty);
}

START_TEST(what_is_similar_is_in_stock_here_and_of_another_style_of_the_category)
{
    char style[16];
    fill();
    for (int i = 0; i < 300; i++) { /* two sizes a style; every tenth is in stock, and those of another category are */
        snprintf(style, sizeof(style), "trousers-%d", i / 2);
        put_trouser(i, style, i % 3 == 1 ? "Men > Trousers > Wide" : "Men > Trousers",
                    i % 10 == 0 || i % 3 == 1 ? 4 : 0);
    }
    put_trouser(900, "alone", "Ties", 4);
    put_trouser(901, "alone", "Ties", 4);
    world_open();
    json_t *answer = world_get(200, "/v1/items/t-020/locate?node=a");
    ck_assert_str_eq(texts_of(at(answer, "similar"), "sku"), "t-030 t-050 t-060 t-080 t-090 t-110");
    ck_assert_str_eq(text_at(answer, "similar/0/style"), "trousers-15");
    ck_assert_str_eq(text_at(answer, "similar/0/title"), "Trousers 30");
    ck_assert_str_eq(text_at(answer, "similar/0/image"), "https://t/30");
    ck_assert_int_eq(number_at(answer, "similar/0/available"), 4);
    ck_assert_str_eq(text_at(answer, "similar/0/status"), "in_stock");
    answer = world_get(200, "/v1/items/t-270/locate?node=a");
    ck_assert_str_eq(texts_of(at(answer, "similar"), "sku"), "t-290 t-000 t-020 t-030 t-050 t-060");
    answer = world_get(200, "/v1/items/t-020/locate?node=b");
    ck_assert_uint_eq(json_array_size(at(answer, "similar")), 0);
    answer = world_get(200, "/v1/items/t-900/locate?node=a");
    ck_assert_uint_eq(json_array_size(at(answer, "similar")), 0);
    ck_assert_uint_eq(json_array_size(at(world_get(200, "/v1/items/hat/locate?node=a"), "similar")), 0);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_item_is_found_in_walking_order,
                                  other_sizes_come_with_those_that_are_there_first,
                                  elsewhere_is_nearest_first_then_by_what_is_available,
                                  elsewhere_is_found_ring_by_ring,
                                  what_is_unknown_is_not_located,
                                  what_is_similar_is_in_stock_here_and_of_another_style_of_the_category};
    return SUITE_RUN("locate", tests);
}
