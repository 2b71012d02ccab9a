/* Checkpoints: positions, and what a shard says of itself, without a commit. */

#include "store/support/committing.h"
#include "support/suite.h"

static void open_reservations(void)
{
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_RESERVATIONS), STR(""), view_identity(&view, 0));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}

START_TEST(a_checkpoint_moves_watermarks_and_leaves_the_token)
{
    struct watermark before = watermark_at(1), next = watermark_at(7);
    prepare();
    open_reservations();
    checkpoint_start(&commit, SHARD, STR(""), STR(""));
    commit_watermark(&commit, STR("stock.store"), 0, &before, &next);
    commit_watermark(&commit, STR("stock.warehouse"), 11, NULL, &next);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m token", "a.1");
    expect("HGET sf:{2}:m w:stock.store:0", "7 6 fedcba9876543217 7000");
    expect("HGET sf:{2}:m w:stock.warehouse:11", "7 6 fedcba9876543217 7000");
    expect_int("HSTRLEN sf:{2}:m open", 0);
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m open", view.identity);
    checkpoint_start(&commit, SHARD, STR(""), STR("run"));
    commit_watermark(&commit, STR("stock.store"), 0, &before, &next);
    expect_nothing_done(COMMIT_MISMATCH);
}
END_TEST

/* A watermark of stock.store whose partition is complete to that time. */
static struct watermark watermark_complete_to(int64_t next, int64_t complete_to)
{
    return (struct watermark){next, next - 1, 7, complete_to, TIME_NONE};
}

/* The same, moved there by a message of that Kafka time. */
static struct watermark watermark_moved_at(int64_t next, int64_t newest, int64_t complete_to)
{
    return (struct watermark){next, next - 1, 7, complete_to, newest};
}

START_TEST(the_newest_time_is_that_of_messages_and_never_goes_back)
{
    struct watermark first = watermark_moved_at(1, 5000, 5500), second = watermark_moved_at(2, 4000, 6000);
    struct watermark third = watermark_moved_at(3, 100000000000001, 100000000000001), idle = third;
    start_commit("", "a.1");
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &first);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m newest", "5000");
    start_commit("a.1", "a.2");
    commit_watermark(&commit, STR("stock.store"), 0, &first, &second);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m newest", "5000");
    checkpoint_start(&commit, SHARD, STR(""), STR(""));
    commit_watermark(&commit, STR("stock.store"), 0, &second, &third);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m newest", "100000000000001");
    idle.complete_to++;
    checkpoint_start(&commit, SHARD, STR(""), STR(""));
    commit_watermark(&commit, STR("stock.store"), 0, &third, &idle);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m newest", "100000000000001");
}
END_TEST

static void checkpoint_fed_by_stores(size_t partitions)
{
    checkpoint_start(&commit, SHARD, STR(""), STR(""));
    checkpoint_fed_by(&commit, STR("stock.store"), partitions);
}

START_TEST(a_checkpoint_says_to_when_all_partitions_are_complete)
{
    struct watermark store = watermark_complete_to(1, 100000000000001);
    struct watermark other = watermark_complete_to(1, 100000000000000), never = watermark_complete_to(0, TIME_NONE);
    start_commit("", "a.1");
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &store);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect_int("HSTRLEN sf:{2}:m complete", 0);
    checkpoint_fed_by_stores(1);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m complete", "100000000000001");
    checkpoint_fed_by_stores(2);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect_int("HSTRLEN sf:{2}:m complete", 0);
    checkpoint_fed_by_stores(2);
    commit_watermark(&commit, STR("stock.store"), 1, NULL, &other);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m complete", "100000000000000");
    checkpoint_fed_by_stores(2);
    checkpoint_fed_by(&commit, STR("stock.items"), 1);
    commit_watermark(&commit, STR("stock.items"), 0, NULL, &never);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect_int("HSTRLEN sf:{2}:m complete", 0);
}
END_TEST

START_TEST(what_a_renamed_or_smaller_topic_left_behind_holds_nothing_back)
{
    struct watermark now = watermark_complete_to(1, 9000), old = watermark_complete_to(1, 5000);
    start_commit("", "a.1");
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &now);
    commit_watermark(&commit, STR("stock.store"), 1, NULL, &old);
    commit_watermark(&commit, STR("old.store"), 0, NULL, &old);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    checkpoint_fed_by_stores(1);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m complete", "9000");
}
END_TEST

START_TEST(where_no_message_came_there_is_no_newest_time)
{
    struct watermark never = watermark_complete_to(0, 5000);
    start_commit("", "a.1");
    commit_watermark(&commit, STR("stock.items"), 0, NULL, &never);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect_int("HSTRLEN sf:{2}:m newest", 0);
}
END_TEST

static void expect_no_checkpoint(struct str believed)
{
    struct watermark next = watermark_at(7);
    checkpoint_start(&commit, SHARD, believed, STR(""));
    commit_watermark(&commit, STR("stock.warehouse"), 12, NULL, &next);
    expect_nothing_done(COMMIT_MISMATCH);
}

