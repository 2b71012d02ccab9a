/* Master data: documents and their indexes. */
#include <stdio.h>

#include "stockfold/codec/event_json.h"
#include "stockfold/store/clear.h"
#include "stockfold/store/master.h"
#include "store/support/documents.h"
#include "support/suite.h"

static int64_t put_offsets[8]; /* by partition, of put_from() */

static void start_master(void)
{
    memset(put_offsets, 0, sizeof(put_offsets));
    documents_start();
}

/* Puts sku-1 with that style and GTIN (style empty: deletes it), from offset `from` to `to`. */
static enum commit_answer put(const char *style, const char *gtin, int64_t from, int64_t to)
{
    char json[256];
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark expected = documents_watermark(from), next = documents_watermark(to);
    int len = snprintf(json, sizeof(json), "{\"sku\":\"sku-1\",\"style\":\"%s\",\"gtin\":\"%s\"}", style, gtin);
    struct item_facts item = {
        .sku = STR("sku-1"), .style = {style, strlen(style)}, .gtin = {gtin, strlen(gtin)}, .safety_default = -1};
    struct master_put put = {.key = STR("sku-1"), .json = {json, (size_t)len}, .item = &item};
    if (style[0] == '\0')
        put = (struct master_put){.key = STR("sku-1")};
    master_put_items(&view, documents_shard, &put, 1, STR("stock.items"), 0, from == 0 ? NULL : &expected, &next,
                     documents_hear, &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    return answer;
}

START_TEST(an_item_is_put_with_its_indexes)
{
    ck_assert_int_eq(put("shirt", "08435678901234", 0, 1), COMMIT_OK);
    ck_assert_int_eq(documents_keys("sf:*:i:sku-1"), 1);
    ck_assert_int_eq(documents_keys("sf:*:s:shirt"), 1);
    ck_assert_int_eq(documents_keys("sf:*:g:08435678901234"), 1);
}
END_TEST

START_TEST(a_replaced_item_leaves_no_stale_index)
{
    put("shirt", "08435678901234", 0, 1);
    ck_assert_int_eq(put("blouse", "08435678901234", 1, 2), COMMIT_OK);
    ck_assert_int_eq(documents_keys("sf:*:s:shirt"), 0);
    ck_assert_int_eq(documents_keys("sf:*:s:blouse"), 1);
    ck_assert_int_eq(documents_keys("sf:*:g:*"), 1);
}
END_TEST

START_TEST(a_deleted_item_leaves_nothing)
{
    put("shirt", "08435678901234", 0, 1);
    ck_assert_int_eq(put("", "", 1, 2), COMMIT_OK);
    ck_assert_int_eq(documents_keys("sf:*:[isg]:*"), 0);
}
END_TEST

START_TEST(an_older_offset_changes_nothing)
{
    put("shirt", "", 0, 5);
    ck_assert_int_eq(put("blouse", "", 3, 4), COMMIT_MISMATCH);
    ck_assert_int_eq(put("blouse", "", 0, 1), COMMIT_MISMATCH);
    ck_assert_int_eq(documents_keys("sf:*:s:shirt"), 1);
    char words[64];
    snprintf(words, sizeof(words), "GET sf:{%u}:i:sku-1", documents_shard);
    ck_assert_ptr_nonnull(strstr(reply_text(redis_do(admin, words)).data, "shirt"));
}
END_TEST

START_TEST(of_one_item_put_twice_in_a_call_the_last_stays)
{
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark next = documents_watermark(2);
    struct item_facts a = {.sku = STR("sku-1"), .style = STR("a"), .safety_default = 1};
    struct item_facts b = {.sku = STR("sku-1"), .style = STR("b"), .safety_default = 2};
    struct master_put puts[] = {
        {.key = STR("sku-1"), .json = STR("{\"sku\":\"sku-1\",\"style\":\"a\"}"), .item = &a},
        {.key = STR("sku-1"), .json = STR("{\"sku\":\"sku-1\",\"style\":\"b\"}"), .item = &b},
    };
    put("b", "", 0, 1);
    struct watermark expected = documents_watermark(1);
    master_put_items(&view, documents_shard, puts, 2, STR("stock.items"), 0, &expected, &next, documents_hear, &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(answer, COMMIT_OK);
    ck_assert_int_eq(documents_keys("sf:*:s:a"), 0);
    ck_assert_int_eq(documents_keys("sf:*:s:b"), 1);
}
END_TEST

START_TEST(pipelined_puts_there_and_back_keep_the_index)
{
    static const char *const styles[] = {"a", "b", "a"};
    enum commit_answer answers[3];
    for (int i = 0; i < 3; i++) {
        char json[64];
        struct watermark expected = documents_watermark(i), next = documents_watermark(i + 1);
        int len = snprintf(json, sizeof(json), "{\"sku\":\"sku-1\",\"style\":\"%s\"}", styles[i]);
        struct item_facts item = {.sku = STR("sku-1"), .style = {styles[i], 1}, .safety_default = -1};
        struct master_put put = {.key = STR("sku-1"), .json = {json, (size_t)len}, .item = &item};
        master_put_items(&view, documents_shard, &put, 1, STR("stock.items"), 0, i == 0 ? NULL : &expected, &next,
                         documents_hear, &answers[i]);
    }
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(answers[i], COMMIT_OK);
    ck_assert_int_eq(documents_keys("sf:*:s:a"), 1);
    ck_assert_int_eq(documents_keys("sf:*:s:b"), 0);
}
END_TEST

/* What stands in a field beside the records of sku-1; -1: nothing. */
static int64_t aside(struct str field)
{
    char key[64];
    int len = snprintf(key, sizeof(key), "sf:{%u}:r:sku-1", documents_shard);
    link_call_begin(admin, 3);
    link_word(admin, STR("HGET"));
    link_word(admin, (struct str){key, (size_t)len});
    link_word(admin, field);
    const struct reply *reply = link_call(admin, TIMEOUT_MS);
    return reply_is_nil(reply) ? -1 : reply_int(reply);
}

START_TEST(safety_stock_comes_and_goes_with_the_item)
{
    char words[64];
    snprintf(words, sizeof(words), "HSET sf:{%u}:r:sku-1 \1store-1 7", documents_shard);
    redis_do(admin, words);
    ck_assert_int_eq(
        documents_put_item(
            "{\"sku\":\"sku-1\",\"safety_stock\":{\"default\":1,\"nodes\":{\"store-1\":3,\"K\\u00f6ln\":0}}}", 0),
        COMMIT_OK);
    ck_assert_int_eq(aside(STR("\0")), 1);
    ck_assert_int_eq(aside(STR("\0store-1")), 3);
    ck_assert_int_eq(aside(STR("\0K\xc3\xb6ln")), 0);
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\",\"safety_stock\":{\"nodes\":{\"store-1\":3}}}", 1),
                     COMMIT_OK);
    ck_assert_int_eq(aside(STR("\0")), -1);
    ck_assert_int_eq(aside(STR("\0store-1")), 3);
    ck_assert_int_eq(aside(STR("\0K\xc3\xb6ln")), -1);
    ck_assert_int_eq(documents_put_item(NULL, 2), COMMIT_OK);
    ck_assert_int_eq(aside(STR("\0store-1")), -1);
    ck_assert_int_eq(aside(STR("\1store-1")), 7);
}
END_TEST

