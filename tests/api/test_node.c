/* GET /v1/nodes and /v1/nodes/{node}. */
#include <stdio.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(2, 1);
    world_node("{\"id\":\"a\",\"name\":\"Alpha\",\"kind\":\"store\",\"lat\":40.00000000001,\"gln\":\"1234567890123\","
               "\"hours\":{\"sat\":[\"09:00-12:00\"]},\"time_zone\":\"Europe/Madrid\"}");
    world_node("{\"id\":\"c\",\"kind\":\"store\",\"hours\":{\"mon\":[\"09:00-12:00\"]}}");
    world_heard("a", world.now_ms - 1000);
    world_heard("b", world.now_ms - INT64_C(50) * 3600 * 1000);
    world_open();
}

START_TEST(a_node_is_its_document_and_what_it_is_now)
{
    fill();
    json_t *answer = world_get(200, "/v1/nodes/a");
    ck_assert_str_eq(text_at(answer, "id"), "a");
    ck_assert_str_eq(text_at(answer, "gln"), "1234567890123");
    ck_assert(json_is_true(at(answer, "open_now")));
    ck_assert_str_eq(text_at(answer, "heard_at"), "2026-11-21T09:59:59Z");
    ck_assert(json_is_false(at(answer, "stale")));
    ck_assert_ptr_nonnull(strstr(world.body.data, "40.00000000001"));
    ck_assert(json_is_false(at(world_get(200, "/v1/nodes/c"), "open_now")));
    world_stop();
}
END_TEST

START_TEST(a_node_that_was_only_heard_of_has_an_id_and_no_hours)
{
    fill();
    json_t *answer = world_get(200, "/v1/nodes/b");
    ck_assert_str_eq(text_at(answer, "id"), "b");
    ck_assert(json_is_null(at(answer, "open_now")));
    ck_assert_str_eq(text_at(answer, "heard_at"), "2026-11-19T08:00:00Z");
    ck_assert_str_eq(text_at(world_get(404, "/v1/nodes/zz"), "code"), "unknown_node");
    world_stop();
}
END_TEST

START_TEST(a_node_without_hours_or_a_known_time_zone_counts_as_closed)
{
    world_start(2, 1);
    world_node("{\"id\":\"m\",\"kind\":\"store\",\"hours\":{\"sat\":[\"00:00-24:00\"]},\"time_zone\":\"Mars/Phobos\"}");
    world_node("{\"id\":\"n\",\"kind\":\"store\",\"hours\":{\"sat\":[\"00:00-24:00\"]},\"time_zone\":\"Mars/Phobos\"}");
    world_node("{\"id\":\"o\",\"kind\":\"store\",\"hours\":{\"sat\":[\"00:00-24:00\"]},\"time_zone\":\"UTC\"}");
    world_node("{\"id\":\"p\",\"kind\":\"store\",\"hours\":{\"sat\":[\"00:00-24:00\"]}}");
    world_node("{\"id\":\"q\",\"kind\":\"store\",\"time_zone\":\"Etc/UTC\"}");
    world_stock("shirt", "m", 5);
    world_open();
    ck_assert(json_is_false(at(world_get(200, "/v1/nodes/p"), "open_now")));
    ck_assert(json_is_false(at(world_get(200, "/v1/nodes/q"), "open_now")));
    ck_assert(json_is_false(at(world_get(200, "/v1/nodes/m"), "open_now")));
    ck_assert(json_is_true(at(world_get(200, "/v1/nodes/o"), "open_now")));
    json_t *line = at(world_get(200, "/v1/availability?sku=shirt&node=m"), "lines/0");
    ck_assert_str_eq(text_at(line, "no_pickup"), "closed");
    ck_assert(json_is_null(at(line, "ready_by")));
    ck_assert_uint_eq(world.api.nodes->broken_n, 2);
    world_stop();
}
END_TEST

START_TEST(pages_of_nodes_are_all_nodes_once)
{
    char id[16], json[64], cursor[200] = "";
    int seen = 0;
    world_start(2, 1);
    for (int i = 0; i < 25; i++) {
        snprintf(json, sizeof(json), "{\"id\":\"n%02d\",\"kind\":\"store\"}", i);
        world_node(json);
    }
    world_open();
    for (int page = 0; page < 5; page++) {
        json_t *answer = world_get(200, "/v1/nodes?limit=6%s%s", page == 0 ? "" : "&cursor=", cursor);
        json_t *nodes = at(answer, "nodes");
        for (size_t i = 0; i < json_array_size(nodes); i++) {
            snprintf(id, sizeof(id), "n%02d", seen++);
            ck_assert_str_eq(text_at(json_array_get(nodes, i), "id"), id);
        }
        snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
    }
    ck_assert_int_eq(seen, 25);
    ck_assert_str_eq(cursor, "null");
    ck_assert_uint_eq(json_array_size(at(world_get(200, "/v1/nodes"), "nodes")), 25);
    ck_assert_uint_eq(json_array_size(at(world_get(200, "/v1/nodes?cursor=ff00"), "nodes")), 0);
    world_stop();
}
END_TEST