START_TEST(a_shard_that_is_not_what_its_reader_believes_takes_no_checkpoint)
{
    prepare();
    expect_no_checkpoint(view_identity(&view, 0));
    redis_do(admin, "HSET sf:{2}:m open run");
    expect_no_checkpoint(view_identity(&view, 0));
    redis_do(admin, "HSET sf:{2}:m token " VIEW_CLEARING "b.1");
    expect_no_checkpoint(STR(""));
    redis_do(admin, "HSET sf:{2}:m token " VIEW_DAMAGED);
    expect_no_checkpoint(STR(""));
    redis_do(admin, "FLUSHALL");
    expect_no_checkpoint(STR(""));
}
END_TEST

/* As after a failover there and back: the same process, with another identity, and perhaps without its newest writes. */
static void promote(void)
{
    redis_do(admin, "REPLICAOF 127.0.0.1 1");
    expect("REPLICAOF NO ONE", "OK");
}

START_TEST(a_shard_opens_and_stays_open_on_the_server_that_it_was_verified_on_only)
{
    struct watermark before = watermark_at(1), next = watermark_at(7);
    prepare();
    open_reservations();
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    promote();
    expect_no_checkpoint(view_identity(&view, 0));
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    expect_nothing_done(COMMIT_MISMATCH);
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_NODES), STR(""), view_identity(&view, 0));
    expect_nothing_done(COMMIT_MISMATCH);
    checkpoint_start(&commit, SHARD, STR(""), STR("")); /* positions say nothing of openness */
    commit_watermark(&commit, STR("stock.store"), 0, &before, &next);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    checkpoint_start(&commit, SHARD, STR(""), STR("closed stock.store 0"));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{2}:m open", "closed stock.store 0");
}
END_TEST

static void expect_opening(struct str believed, enum commit_answer answer, const char *open)
{
    checkpoint_start(&commit, SHARD, believed, view_identity(&view, 0));
    ck_assert_int_eq(send_and_hear().answer, answer);
    expect("HGET sf:{2}:m open", open);
}

START_TEST(a_shard_of_items_opens_only_while_reservations_are_open_on_the_same_server)
{
    prepare();
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    expect_nothing_done(COMMIT_MISMATCH);
    redis_do(admin, "HSET sf:{res}:m open abc");
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_RESERVATIONS), view_identity(&view, 0), STR(""));
    expect_nothing_done(COMMIT_MISMATCH);
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    expect_nothing_done(COMMIT_MISMATCH);
    open_reservations();
    expect("HGET sf:{res}:m open", view.identity);
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_RESERVATIONS), view_identity(&view, 0), STR(""));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    checkpoint_start(&commit, SHARD, STR(""), view_identity(&view, 0));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
}
END_TEST

START_TEST(a_shard_that_was_closed_is_opened_only_by_who_knows_that)
{
    const char *closed = "closed stock.store:0";
    prepare();
    open_reservations();
    expect_opening(STR(""), COMMIT_OK, view.identity);
    checkpoint_start(&commit, SHARD, STR(""), STR("closed stock.store:0"));
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect_opening(STR(""), COMMIT_MISMATCH, closed);
    expect_opening(view_identity(&view, 0), COMMIT_MISMATCH, closed);
    expect_opening(STR("closed stock.store:1"), COMMIT_MISMATCH, closed);
    expect_opening(STR("closed stock.store:0"), COMMIT_OK, view.identity);
    expect_no_checkpoint(STR("closed stock.store:0"));
}
END_TEST

START_TEST(a_closed_shard_names_each_partition_that_closes_it)
{
    size_t position = 0;
    struct str open = STR("closed stock.store:0 stock.pos:12");
    ck_assert(str_equal(view_next_closing(open, &position), STR("stock.store:0")));
    ck_assert(str_equal(view_next_closing(open, &position), STR("stock.pos:12")));
    ck_assert_uint_eq(view_next_closing(open, &position).len, 0);
    const struct str others[] = {STR(""), STR("closed "), STR("close"), STR("0123456789abcdef")};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        position = 0;
        ck_assert_uint_eq(view_next_closing(others[i], &position).len, 0);
    }
}
END_TEST

START_TEST(the_nodes_have_a_meta_of_their_own)
{
    struct watermark next = watermark_at(7);
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_NODES), STR(""), view_identity(&view, 0));
    commit_watermark(&commit, STR("stock.nodes"), 0, NULL, &next);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    expect("HGET sf:{nodes}:m w:stock.nodes:0", "7 6 fedcba9876543217 7000");
    expect("HGET sf:{nodes}:m open", view.identity);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tcase = tcase_create("checkpoint");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_checkpoint_moves_watermarks_and_leaves_the_token);
    tcase_add_test(tcase, the_newest_time_is_that_of_messages_and_never_goes_back);
    tcase_add_test(tcase, a_checkpoint_says_to_when_all_partitions_are_complete);
    tcase_add_test(tcase, what_a_renamed_or_smaller_topic_left_behind_holds_nothing_back);
    tcase_add_test(tcase, where_no_message_came_there_is_no_newest_time);
    tcase_add_test(tcase, a_shard_that_is_not_what_its_reader_believes_takes_no_checkpoint);
    tcase_add_test(tcase, a_shard_opens_and_stays_open_on_the_server_that_it_was_verified_on_only);
    tcase_add_test(tcase, a_shard_of_items_opens_only_while_reservations_are_open_on_the_same_server);
    tcase_add_test(tcase, a_shard_that_was_closed_is_opened_only_by_who_knows_that);
    tcase_add_test(tcase, a_closed_shard_names_each_partition_that_closes_it);
    tcase_add_test(tcase, the_nodes_have_a_meta_of_their_own);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