static int64_t without_document(void)
{
    char key[64];
    int len = snprintf(key, sizeof(key), "sf:{%u}:k", documents_shard);
    link_call_begin(admin, 3);
    link_word(admin, STR("HGET"));
    link_word(admin, (struct str){key, (size_t)len});
    link_word(admin, STR("\0"));
    return reply_int(link_call(admin, TIMEOUT_MS));
}

START_TEST(records_without_a_document_are_counted_until_it_comes_and_from_when_it_goes)
{
    char words[96];
    snprintf(words, sizeof(words), "HSET sf:{%u}:r:sku-1 store-1 a store-2 b \1store-1 7", documents_shard);
    redis_do(admin, words);
    snprintf(words, sizeof(words), "EVAL return\tredis.call('HSET',KEYS[1],'\\0',5) 1 sf:{%u}:k", documents_shard);
    redis_do(admin, words);
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\",\"safety_stock\":{\"default\":1}}", 0), COMMIT_OK);
    ck_assert_int_eq(without_document(), 3);
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\",\"safety_stock\":{\"default\":2}}", 1), COMMIT_OK);
    ck_assert_int_eq(without_document(), 3);
    ck_assert_int_eq(documents_put_item(NULL, 2), COMMIT_OK);
    ck_assert_int_eq(without_document(), 5);
    ck_assert_int_eq(documents_put_item(NULL, 3), COMMIT_OK);
    ck_assert_int_eq(without_document(), 5);
    snprintf(words, sizeof(words), "DEL sf:{%u}:k", documents_shard);
    redis_do(admin, words);
    snprintf(words, sizeof(words), "SADD sf:{%u}:k member", documents_shard);
    redis_do(admin, words);
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\"}", 4), COMMIT_FAILED);
    ck_assert_int_eq(documents_keys("sf:*:i:*"), 0);
}
END_TEST

