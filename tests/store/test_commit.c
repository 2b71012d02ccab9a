/* Commits: all or nothing, whoever else writes and whatever Redis says. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/support/committing.h"
#include "support/suite.h"

/* --- what a commit does ------------------------------------------------------------------------------------------ */

START_TEST(a_commit_writes_every_section)
{
    prepare();
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m token", "a.2");
    expect("HGET sf:{2}:m settled", "98");
    expect("HGET sf:{2}:m w:stock.store:0", "2 1 fedcba9876543212 2000");
    expect("HGET sf:{2}:r:sku-1 store-1", "record 1");
    expect("HGET sf:{2}:r:sku-2 store-1", "record 2");
    expect("HGET sf:{2}:r:sku-3 store-2", "record 3");
    expect("LINDEX sf:{2}:n:store-1 0", "sku-1\nsku-2");
    expect_int("LLEN sf:{2}:n:store-1", 1);
    expect("LINDEX sf:{2}:n:store-2 0", "sku-3");
    expect("HGET sf:{2}:k store-1", "2");
    expect("HGET sf:{2}:k store-2", "1");
    expect_int("LLEN sf:{2}:j:100", 2);
    expect("LINDEX sf:{2}:j:100 1", "blob");
    expect("HGET sf:{2}:h 100", "3");
    expect_int("LLEN sf:{2}:j:99", 1);
    expect("LINDEX sf:{2}:j:99 0", "swept");
    expect("HGET sf:{2}:h 99", "1");
    expect_int("EXISTS sf:{2}:j:98", 0);
    expect_int("HEXISTS sf:{2}:h 98", 0);
    expect("HGET sf:{2}:b:sku-1 store-1", "base");
    expect_int("EXISTS sf:{2}:b:sku-2", 0);
}
END_TEST

START_TEST(new_records_of_items_without_a_document_are_counted)
{
    redis_do(admin, "SET sf:{2}:i:sku-1 {}");
    start_commit("", "a.1");
    commit_record(&commit, STR("sku-1"), STR("store-1"), STR("record"), false);
    commit_record(&commit, STR("sku-2"), STR("store-1"), STR("record"), false);
    commit_record(&commit, STR("sku-2"), STR("store-2"), STR("record"), false);
    commit_record(&commit, STR("sku-3}:r:"), STR("store-2"), STR("record"), false);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_eq(reply_int(redis_do(admin, "EVAL return\tredis.call('HGET',KEYS[1],'\\0') 1 sf:{2}:k")), 3);
    start_commit("a.1", "a.2");
    commit_record(&commit, STR("sku-2"), STR("store-1"), STR("again"), true);
    commit_record(&commit, STR("sku-1"), STR("store-2"), STR("record"), false);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_eq(reply_int(redis_do(admin, "EVAL return\tredis.call('HGET',KEYS[1],'\\0') 1 sf:{2}:k")), 3);
}
END_TEST

static int64_t consumed_units;

static void keep_consumed(void *context, const struct reply *reply)
{
    (void)context;
    consumed_units = reply_int(reply);
}

START_TEST(consumption_adds_up_and_keeps_the_newest_time)
{
    prepare();
    start_commit("a.1", "a.2");
    commit_consumed(&commit, STR("web-1"), STR("sku-1"), STR("store-1"), 5, 3000);
    commit_consumed(&commit, STR("web-1"), STR("sku-1"), STR("store-1"), -2, 3500);
    commit_consumed(&commit, STR("web-2"), STR("sku-1"), STR("store-1"), 1000000000, 1763719331250);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    link_begin(view_link(&view, 0), 3, keep_consumed, NULL);
    link_word(view_link(&view, 0), STR("HGET"));
    link_word(view_link(&view, 0), STR("sf:{2}:c"));
    link_word(view_link(&view, 0), STR("web-1\0sku-1\0store-1"));
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(consumed_units, 4);
    const struct reply *values = redis_do(admin, "HVALS sf:{2}:c");
    ck_assert(str_equal(reply_text(reply_at(values, 0)), STR("4 4000")) ||
              str_equal(reply_text(reply_at(values, 1)), STR("4 4000")));
    ck_assert(str_equal(reply_text(reply_at(values, 0)), STR("1000000000 1763719331250")) ||
              str_equal(reply_text(reply_at(values, 1)), STR("1000000000 1763719331250")));
}
END_TEST

