/* Lookups that believe a shard for a moment: what they ask, and what they do not serve. */
#include "api/support/world.h"
#include "stockfold/store/clear.h"
#include "support/suite.h"

enum { MS = 1000 };

/* Asks for the state of a shard: its own, and how complete the view is. */
enum { STATE = 2 };

static const char there[] = "/v1/availability?sku=shirt&node=a", missing[] = "/v1/availability?sku=shirt&node=b";

static void fill(void)
{
    world_start(1, 1);
    world.now_us = 1000 * MS;
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_node("{\"id\":\"b\",\"kind\":\"store\"}");
    world_item("{\"sku\":\"shirt\",\"title\":\"Shirt\"}");
    world_stock("shirt", "a", 5);
    world_open();
}

/* Of one lookup that is answered so. */
static void expect_asked(const char *url, int status, int trips, int asks)
{
    world_get(status, "%s", url);
    ck_assert_msg(world.trips == trips && world.asks == asks, "%d trips, %d asks", world.trips, world.asks);
}

START_TEST(a_shard_is_asked_again_only_after_a_while)
{
    fill();
    expect_asked(there, 200, 1, STATE + 1);
    expect_asked(there, 200, 1, 1);
    world.now_us += VIEW_LEASE_MS / 4 * MS;
    expect_asked(there, 200, 1, 1);
    world.now_us += 1;
    expect_asked(there, 200, 1, STATE + 1);
    expect_asked(there, 200, 1, 1);
    world_stop();
}
END_TEST

START_TEST(what_is_missing_is_confirmed)
{
    fill();
    expect_asked(missing, 200, 3, STATE + 1 + 1 + 2); /* not there: open still? Any record, any document of it? */
    expect_asked(missing, 200, 3, 1 + 1 + 2);
    world_do("DEL sf:{0}:r:shirt");
    world_do("HDEL sf:{0}:m open");
    ck_assert_str_eq(text_at(world_get(503, "%s", there), "code"), "view_rebuilding");
    world_stop();
}
END_TEST

START_TEST(a_shard_that_was_cleared_and_opened_in_between_is_noticed)
{
    fill();
    world_get(200, "%s", there);
    world_do("DEL sf:{0}:r:shirt");
    world_do("HSET sf:{0}:m cleared 1795255200000000");
    ck_assert_str_eq(text_at(world_get(503, "%s", there), "code"), "view_rebuilding");
    world.now_us += VIEW_LEASE_MS * MS;
    world_get(200, "%s", there);
    world_stop();
}
END_TEST

START_TEST(an_answer_that_took_too_long_is_confirmed)
{
    fill();
    world.took_us = VIEW_LEASE_MS / 4 * 3 * MS;
    expect_asked(there, 200, 1, STATE + 1);
    expect_asked(there, 200, 1, STATE + 1);
    world.took_us++;
    expect_asked(there, 200, 2, STATE + 1 + 1);
    world_stop();
}
END_TEST

START_TEST(who_waits_for_a_message_always_asks)
{
    fill();
    for (int i = 0; i < 2; i++)
        expect_asked("/v1/availability?sku=shirt&node=a&after=stock.items:0:0", 200, 1, STATE + 1);
    world_stop();
}
END_TEST

START_TEST(behind_a_lost_connection_nothing_is_believed)
{
    fill();
    expect_asked(there, 200, 1, STATE + 1);
    api_forget(&world.api);
    expect_asked(there, 200, 1, STATE + 1);
    world_stop();
}
END_TEST

/* Also where the nodes' documents are much older, or there are none. */
START_TEST(an_answer_is_as_of_the_newest_message_behind_it)
{
    fill();
    world_do("HSET sf:{0}:m newest 1795255200000 complete %lld", (long long)world.now_ms);
    world_do("HSET sf:{nodes}:m newest 1795255100000 complete %lld", (long long)world.now_ms);
    ck_assert_str_eq(text_at(world_get(200, "/readyz"), "as_of"), "2026-11-21T10:00:00Z");
    world.now_us += VIEW_LEASE_MS * MS;
    world_do("HDEL sf:{nodes}:m newest");
    ck_assert_str_eq(text_at(world_get(200, "/readyz"), "as_of"), "2026-11-21T10:00:00Z");
    world_stop();
}
END_TEST

/* A shard is as complete as it or the view as a whole says, whichever is later, by a lease too; nodes are by themselves. */
START_TEST(what_the_view_says_of_all_shards_counts_for_each_of_them)
{
    fill();
    world_do("HSET sf:{0}:m complete %lld", (long long)world.now_ms - 700);
    ck_assert_int_eq(number_at(world_get(200, "%s", there), "lag_ms"), 700);
    world.now_us += VIEW_LEASE_MS * MS;
    world_do("HSET sf:{stats}:c complete %lld", (long long)world.now_ms - 100);
    ck_assert_int_eq(number_at(world_get(200, "%s", there), "lag_ms"), 100);
    ck_assert_int_eq(number_at(world_get(200, "%s", there), "lag_ms"), 100);
    world.now_us += VIEW_LEASE_MS * MS;
    world_do("HSET sf:{stats}:c complete %lld", (long long)world.now_ms - 900);
    ck_assert_int_eq(number_at(world_get(200, "%s", there), "lag_ms"), 700);
    world_do("HSET sf:{nodes}:m complete %lld", (long long)world.now_ms - 50);
    world_do("HSET sf:{stats}:c complete %lld", (long long)world.now_ms - 100);
    ck_assert_int_eq(number_at(world_get(200, "/readyz"), "lag_ms"), 100);
    world_do("HSET sf:{nodes}:m complete %lld", (long long)world.now_ms - 800);
    ck_assert_int_eq(number_at(world_get(200, "/readyz"), "lag_ms"), 800);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_shard_is_asked_again_only_after_a_while,
                                  what_is_missing_is_confirmed,
                                  a_shard_that_was_cleared_and_opened_in_between_is_noticed,
                                  an_answer_that_took_too_long_is_confirmed,
                                  who_waits_for_a_message_always_asks,
                                  behind_a_lost_connection_nothing_is_believed,
                                  an_answer_is_as_of_the_newest_message_behind_it,
                                  what_the_view_says_of_all_shards_counts_for_each_of_them};
    return SUITE_RUN("lease", tests);
}
