/* Every read against a real server: what is asked is understood there, and what comes back is what was put. */
#include <stdio.h>

#include "stockfold/store/commit.h"
#include "stockfold/store/reading.h"
#include "stockfold/store/record_value.h"
#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;
static struct view_config config;
static struct view view;
static struct plan plan;
static struct arena arena;
static struct trip *trip;
static const struct answers *answers;

static void open_view(uint32_t buckets)
{
    struct error error = {0};
    config = redis_server_view(&server);
    config.buckets = buckets;
    view_init(&view, &config);
    ck_assert_msg(view_connect(&view, VIEW_CREATE, true, &error) == 0, "%s", error.text);
}

static void start(void)
{
    redis_server_start(&server, NULL);
    plan_init(&plan);
    arena_init(&arena);
    open_view(1);
}

static void stop(void)
{
    trip_done(trip);
    trip = NULL;
    arena_done(&arena);
    plan_done(&plan);
    view_done(&view);
    redis_server_stop(&server);
}

/* --- putting ----------------------------------------------------------------------------------------------------- */

static void check_put(void *context, const struct reply *reply)
{
    (void)context;
    ck_assert_msg(reply_problem(reply) == REPLY_OK, "%.*s", STR_ARG(reply_text(reply)));
}

static void put(struct str verb, const struct buffer *key, struct str first, struct str second)
{
    link_begin(view_link(&view, 0), second.data == NULL ? 3 : 4, check_put, NULL);
    link_word(view_link(&view, 0), verb);
    link_word(view_link(&view, 0), (struct str){key->data, key->len});
    link_word(view_link(&view, 0), first);
    if (second.data != NULL)
        link_word(view_link(&view, 0), second);
}