/* --- what a commit refuses --------------------------------------------------------------------------------------- */

/* The builder and the function take the sections from one table: eight of them. */
START_TEST(a_commit_of_other_sections_than_the_functions_know_is_an_error)
{
#define COMMIT_HEAD                                                                                                    \
    "FCALL stockfold_v5_commit 6 sf:{2}:m sf:{2}:h sf:{2}:c sf:{2}:k sf:{2}:l sf:{res}:d a.1 a.2 98 5000 "
    static const char *const wrong[] = {COMMIT_HEAD "0 0 0 0 0 0 0 0 more", COMMIT_HEAD "0 0 0 0 0 0 0",
                                        COMMIT_HEAD "1 0 0 0 0 0 0 0", COMMIT_HEAD "0 1 0 0 0 0 0 0 a b"};
    prepare();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_msg(reply_is_error(redis_do(admin, wrong[i])), "%s", wrong[i]);
        expect("HGET sf:{2}:m token", "a.1");
    }
    expect(COMMIT_HEAD "0 0 0 0 0 0 0 0", "OK");
    expect("HGET sf:{2}:m token", "a.2");
}
END_TEST

START_TEST(another_token_is_a_mismatch)
{
    prepare();
    start_commit("", "a.2");
    add_everything(true);
    expect_nothing_done(COMMIT_MISMATCH);
    start_commit("b.1", "b.2");
    add_everything(true);
    expect_nothing_done(COMMIT_MISMATCH);
}
END_TEST

START_TEST(another_watermark_is_a_mismatch)
{
    struct watermark other = watermark_at(1), next = watermark_at(2);
    prepare();
    start_commit("a.1", "a.2");
    add_everything(true);
    commit_watermark(&commit, STR("stock.store"), 1, &other, &next);
    expect_nothing_done(COMMIT_MISMATCH);
    other.digest++;
    start_commit("a.1", "a.2");
    commit_watermark(&commit, STR("stock.store"), 0, &other, &next);
    expect_nothing_done(COMMIT_MISMATCH);
    start_commit("a.1", "a.2");
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &next);
    expect_nothing_done(COMMIT_MISMATCH);
}
END_TEST

/* Sends what was gathered; of what it holds the view keeps, for that shard, only the word that it is damaged. */
static void expect_damaged(void)
{
    struct heard heard = send_and_hear();
    ck_assert_msg(heard.answer == COMMIT_LOST_RECORD, "answer %d %s", heard.answer, heard.text);
    expect("HGET sf:{2}:m token", VIEW_DAMAGED);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{2}:m")), 6); /* and since when; four of them empty */
    expect_int("HSTRLEN sf:{2}:m open", 0);
    start_commit("a.1", "a.2");
    add_everything(true);
    expect_nothing_done(COMMIT_MISMATCH);
}

START_TEST(a_record_that_is_gone_is_lost)
{
    prepare();
    redis_do(admin, "HDEL sf:{2}:r:sku-2 store-1");
    start_commit("a.1", "a.2");
    add_everything(true);
    expect_damaged();
}
END_TEST

START_TEST(a_record_that_is_there_unseen_is_lost)
{
    prepare();
    redis_do(admin, "HSET sf:{2}:r:sku-3 store-2 unseen");
    start_commit("a.1", "a.2");
    add_everything(true);
    expect_damaged();
}
END_TEST

START_TEST(after_flushall_the_next_commit_is_a_mismatch)
{
    prepare();
    redis_do(admin, "FLUSHALL");
    start_commit("a.1", "a.2");
    add_everything(true);
    expect_nothing_done(COMMIT_MISMATCH);
}
END_TEST

START_TEST(behind_a_commit_that_fails_all_fail)
{
    struct heard heard[3];
    static const char *const tokens[][2] = {{"other", "a.2"}, {"a.2", "a.3"}, {"a.3", "a.4"}};
    prepare();
    for (size_t i = 0; i < 3; i++) {
        start_commit(tokens[i][0], tokens[i][1]);
        commit_record(&commit, STR("sku-1"), STR("store-1"), STR("new"), true);
        commit_send(&commit, hear, &heard[i]);
    }
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(heard[i].answer, COMMIT_MISMATCH);
    expect("HGET sf:{2}:r:sku-1 store-1", "old 1");
}
END_TEST