START_TEST(nodes_are_listed_by_distance_with_their_hours)
{
    char cursor[200];
    world_start(2, 1);
    world_node("{\"id\":\"far\",\"kind\":\"store\",\"lat\":42,\"lon\":-3,\"hours\":{\"mon\":[\"10:00-20:00\"]},"
               "\"time_zone\":\"Europe/Madrid\"}");
    world_node("{\"id\":\"near\",\"kind\":\"store\",\"lat\":40,\"lon\":-3,\"hours\":{\"sat\":[\"09:00-14:00\"]},"
               "\"time_zone\":\"Europe/Madrid\"}");
    world_node("{\"id\":\"always\",\"kind\":\"store\",\"lat\":41,\"lon\":-3," ALWAYS_OPEN "}");
    world_node("{\"id\":\"web\",\"kind\":\"ecommerce\"}");
    world_open();
    json_t *nodes = at(world_get(200, "/v1/nodes?lat=40&lon=-3"), "nodes");
    ck_assert_str_eq(texts_of(nodes, "id"), "near always far");
    ck_assert_double_eq_tol(real_at(nodes, "1/distance_km"), 111.195, 0.001);
    ck_assert(json_is_null(at(nodes, "0/opens_at")));
    ck_assert_str_eq(text_at(nodes, "0/closes_at"), "2026-11-21T14:00:00+01:00");
    ck_assert(json_is_null(at(nodes, "1/closes_at")));
    ck_assert_str_eq(text_at(nodes, "2/opens_at"), "2026-11-23T10:00:00+01:00");
    ck_assert_str_eq(text_at(nodes, "2/closes_at"), "2026-11-23T20:00:00+01:00");
    json_t *answer = world_get(200, "/v1/nodes?lat=40&lon=-3&limit=2");
    snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
    answer = world_get(200, "/v1/nodes?lat=40&lon=-3&limit=2&cursor=%s", cursor);
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "id"), "far");
    nodes = at(world_get(200, "/v1/nodes?node=web&node=zz&node=far"), "nodes");
    ck_assert_str_eq(texts_of(nodes, "id"), "web zz far");
    ck_assert_str_eq(text_at(nodes, "1/status"), "unknown");
    nodes = at(world_get(200, "/v1/nodes?node=web&node=far&node=near&lat=40&lon=-3"), "nodes");
    ck_assert_str_eq(texts_of(nodes, "id"), "near far web");
    ck_assert_str_eq(text_at(world_get(400, "/v1/nodes?lat=40"), "parameter"), "lon");
    world_stop();
}
END_TEST

START_TEST(nodes_named_are_paged_in_the_order_asked)
{
    char cursor[200];
    fill();
    json_t *answer = world_get(200, "/v1/nodes?node=c&node=zz&node=a&node=c&limit=2");
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "id"), "c zz");
    snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
    answer = world_get(200, "/v1/nodes?node=c&node=zz&node=a&node=c&limit=2&cursor=%s", cursor);
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "id"), "a c");
    ck_assert(json_is_null(at(answer, "next")));
    answer = world_get(200, "/v1/nodes?node=c&node=a&node=zz&lat=40&lon=-3&limit=1");
    snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
    answer = world_get(200, "/v1/nodes?node=c&node=a&node=zz&lat=40&lon=-3&limit=2&cursor=%s", cursor);
    ck_assert_str_eq(texts_of(at(answer, "nodes"), "id"), "c zz");
    world_stop();
}
END_TEST

START_TEST(a_span_that_ends_as_it_begins_closes_its_day_and_is_counted)
{
    world_start(2, 1);
    world_node("{\"id\":\"m\",\"kind\":\"store\",\"time_zone\":\"Etc/UTC\","
               "\"hours\":{\"sat\":[\"08:00-18:00\",\"20:00-20:00\"],\"sun\":[\"09:00-12:00\"]}}");
    world_node("{\"id\":\"n\",\"kind\":\"store\",\"time_zone\":\"Etc/UTC\","
               "\"hours\":{\"sat\":[\"00:00-24:00\"]}}");
    world_open();
    json_t *node = world_get(200, "/v1/nodes/m");
    ck_assert(json_is_false(at(node, "open_now")));
    ck_assert_str_eq(text_at(node, "opens_at"), "2026-11-22T09:00:00+00:00");
    ck_assert(json_is_true(at(world_get(200, "/v1/nodes/n"), "open_now")));
    ck_assert_uint_eq(world.api.nodes->broken_n, 1);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_node_is_its_document_and_what_it_is_now,
                                  a_node_that_was_only_heard_of_has_an_id_and_no_hours,
                                  a_node_without_hours_or_a_known_time_zone_counts_as_closed,
                                  pages_of_nodes_are_all_nodes_once,
                                  nodes_are_listed_by_distance_with_their_hours,
                                  nodes_named_are_paged_in_the_order_asked,
                                  a_span_that_ends_as_it_begins_closes_its_day_and_is_counted};
    return SUITE_RUN("node", tests);
}
