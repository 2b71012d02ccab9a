/* Asks as bytes; answers of every wrong shape, read from bytes made by hand. */

#include "../../src/store/reply_memory.h"
#include "stockfold/store/reading.h"
#include "stockfold/store/record_value.h"
#include "support/suite.h"

enum { ANSWERS_MAX = 16 };

static struct view view = {.keys = {{"sf", 2}, 4, 1}, .identity = "a-run"};
static struct plan plan;
static struct arena arena;
static const struct reply *replies[ANSWERS_MAX];
static struct answers answers = {replies, 0};

static void start(void)
{
    plan_init(&plan);
    arena_init(&arena);
}

static void stop(void)
{
    for (uint32_t i = 0; i < answers.n; i++)
        reply_free(replies[i]);
    answers.n = 0;
    arena_done(&arena);
    plan_done(&plan);
}

/* --- making answers ---------------------------------------------------------------------------------------------- */

/* The replies of these bytes, in place of those before. */
static void answer_bytes(const void *bytes, size_t len)
{
    redisReader *reader = reply_memory_reader();
    for (uint32_t i = 0; i < answers.n; i++)
        reply_free(replies[i]);
    answers.n = 0;
    ck_assert_int_eq(redisReaderFeed(reader, bytes, len), REDIS_OK);
    for (void *reply = NULL; redisReaderGetReply(reader, &reply) == REDIS_OK && reply != NULL;)
        replies[answers.n++] = reply;
    reply_memory_reader_free(reader);
}

static void answer(const char *text)
{
    answer_bytes(text, strlen(text));
}

/* What no ask here expects as its first answer, unless it says so. */
static const char *const broken[] = {
    "-LOADING Redis is loading\r\n",
    "-WRONGTYPE\r\n",
    "+OK\r\n",
    "$1\r\nx\r\n",
    "*1\r\n:1\r\n",
    "*2\r\n:1\r\n:2\r\n",
    "*1\r\n*0\r\n",
    "*3\r\n:1\r\n:2\r\n:3\r\n",
    ":-1\r\n",
    "*2\r\n$1\r\na\r\n*-1\r\n",
    "*1\r\n-ERR\r\n",
    "",
};
enum { BROKEN = sizeof(broken) / sizeof(broken[0]) };

static void add_bulk(struct buffer *out, const void *bytes, size_t len)
{
    buffer_add_format(out, "$%zu\r\n", len);
    buffer_add(out, bytes, len);
    buffer_add_literal(out, "\r\n");
}