START_TEST(chained_commits_pass_while_nobody_else_writes)
{
    struct heard heard[2];
    prepare();
    start_commit("a.1", "a.2");
    commit_send(&commit, hear, &heard[0]);
    start_commit("a.2", "a.3");
    commit_send(&commit, hear, &heard[1]);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(heard[0].answer, COMMIT_OK);
    ck_assert_int_eq(heard[1].answer, COMMIT_OK);
    expect("HGET sf:{2}:m token", "a.3");
}
END_TEST

START_TEST(another_writer_between_two_commits_fails_the_second)
{
    struct view other;
    struct commit theirs;
    struct heard heard[2], answer;
    struct error error = {0};
    prepare();
    view_init(&other, &config);
    ck_assert_int_eq(view_connect(&other, VIEW_CREATE, true, &error), 0);
    commit_init(&theirs, &other);
    start_commit("a.1", "a.2");
    commit_send(&commit, hear, &heard[0]);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    commit_start(&theirs, SHARD, STR("a.2"), STR("b.1"));
    commit_record(&theirs, STR("sku-1"), STR("store-1"), STR("theirs"), true);
    commit_send(&theirs, hear, &answer);
    ck_assert(link_drain(other.link, TIMEOUT_MS));
    start_commit("a.2", "a.3");
    commit_record(&commit, STR("sku-1"), STR("store-1"), STR("ours"), true);
    commit_send(&commit, hear, &heard[1]);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(answer.answer, COMMIT_OK);
    ck_assert_int_eq(heard[0].answer, COMMIT_OK);
    ck_assert_int_eq(heard[1].answer, COMMIT_MISMATCH);
    expect("HGET sf:{2}:r:sku-1 store-1", "theirs");
    commit_done(&theirs);
    view_done(&other);
}
END_TEST

/* --- wrong types and broken values ------------------------------------------------------------------------------- */

static const char *const touched[] = {"sf:{2}:m",       "sf:{2}:h",       "sf:{2}:c",         "sf:{2}:r:sku-1",
                                      "sf:{2}:r:sku-2", "sf:{2}:r:sku-3", "sf:{2}:n:store-2", "sf:{2}:j:100",
                                      "sf:{2}:b:sku-1", "sf:{2}:b:sku-2", "sf:{2}:j:99",      "sf:{2}:j:98",
                                      "sf:{2}:k"};
static const char *const makers[] = {"SET %s text", "RPUSH %s element", "SADD %s member", "HSET %s field value"};

static bool is_list(const char *key)
{
    return strstr(key, ":j:") != NULL || strstr(key, ":n:") != NULL;
}

START_TEST(a_wrong_type_leaves_nothing_partly_applied_and_of_a_record_closes_the_shard)
{
    const char *key = touched[(size_t)_i / 4], *maker = makers[_i % 4];
    char words[128];
    prepare();
    if (strncmp(maker, is_list(key) ? "RPUSH" : "HSET", 4) == 0)
        return; /* the right type */
    snprintf(words, sizeof(words), "DEL %s", key);
    redis_do(admin, words);
    snprintf(words, sizeof(words), maker, key);
    redis_do(admin, words);
    start_commit("a.1", "a.2");
    add_everything(true);
    if (strstr(key, "}:r:") != NULL) {
        expect_damaged();
        return;
    }
    struct heard heard = expect_nothing_done(COMMIT_FAILED);
    ck_assert_int_eq(heard.problem, REPLY_BROKEN);
    ck_assert_msg(strstr(heard.text, "WRONGTYPE") != NULL, "%s", heard.text);
}
END_TEST

START_TEST(a_count_or_consumption_that_is_no_number_leaves_nothing_partly_applied)
{
    prepare();
    redis_do(admin, "HSET sf:{2}:h 100 many");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_BROKEN);
    redis_do(admin, "HSET sf:{2}:h 100 1");
    redis_do(admin, "HSET sf:{2}:k store-2 few");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_BROKEN);
    redis_do(admin, "HDEL sf:{2}:k store-2");
    redis_do(admin, "EVAL return\tredis.call('HSET',KEYS[1],'\\0','few') 1 sf:{2}:k");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_BROKEN);
    redis_do(admin, "DEL sf:{2}:k");
    link_call_begin(admin, 4);
    link_word(admin, STR("HSET"));
    link_word(admin, STR("sf:{2}:c"));
    link_word(admin, STR("web-1\0sku-1\0store-1"));
    link_word(admin, STR("some"));
    ck_assert(!reply_is_error(link_call(admin, TIMEOUT_MS)));
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_BROKEN);
}
END_TEST

