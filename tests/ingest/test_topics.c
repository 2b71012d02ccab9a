/* What topics are judged by. */
#include <string.h>

#include "stockfold/ingest/topics.h"
#include "support/suite.h"

static struct topic_facts facts[TOPIC_MADE];
static const struct kafka_config config = {.topics = {"stock.warehouse", "stock.store", "stock.ecommerce",
                                                      "stock.items", "stock.nodes", "stock.refused", "stock.clock",
                                                      "stock.reservations", "stock.holds", "stock.availability"}};

struct said {
    int findings[FINDING_FAIL + 1];
    char failed[800], warned[800]; /* the last of each */
};

static void take(void *context, enum finding finding, const char *text)
{
    struct said *said = context;
    said->findings[finding]++;
    if (finding != FINDING_OK)
        strcpy(finding == FINDING_FAIL ? said->failed : said->warned, text);
}

static struct said judge(uint32_t shards)
{
    struct said said = {0};
    ck_assert_int_eq(topics_judge(facts, &config, shards, take, &said), said.findings[FINDING_FAIL]);
    return said;
}

/* As `setup` makes them. */
static void make_right(void)
{
    static const struct topic_facts stock = {.partitions = 8,
                                             .values = {"LogAppendTime", "-1", "-1", "delete", "86400000"}};
    static const struct topic_facts master = {
        .partitions = 8, .values = {"LogAppendTime", "604800000", "-1", "compact", "315360000001"}};
    static const struct topic_facts refused = {.partitions = 8,
                                               .values = {"CreateTime", "604800000", "-1", "delete", "86400000"}};
    for (int role = 0; role < TOPIC_MADE; role++)
        facts[role] = topic_is_stock((enum topic_role)role) ? stock : master;
    facts[TOPIC_REFUSED] = refused;
    facts[TOPIC_HOLDS] =
        (struct topic_facts){.partitions = 8, .values = {"LogAppendTime", "2678400000", "-1", "delete", "86400000"}};
}

START_TEST(topics_as_setup_makes_them_are_right)
{
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_OK], TOPIC_MADE);
}
END_TEST

START_TEST(a_topic_stamped_by_producers_or_deleting_cannot_be_folded)
{
    strcpy(facts[TOPIC_STORE].values[TOPIC_TIMESTAMP_TYPE], "CreateTime");
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 1);
    ck_assert_str_eq(said.failed,
                     "topic stock.store: message.timestamp.type is CreateTime and should be LogAppendTime: "
                     "kafka-configs --bootstrap-server 127.0.0.1:9092 --alter --entity-type topics --entity-name "
                     "stock.store --add-config message.timestamp.type=LogAppendTime");
    strcpy(facts[TOPIC_ECOMMERCE].values[TOPIC_RETENTION_MS], "604800000");
    strcpy(facts[TOPIC_WAREHOUSE].values[TOPIC_RETENTION_BYTES], "1000");
    strcpy(facts[TOPIC_WAREHOUSE].values[TOPIC_CLEANUP], "compact");
    ck_assert_int_eq(judge(64).findings[FINDING_FAIL], 4);
}
END_TEST

START_TEST(a_missing_topic_is_named_with_what_makes_it)
{
    facts[TOPIC_NODES].partitions = 0;
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 1);
    ck_assert_str_eq(said.failed,
                     "topic stock.nodes does not exist: run `stockfold setup`; if it is there, permit this user to "
                     "describe it");
}
END_TEST

START_TEST(partitions_that_differ_or_do_not_divide_the_shards_are_only_slower)
{
    facts[TOPIC_STORE].partitions = 3;
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 0);
    ck_assert_str_eq(said.warned, "topic stock.store: 3 partitions do not divide 64 shards: as exact, only slower");
    facts[TOPIC_STORE].partitions = 4;
    ck_assert_int_eq(judge(64).findings[FINDING_WARN], 1);
    ck_assert_int_eq(judge(0).findings[FINDING_WARN], 1);
}
END_TEST

START_TEST(master_data_that_is_not_compacted_is_said)
{
    strcpy(facts[TOPIC_ITEMS].values[TOPIC_CLEANUP], "delete");
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 0);
    ck_assert_int_eq(said.findings[FINDING_WARN], 1);
}
END_TEST

START_TEST(master_data_whose_deletions_kafka_soon_forgets_is_said)
{
    strcpy(facts[TOPIC_NODES].values[TOPIC_DELETE_RETENTION], "86400000");
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 0);
    ck_assert_ptr_nonnull(strstr(said.warned, "--add-config delete.retention.ms=315360000000"));
}
END_TEST

START_TEST(reservations_are_kept_for_good_and_holds_for_a_month_or_longer)
{
    strcpy(facts[TOPIC_HOLDS].values[TOPIC_RETENTION_MS], "604800000");
    struct said said = judge(64);
    ck_assert_int_eq(said.findings[FINDING_FAIL], 0);
    ck_assert_ptr_nonnull(strstr(said.warned, "stock.holds: retention.ms is 604800000 and should be 2678400000"));
    strcpy(facts[TOPIC_HOLDS].values[TOPIC_RETENTION_MS], "-1");
    ck_assert_int_eq(judge(64).findings[FINDING_OK], TOPIC_MADE);
    strcpy(facts[TOPIC_RESERVATIONS].values[TOPIC_RETENTION_MS], "2678400000");
    ck_assert_int_eq(judge(64).findings[FINDING_FAIL], 1);
}
END_TEST

START_TEST(what_a_broker_does_not_tell_is_not_judged)
{
    for (int role = 0; role < TOPIC_MADE; role++)
        memset(facts[role].values, 0, sizeof(facts[role].values));
    ck_assert_int_eq(judge(64).findings[FINDING_OK], TOPIC_MADE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topics");
    TCase *tests = tcase_create("topics");
    tcase_add_checked_fixture(tests, make_right, NULL);
    tcase_add_test(tests, topics_as_setup_makes_them_are_right);
    tcase_add_test(tests, a_topic_stamped_by_producers_or_deleting_cannot_be_folded);
    tcase_add_test(tests, a_missing_topic_is_named_with_what_makes_it);
    tcase_add_test(tests, partitions_that_differ_or_do_not_divide_the_shards_are_only_slower);
    tcase_add_test(tests, master_data_that_is_not_compacted_is_said);
    tcase_add_test(tests, master_data_whose_deletions_kafka_soon_forgets_is_said);
    tcase_add_test(tests, reservations_are_kept_for_good_and_holds_for_a_month_or_longer);
    tcase_add_test(tests, what_a_broker_does_not_tell_is_not_judged);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
