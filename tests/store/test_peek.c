/* Several keys of a shard as of one moment. */
#include "stockfold/store/peek.h"

#include <stdio.h>

#include "store/support/committing.h"
#include "support/suite.h"

static char seen[1024];

static void spell(const struct reply *reply)
{
    size_t len = strlen(seen);
    if (reply_is_array(reply)) {
        snprintf(seen + len, sizeof(seen) - len, "(");
        for (size_t i = 0; i < reply_count(reply); i++)
            spell(reply_at(reply, i));
        len = strlen(seen);
        snprintf(seen + len, sizeof(seen) - len, ")");
    } else if (reply_is_nil(reply)) {
        snprintf(seen + len, sizeof(seen) - len, "-|");
    } else if (reply_is_int(reply)) {
        snprintf(seen + len, sizeof(seen) - len, "%ld|", (long)reply_int(reply));
    } else {
        snprintf(seen + len, sizeof(seen) - len, "%.*s|", STR_ARG(reply_text(reply)));
    }
}

static void take(void *context, const struct reply *reply)
{
    (void)context;
    seen[0] = '\0';
    spell(reply);
}

static void expect_peek(struct peek *peek, const char *expected)
{
    peek_send(peek, take, NULL);
    link_drain(view_link(&view, SHARD), TIMEOUT_MS);
    ck_assert_str_eq(seen, expected);
}

START_TEST(what_a_commit_leaves_is_seen_together)
{
    struct peek peek;
    peek_init(&peek, &view);
    prepare();
    peek_start(&peek, SHARD);
    peek_sizes(&peek);
    expect_peek(&peek, "(a.1|3 1 2|-|3|1|2|0|)");
    peek_hour(&peek, 99);
    peek_hour(&peek, 101);
    expect_peek(&peek, "(a.1|1|1|-|0|)");
    peek_node_items(&peek, STR("store-1"), 0, 8);
    peek_node_items(&peek, STR("store-1"), 1, 8);
    expect_peek(&peek, "(a.1|2|(sku-1\nsku-2|)2|())");
    peek_record(&peek, STR("sku-2"), STR("store-1"));
    peek_record(&peek, STR("sku-9"), STR("store-1"));
    expect_peek(&peek, "(a.1|old 2|old base|-|-|)");
    peek_counts(&peek);
    expect_peek(&peek, "(a.1|(store-1|2||2|))");
    peek_done(&peek);
}
END_TEST

START_TEST(documents_are_found_by_the_times_of_their_messages)
{
    struct peek peek;
    peek_init(&peek, &view);
    prepare();
    redis_do(admin, "HSET sf:{2}:t sku-1 5_0");
    redis_do(admin, "SET sf:{2}:i:sku-1 {}");
    peek_start(&peek, SHARD);
    peek_document_times(&peek, "0", 100);
    expect_peek(&peek, "(a.1|(0|(sku-1|5_0|)))");
    peek_document(&peek, STR("sku-1"));
    peek_document(&peek, STR("sku-2"));
    expect_peek(&peek, "(a.1|5_0|1|-|0|)");
    peek_done(&peek);
}
END_TEST

/* The second commit does what the first did again, with sizes in between that are not as it left them. */
START_TEST(a_commit_misses_what_is_gone_of_the_shards_own_hashes)
{
    static const char *const damages[] = {"DEL sf:{2}:h", "HDEL sf:{2}:h 98", "DEL sf:{2}:c",
                                          "DEL sf:{2}:k", "DEL sf:{2}:j:100", "DEL sf:{2}:n:store-1"};
    struct watermark before = watermark_at(1), next = watermark_at(2);
    prepare();
    redis_do(admin, damages[_i]);
    start_commit("a.1", "a.2");
    commit_watermark(&commit, STR("stock.store"), 0, &before, &next);
    commit_record(&commit, STR("sku-7"), STR("store-1"), STR("record"), false);
    commit_journal(&commit, 100, STR("blob"), 1);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_LOST_RECORD);
    expect("HGET sf:{2}:m token", VIEW_DAMAGED);
    expect_int("EXISTS sf:{2}:r:sku-7", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peek");
    TCase *tcase = tcase_create("peek");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, what_a_commit_leaves_is_seen_together);
    tcase_add_test(tcase, documents_are_found_by_the_times_of_their_messages);
    tcase_add_loop_test(tcase, a_commit_misses_what_is_gone_of_the_shards_own_hashes, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