static void put_record(struct str sku, struct str node, int64_t qty)
{
    struct buffer key, packed;
    struct place_stock place = {.place = STR("2\0women"), .qty = qty, .seen_at = 1000, .seen_by = STR("pos-1")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = 1;
    record.as_of = record.newest_time = record.newest_kafka_time = 1000;
    buffer_init(&key);
    buffer_init(&packed);
    record_value_write(&(struct hours){0}, &record, &packed);
    key_record(&view.keys, shard_of(sku, view.keys.shards), sku, node, &key);
    put(STR("HSET"), &key, node, (struct str){packed.data, packed.len});
    buffer_done(&packed);
    buffer_done(&key);
}

/* In the bucket of `node`, under MARK or MARK NODE. */
static void put_aside(struct str sku, struct str node, char mark, bool there, struct str units)
{
    struct buffer key, field;
    buffer_init(&key);
    buffer_init(&field);
    key_record(&view.keys, shard_of(sku, view.keys.shards), sku, node, &key);
    buffer_add_byte(&field, mark);
    if (there)
        buffer_add(&field, node.data, node.len);
    put(STR("HSET"), &key, (struct str){field.data, field.len}, units);
    buffer_done(&field);
    buffer_done(&key);
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static void take_answers(void *context, const struct answers *came)
{
    (void)context;
    answers = came;
}

/* The answers to what was asked since the last time. */
static void travel(void)
{
    trip_done(trip);
    answers = NULL;
    trip = trip_start(&view, &plan, take_answers, NULL);
    plan_reset(&plan);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_ptr_nonnull(answers);
}

static struct str text_of(const char *format, int number)
{
    char text[32];
    int len = snprintf(text, sizeof(text), format, number);
    return (struct str){arena_copy(&arena, text, (size_t)len), (size_t)len};
}

/* --- stock ------------------------------------------------------------------------------------------------------- */

enum { NODES = 300 };

/* Every other node has a record; every third a reservation; every fifth safety stock of its own. */
static void check_stock(uint32_t buckets)
{
    struct str nodes[NODES], sku = STR("coat");
    struct stock stock;
    view_done(&view);
    redis_server_stop(&server);
    redis_server_start(&server, NULL);
    open_view(buckets);
    for (int i = 0; i < NODES; i++) {
        nodes[i] = text_of("n%d", i);
        put_aside(sku, nodes[i], FIELD_SAFETY, false, STR("4"));
        if (i % 2 == 0)
            put_record(sku, nodes[i], i + 1);
        if (i % 3 == 0)
            put_aside(sku, nodes[i], FIELD_RESERVED, true, text_of("%d", i));
        if (i % 5 == 0)
            put_aside(sku, nodes[i], FIELD_SAFETY, true, text_of("%d", i + 2));
    }
    uint32_t some = ask_stock(&plan, &view, sku, nodes, NODES);
    uint32_t one = ask_stock(&plan, &view, sku, nodes + 30, 1);
    uint32_t all = ask_stock_everywhere(&plan, &view, sku);
    travel();
    for (int i = 0; i < NODES; i++) {
        ck_assert(read_stock(answers, some, &view, NODES, (size_t)i, &arena, &stock));
        ck_assert(stock.exists == (i % 2 == 0));
        ck_assert_int_eq(record_on_hand(&stock.record), i % 2 == 0 ? i + 1 : 0);
        ck_assert_int_eq(stock.reserved, i % 3 == 0 ? i : 0);
        ck_assert_int_eq(stock.safety_node, i % 5 == 0 ? i + 2 : -1);
        ck_assert_int_eq(stock.safety_default, 4);
    }
    ck_assert(read_stock(answers, one, &view, 1, 0, &arena, &stock));
    ck_assert_int_eq(record_on_hand(&stock.record), 31);
    struct node_stock *stocks;
    size_t n;
    ck_assert(read_stock_everywhere(answers, all, &view, &arena, &stocks, &n));
    ck_assert_uint_eq(n, NODES / 2);
    for (size_t k = 0; k < n; k++) {
        int i = (int)record_on_hand(&stocks[k].stock.record) - 1;
        ck_assert(str_equal(stocks[k].node, nodes[i]));
        ck_assert_int_eq(stocks[k].stock.reserved, i % 3 == 0 ? i : 0);
        ck_assert_int_eq(stocks[k].stock.safety_node, i % 5 == 0 ? i + 2 : -1);
    }
}

START_TEST(stock_is_what_was_put)
{
    check_stock(1);
}
END_TEST

START_TEST(stock_in_many_buckets_is_what_was_put)
{
    check_stock(16);
}
END_TEST

START_TEST(a_record_anywhere_is_found)
{
    for (uint32_t buckets = 1; buckets <= 5; buckets += 4) {
        bool any;
        view.keys.buckets = buckets;
        put_record(STR("coat"), STR("S1"), 1);
        uint32_t here = ask_any_record(&plan, &view, STR("coat")), none = ask_any_record(&plan, &view, STR("hat"));
        travel();
        ck_assert(read_any_record(answers, here, &any) && any);
        ck_assert(read_any_record(answers, none, &any) && !any);
    }
}
END_TEST

/* --- shards ------------------------------------------------------------------------------------------------------ */

START_TEST(a_shard_is_open_and_has_folded_what_its_watermark_says)
{
    struct commit commit;
    struct watermark next = {42, 41, 7, TIME_NONE, TIME_NONE};
    struct shard_state state;
    commit_init(&commit, &view);
    commit_start(&commit, 1, STR(""), STR("a.1"));
    commit_watermark(&commit, STR("stock.store"), 12, NULL, &next);
    commit_send(&commit, NULL, NULL);
    checkpoint_start_part(&commit, view_shard_of(&view, VIEW_RESERVATIONS), STR(""), view_identity(&view, 0));
    commit_send(&commit, NULL, NULL);
    checkpoint_start(&commit, 1, STR(""), view_identity(&view, 0));
    commit_send(&commit, NULL, NULL);
    struct message_at folded = {STR("stock.store"), 12, 41}, coming = {STR("stock.store"), 12, 42},
                      other = {STR("stock.store"), 1, 0};
    uint32_t asks[] = {ask_shard_state(&plan, &view, 1, NULL),    ask_shard_state(&plan, &view, 1, &folded),
                       ask_shard_state(&plan, &view, 1, &coming), ask_shard_state(&plan, &view, 1, &other),
                       ask_shard_state(&plan, &view, 2, NULL),    ask_nodes_state(&plan, &view, NULL)};
    travel();
    ck_assert(read_shard_state(answers, asks[0], &view, 0, NULL, &state) && state.open && state.folded);
    ck_assert(read_shard_state(answers, asks[1], &view, 0, &folded, &state) && state.folded);
    ck_assert(read_shard_state(answers, asks[2], &view, 0, &coming, &state) && state.open && !state.folded);
    ck_assert(read_shard_state(answers, asks[3], &view, 0, &other, &state) && !state.folded);
    ck_assert(read_shard_state(answers, asks[4], &view, 0, NULL, &state) && !state.open);
    ck_assert(read_shard_state(answers, asks[5], &view, 0, NULL, &state) && !state.open);
    ck_assert(state.newest == TIME_NONE && state.complete == TIME_NONE);
    commit_done(&commit);
}
END_TEST

/* --- names ------------------------------------------------------------------------------------------------------- */

START_TEST(words_are_read_page_by_page)
{
    struct buffer key;
    struct str *names, after = STR("");
    size_t n, seen = 0;
    int64_t size;
    buffer_init(&key);
    key_word(&view.keys, STR("wool"), STR("wo"), &key);
    for (int i = 0; i < 25; i++)
        put(STR("ZADD"), &key, STR("0"), text_of(i % 2 == 0 ? "s%02d" : "i%02d", i));
    uint32_t ask = ask_word_size(&plan, &view, STR("wool"));
    travel();
    ck_assert(read_size(answers, ask, &size));
    ck_assert_int_eq(size, 25);
    do {
        ask = ask_word(&plan, &view, STR("wool"), after, 10);
        travel();
        ck_assert(read_names(answers, ask, &arena, &names, &n));
        for (size_t i = 0; i < n; i++) {
            ck_assert_int_lt(str_compare(after, names[i]), 0);
            after = (struct str){arena_copy(&arena, names[i].data, names[i].len), names[i].len};
        }
        seen += n;
    } while (n == 10);
    ck_assert_uint_eq(seen, 25);
    buffer_done(&key);
}
END_TEST

START_TEST(holdings_are_what_commits_added)
{
    struct commit commit;
    struct str *skus;
    size_t n, entries;
    commit_init(&commit, &view);
    for (int i = 0; i < 3; i++) {
        commit_start(&commit, 2, i == 0 ? STR("") : text_of("a.%d", i - 1), text_of("a.%d", i));
        for (int k = 0; k < 4; k++)
            commit_record(&commit, text_of("sku%d", 3 * i + k), STR("S1"), STR("\0"), i > 0 && k == 0);
        commit_send(&commit, check_put, NULL);
    }
    uint32_t all = ask_node_items(&plan, &view, 2, STR("S1"), 0, 100);
    uint32_t last = ask_node_items(&plan, &view, 2, STR("S1"), 2, 1);
    uint32_t none = ask_node_items(&plan, &view, 2, STR("S2"), 0, 100);
    travel();
    ck_assert(read_node_items(answers, all, &arena, &skus, &n, &entries));
    ck_assert_uint_eq(entries, 3);
    ck_assert_uint_eq(n, 10);
    ck_assert(str_equal(skus[9], STR("sku9")));
    ck_assert(read_node_items(answers, last, &arena, &skus, &n, &entries) && entries == 1 && n == 3);
    ck_assert(read_node_items(answers, none, &arena, &skus, &n, &entries) && entries == 0 && n == 0);
    commit_done(&commit);
}
END_TEST

START_TEST(documents_indexes_and_numbers_are_what_was_put)
{
    struct buffer key;
    struct str text, *names;
    struct pair *pairs;
    struct named_number *numbers;
    struct partition_progress *partitions;
    size_t n;
    struct link *link = view_link(&view, 0);
    uint32_t shard = shard_of(STR("coat"), view.keys.shards);
    buffer_init(&key);
    key_style(&view.keys, STR("parka"), &key);
    put(STR("SADD"), &key, STR("coat-m"), STR("coat-l"));
    key.len = 0;
    key_gtin(&view.keys, STR("04012345678901"), &key);
    put(STR("SADD"), &key, STR("coat-m"), (struct str){0});
    key.len = 0;
    key_item(&view.keys, shard, STR("coat"), &key);
    put(STR("SET"), &key, STR("{}"), (struct str){0});
    redis_do(link, "HSET sf:{nodes}:d S1 {1} S2 {2}");
    redis_do(link, "HSET sf:{nodes}:h S1 17");
    redis_do(link, "HSET sf:{nodes}:m version 5");
    redis_do(link, "HSET sf:{stats}:t read 9 drift -3");
    put(STR("HSET"), &(struct buffer){.data = (char[]){"sf:{stats}:p"}, .len = 12}, STR("stock.store:3"),
        STR("1 2 3 4 5"));
    uint32_t ask = ask_item(&plan, &view, STR("coat"));
    ask_item(&plan, &view, STR("hat"));
    ask_style(&plan, &view, STR("parka"));
    ask_gtin(&plan, &view, STR("04012345678901"));
    ask_nodes(&plan, &view);
    ask_heard(&plan, &view);
    ask_nodes_version(&plan, &view);
    ask_totals(&plan, &view);
    ask_partitions(&plan, &view);
    travel();
    ck_assert(read_text(answers, ask, &text) && str_equal(text, STR("{}")));
    ck_assert(read_text(answers, ask + 1, &text) && text.len == 0);
    ck_assert(read_names(answers, ask + 2, &arena, &names, &n) && n == 2 && str_equal(names[0], STR("coat-l")));
    ck_assert(read_names(answers, ask + 3, &arena, &names, &n) && n == 1 && str_equal(names[0], STR("coat-m")));
    ck_assert(read_pairs(answers, ask + 4, &arena, &pairs, &n) && n == 2);
    ck_assert(read_numbers(answers, ask + 5, &arena, &numbers, &n) && n == 1 && numbers[0].number == 17);
    ck_assert(read_text(answers, ask + 6, &text) && str_equal(text, STR("5")));
    ck_assert(read_numbers(answers, ask + 7, &arena, &numbers, &n) && n == 2);
    ck_assert(read_partitions(answers, ask + 8, &arena, &partitions, &n) && n == 1 && partitions[0].written_ms == 4);
    buffer_done(&key);
}
END_TEST

START_TEST(keys_of_another_type_are_told)
{
    struct stock stock;
    struct node_stock *stocks;
    size_t n;
    uint32_t shard = shard_of(STR("coat"), view.keys.shards);
    struct str node = STR("S1");
    struct buffer key;
    buffer_init(&key);
    key_record_bucket(&view.keys, shard, STR("coat"), 0, &key);
    put(STR("SET"), &key, STR("text"), (struct str){0});
    uint32_t one = ask_stock(&plan, &view, STR("coat"), &node, 1);
    uint32_t all = ask_stock_everywhere(&plan, &view, STR("coat"));
    travel();
    ck_assert_int_eq(answers_problem(answers), REPLY_BROKEN);
    ck_assert(!read_stock(answers, one, &view, 1, 0, &arena, &stock));
    ck_assert(!read_stock_everywhere(answers, all, &view, &arena, &stocks, &n));
    buffer_done(&key);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reading served");
    TCase *served = tcase_create("served");
    tcase_add_checked_fixture(served, start, stop);
    tcase_add_test(served, stock_is_what_was_put);
    tcase_add_test(served, stock_in_many_buckets_is_what_was_put);
    tcase_add_test(served, a_record_anywhere_is_found);
    tcase_add_test(served, a_shard_is_open_and_has_folded_what_its_watermark_says);
    tcase_add_test(served, words_are_read_page_by_page);
    tcase_add_test(served, holdings_are_what_commits_added);
    tcase_add_test(served, documents_indexes_and_numbers_are_what_was_put);
    tcase_add_test(served, keys_of_another_type_are_told);
    suite_add_tcase(suite, served);
    return suite_end(suite);
}
