/* How complete the view is as a whole: the least of all partitions, as often as it is written and taken back. */
#include "stockfold/store/complete.h"

#include "store/support/committing.h"
#include "support/suite.h"

static const struct fed_topic topics[] = {{STR("stock.store"), 2}, {STR("stock.items"), 1}};

static struct heard write_row(const char *topic, int32_t partition, int64_t time)
{
    struct partition_complete row = {{topic, strlen(topic)}, partition, time};
    struct heard heard = {COMMIT_FAILED, REPLY_LOST, ""};
    complete_write(&view, topics, 2, &row, 1, hear, &heard);
    link_drain(view_link(&view, 0), TIMEOUT_MS);
    return heard;
}

static void expect_complete(const char *topic, int32_t partition, int64_t time, const char *complete)
{
    ck_assert_int_eq(write_row(topic, partition, time).answer, COMMIT_OK);
    expect("HGET sf:{stats}:c complete", complete);
}

START_TEST(a_view_is_complete_to_the_least_of_all_its_partitions)
{
    expect_complete("stock.store", 0, 100000000000002, "");
    expect_complete("stock.store", 1, 100000000000001, "");
    expect_complete("stock.items", 0, 100000000000003, "100000000000001");
    expect_complete("stock.store", 1, 100000000000005, "100000000000002");
    expect_complete("stock.store", 2, 5, "100000000000002"); /* of a topic that was larger once */
    expect_complete("old.store", 0, 5, "100000000000002");
}
END_TEST

START_TEST(while_one_partition_is_taken_back_nothing_is_said)
{
    expect_complete("stock.store", 0, 3000, "");
    expect_complete("stock.store", 1, 2000, "");
    expect_complete("stock.items", 0, 4000, "2000");
    expect_complete("stock.store", 0, TIME_NONE, "");
    expect_complete("stock.store", 1, 2500, "");
    expect_complete("stock.store", 0, 1000, "1000");
}
END_TEST

START_TEST(a_key_of_another_type_is_made_anew)
{
    redis_do(admin, "SET sf:{stats}:c text");
    expect_complete("stock.store", 0, 3000, "");
    expect("HGET sf:{stats}:c stock.store:0", "3000");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("complete");
    TCase *tcase = tcase_create("complete");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_view_is_complete_to_the_least_of_all_its_partitions);
    tcase_add_test(tcase, while_one_partition_is_taken_back_nothing_is_said);
    tcase_add_test(tcase, a_key_of_another_type_is_made_anew);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