START_TEST(an_item_without_safety_stock_leaves_no_key)
{
    put("shirt", "", 0, 1);
    ck_assert_int_eq(documents_keys("sf:*:r:*"), 0);
}
END_TEST

START_TEST(a_shard_that_was_emptied_takes_no_item)
{
    redis_do(admin, "FLUSHALL");
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\"}", 0), COMMIT_MISMATCH);
    ck_assert_int_eq(documents_keys("sf:*:[mit]*"), 0);
}
END_TEST

START_TEST(a_wrong_type_of_records_leaves_nothing_put)
{
    char words[64];
    snprintf(words, sizeof(words), "SET sf:{%u}:r:sku-1 text", documents_shard);
    redis_do(admin, words);
    ck_assert_int_eq(documents_put_item("{\"sku\":\"sku-1\",\"safety_stock\":{\"default\":1}}", 0), COMMIT_FAILED);
    ck_assert_int_eq(documents_keys("sf:*:i:*"), 0);
    snprintf(words, sizeof(words), "HLEN sf:{%u}:m", documents_shard);
    ck_assert_int_eq(reply_int(redis_do(admin, words)), 1);
}
END_TEST

START_TEST(clearing_shards_leaves_the_indexes_which_tell_of_others_too)
{
    struct error error = {0};
    struct shard_clear cleared[] = {{.shard = documents_shard, .token = "a.1"},
                                    {.shard = shard_of(STR("shirt"), config.shards), .token = "a.1"}};
    documents_put_item("{\"sku\":\"sku-1\",\"style\":\"shirt\",\"gtin\":\"08435678901234\",\"title\":\"shirt\","
                       "\"safety_stock\":{\"default\":1}}",
                       0);
    size_t n = cleared[0].shard == cleared[1].shard ? 1 : 2;
    ck_assert_int_eq(view_clear_shards(&view, cleared, n, "a", &error), 0);
    ck_assert(cleared[0].mine);
    ck_assert_int_eq(documents_keys("sf:*:[sgwa]:*"), 5);
    ck_assert_int_eq(documents_keys("sf:*:[ir]:*"), 0);
}
END_TEST

static int64_t version(void)
{
    return reply_int(redis_do(admin, "HGET sf:{nodes}:m version"));
}

