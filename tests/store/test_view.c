/* Connecting to a view: what is made, and what is refused; and what a shard says of itself. */
#include <signal.h>
#include <stdlib.h>

#include "stockfold/store/clear.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/shard_meta.h"
#include "stockfold/store/show.h"
#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;
static struct view_config config;
static struct view view;
static struct link *admin;

static void start(void)
{
    redis_server_start(&server, NULL);
    config = redis_server_view(&server);
    view_init(&view, &config);
    admin = redis_server_link(&server);
}

static void stop(void)
{
    view_done(&view);
    link_free(admin);
    redis_server_stop(&server);
}

static void expect_refusal(enum view_want want, bool strict, enum error_code code, const char *words)
{
    struct error error = {0};
    int got = view_connect(&view, want, strict, &error);
    ck_assert_msg(got == (int)code, "%d %s", got, error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
}

static void connect_view(enum view_want want, bool strict)
{
    struct error error = {0};
    ck_assert_msg(view_connect(&view, want, strict, &error) == 0, "%s", error.text);
}

START_TEST(a_view_is_made_once_and_found_again)
{
    char id[40];
    connect_view(VIEW_CREATE, true);
    strcpy(id, view.id);
    ck_assert_uint_eq(strlen(id), 32);
    ck_assert_uint_eq(strlen(view.identity), 40);
    ck_assert_int_gt(atoi(view.version), 6);
    connect_view(VIEW_CREATE, true);
    ck_assert_str_eq(view.id, id);
    connect_view(VIEW_READ, false);
    ck_assert_str_eq(view.id, id);
}
END_TEST

START_TEST(a_view_of_an_older_format_is_given_up_and_every_shard_of_it_folded_again)
{
    connect_view(VIEW_CREATE, true);
    redis_do(admin, "HSET sf:view format 1");
    redis_do(admin, "HSET sf:{2}:m token abc.7 open somebody");
    redis_do(admin, "HSET sf:{nodes}:d store-1 {}");
    expect_refusal(VIEW_READ, false, ERROR_STATE, "older stockfold: its format is 1");

    connect_view(VIEW_CREATE, false);
    ck_assert_int_eq(view.renewed_from, 1);
    ck_assert(str_equal(reply_text(redis_do(admin, "HGET sf:{2}:m token")), STR("damaged")));
    ck_assert_uint_eq(reply_text(redis_do(admin, "HGET sf:{2}:m open")).len, 0);
    ck_assert_int_eq(reply_int(redis_do(admin, "EXISTS sf:{nodes}:d")), 0);
    connect_view(VIEW_CREATE, false);
    ck_assert_int_eq(view.renewed_from, 0);
    connect_view(VIEW_READ, false);
}
END_TEST

START_TEST(a_view_that_was_folded_with_other_settings_is_refused_with_a_way_out)
{
    connect_view(VIEW_CREATE, true);
    config.rule.history_ms += 1000;
    expect_refusal(VIEW_CREATE, false, ERROR_USAGE, "set fold.history = 1d; or fold another view: set view.prefix");
    connect_view(VIEW_READ, false);
    config.rule.history_ms -= 1000;
    config.future_max_ms = 0;
    expect_refusal(VIEW_CREATE, true, ERROR_USAGE, "fold.future_max is 0ms");
}
END_TEST

START_TEST(reading_makes_nothing)
{
    expect_refusal(VIEW_READ, false, ERROR_STATE, "stockfold setup");
    ck_assert_int_eq(reply_int(redis_do(admin, "DBSIZE")), 0);
}
END_TEST

START_TEST(a_newer_format_is_refused)
{
    redis_do(admin, "HSET sf:view format 99 id x shards 4 buckets 1");
    expect_refusal(VIEW_READ, false, ERROR_STATE, "newer");
    expect_refusal(VIEW_CREATE, false, ERROR_STATE, "newer");
    ck_assert_uint_eq(reply_count(redis_do(admin, "FUNCTION LIST")), 0);
}
END_TEST

START_TEST(what_is_no_descriptor_is_refused)
{
    redis_do(admin, "HSET sf:view format 1 id x shards 0 buckets 1");
    expect_refusal(VIEW_READ, false, ERROR_STATE, "descriptor");
    redis_do(admin, "HSET sf:view shards 5000");
    expect_refusal(VIEW_READ, false, ERROR_STATE, "descriptor");
    redis_do(admin, "SET sf:view text");
    expect_refusal(VIEW_READ, false, ERROR_STATE, "WRONGTYPE");
}
END_TEST

START_TEST(another_shard_count_is_refused_when_strict_and_followed_otherwise)
{
    connect_view(VIEW_CREATE, true);
    config.shards = 8;
    expect_refusal(VIEW_CREATE, true, ERROR_USAGE, "4 shards, not 8");
    connect_view(VIEW_CREATE, false);
    ck_assert_uint_eq(view.keys.shards, 4);
    connect_view(VIEW_READ, false);
    ck_assert_uint_eq(view.keys.shards, 4);
}
END_TEST

START_TEST(a_server_that_evicts_is_refused_by_writers)
{
    connect_view(VIEW_CREATE, true);
    redis_do(admin, "CONFIG SET maxmemory-policy allkeys-lru");
    expect_refusal(VIEW_CREATE, true, ERROR_STATE, "allkeys-lru");
    connect_view(VIEW_READ, false);
}
END_TEST

START_TEST(no_server_is_unreachable)
{
    kill(server.pid, SIGKILL);
    expect_refusal(VIEW_CREATE, true, ERROR_UNREACHABLE, "127.0.0.1");
}
END_TEST

START_TEST(a_busy_server_is_unreachable)
{
    redis_do(admin, "CONFIG SET busy-reply-threshold 1");
    link_begin(admin, 3, NULL, NULL);
    link_word(admin, STR("EVAL"));
    link_word(admin, STR("while true do end"));
    link_word(admin, STR("0"));
    link_turn(admin, 0);
    expect_refusal(VIEW_READ, true, ERROR_UNREACHABLE, "BUSY");
    struct link *other = link_new(&config.address);
    struct error error = {0};
    ck_assert_int_eq(link_open(other, TIMEOUT_MS, &error), 0);
    redis_do(other, "SCRIPT KILL");
    link_free(other);
}
END_TEST

/* --- a shard's meta ---------------------------------------------------------------------------------------------- */

static struct arena arena;

/* Its strs are copied: the reply is gone when the test looks. */
static void keep_meta(void *context, const struct reply *reply)
{
    struct shard_meta *meta = context;
    if (!view_parse_meta(reply, &arena, meta)) {
        *meta = (struct shard_meta){.settled = -1};
        return;
    }
    meta->token.data = arena_copy(&arena, meta->token.data, meta->token.len);
    meta->open.data = arena_copy(&arena, meta->open.data, meta->open.len);
    for (size_t i = 0; i < meta->watermarks_n; i++)
        meta->watermarks[i].topic.data =
            arena_copy(&arena, meta->watermarks[i].topic.data, meta->watermarks[i].topic.len);
}

static struct shard_meta meta_of(uint32_t shard)
{
    struct shard_meta meta = {0};
    view_ask_meta(&view, shard, keep_meta, &meta);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    return meta;
}

START_TEST(a_shard_says_what_it_is)
{
    struct commit commit;
    struct watermark next = {5, 4, UINT64_MAX, TIME_NONE, TIME_NONE};
    arena_init(&arena);
    connect_view(VIEW_CREATE, true);
    struct shard_meta meta = meta_of(1);
    ck_assert_uint_eq(meta.token.len + meta.open.len + meta.watermarks_n, 0);
    ck_assert(meta.settled == TIME_NONE);
    commit_init(&commit, &view);
    commit_start(&commit, 1, STR(""), STR("a.1"));
    commit_watermark(&commit, STR("stock.store"), 12, NULL, &next);
    commit_settled(&commit, -7);
    commit_send(&commit, NULL, NULL);
    checkpoint_start(&commit, 1, STR(""), STR("a run"));
    commit_send(&commit, NULL, NULL);
    meta = meta_of(1);
    ck_assert(str_equal(meta.token, STR("a.1")));
    ck_assert(str_equal(meta.open, STR("a run")));
    ck_assert_int_eq(meta.settled, -7);
    ck_assert_uint_eq(meta.watermarks_n, 1);
    ck_assert(str_equal(meta.watermarks[0].topic, STR("stock.store")));
    ck_assert_int_eq(meta.watermarks[0].partition, 12);
    ck_assert(memcmp(&meta.watermarks[0].watermark, &next, sizeof(next)) == 0);
    commit_done(&commit);
    arena_done(&arena);
}
END_TEST

START_TEST(a_broken_meta_is_told)
{
    static const char *const broken[] = {
        "HSET sf:{1}:m w:stock.store:0 5_4_ff_9",
        "HSET sf:{1}:m w:stock.store:x 5",
        "HSET sf:{1}:m w:stock.store:-1 5",
        "HSET sf:{1}:m settled soon",
        "HSET sf:{1}:m w:0 5",
        "SET sf:{1}:m text",
        "HSET sf:{1}:m w:t:99999999999999999999 5",
    };
    arena_init(&arena);
    connect_view(VIEW_CREATE, true);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        redis_do(admin, "DEL sf:{1}:m");
        redis_do(admin, broken[i]);
        ck_assert_msg(meta_of(1).settled == -1, "%s", broken[i]);
    }
    arena_done(&arena);
}
END_TEST

