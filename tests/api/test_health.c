/* GET /healthz and /readyz. */
#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_open();
}

static void close_shards(uint32_t from, uint32_t to)
{
    for (uint32_t shard = from; shard < to; shard++)
        world_do("HDEL sf:{%u}:m open", shard);
}

static void set_complete(int64_t ms)
{
    for (uint32_t shard = 0; shard < 4; shard++)
        world_do("HSET sf:{%u}:m complete %lld newest %lld", shard, (long long)ms, (long long)ms);
    world_do("HSET sf:{nodes}:m complete %lld newest %lld", (long long)ms, (long long)ms);
}

static const char *strict_code(void)
{
    return text_at(world_get(503, "/readyz?strict=true"), "code");
}

START_TEST(a_process_that_can_answer_anything_is_ready_and_strictly_only_with_all_shards)
{
    fill();
    set_complete(world.now_ms - 1500);
    ck_assert_int_eq(number_at(world_get(200, "/readyz?strict=true"), "shards_open"), 4);
    close_shards(1, 4);
    json_t *answer = world_get(200, "/readyz");
    ck_assert_int_eq(number_at(answer, "shards"), 4);
    ck_assert_int_eq(number_at(answer, "shards_open"), 1);
    ck_assert_int_eq(number_at(answer, "lag_ms"), 1500);
    world_get(200, "/readyz?strict=false");
    ck_assert_str_eq(strict_code(), "view_rebuilding");
    close_shards(0, 1);
    ck_assert_str_eq(text_at(world_get(503, "/readyz"), "code"), "view_rebuilding");
    world_stop();
}
END_TEST

START_TEST(a_fold_that_stands_takes_away_strict_readiness_alone)
{
    fill();
    set_complete(world.now_ms - world.config.lag_max_ms - 1);
    world_get(200, "/readyz");
    ck_assert_str_eq(strict_code(), "not_ready");
    set_complete(world.now_ms - world.config.lag_max_ms);
    world_get(200, "/readyz?strict=true");
    world_do("HDEL sf:{2}:m complete");
    ck_assert(json_is_null(at(world_get(200, "/readyz"), "lag_ms")));
    ck_assert_str_eq(strict_code(), "not_ready");
    world_stop();
}
END_TEST

START_TEST(a_shard_that_cannot_be_read_takes_away_strict_readiness_alone)
{
    fill();
    set_complete(world.now_ms);
    world_do("HSET sf:{1}:m complete never");
    world_get(200, "/readyz");
    ck_assert_str_eq(strict_code(), "view_broken");
    world_do("DEL sf:{1}:m");
    world_do("SET sf:{1}:m nonsense");
    ck_assert_int_eq(number_at(world_get(200, "/readyz"), "shards_open"), 3);
    ck_assert_str_eq(strict_code(), "view_broken");
    world_stop();
}
END_TEST

START_TEST(readiness_of_a_process_that_knows_no_nodes_is_none)
{
    fill();
    const struct snapshot *nodes = world.api.nodes;
    world.api.nodes = NULL;
    ck_assert_str_eq(text_at(world_get(503, "/readyz"), "code"), "view_unreachable");
    world.api.nodes_closed = true;
    ck_assert_str_eq(text_at(world_get(503, "/readyz"), "code"), "view_rebuilding");
    ck_assert_str_eq(text_at(world_get(503, "/v1/nodes"), "code"), "view_rebuilding");
    world.api.nodes_closed = false;
    world_get(200, "/healthz");
    world.api.nodes = nodes;
    ck_assert_str_eq(text_at(world_get(400, "/readyz?strict=yes"), "parameter"), "strict");
    world_stop();
}
END_TEST

/* --- how fresh --------------------------------------------------------------------------------------------------- */

START_TEST(headers_say_how_fresh_an_answer_is_also_one_that_has_not_changed)
{
    fill();
    set_complete(world.now_ms - 1500);
    world_get(200, "/v1/nodes/a");
    ck_assert_str_eq(world.as_of, "2026-11-21T09:59:58.500Z");
    ck_assert_str_eq(world.complete_at, "2026-11-21T09:59:58.500Z");
    char etag[sizeof(world.etag)];
    strcpy(etag, world.etag);
    world.if_none_match = (struct str){etag, strlen(etag)};
    world.now_ms += 60000; /* the fold stands */
    world_get(304, "/v1/nodes/a");
    ck_assert_str_eq(world.etag, etag);
    ck_assert_str_eq(world.complete_at, "2026-11-21T09:59:58.500Z");
    set_complete(world.now_ms);
    world_get(304, "/v1/nodes/a");
    ck_assert_str_eq(world.complete_at, "2026-11-21T10:01:00Z");
    world_get(404, "/v1/nodes/b");
    ck_assert_str_eq(world.complete_at, "");
    world_stop();
}
END_TEST

START_TEST(what_is_not_known_has_no_header_and_what_comes_from_ahead_is_now)
{
    fill();
    world_do("HDEL sf:{nodes}:m complete newest");
    ck_assert(json_is_null(at(world_get(200, "/v1/nodes/a"), "lag_ms")));
    ck_assert_str_eq(world.as_of, "");
    ck_assert_str_eq(world.complete_at, "");
    set_complete(world.now_ms + 5000);
    ck_assert_int_eq(number_at(world_get(200, "/v1/nodes/a"), "lag_ms"), 0);
    ck_assert_str_eq(world.complete_at, "2026-11-21T10:00:00Z");
    world_stop();
}
END_TEST

START_TEST(an_answer_to_credentials_is_kept_by_nobody_else)
{
    fill();
    world_get(200, "/v1/nodes/a");
    ck_assert_str_eq(world.cache_control, "public, max-age=5");
    world.authorization = STR("Bearer key");
    world_get(200, "/v1/nodes/a");
    ck_assert_str_eq(world.cache_control, "private");
    world_get(404, "/v1/nodes/b");
    ck_assert_str_eq(world.cache_control, "no-store");
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_process_that_can_answer_anything_is_ready_and_strictly_only_with_all_shards,
                                  a_fold_that_stands_takes_away_strict_readiness_alone,
                                  a_shard_that_cannot_be_read_takes_away_strict_readiness_alone,
                                  readiness_of_a_process_that_knows_no_nodes_is_none,
                                  headers_say_how_fresh_an_answer_is_also_one_that_has_not_changed,
                                  what_is_not_known_has_no_header_and_what_comes_from_ahead_is_now,
                                  an_answer_to_credentials_is_kept_by_nobody_else};
    return SUITE_RUN("health", tests);
}
