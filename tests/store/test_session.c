/* Opening a view without waiting: what is learned, what is refused, and that it says so exactly once. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

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

struct opened {
    int called;
    struct error error;
};

static void take_opened(void *context, const struct error *error)
{
    struct opened *opened = context;
    opened->called++;
    if (error != NULL)
        opened->error = *error;
}

static struct opened open_view(void)
{
    struct opened opened = {0};
    view_open_start(&view, take_opened, &opened);
    ck_assert_int_eq(opened.called, 0);
    while (opened.called == 0)
        link_turn(view_link(&view, 0), TIMEOUT_MS);
    ck_assert_int_eq(opened.called, 1);
    ck_assert(link_is_open(view_link(&view, 0)) == (opened.error.code == ERROR_NONE));
    return opened;
}

static void make_view(void)
{
    struct error error = {0};
    struct view maker;
    struct view_config made = config;
    made.shards = 8;
    made.buckets = 3;
    view_init(&maker, &made);
    ck_assert_msg(view_connect(&maker, VIEW_CREATE, true, &error) == 0, "%s", error.text);
    view_done(&maker);
}

static void expect_refusal(enum error_code code, const char *words)
{
    struct opened opened = open_view();
    ck_assert_msg(opened.error.code == code, "%d %s", opened.error.code, opened.error.text);
    ck_assert_msg(strstr(opened.error.text, words) != NULL, "%s", opened.error.text);
}

START_TEST(a_view_is_learned_as_by_connecting)
{
    struct error error = {0};
    make_view();
    struct opened opened = open_view();
    ck_assert_msg(opened.error.code == ERROR_NONE, "%s", opened.error.text);
    struct view other;
    view_init(&other, &config);
    ck_assert_int_eq(view_connect(&other, VIEW_READ, false, &error), 0);
    ck_assert_uint_eq(view.keys.shards, 8);
    ck_assert_uint_eq(view.keys.buckets, 3);
    ck_assert_str_eq(view.id, other.id);
    ck_assert_str_eq(view.identity, other.identity);
    ck_assert_str_eq(view.version, other.version);
    ck_assert_uint_eq(strlen(view.identity), 40);
    view_done(&other);
}
END_TEST

START_TEST(no_view_yet_a_newer_one_and_none_at_all_are_refused)
{
    expect_refusal(ERROR_STATE, "stockfold setup");
    redis_do(admin, "HSET sf:view format 99 id x shards 4 buckets 1");
    expect_refusal(ERROR_STATE, "newer");
    redis_do(admin, "HSET sf:view format 1 shards 0");
    expect_refusal(ERROR_STATE, "descriptor");
    redis_do(admin, "SET sf:view text");
    expect_refusal(ERROR_STATE, "WRONGTYPE");
    redis_do(admin, "CONFIG SET requirepass secret");
    expect_refusal(ERROR_STATE, "NOAUTH");
}
END_TEST

START_TEST(a_server_that_is_gone_is_unreachable_and_found_again)
{
    make_view();
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
    char identity[VIEW_IDENTITY_MAX];
    strcpy(identity, view.identity);
    redis_do(admin, "SAVE");
    kill(server.pid, SIGKILL);
    ck_assert_int_eq(waitid(P_PID, (id_t)server.pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
    while (link_is_open(view_link(&view, 0)))
        link_turn(view_link(&view, 0), TIMEOUT_MS);
    ck_assert_str_ne(link_trouble(view_link(&view, 0)), "");
    expect_refusal(ERROR_UNREACHABLE, "Connection refused");
    redis_server_restart(&server, NULL);
    link_free(redis_server_link(&server));
    struct opened opened = open_view();
    ck_assert_msg(opened.error.code == ERROR_NONE, "%s", opened.error.text);
    ck_assert_str_ne(view.identity, identity);
}
END_TEST

static void promote(void)
{
    redis_do(admin, "REPLICAOF 127.0.0.1 1");
    redis_do(admin, "REPLICAOF NO ONE");
}

START_TEST(a_server_that_was_promoted_is_another_one)
{
    make_view();
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
    char identity[VIEW_IDENTITY_MAX];
    strcpy(identity, view.identity);
    const struct reply *info = redis_do(admin, "INFO replication");
    ck_assert(str_equal(reply_info(info, "master_replid"), view_identity(&view, 0)));
    promote();
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
    ck_assert_str_ne(view.identity, identity);
}
END_TEST

START_TEST(a_replica_is_unreachable)
{
    make_view();
    redis_do(admin, "REPLICAOF 127.0.0.1 1");
    expect_refusal(ERROR_UNREACHABLE, "is a replica of 127.0.0.1:1");
    redis_do(admin, "REPLICAOF NO ONE");
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
}
END_TEST

static void keep_trouble(void *context, const char *why)
{
    const char **ret_why = context;
    *ret_why = why;
}

START_TEST(a_server_that_is_not_what_it_was_is_left)
{
    static const char *const changes[] = {"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"}, *const words[] = {"replica",
                                                                                                          "promoted"};
    make_view();
    for (int i = 0; i < 2; i++) {
        const char *why = NULL;
        redis_do(admin, "REPLICAOF NO ONE");
        ck_assert_int_eq(open_view().error.code, ERROR_NONE);
        view_watch(&view, keep_trouble, &why);
        ck_assert(view_drain(&view, TIMEOUT_MS) && why == NULL);
        redis_do(admin, changes[0]);
        redis_do(admin, changes[i]);
        view_watch(&view, keep_trouble, &why);
        ck_assert(!view_drain(&view, TIMEOUT_MS) && !view_is_open(&view));
        ck_assert_ptr_nonnull(strstr(why, words[i]));
    }
}
END_TEST

static void count_answer(void *context, const struct reply *reply)
{
    int *answers = context;
    answers[reply != NULL]++;
}

/* An answer behind which the server is another one may lack what was acknowledged. */
START_TEST(what_another_server_answers_reaches_nobody)
{
    int answers[2] = {0};
    make_view();
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
    for (int i = 0; i < 2; i++) {
        link_begin(view_link(&view, 0), 1, count_answer, answers);
        link_word(view_link(&view, 0), STR("PING"));
        view_seal(&view);
        while (answers[0] + answers[1] == i)
            view_turn(&view, TIMEOUT_MS);
        promote();
    }
    ck_assert(answers[0] == 1 && answers[1] == 1 && !view_is_open(&view));
    ck_assert_ptr_nonnull(strstr(link_trouble(view_link(&view, 0)), "promoted"));
}
END_TEST

