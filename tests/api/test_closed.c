/* What is being rebuilt, or damaged, is never served. */
#include "api/support/world.h"
#include "support/suite.h"

static const char *const routes[] = {
    "/v1/items/shirt/locate?node=a",
    "/v1/nearby?item=shirt&lat=1&lon=1",
    "/v1/styles/shirts",
    "/v1/styles/shirts?node=a",
    "/v1/nodes/a/stock",
    "/v1/items?style=shirts",
    "/v1/items?q=shirt",
    "/v1/items?gtin=12345670",
    "/v1/items/shirt",
    "/v1/availability?sku=shirt&node=a",
    "/v1/availability?sku=shirt",
};
enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

static const char body[] = "{\"pairs\":[[\"shirt\",\"a\"]]}";

static void fill(void)
{
    world_start(1, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\",\"lat\":1,\"lon\":1}");
    world_item("{\"sku\":\"shirt\",\"style\":\"shirts\",\"title\":\"Shirt\",\"gtin\":\"12345670\"}");
    world_stock("shirt", "a", 5);
    world_open();
}

static void check_all(int status, const char *code)
{
    for (size_t i = 0; i < ROUTES; i++) {
        json_t *answer = world_get(status, "%s", routes[i]);
        if (code != NULL)
            ck_assert_str_eq(text_at(answer, "code"), code);
    }
    world_post(status, "/v1/availability", body);
}

START_TEST(a_shard_that_is_not_open_serves_nothing)
{
    fill();
    check_all(200, NULL);
    world_get(200, "/v1/nodes");
    world_do("HDEL sf:{0}:m open");
    check_all(503, "view_rebuilding");
    world_do("HDEL sf:{nodes}:m open");
    world_get(503, "/v1/nodes");
    world_get(503, "/v1/nodes/a");
    world_stop();
}
END_TEST

START_TEST(a_record_that_cannot_be_read_is_not_guessed_at)
{
    static const char *const stock_routes[] = {"/v1/items/shirt/locate?node=a", "/v1/nearby?item=shirt&lat=1&lon=1",
                                               "/v1/styles/shirts?node=a", "/v1/nodes/a/stock",
                                               "/v1/availability?sku=shirt&node=a"};
    fill();
    world_do("HSET sf:{0}:r:shirt a garbage");
    for (size_t i = 0; i < sizeof(stock_routes) / sizeof(stock_routes[0]); i++)
        ck_assert_str_eq(text_at(world_get(503, "%s", stock_routes[i]), "code"), "view_broken");
    ck_assert_str_eq(text_at(world_post(503, "/v1/availability", body), "code"), "view_broken");
    world_stop();
}
END_TEST

START_TEST(a_key_of_another_type_is_not_guessed_at)
{
    static const char *const keys[] = {"r:shirt", "a:shirt", "i:shirt", "s:shirts", "g:12345670", "q:shirt", "n:a"};
    fill();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        world_do("DEL sf:{0}:%s", keys[i]);
        world_do("XADD sf:{0}:%s * a b", keys[i]);
    }
    check_all(503, "view_broken");
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_shard_that_is_not_open_serves_nothing,
                                  a_record_that_cannot_be_read_is_not_guessed_at,
                                  a_key_of_another_type_is_not_guessed_at};
    return SUITE_RUN("closed", tests);
}