/* --- open or rebuilding ------------------------------------------------------------------------------------------ */

START_TEST(only_shards_verified_on_this_server_are_open)
{
    struct error error = {0};
    struct commit commit;
    connect_view(VIEW_CREATE, true);
    commit_init(&commit, &view);
    ck_assert_int_eq(view_require_open(&view, &error), ERROR_STATE);
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_RESERVATIONS), STR(""), view_identity(&view, 0));
    commit_send(&commit, NULL, NULL);
    for (uint32_t shard = 0; shard < 4; shard++) {
        commit_start(&commit, shard, STR(""), STR("a.1"));
        commit_send(&commit, NULL, NULL);
        checkpoint_start(&commit, shard, STR(""), view_identity(&view, 0));
        commit_send(&commit, NULL, NULL);
    }
    error_clear(&error);
    ck_assert_msg(view_require_open(&view, &error) == 0, "%s", error.text);
    checkpoint_start(&commit, 3, STR(""), STR("another run"));
    commit_send(&commit, NULL, NULL);
    ck_assert_int_eq(view_require_open(&view, &error), ERROR_STATE);
    ck_assert_msg(strstr(error.text, "1 of its 4") && strstr(error.text, " 3)"), "%s", error.text);
    commit_done(&commit);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *tcase = tcase_create("view");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_view_is_made_once_and_found_again);
    tcase_add_test(tcase, a_view_of_an_older_format_is_given_up_and_every_shard_of_it_folded_again);
    tcase_add_test(tcase, a_view_that_was_folded_with_other_settings_is_refused_with_a_way_out);
    tcase_add_test(tcase, reading_makes_nothing);
    tcase_add_test(tcase, a_newer_format_is_refused);
    tcase_add_test(tcase, what_is_no_descriptor_is_refused);
    tcase_add_test(tcase, another_shard_count_is_refused_when_strict_and_followed_otherwise);
    tcase_add_test(tcase, a_server_that_evicts_is_refused_by_writers);
    tcase_add_test(tcase, no_server_is_unreachable);
    tcase_add_test(tcase, a_busy_server_is_unreachable);
    tcase_add_test(tcase, a_shard_says_what_it_is);
    tcase_add_test(tcase, a_broken_meta_is_told);
    tcase_add_test(tcase, only_shards_verified_on_this_server_are_open);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