START_TEST(a_node_of_a_cluster_is_a_wrong_setting)
{
    char bus[16]; /* its default, ten thousand above, may be no port at all */
    snprintf(bus, sizeof(bus), "%d", server.port - 10000);
    redis_server_restart(&server, (const char *const[]){"--cluster-enabled", "yes", "--cluster-port", bus, NULL});
    link_free(redis_server_link(&server));
    expect_refusal(ERROR_USAGE, "Redis Cluster");
}
END_TEST

START_TEST(a_wrong_password_is_said)
{
    make_view();
    redis_do(admin, "CONFIG SET requirepass secret");
    view_done(&view);
    strcpy(config.address.password, "wrong");
    view_init(&view, &config);
    expect_refusal(ERROR_UNREACHABLE, "WRONGPASS");
}
END_TEST

START_TEST(a_busy_server_is_unreachable)
{
    make_view();
    redis_do(admin, "CONFIG SET busy-reply-threshold 1");
    link_begin(admin, 3, NULL, NULL);
    link_word(admin, STR("EVAL"));
    link_word(admin, STR("while true do end"));
    link_word(admin, STR("0"));
    link_turn(admin, 0);
    expect_refusal(ERROR_UNREACHABLE, "BUSY");
}
END_TEST

START_TEST(a_silent_server_is_left_when_the_caller_likes)
{
    make_view();
    kill(server.pid, SIGSTOP);
    struct opened opened = {0};
    view_open_start(&view, take_opened, &opened);
    for (int i = 0; i < 100; i++)
        link_turn(view_link(&view, 0), 0);
    ck_assert_int_eq(opened.called, 0);
    link_close(view_link(&view, 0));
    ck_assert_int_eq(opened.called, 1);
    ck_assert_int_eq(opened.error.code, ERROR_UNREACHABLE);
    kill(server.pid, SIGCONT);
    ck_assert_int_eq(open_view().error.code, ERROR_NONE);
}
END_TEST

START_TEST(opening_again_calls_the_first_opening_off)
{
    make_view();
    struct opened first = {0};
    view_open_start(&view, take_opened, &first);
    struct opened second = open_view();
    ck_assert_int_eq(first.called, 1);
    ck_assert_int_eq(first.error.code, ERROR_UNREACHABLE);
    ck_assert_msg(second.error.code == ERROR_NONE, "%s", second.error.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *served = tcase_create("served");
    tcase_add_checked_fixture(served, start, stop);
    tcase_add_test(served, a_view_is_learned_as_by_connecting);
    tcase_add_test(served, no_view_yet_a_newer_one_and_none_at_all_are_refused);
    tcase_add_test(served, a_server_that_is_gone_is_unreachable_and_found_again);
    tcase_add_test(served, a_server_that_was_promoted_is_another_one);
    tcase_add_test(served, a_replica_is_unreachable);
    tcase_add_test(served, a_server_that_is_not_what_it_was_is_left);
    tcase_add_test(served, what_another_server_answers_reaches_nobody);
    tcase_add_test(served, a_node_of_a_cluster_is_a_wrong_setting);
    tcase_add_test(served, a_wrong_password_is_said);
    tcase_add_test(served, a_busy_server_is_unreachable);
    tcase_add_test(served, a_silent_server_is_left_when_the_caller_likes);
    tcase_add_test(served, opening_again_calls_the_first_opening_off);
    suite_add_tcase(suite, served);
    return suite_end(suite);
}