/* A record of `qty` units at one place, with its hours, as a bulk string. */
static void add_record(struct buffer *out, int64_t qty)
{
    struct buffer packed;
    struct place_stock place = {.place = STR("2\0women"), .qty = qty, .seen_at = 1000, .seen_by = STR("pos-1")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = 1;
    record.as_of = record.newest_time = record.newest_kafka_time = 1000;
    buffer_init(&packed);
    record_value_write(&(struct hours){0}, &record, &packed);
    add_bulk(out, packed.data, packed.len);
    buffer_done(&packed);
}

static void expect_plan(const char *expected, size_t len)
{
    ck_assert_msg(plan.bytes.len == len && memcmp(plan.bytes.data, expected, len) == 0, "%.*s", (int)plan.bytes.len,
                  plan.bytes.data);
    plan_reset(&plan);
}
#define EXPECT_PLAN(literal) expect_plan("" literal, sizeof(literal) - 1)

/* --- how far a shard is ------------------------------------------------------------------------------------------ */

static const struct message_at after = {STR("stock.store"), 12, 41};

START_TEST(a_shard_is_asked_for_its_state_and_a_watermark)
{
    ck_assert_uint_eq(ask_shard_state(&plan, &view, 3, &after), 0);
    ck_assert_uint_eq(plan.asks[0].words, 7);
    EXPECT_PLAN("$5\r\nHMGET\r\n$8\r\nsf:{3}:m\r\n$4\r\nopen\r\n$6\r\nnewest\r\n$8\r\ncomplete\r\n"
                "$7\r\ncleared\r\n$16\r\nw:stock.store:12\r\n");
    ask_nodes_state(&plan, &view, NULL);
    ck_assert_uint_eq(plan.asks[0].words, 6);
    EXPECT_PLAN("$5\r\nHMGET\r\n$12\r\nsf:{nodes}:m\r\n$4\r\nopen\r\n$6\r\nnewest\r\n$8\r\ncomplete\r\n"
                "$7\r\ncleared\r\n");
}
END_TEST

static struct shard_state state_of(const char *text, const struct message_at *message)
{
    struct shard_state state;
    answer(text);
    ck_assert_msg(read_shard_state(&answers, 0, &view, 0, message, &state), "%s", text);
    return state;
}

START_TEST(a_state_is_read)
{
    struct shard_state state = state_of("*4\r\n$5\r\na-run\r\n$3\r\n-17\r\n$2\r\n18\r\n$2\r\n19\r\n", NULL);
    ck_assert(state.open && state.folded);
    ck_assert_int_eq(state.newest, -17);
    ck_assert_int_eq(state.complete, 18);
    ck_assert_int_eq(state.cleared, 19);
    state = state_of("*4\r\n$5\r\nother\r\n$20\r\n-9223372036854775808\r\n*-1\r\n*-1\r\n", NULL);
    ck_assert(!state.open);
    ck_assert(state.newest == TIME_NONE && state.complete == TIME_NONE && state.cleared == TIME_NONE);
    ck_assert(!state_of("*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n", NULL).open);
    ck_assert(state_of("*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$9\r\n42 1 ff 3\r\n", &after).folded);
    ck_assert(!state_of("*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$9\r\n41 1 ff 3\r\n", &after).folded);
    ck_assert(!state_of("*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n", &after).folded);
}
END_TEST

START_TEST(a_shard_is_open_only_by_the_name_of_its_server)
{
    static const char *const closed[] = {"$-1\r\n", "$5\r\nother\r\n", "$0\r\n\r\n", ":1\r\n", "*1\r\n$5\r\na-run\r\n"};
    ask_shard_open(&plan, &view, 3);
    EXPECT_PLAN("$4\r\nHGET\r\n$8\r\nsf:{3}:m\r\n$4\r\nopen\r\n");
    answer("$5\r\na-run\r\n");
    ck_assert(read_shard_open(&answers, 0, &view, 0));
    for (size_t i = 0; i < BROKEN + sizeof(closed) / sizeof(closed[0]); i++) {
        answer(i < BROKEN ? broken[i] : closed[i - BROKEN]);
        ck_assert_msg(!read_shard_open(&answers, 0, &view, 0), "%zu", i);
    }
}
END_TEST

START_TEST(what_is_no_state_is_told)
{
    static const char *const more[] = {
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$1\r\nx\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$-1\r\n:1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$-1\r\n$-1\r\n$1\r\nx\r\n",
        "*4\r\n:1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$20\r\n-9223372036854775809\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$19\r\n9223372036854775808\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$2\r\n1 \r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$1\r\n-\r\n$-1\r\n$-1\r\n",
    };
    static const char *const watermarks[] = {
        "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$0\r\n\r\n",
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$2\r\n42\r\n",
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$4\r\nx 42\r\n",
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n:42\r\n",
    };
    struct shard_state state;
    for (size_t i = 0; i < BROKEN + sizeof(more) / sizeof(more[0]); i++) {
        const char *text = i < BROKEN ? broken[i] : more[i - BROKEN];
        answer(text);
        ck_assert_msg(!read_shard_state(&answers, 0, &view, 0, NULL, &state), "%s", text);
    }
    for (size_t i = 0; i < sizeof(watermarks) / sizeof(watermarks[0]); i++) {
        answer(watermarks[i]);
        ck_assert_msg(!read_shard_state(&answers, 0, &view, 0, &after, &state), "%s", watermarks[i]);
    }
}
END_TEST

/* --- stock ------------------------------------------------------------------------------------------------------- */

static const struct str nodes[] = {STR("S1"), STR("W2")};

START_TEST(stock_is_asked_in_two_commands_or_node_by_node)
{
    ck_assert_uint_eq(shard_of(STR("boot"), 4), 2);
    ck_assert_uint_eq(ask_stock(&plan, &view, STR("boot"), nodes, 2), 0);
    ck_assert_uint_eq(plan.asks_n, 1);
    ck_assert_uint_eq(plan.asks[0].words, 9);
    EXPECT_PLAN("$5\r\nHMGET\r\n$13\r\nsf:{2}:r:boot\r\n$2\r\nS1\r\n$2\r\nW2\r\n$3\r\n\1S1\r\n$3\r\n\1W2\r\n"
                "$3\r\n\0S1\r\n$3\r\n\0W2\r\n$1\r\n\0\r\n");
    struct view many = view;
    many.keys.buckets = 16;
    ask_stock(&plan, &many, STR("boot"), nodes, 2);
    ck_assert_uint_eq(plan.asks_n, 2);
    ck_assert_uint_eq(plan.asks[0].words, 6);
    ck_assert_uint_eq(plan.asks[1].words, 6);
    plan_reset(&plan);
    ask_stock_everywhere(&plan, &many, STR("boot"));
    ck_assert_uint_eq(plan.asks_n, 16);
    plan_reset(&plan);
    many.keys.buckets = 2;
    ask_any_record(&plan, &many, STR("boot"));
    ck_assert_uint_eq(plan.asks[0].words, 3);
    EXPECT_PLAN("$6\r\nEXISTS\r\n$14\r\nsf:{2}:r0:boot\r\n$14\r\nsf:{2}:r1:boot\r\n");
}
END_TEST

START_TEST(stock_is_read_with_what_is_set_aside)
{
    struct buffer bytes;
    struct stock stock;
    buffer_init(&bytes);
    buffer_add_literal(&bytes, "*7\r\n");
    add_record(&bytes, 7);
    buffer_add_literal(&bytes, "$-1\r\n$-1\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n$1\r\n0\r\n");
    answer_bytes(bytes.data, bytes.len);
    ck_assert(read_stock(&answers, 0, &view, 2, 0, &arena, &stock));
    ck_assert(stock.exists);
    ck_assert_int_eq(record_on_hand(&stock.record), 7);
    ck_assert_int_eq(stock.reserved, 0);
    ck_assert_int_eq(stock.safety_node, 2);
    ck_assert_int_eq(stock.safety_default, 0);
    ck_assert(read_stock(&answers, 0, &view, 2, 1, &arena, &stock));
    ck_assert(!stock.exists && record_check(&stock.record));
    ck_assert_int_eq(stock.reserved, 3);
    ck_assert_int_eq(stock.safety_node, -1);
    buffer_done(&bytes);
}
END_TEST

START_TEST(what_is_no_stock_is_told)
{
    static const char *const more[] = {
        "*1\r\n$-1\r\n",
        "*3\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*5\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$2\r\n-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$-1\r\n$2\r\n-1\r\n$-1\r\n",
        "*4\r\n$-1\r\n$-1\r\n$-1\r\n$1\r\nx\r\n",
        "*4\r\n$-1\r\n$-1\r\n:1\r\n$-1\r\n",
        "*4\r\n:1\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$1\r\n\x01\r\n$-1\r\n$-1\r\n$-1\r\n",
        "*4\r\n$3\r\n\xff\xff\xff\r\n$-1\r\n$-1\r\n$-1\r\n",
    };
    struct stock stock;
    answer("*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n");
    ck_assert(read_stock(&answers, 0, &view, 1, 0, &arena, &stock));
    for (size_t i = 0; i < BROKEN + sizeof(more) / sizeof(more[0]); i++) {
        const char *text = i < BROKEN ? broken[i] : more[i - BROKEN];
        answer(text);
        ck_assert_msg(!read_stock(&answers, 0, &view, 1, 0, &arena, &stock), "%s", text);
    }
}
END_TEST

/* Every record cut short, and with every byte changed: false or a record, and within its bytes (sanitizers look). */
START_TEST(broken_records_are_told_or_harmless)
{
    struct buffer record, bytes;
    struct stock stock;
    int told = 0;
    buffer_init(&record);
    buffer_init(&bytes);
    add_record(&record, 7);
    const char *body = (const char *)memchr(record.data, '\n', record.len) + 1;
    size_t len = (size_t)(record.data + record.len - body) - 2;
    for (size_t i = 0; i < len * 256; i++) {
        char changed[64];
        memcpy(changed, body, len);
        changed[i / 256] = (char)(i % 256);
        bytes.len = 0;
        buffer_add_literal(&bytes, "*4\r\n");
        add_bulk(&bytes, changed, i % 256 == 0 ? i / 256 : len);
        buffer_add_literal(&bytes, "$-1\r\n$-1\r\n$-1\r\n");
        answer_bytes(bytes.data, bytes.len);
        if (!read_stock(&answers, 0, &view, 1, 0, &arena, &stock))
            told++;
        else
            ck_assert(record_check(&stock.record));
        arena_reset(&arena, 4096);
    }
    ck_assert_int_gt(told, 0);
    buffer_done(&bytes);
    buffer_done(&record);
}
END_TEST

START_TEST(stock_everywhere_joins_records_with_what_is_set_aside)
{
    struct buffer bytes;
    struct view two = view;
    struct node_stock *stocks;
    size_t n;
    two.keys.buckets = 2;
    buffer_init(&bytes);
    buffer_add_literal(&bytes, "*6\r\n$3\r\n\1S1\r\n$1\r\n3\r\n$1\r\n\0\r\n$1\r\n5\r\n$2\r\nS1\r\n");
    add_record(&bytes, 7);
    buffer_add_literal(&bytes, "*8\r\n$2\r\nW2\r\n");
    add_record(&bytes, 8);
    buffer_add_literal(&bytes, "$3\r\n\0W2\r\n$1\r\n6\r\n$1\r\n\0\r\n$1\r\n5\r\n$3\r\n\1ZZ\r\n$1\r\n9\r\n");
    answer_bytes(bytes.data, bytes.len);
    ck_assert(read_stock_everywhere(&answers, 0, &two, &arena, &stocks, &n));
    ck_assert_uint_eq(n, 2);
    for (size_t i = 0; i < n; i++) {
        bool store = str_equal(stocks[i].node, STR("S1"));
        ck_assert(stocks[i].stock.exists);
        ck_assert_int_eq(record_on_hand(&stocks[i].stock.record), store ? 7 : 8);
        ck_assert_int_eq(stocks[i].stock.reserved, store ? 3 : 0);
        ck_assert_int_eq(stocks[i].stock.safety_node, store ? -1 : 6);
        ck_assert_int_eq(stocks[i].stock.safety_default, 5);
    }
    answer("*0\r\n*0\r\n");
    ck_assert(read_stock_everywhere(&answers, 0, &two, &arena, &stocks, &n));
    ck_assert_uint_eq(n, 0);
    buffer_done(&bytes);
}
END_TEST

START_TEST(what_is_no_stock_everywhere_is_told)
{
    static const char *const more[] = {
        "*2\r\n$2\r\n\1a\r\n$2\r\n-1\r\n", "*2\r\n$0\r\n\r\n$1\r\n1\r\n",  "*2\r\n$2\r\n\1a\r\n$0\r\n\r\n",
        "*2\r\n$2\r\n\1a\r\n$1\r\nx\r\n",  "*2\r\n$1\r\na\r\n$1\r\nx\r\n", "*2\r\n$1\r\na\r\n$-1\r\n",
        "*2\r\n:1\r\n$1\r\n1\r\n",
    };
    struct node_stock *stocks;
    size_t n;
    for (size_t i = 0; i < BROKEN + sizeof(more) / sizeof(more[0]); i++) {
        const char *text = i < BROKEN ? broken[i] : more[i - BROKEN];
        answer(text);
        ck_assert_msg(!read_stock_everywhere(&answers, 0, &view, &arena, &stocks, &n), "%s", text);
    }
}
END_TEST

/* --- names and numbers ------------------------------------------------------------------------------------------- */

START_TEST(indexes_are_asked_where_they_lie)
{
    ask_item(&plan, &view, STR("boot"));
    EXPECT_PLAN("$3\r\nGET\r\n$13\r\nsf:{2}:i:boot\r\n");
    ask_word(&plan, &view, STR("boot"), STR(""), 10);
    EXPECT_PLAN(
        "$11\r\nZRANGEBYLEX\r\n$13\r\nsf:{0}:w:boot\r\n$1\r\n-\r\n$1\r\n+\r\n$5\r\nLIMIT\r\n$1\r\n0\r\n$2\r\n10\r\n");
    ask_word(&plan, &view, STR("boot"), STR("sparka"), 10);
    EXPECT_PLAN("$11\r\nZRANGEBYLEX\r\n$13\r\nsf:{0}:w:boot\r\n$7\r\n(sparka\r\n$1\r\n+\r\n$5\r\nLIMIT\r\n$1\r\n0\r\n"
                "$2\r\n10\r\n");
    ask_word_size(&plan, &view, STR("boot"));
    EXPECT_PLAN("$5\r\nZCARD\r\n$13\r\nsf:{0}:w:boot\r\n");
    ask_style(&plan, &view, STR("boot"));
    ask_gtin(&plan, &view, STR("boot"));
    ck_assert_uint_eq(plan.asks[1].shard, 2);
    EXPECT_PLAN("$8\r\nSMEMBERS\r\n$13\r\nsf:{2}:s:boot\r\n$8\r\nSMEMBERS\r\n$13\r\nsf:{2}:g:boot\r\n");
    ask_node_items(&plan, &view, 2, STR("S1"), 100, 50);
    EXPECT_PLAN("$6\r\nLRANGE\r\n$11\r\nsf:{2}:n:S1\r\n$3\r\n100\r\n$3\r\n149\r\n");
    ask_nodes_version(&plan, &view);
    EXPECT_PLAN("$4\r\nHGET\r\n$12\r\nsf:{nodes}:m\r\n$7\r\nversion\r\n");
    ask_totals(&plan, &view);
    ck_assert_uint_eq(ask_partitions(&plan, &view), 1);
    EXPECT_PLAN("$7\r\nHGETALL\r\n$12\r\nsf:{stats}:t\r\n$7\r\nHGETALL\r\n$12\r\nsf:{stats}:p\r\n");
}
END_TEST

START_TEST(names_come_sorted_and_once)
{
    struct str *names;
    size_t n, entries;
    answer("*4\r\n$1\r\nb\r\n$2\r\nab\r\n$1\r\na\r\n$1\r\nb\r\n");
    ck_assert(read_names(&answers, 0, &arena, &names, &n));
    ck_assert_uint_eq(n, 3);
    ck_assert(str_equal(names[0], STR("a")) && str_equal(names[1], STR("ab")) && str_equal(names[2], STR("b")));
    answer("*4\r\n$3\r\nb\na\r\n$4\r\n\nc\na\r\n$0\r\n\r\n$2\r\nd\n\r\n");
    ck_assert(read_node_items(&answers, 0, &arena, &names, &n, &entries));
    ck_assert_uint_eq(n, 4);
    ck_assert_uint_eq(entries, 4);
    ck_assert(str_equal(names[0], STR("a")) && str_equal(names[3], STR("d")));
    answer("*0\r\n");
    ck_assert(read_names(&answers, 0, &arena, &names, &n) && n == 0);
    ck_assert(read_node_items(&answers, 0, &arena, &names, &n, &entries) && n == 0 && entries == 0);
}
END_TEST

START_TEST(texts_sizes_pairs_and_numbers_are_read)
{
    struct str text;
    int64_t size;
    bool any;
    struct pair *pairs;
    struct named_number *numbers;
    size_t n;
    answer("$3\r\n{}\n\r\n$-1\r\n:3\r\n:0\r\n*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$2\r\n-2\r\n");
    ck_assert(read_text(&answers, 0, &text) && text.len == 3);
    ck_assert(read_text(&answers, 1, &text) && text.len == 0);
    ck_assert(read_size(&answers, 2, &size) && size == 3);
    ck_assert(read_any_record(&answers, 2, &any) && any);
    ck_assert(read_any_record(&answers, 3, &any) && !any);
    ck_assert(read_pairs(&answers, 4, &arena, &pairs, &n) && n == 2);
    ck_assert(str_equal(pairs[1].name, STR("b")) && str_equal(pairs[1].text, STR("-2")));
    ck_assert(read_numbers(&answers, 4, &arena, &numbers, &n) && n == 2);
    ck_assert_int_eq(numbers[1].number, -2);
}
END_TEST

START_TEST(partitions_are_read)
{
    static const char *const wrong[] = {
        "*2\r\n$3\r\nt:1\r\n$7\r\n1 2 3 4\r\n",   "*2\r\n$3\r\nt:1\r\n$11\r\n1 2 3 4 5 6\r\n",
        "*2\r\n$3\r\nt:x\r\n$9\r\n1 2 3 4 5\r\n", "*2\r\n$2\r\n:1\r\n$9\r\n1 2 3 4 5\r\n",
        "*2\r\n$1\r\nt\r\n$9\r\n1 2 3 4 5\r\n",   "*2\r\n$4\r\nt:-1\r\n$9\r\n1 2 3 4 5\r\n",
        "*2\r\n$3\r\nt:1\r\n$9\r\n1 x 3 4 5\r\n", "*2\r\n$12\r\nt:2147483648\r\n$9\r\n1 2 3 4 5\r\n",
        "*2\r\n$3\r\nt:1\r\n$0\r\n\r\n",
    };
    struct partition_progress *partitions;
    size_t n;
    answer("*2\r\n$13\r\nstock.store:7\r\n$11\r\n1 2 -3 44 5\r\n");
    ck_assert(read_partitions(&answers, 0, &arena, &partitions, &n));
    ck_assert_uint_eq(n, 1);
    ck_assert(str_equal(partitions[0].topic, STR("stock.store")));
    ck_assert_int_eq(partitions[0].partition, 7);
    ck_assert_int_eq(partitions[0].next, 1);
    ck_assert_int_eq(partitions[0].end, 2);
    ck_assert_int_eq(partitions[0].complete_to, -3);
    ck_assert_int_eq(partitions[0].written_ms, 44);
    ck_assert_int_eq(partitions[0].waiting, 5);
    for (size_t i = 0; i < BROKEN + sizeof(wrong) / sizeof(wrong[0]); i++) {
        answer(i < BROKEN ? broken[i] : wrong[i - BROKEN]);
        ck_assert_msg(!read_partitions(&answers, 0, &arena, &partitions, &n), "%zu", i);
    }
}
END_TEST

START_TEST(what_is_neither_names_nor_numbers_is_told)
{
    struct str text, *names;
    struct pair *pairs;
    struct named_number *numbers;
    size_t n, entries;
    int64_t size;
    bool any;
    for (size_t i = 0; i < BROKEN; i++) {
        answer(broken[i]);
        bool is_text = i == 3;
        ck_assert_msg(read_text(&answers, 0, &text) == is_text, "%s", broken[i]);
        ck_assert_msg(!read_size(&answers, 0, &size), "%s", broken[i]);
        ck_assert_msg(!read_any_record(&answers, 0, &any), "%s", broken[i]);
        ck_assert_msg(!read_names(&answers, 0, &arena, &names, &n), "%s", broken[i]);
        ck_assert_msg(!read_node_items(&answers, 0, &arena, &names, &n, &entries), "%s", broken[i]);
        ck_assert_msg(!read_pairs(&answers, 0, &arena, &pairs, &n), "%s", broken[i]);
        ck_assert_msg(!read_numbers(&answers, 0, &arena, &numbers, &n), "%s", broken[i]);
    }
    answer("*2\r\n$1\r\na\r\n$1\r\nx\r\n");
    ck_assert(!read_numbers(&answers, 0, &arena, &numbers, &n));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reading");
    TCase *answered = tcase_create("answered");
    tcase_add_checked_fixture(answered, start, stop);
    tcase_add_test(answered, a_shard_is_asked_for_its_state_and_a_watermark);
    tcase_add_test(answered, a_state_is_read);
    tcase_add_test(answered, a_shard_is_open_only_by_the_name_of_its_server);
    tcase_add_test(answered, what_is_no_state_is_told);
    tcase_add_test(answered, stock_is_asked_in_two_commands_or_node_by_node);
    tcase_add_test(answered, stock_is_read_with_what_is_set_aside);
    tcase_add_test(answered, what_is_no_stock_is_told);
    tcase_add_test(answered, broken_records_are_told_or_harmless);
    tcase_add_test(answered, stock_everywhere_joins_records_with_what_is_set_aside);
    tcase_add_test(answered, what_is_no_stock_everywhere_is_told);
    tcase_add_test(answered, indexes_are_asked_where_they_lie);
    tcase_add_test(answered, names_come_sorted_and_once);
    tcase_add_test(answered, texts_sizes_pairs_and_numbers_are_read);
    tcase_add_test(answered, partitions_are_read);
    tcase_add_test(answered, what_is_neither_names_nor_numbers_is_told);
    suite_add_tcase(suite, answered);
    return suite_end(suite);
}
