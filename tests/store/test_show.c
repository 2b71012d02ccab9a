/* Showing and dumping: safety stock, reservations, order, memory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "stockfold/store/commit.h"
#include "stockfold/store/record_value.h"
#include "stockfold/store/show.h"
#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;
static struct view_config config;
static struct view view;
static struct link *admin;
static struct buffer packed;

static void start(void)
{
    struct error error = {0};
    redis_server_start(&server, NULL);
    config = redis_server_view(&server);
    view_init(&view, &config);
    ck_assert_int_eq(view_connect(&view, VIEW_CREATE, true, &error), 0);
    admin = redis_server_link(&server);
    buffer_init(&packed);
}

static void stop(void)
{
    buffer_done(&packed);
    view_done(&view);
    link_free(admin);
    redis_server_stop(&server);
}

/* The packed record of `qty` units at floor 2, zone women. */
static struct str record_of(int64_t qty)
{
    struct place_stock place = {.place = STR("2\0women"), .qty = qty, .seen_at = 1000, .seen_by = STR("pos-1")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = 1;
    record.as_of = record.newest_time = record.newest_kafka_time = 1000;
    packed.len = 0;
    record_value_write(&(struct hours){0}, &record, &packed);
    return (struct str){packed.data, packed.len};
}

/* One commit of one record each; a shard's commits are chained by nothing, so the token is deleted before. */
static void add_record(const char *sku, const char *node, int64_t qty)
{
    struct commit commit;
    struct str name = {sku, strlen(sku)};
    uint32_t shard = shard_of(name, config.shards);
    char words[64];
    snprintf(words, sizeof(words), "HDEL sf:{%u}:m token", shard);
    redis_do(admin, words);
    commit_init(&commit, &view);
    commit_start(&commit, shard, STR(""), STR("a.1"));
    commit_record(&commit, name, (struct str){node, strlen(node)}, record_of(qty), false);
    commit_send(&commit, NULL, NULL);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    commit_done(&commit);
}

/* What `dump` (or `show` of a sku and node) prints. */
static char printed[1 << 16];

static int show(const char *sku, const char *node, int64_t safety)
{
    struct error error = {0};
    FILE *out = fmemopen(printed, sizeof(printed), "w");
    int code = sku == NULL ? view_dump(&view, safety, out, &error)
                           : view_show(&view, (struct str){sku, strlen(sku)}, (struct str){node, strlen(node)}, safety,
                                       out, &error);
    fclose(out);
    ck_assert_msg(code == 0 || code == ERROR_NO, "%s", error.text);
    return code;
}

static void expect_printed(const char *words)
{
    ck_assert_msg(strstr(printed, words) != NULL, "%s not in %s", words, printed);
}

START_TEST(records_are_shown_by_node)
{
    add_record("sku-1", "store-2", 2);
    add_record("sku-1", "store-1", 1);
    ck_assert_int_eq(show("sku-1", "", 0), 0);
    const char *first = strstr(printed, "store-1"), *second = strstr(printed, "store-2");
    ck_assert(first != NULL && second != NULL && first < second);
    ck_assert_int_eq(show("sku-1", "store-2", 0), 0);
    ck_assert_ptr_null(strstr(printed, "store-1"));
    ck_assert_int_eq(show("sku-1", "store-3", 0), ERROR_NO);
    ck_assert_int_eq(show("sku-2", "", 0), ERROR_NO);
}
END_TEST

static void set_item(const char *sku, const char *json)
{
    char words[512];
    snprintf(words, sizeof(words), "SET sf:{%u}:i:%s %s", shard_of((struct str){sku, strlen(sku)}, config.shards), sku,
             json);
    redis_do(admin, words);
}

START_TEST(safety_stock_is_the_most_specific_one)
{
    add_record("sku-1", "store-1", 100);
    show("sku-1", "", 1);
    expect_printed("\"safety_stock\":1,\"available\":99,");
    set_item("sku-1", "{\"sku\":\"sku-1\",\"style\":\"s\",\"title\":\"t\",\"safety_stock\":{\"default\":2}}");
    show("sku-1", "", 1);
    expect_printed("\"safety_stock\":2,\"available\":98,");
    redis_do(admin, "HSET sf:{nodes}:d store-1 "
                    "{\"id\":\"store-1\",\"name\":\"n\",\"kind\":\"store\",\"safety_stock\":3}");
    show("sku-1", "", 1);
    expect_printed("\"safety_stock\":3,\"available\":97,");
    set_item("sku-1", "{\"sku\":\"sku-1\",\"style\":\"s\",\"title\":\"t\","
                      "\"safety_stock\":{\"default\":2,\"nodes\":{\"store-1\":4}}}");
    show("sku-1", "", 1);
    expect_printed("\"safety_stock\":4,\"available\":96,");
}
END_TEST

START_TEST(reserved_units_and_closed_zones_are_taken_off)
{
    char words[128];
    add_record("sku-1", "store-1", 100);
    snprintf(words, sizeof(words), "HSET sf:{%u}:r:sku-1 \1store-1 7", shard_of(STR("sku-1"), config.shards));
    redis_do(admin, words);
    show("sku-1", "", 0);
    expect_printed("\"reserved\":7,");
    expect_printed("\"available\":93,\"available_for_pickup\":93,");
    redis_do(admin, "HSET sf:{nodes}:d store-1 {\"id\":\"store-1\",\"name\":\"n\",\"kind\":\"store\","
                    "\"zones\":[{\"floor\":\"2\",\"zone\":\"women\",\"pickable\":false}]}");
    show("sku-1", "", 0);
    expect_printed("\"available\":93,\"available_for_pickup\":0,");
}
END_TEST

START_TEST(a_dump_is_sorted_by_bytes_and_says_each_record_once)
{
    static const char *const skus[] = {"b", "a", "B", "ab", "a-1", "\xc3\xa9", "a:b"};
    static const char *const sorted[] = {"\"B\"", "\"a\"", "\"a-1\"", "\"a:b\"", "\"ab\"", "\"b\"", "\"\xc3\xa9\""};
    for (size_t i = 0; i < 7; i++) {
        add_record(skus[i], "store-2", 1);
        add_record(skus[i], "store-1", 1);
    }
    ck_assert_int_eq(show(NULL, NULL, 0), 0);
    const char *at = printed;
    for (size_t i = 0; i < 14; i++) {
        char words[64];
        snprintf(words, sizeof(words), "{\"sku\":%s,\"node\":\"store-%d\"", sorted[i / 2], i % 2 == 0 ? 1 : 2);
        ck_assert_msg(strncmp(at, words, strlen(words)) == 0, "%s at %s", words, at);
        at = strchr(at, '\n') + 1;
    }
    ck_assert_str_eq(at, "");
}
END_TEST

START_TEST(an_item_in_buckets_is_one_item)
{
    struct error error = {0};
    redis_do(admin, "FLUSHALL");
    config.buckets = 4;
    ck_assert_int_eq(view_connect(&view, VIEW_CREATE, true, &error), 0);
    for (int i = 0; i < 10; i++) {
        char node[16];
        snprintf(node, sizeof(node), "store-%d", i);
        add_record("sku-1", node, i + 1);
    }
    ck_assert_int_gt((int)reply_count(redis_do(admin, "KEYS *:r*:sku-1")), 1);
    show(NULL, NULL, 0);
    const char *at = printed;
    for (int i = 0; i < 10; i++, at = strchr(at, '\n') + 1) {
        char words[64];
        snprintf(words, sizeof(words), "{\"sku\":\"sku-1\",\"node\":\"store-%d\"", i);
        ck_assert_msg(strncmp(at, words, strlen(words)) == 0, "%s at %s", words, at);
    }
    ck_assert_str_eq(at, "");
}
END_TEST

/* --- many -------------------------------------------------------------------------------------------------------- */

enum { MANY = 600000, NODES_EACH = 1 };

/* `MANY` items at NODES_EACH nodes, past the commit function: Redis' own script is faster here. */
static void add_many(void)
{
    static const char script[] = "for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do redis.call('HSET', "
                                 "string.format('sf:{0}:r:item-%09d', i * 7919 % 1000003), 'a', ARGV[3]) "
                                 "end";
    struct str record = record_of(5);
    for (int i = 0; i < MANY; i += 20000) {
        link_begin(view_link(&view, 0), 6, NULL, NULL);
        link_word(view_link(&view, 0), STR("EVAL"));
        link_word(view_link(&view, 0), (struct str){script, sizeof(script) - 1});
        link_word_int(view_link(&view, 0), 0);
        link_word_int(view_link(&view, 0), i);
        link_word_int(view_link(&view, 0), i + 20000 - 1);
        link_word(view_link(&view, 0), record);
        ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    }
}

/* Lines in order, none missing, and never more memory than promised (a sanitizer's own is not ours to bound). */
static void dump_many(void)
{
    struct error error = {0};
    struct rusage usage;
    FILE *out = tmpfile();
    ck_assert_int_eq(view_dump(&view, 0, out, &error), 0);
    getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
    ck_assert_int_lt(usage.ru_maxrss, 50 * 1024);
#endif
    rewind(out);
    char before[64] = "", *line = NULL;
    size_t room = 0;
    int n = 0;
    while (getline(&line, &room, out) > 0) {
        line[60] = '\0';
        ck_assert_msg(strcmp(before, line) < 0, "%s after %s", line, before);
        strcpy(before, line);
        n++;
    }
    free(line);
    fclose(out);
    ck_assert_int_eq(n, MANY * NODES_EACH);
}

START_TEST(many_records_are_dumped_in_order_and_in_bounded_memory)
{
    struct view_size size;
    struct error error = {0};
    config.shards = 1;
    redis_do(admin, "FLUSHALL");
    ck_assert_int_eq(view_connect(&view, VIEW_CREATE, true, &error), 0);
    add_many();
    dump_many();
    ck_assert_int_eq(view_measure(&view, &size, &error), 0);
    ck_assert_int_eq(size.records, MANY * NODES_EACH);
    ck_assert_int_gt(size.memory_bytes, MANY * 50);
}
END_TEST

/* --- what a node holds ------------------------------------------------------------------------------------------- */

static int collect(void *context, struct str sku, const struct record *record, struct error *error)
{
    (void)error;
    buffer_add_format(context, "%.*s=%d ", STR_ARG(sku), (int)record->places[0].qty);
    return 0;
}

START_TEST(what_a_node_holds_is_told_once_each_and_verified)
{
    struct buffer told;
    struct error error = {0};
    buffer_init(&told);
    add_record("sku-2", "store-1", 2);
    add_record("sku-1", "store-1", 1);
    add_record("sku-3", "store-2", 3);
    add_record("sku-4", "store-1", 4);
    char words[64];
    snprintf(words, sizeof(words), "DEL sf:{%u}:r:sku-4", shard_of(STR("sku-4"), config.shards));
    redis_do(admin, words);
    snprintf(words, sizeof(words), "RPUSH sf:{%u}:n:store-1 sku-1", shard_of(STR("sku-1"), config.shards));
    redis_do(admin, words);
    ck_assert_int_eq(view_each_at_node(&view, STR("store-1"), collect, &told, &error), 0);
    buffer_add_byte(&told, '\0');
    ck_assert_str_eq(told.data, "sku-1=1 sku-2=2 ");
    buffer_done(&told);
}
END_TEST

START_TEST(sizes_are_counted)
{
    struct view_size size;
    struct error error = {0};
    add_record("sku-1", "store-1", 1);
    add_record("sku-1", "store-2", 1);
    add_record("sku-2", "store-2", 1);
    set_item("sku-1", "{}");
    redis_do(admin, "HSET sf:{nodes}:d store-1 {}");
    ck_assert_int_eq(view_measure(&view, &size, &error), 0);
    ck_assert_int_eq(size.records, 3);
    ck_assert_int_eq(size.items, 1);
    ck_assert_int_eq(size.nodes, 1);
    ck_assert_int_gt(size.memory_bytes, 500000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("show");
    TCase *tcase = tcase_create("show");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, records_are_shown_by_node);
    tcase_add_test(tcase, safety_stock_is_the_most_specific_one);
    tcase_add_test(tcase, reserved_units_and_closed_zones_are_taken_off);
    tcase_add_test(tcase, a_dump_is_sorted_by_bytes_and_says_each_record_once);
    tcase_add_test(tcase, an_item_in_buckets_is_one_item);
    tcase_add_test(tcase, many_records_are_dumped_in_order_and_in_bounded_memory);
    tcase_add_test(tcase, what_a_node_holds_is_told_once_each_and_verified);
    tcase_add_test(tcase, sizes_are_counted);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