static enum commit_answer put_node(const char *node, const char *json, int64_t from, int64_t to)
{
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark expected = documents_watermark(from), next = documents_watermark(to);
    struct master_put put = {.key = {node, strlen(node)}, .json = {json, strlen(json)}};
    master_put_nodes(&view, &put, 1, STR("stock.nodes"), 0, from == 0 ? NULL : &expected, &next, documents_hear,
                     &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    return answer;
}

/* Puts sku-1 with that style (NULL: deletes it) from a partition that it was never put from, or only with less. */
static void put_from(int32_t partition, int64_t kafka_time, const char *style)
{
    char json[64];
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark next = documents_watermark(++put_offsets[partition]),
                     expected = documents_watermark(next.next - 1);
    int len = snprintf(json, sizeof(json), "{\"sku\":\"sku-1\",\"style\":\"%s\"}", style == NULL ? "" : style);
    struct item_facts item = {.sku = STR("sku-1"),
                              .style = {style == NULL ? "" : style, style == NULL ? 0 : strlen(style)},
                              .safety_default = -1};
    struct master_put put = {.key = STR("sku-1"), .kafka_time = kafka_time};
    if (style != NULL) {
        put.json = (struct str){json, (size_t)len};
        put.item = &item;
    }
    master_put_items(&view, documents_shard, &put, 1, STR("stock.items"), partition, next.next == 1 ? NULL : &expected,
                     &next, documents_hear, &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(answer, COMMIT_OK);
}

/* The one style that finds sku-1, and that its document has; "": there is no document, and nothing finds it. */
static void must_be(const char *style)
{
    char words[64];
    snprintf(words, sizeof(words), "sf:*:s:%s", style);
    ck_assert_int_eq(documents_keys("sf:*:s:*"), style[0] != '\0');
    ck_assert_int_eq(documents_keys(words), style[0] != '\0');
    snprintf(words, sizeof(words), "GET sf:{%u}:i:sku-1", documents_shard);
    const struct reply *reply = redis_do(admin, words);
    ck_assert_int_eq(reply_is_nil(reply), style[0] == '\0');
    ck_assert(style[0] == '\0' || strstr(reply_text(reply).data, style) != NULL);
}

START_TEST(of_documents_in_several_partitions_the_newest_stays)
{
    put_from(1, 1000, "new");
    put_from(0, 999, "old");
    must_be("new");
    put_from(2, 1001, "newer");
    must_be("newer");
    put_from(2, 500, "later"); /* of one partition compaction keeps the last */
    must_be("later");
    put_from(3, 500, "tie");
    must_be("tie");
    put_from(1, 500, "lost"); /* the larger partition: whoever comes first */
    must_be("tie");
}
END_TEST

START_TEST(an_older_document_does_not_come_back_after_a_deletion)
{
    put_from(4, 1000, "gone");
    put_from(5, 1001, NULL);
    must_be("");
    put_from(6, 900, "old");
    must_be("");
    put_from(6, 901, NULL);
    put_from(7, 1002, "new");
    put_from(5, 1001, NULL);
    must_be("new");
}
END_TEST

static void put_node_from(int32_t partition, int64_t kafka_time, const char *json)
{
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark next = documents_watermark(kafka_time);
    struct master_put put = {.key = STR("store-1"), .json = {json, strlen(json)}, .kafka_time = kafka_time};
    master_put_nodes(&view, &put, 1, STR("stock.nodes"), partition, NULL, &next, documents_hear, &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(answer, COMMIT_OK);
}

START_TEST(of_node_documents_in_several_partitions_the_newest_stays)
{
    put_node_from(0, 10, "{1}");
    put_node_from(1, 9, "{2}");
    ck_assert(str_equal(reply_text(redis_do(admin, "HGET sf:{nodes}:d store-1")), STR("{1}")));
    put_node_from(2, 11, "");
    put_node_from(3, 8, "{3}");
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:d")), 0);
    put_node_from(4, 12, "{4}");
    ck_assert(str_equal(reply_text(redis_do(admin, "HGET sf:{nodes}:d store-1")), STR("{4}")));
}
END_TEST

START_TEST(nodes_are_put_replaced_and_deleted)
{
    ck_assert_int_eq(put_node("store-1", "{1}", 0, 1), COMMIT_OK);
    ck_assert_int_eq(put_node("store-1", "{2}", 1, 2), COMMIT_OK);
    ck_assert(str_equal(reply_text(redis_do(admin, "HGET sf:{nodes}:d store-1")), STR("{2}")));
    ck_assert_int_eq(put_node("store-1", "{3}", 1, 2), COMMIT_MISMATCH);
    ck_assert(str_equal(reply_text(redis_do(admin, "HGET sf:{nodes}:d store-1")), STR("{2}")));
    ck_assert_int_eq(put_node("store-1", "", 2, 3), COMMIT_OK);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:d")), 0);
    ck_assert_int_eq(reply_int(redis_do(admin, "HGET sf:{nodes}:m newest")), 3);
}
END_TEST

START_TEST(the_version_of_the_nodes_is_raised_also_after_a_flush_and_when_it_is_ahead_of_time)
{
    put_node("store-1", "{1}", 0, 1);
    int64_t first = version();
    put_node("store-1", "{2}", 1, 2);
    int64_t second = version();
    ck_assert_int_gt(second, first);
    redis_do(admin, "FLUSHALL");
    put_node("store-1", "{1}", 0, 1);
    ck_assert_int_gt(version(), second);
    redis_do(admin, "HSET sf:{nodes}:m version 9000000000000000");
    put_node("store-1", "{2}", 1, 2);
    ck_assert_int_eq(version(), INT64_C(9000000000000001));
}
END_TEST

START_TEST(a_version_that_is_no_number_leaves_nothing_put)
{
    redis_do(admin, "HSET sf:{nodes}:m version many");
    ck_assert_int_eq(put_node("store-1", "{1}", 0, 1), COMMIT_FAILED);
    ck_assert_int_eq(reply_int(redis_do(admin, "EXISTS sf:{nodes}:d")), 0);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:m")), 1);
}
END_TEST

static bool is_kept(void *context, struct str key)
{
    (void)context;
    return str_equal(key, STR("kept"));
}

static const struct watermark *stands_nowhere(void *context, uint32_t shard, int32_t partition)
{
    (void)context;
    (void)shard;
    (void)partition;
    return NULL;
}

static const struct master_whole whole = {
    .topic = {"documents", 9}, .partitions = 2, .has = is_kept, .stands_at = stands_nowhere};

START_TEST(unseen_documents_are_deleted)
{
    struct error error = {0};
    redis_do(admin, "SET sf:{0}:i:gone {\"safety_stock\":{\"nodes\":{\"n\":2}}}");
    redis_do(admin, "MSET sf:{0}:i:kept 1 sf:{3}:i:gone-too 1 sf:{3}:x:other 1 sg:{3}:i:other 1");
    redis_do(admin, "HSET sf:{nodes}:d kept 1 gone 2");
    char words[96];
    uint32_t home = shard_of(STR("gone"), config.shards);
    snprintf(words, sizeof(words), "EVAL return\tredis.call('HSET',KEYS[1],'\\0',1,'\\0n',2,'n',3) 1 sf:{%u}:r:gone",
             home);
    ck_assert_int_eq(reply_int(redis_do(admin, words)), 3);
    ck_assert_int_eq(master_delete_unseen_items(&view, &whole, &error), 2);
    snprintf(words, sizeof(words), "HLEN sf:{%u}:r:gone", home);
    ck_assert_int_eq(reply_int(redis_do(admin, words)), 1);
    snprintf(words, sizeof(words), "HVALS sf:{%u}:k", home);
    ck_assert_int_eq(reply_int(reply_at(redis_do(admin, words), 0)), 1);
    ck_assert_int_eq(master_delete_unseen_nodes(&view, &whole, &error), 1);
    ck_assert_int_eq(documents_keys("*:i:*"), 2);
    ck_assert_int_eq(reply_int(redis_do(admin, "HEXISTS sf:{nodes}:d kept")), 1);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:d")), 1);
    ck_assert_int_gt(version(), 0);
}
END_TEST

/* By a fold that stood still meanwhile: another one has read on, and put the documents. */
START_TEST(unseen_documents_stay_where_a_shard_has_read_on)
{
    struct error error = {0};
    char words[96];
    redis_do(admin, "SET sf:{0}:i:new 1");
    redis_do(admin, "HSET sf:{nodes}:d new 1");
    redis_do(admin, "HSET sf:{nodes}:m w:documents:1 1\t0\t7\t0");
    snprintf(words, sizeof(words), "HSET sf:{%u}:m w:documents:0 1\t0\t7\t0", shard_of(STR("new"), config.shards));
    redis_do(admin, words);
    ck_assert_int_eq(master_delete_unseen_items(&view, &whole, &error), 1);
    ck_assert_int_eq(master_delete_unseen_nodes(&view, &whole, &error), 1);
    ck_assert_int_eq(documents_keys("*:i:*"), 1);
    ck_assert_int_eq(reply_int(redis_do(admin, "HEXISTS sf:{nodes}:d new")), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("master");
    TCase *tcase = tcase_create("master");
    tcase_add_checked_fixture(tcase, start_master, stop);
    tcase_add_test(tcase, an_item_is_put_with_its_indexes);
    tcase_add_test(tcase, a_replaced_item_leaves_no_stale_index);
    tcase_add_test(tcase, a_deleted_item_leaves_nothing);
    tcase_add_test(tcase, an_older_offset_changes_nothing);
    tcase_add_test(tcase, of_one_item_put_twice_in_a_call_the_last_stays);
    tcase_add_test(tcase, pipelined_puts_there_and_back_keep_the_index);
    tcase_add_test(tcase, of_documents_in_several_partitions_the_newest_stays);
    tcase_add_test(tcase, an_older_document_does_not_come_back_after_a_deletion);
    tcase_add_test(tcase, of_node_documents_in_several_partitions_the_newest_stays);
    tcase_add_test(tcase, nodes_are_put_replaced_and_deleted);
    tcase_add_test(tcase, safety_stock_comes_and_goes_with_the_item);
    tcase_add_test(tcase, records_without_a_document_are_counted_until_it_comes_and_from_when_it_goes);
    tcase_add_test(tcase, an_item_without_safety_stock_leaves_no_key);
    tcase_add_test(tcase, a_shard_that_was_emptied_takes_no_item);
    tcase_add_test(tcase, a_wrong_type_of_records_leaves_nothing_put);
    tcase_add_test(tcase, clearing_shards_leaves_the_indexes_which_tell_of_others_too);
    tcase_add_test(tcase, the_version_of_the_nodes_is_raised_also_after_a_flush_and_when_it_is_ahead_of_time);
    tcase_add_test(tcase, a_version_that_is_no_number_leaves_nothing_put);
    tcase_add_test(tcase, unseen_documents_are_deleted);
    tcase_add_test(tcase, unseen_documents_stay_where_a_shard_has_read_on);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