/* --- a server that cannot now ------------------------------------------------------------------------------------ */

START_TEST(out_of_memory_is_waited_out)
{
    prepare();
    redis_do(admin, "CONFIG SET maxmemory 1");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().problem, REPLY_WAIT);
    redis_do(admin, "CONFIG SET maxmemory 0");
    expect("HGET sf:{2}:r:sku-1 store-1", "old 1");
    expect_int("EXISTS sf:{2}:r:sku-3", 0);
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}
END_TEST

/* Memory runs out between the first write and the last: Redis decides before the first, so the commit is whole. */
START_TEST(memory_that_runs_out_in_a_commit_does_not_cut_it)
{
    enum { RECORDS = 2000, VALUE = 20000 };
    char *value = calloc(1, VALUE), sku[32], words[64];
    prepare();
    struct str memory = reply_text(redis_do(admin, "INFO memory"));
    long used = strtol(strstr(memory.data, "used_memory:") + 12, NULL, 10);
    snprintf(words, sizeof(words), "CONFIG SET maxmemory %ld", used + 10000000 + RECORDS * VALUE / 2);
    start_commit("a.1", "a.2");
    for (int i = 0; i < RECORDS; i++) {
        int len = snprintf(sku, sizeof(sku), "big-%d", i);
        commit_record(&commit, (struct str){sku, (size_t)len}, STR("store-1"), (struct str){value, VALUE}, false);
    }
    redis_do(admin, words);
    struct heard heard = send_and_hear();
    expect_int("HEXISTS sf:{2}:r:big-0 store-1", heard.answer == COMMIT_OK);
    expect_int("HEXISTS sf:{2}:r:big-1999 store-1", heard.answer == COMMIT_OK);
    expect("HGET sf:{2}:m token", heard.answer == COMMIT_OK ? "a.2" : "a.1");
    if (heard.answer != COMMIT_OK)
        ck_assert_int_eq(heard.problem, REPLY_WAIT);
    free(value);
}
END_TEST

START_TEST(a_replica_is_waited_out)
{
    prepare();
    redis_do(admin, "REPLICAOF 127.0.0.1 1");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_WAIT);
    redis_do(admin, "REPLICAOF NO ONE");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}
END_TEST

START_TEST(too_few_replicas_are_waited_out)
{
    prepare();
    redis_do(admin, "CONFIG SET min-replicas-to-write 1");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_WAIT);
}
END_TEST

/* A save that fails makes Redis refuse writes: MISCONF. */
START_TEST(a_failed_save_is_waited_out)
{
    prepare();
    link_call_begin(admin, 4);
    link_word(admin, STR("CONFIG"));
    link_word(admin, STR("SET"));
    link_word(admin, STR("save"));
    link_word(admin, STR("1000000 1000000"));
    ck_assert(!reply_is_error(link_call(admin, TIMEOUT_MS)));
    char command[128]; /* a folder that is gone cannot be saved into */
    snprintf(command, sizeof(command), "rm -rf %s", server.folder);
    ck_assert_int_eq(system(command), 0);
    redis_do(admin, "BGSAVE");
    while (strstr(reply_text(redis_do(admin, "INFO persistence")).data, "rdb_last_bgsave_status:err") == NULL)
        ;
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_WAIT);
}
END_TEST

START_TEST(a_busy_server_is_waited_out)
{
    prepare();
    redis_do(admin, "CONFIG SET busy-reply-threshold 1");
    link_begin(admin, 3, NULL, NULL);
    link_word(admin, STR("EVAL"));
    link_word(admin, STR("while true do end"));
    link_word(admin, STR("0"));
    link_turn(admin, 0);
    struct heard heard;
    do { /* until the script has run for longer than the threshold */
        start_commit("none", "a.2");
        heard = send_and_hear();
    } while (heard.answer == COMMIT_MISMATCH);
    ck_assert_msg(strncmp(heard.text, "BUSY ", 5) == 0, "%s", heard.text);
    ck_assert_int_eq(heard.problem, REPLY_WAIT);
    redis_do(view_link(&view, 0), "SCRIPT KILL");
    ck_assert(link_drain(admin, TIMEOUT_MS));
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}
END_TEST

