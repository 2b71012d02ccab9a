#include "store/support/committing.h"

#include <stdio.h>

struct redis_server server;
struct view_config config;
struct view view;
struct commit commit;
struct link *admin;

void connect_view(void)
{
    struct error error = {0};
    ck_assert_msg(view_connect(&view, VIEW_CREATE, true, &error) == 0, "%s", error.text);
}

void start(void)
{
    redis_server_start(&server, NULL);
    config = redis_server_view(&server);
    view_init(&view, &config);
    connect_view();
    commit_init(&commit, &view);
    admin = redis_server_link(&server);
}

void stop(void)
{
    commit_done(&commit);
    view_done(&view);
    link_free(admin);
    redis_server_stop(&server);
}

void hear(void *context, const struct reply *reply)
{
    struct heard *heard = context;
    heard->answer = commit_answer(reply);
    heard->problem = reply_problem(reply);
    struct str text = reply_text(reply);
    snprintf(heard->text, sizeof(heard->text), "%.*s", STR_ARG(text));
}

struct heard send_and_hear(void)
{
    struct heard heard = {COMMIT_FAILED, REPLY_LOST, ""};
    commit_send(&commit, hear, &heard);
    link_drain(view_link(&view, 0), TIMEOUT_MS);
    return heard;
}

void start_commit(const char *expected, const char *token)
{
    commit_start(&commit, SHARD, (struct str){expected, strlen(expected)}, (struct str){token, strlen(token)});
}

struct watermark watermark_at(int64_t next)
{
    return (struct watermark){next, next - 1, 0xfedcba9876543210u + (uint64_t)next, next * 1000, TIME_NONE};
}

void add_everything(bool existed)
{
    struct watermark before = watermark_at(1), next = watermark_at(2);
    commit_watermark(&commit, STR("stock.store"), 0, existed ? &before : NULL, &next);
    commit_record(&commit, STR("sku-1"), STR("store-1"), STR("record 1"), existed);
    commit_record(&commit, STR("sku-2"), STR("store-1"), STR("record 2"), existed);
    commit_record(&commit, STR("sku-3"), STR("store-2"), STR("record 3"), false);
    commit_journal(&commit, 100, STR("blob"), 2);
    commit_consumed(&commit, STR("web-1"), STR("sku-1"), STR("store-1"), 2, 5000);
    commit_base(&commit, STR("sku-1"), STR("store-1"), STR("base"));
    commit_base(&commit, STR("sku-2"), STR("store-1"), STR(""));
    commit_chunk(&commit, 99, STR("swept"), 1);
    commit_chunk(&commit, 98, STR(""), 0);
    commit_settled(&commit, 98);
}

void prepare(void)
{
    struct watermark next = watermark_at(1);
    start_commit("", "a.1");
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &next);
    commit_record(&commit, STR("sku-1"), STR("store-1"), STR("old 1"), false);
    commit_record(&commit, STR("sku-2"), STR("store-1"), STR("old 2"), false);
    commit_base(&commit, STR("sku-2"), STR("store-1"), STR("old base"));
    commit_journal(&commit, 98, STR("old blob"), 1);
    commit_journal(&commit, 99, STR("old blob"), 1);
    commit_journal(&commit, 100, STR("old blob"), 1);
    commit_consumed(&commit, STR("web-1"), STR("sku-1"), STR("store-1"), 1, 4000);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}

void expect(const char *words, const char *text)
{
    struct str got = reply_text(redis_do(admin, words));
    ck_assert_msg(str_equal(got, (struct str){text, strlen(text)}), "%s: %.*s, not %s", words, STR_ARG(got), text);
}

void expect_int(const char *words, int64_t number)
{
    const struct reply *reply = redis_do(admin, words);
    ck_assert_msg(reply != NULL && !reply_is_error(reply), "%s: %.*s", words, STR_ARG(reply_text(reply)));
    ck_assert_msg(reply_int(reply) == number, "%s: %ld", words, (long)reply_int(reply));
}

struct heard expect_nothing_done(enum commit_answer answer)
{
    struct buffer before, after;
    buffer_init(&before);
    buffer_init(&after);
    redis_digest(admin, &before);
    struct heard heard = send_and_hear();
    redis_digest(admin, &after);
    ck_assert_msg(heard.answer == answer, "answer %d %s", heard.answer, heard.text);
    ck_assert_str_eq(before.data, after.data);
    buffer_done(&before);
    buffer_done(&after);
    return heard;
}