static void expect_no_error(void *context, const struct reply *reply)
{
    ck_assert_int_eq(reply_problem(reply), REPLY_OK);
    *(int *)context += 1;
}

START_TEST(a_missing_function_is_told_and_loaded)
{
    int loaded = 0;
    prepare();
    redis_do(admin, "FUNCTION FLUSH");
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(expect_nothing_done(COMMIT_FAILED).problem, REPLY_NO_FUNCTION);
    view_load_functions(&view, expect_no_error, &loaded);
    start_commit("a.1", "a.2");
    add_everything(true);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_eq(loaded, 1);
}
END_TEST

START_TEST(a_loading_server_is_waited_out)
{
    static const char *const slowly[] = {"--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024",
                                         NULL};
    struct heard heard = {0};
    struct error error;
    prepare();
    for (int i = 0; i < 200; i++) {
        char words[64];
        snprintf(words, sizeof(words), "SETRANGE filler-%d 2000 x", i);
        redis_do(admin, words);
    }
    ck_assert(!reply_is_error(redis_do(admin, "SAVE")));
    redis_server_restart(&server, slowly);
    do { /* until it listens */
        error_clear(&error);
    } while (link_open(view_link(&view, 0), TIMEOUT_MS, &error) != 0);
    start_commit("a.1", "a.2");
    add_everything(true);
    heard = send_and_hear();
    ck_assert_msg(strncmp(heard.text, "LOADING ", 8) == 0, "%s", heard.text);
    ck_assert_int_eq(heard.problem, REPLY_WAIT);
    error_clear(&error);
    ck_assert_int_eq(view_connect(&view, VIEW_CREATE, true, &error), ERROR_UNREACHABLE);
}
END_TEST

START_TEST(a_dead_server_is_a_lost_answer)
{
    kill(server.pid, SIGKILL);
    start_commit("", "a.1");
    add_everything(false);
    ck_assert_int_eq(send_and_hear().problem, REPLY_LOST);
    ck_assert(!link_is_open(view_link(&view, 0)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("commit");
    TCase *tcase = tcase_create("commit");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_commit_writes_every_section);
    tcase_add_test(tcase, new_records_of_items_without_a_document_are_counted);
    tcase_add_test(tcase, consumption_adds_up_and_keeps_the_newest_time);
    tcase_add_test(tcase, a_commit_of_other_sections_than_the_functions_know_is_an_error);
    tcase_add_test(tcase, another_token_is_a_mismatch);
    tcase_add_test(tcase, another_watermark_is_a_mismatch);
    tcase_add_test(tcase, a_record_that_is_gone_is_lost);
    tcase_add_test(tcase, a_record_that_is_there_unseen_is_lost);
    tcase_add_test(tcase, after_flushall_the_next_commit_is_a_mismatch);
    tcase_add_test(tcase, behind_a_commit_that_fails_all_fail);
    tcase_add_test(tcase, chained_commits_pass_while_nobody_else_writes);
    tcase_add_test(tcase, another_writer_between_two_commits_fails_the_second);
    tcase_add_loop_test(tcase, a_wrong_type_leaves_nothing_partly_applied_and_of_a_record_closes_the_shard, 0,
                        4 * (int)(sizeof(touched) / sizeof(touched[0])));
    tcase_add_test(tcase, a_count_or_consumption_that_is_no_number_leaves_nothing_partly_applied);
    tcase_add_test(tcase, out_of_memory_is_waited_out);
    tcase_add_test(tcase, memory_that_runs_out_in_a_commit_does_not_cut_it);
    tcase_add_test(tcase, a_replica_is_waited_out);
    tcase_add_test(tcase, too_few_replicas_are_waited_out);
    tcase_add_test(tcase, a_failed_save_is_waited_out);
    tcase_add_test(tcase, a_busy_server_is_waited_out);
    tcase_add_test(tcase, a_missing_function_is_told_and_loaded);
    tcase_add_test(tcase, a_loading_server_is_waited_out);
    tcase_add_test(tcase, a_dead_server_is_a_lost_answer);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
