/* Changes of reservations: all or nothing, each reason not to, and what is reserved, whoever moves it. */
#include <inttypes.h>
#include <stdio.h>

#include "stockfold/store/consumed.h"
#include "store/support/changing.h"
#include "support/suite.h"

#define SKU STR("sku-1")

static void expect_line(struct str id, int64_t units, int64_t seen, int64_t version, enum change_outcome outcome)
{
    struct one_line line;
    one_line_init(&line, id, SKU, units, seen, version);
    expect_change(&line.change, outcome);
}

START_TEST(a_change_writes_all_of_it)
{
    const struct change_counter counter = {STR("units"), 2, 5};
    const struct change_index index = {INDEX_OWNER, STR("customer-1"), STR("web-1"), 7000};
    const struct change_message message = {STR("web-1"), STR("{}"), true};
    struct one_line line;
    put_sellable(SKU, 5);
    one_line_init(&line, STR("web-1"), SKU, 2, 0, 100);
    line.change.counters = &counter;
    line.change.indexes = &index;
    line.change.messages = &message;
    line.change.counters_n = line.change.indexes_n = line.change.messages_n = 1;
    struct change_answer answer = expect_change(&line.change, CHANGE_OK);
    ck_assert(answer.now_us > INT64_C(1700000000000000) && answer.text.len > 0);
    ck_assert_int_eq(reserved_units(SKU), 2);
    expect("GET sf:{res}:v:web-1", "100 {\"a\":1}");
    expect("ZSCORE sf:{res}:d web-1", "9000");
    expect("ZSCORE sf:{res}:x:w:customer-1 web-1", "7000");
    expect("HGET sf:{res}:q units", "2");
    expect_int("XLEN sf:{res}:o", 1);
}
END_TEST

START_TEST(a_document_is_replaced_only_as_it_was_seen)
{
    struct one_line line;
    put_sellable(SKU, 5);
    expect_line(STR("web-1"), 2, 0, 100, CHANGE_OK);
    one_line_init(&line, STR("web-1"), SKU, 3, 0, 101);
    struct change_answer answer = expect_change(&line.change, CHANGE_CHANGED);
    ck_assert_int_eq(answer.version, 100);
    ck_assert(str_equal(answer.text, STR("{\"a\":1}")));
    expect_line(STR("web-1"), 3, 99, 101, CHANGE_CHANGED);
    expect_line(STR("web-1"), 3, 100, 101, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 3);
    one_line_init(&line, STR("web-1"), SKU, 0, 101, 102);
    line.document.text = (struct str){0};
    line.due.at_ms = TIME_NONE;
    expect_change(&line.change, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 0);
    expect_int("EXISTS sf:{res}:v:web-1 sf:{res}:d", 0);
}
END_TEST

START_TEST(a_document_waits_for_its_moment_by_the_server_s_clock)
{
    struct one_line line;
    put_sellable(SKU, 5);
    one_line_init(&line, STR("web-1"), SKU, 2, 0, 100);
    int64_t now_ms = expect_change(&line.change, CHANGE_OK).now_us / 1000, hour = 3600 * 1000;
    static const struct {
        int from, before; /* hours from now; 0: whenever */
        enum change_outcome outcome;
    } rows[] = {
        {1, 0, CHANGE_TIME}, {0, -1, CHANGE_TIME}, {-2, -1, CHANGE_TIME}, {-1, 1, CHANGE_OK}, {-1, 0, CHANGE_OK}};
    for (size_t i = 0, version = 100; i < sizeof(rows) / sizeof(rows[0]); i++) {
        one_line_init(&line, STR("web-1"), SKU, 2, (int64_t)version, (int64_t)version + 1);
        line.document.from_ms = rows[i].from == 0 ? TIME_NONE : now_ms + rows[i].from * hour;
        line.document.before_ms = rows[i].before == 0 ? TIME_NONE : now_ms + rows[i].before * hour;
        expect_change(&line.change, rows[i].outcome);
        version += rows[i].outcome == CHANGE_OK;
    }
}
END_TEST

START_TEST(too_few_units_are_told_of_each_hold)
{
    put_sellable(SKU, 5);
    put_sellable(STR("sku-2"), -3);
    expect_line(STR("web-1"), 2, 0, 100, CHANGE_OK);
    struct change_hold holds[] = {{STR("web-2"), SKU, NODE, 3, 1, {0}},
                                  {STR("web-2"), STR("sku-2"), NODE, 1, 0, {0}},
                                  {STR("web-2"), STR("sku-3"), NODE, 1, 0, {0}},
                                  {STR("web-1"), STR("sku-4"), NODE, 0, 0, {0}}};
    struct change change = {.holds = holds, .holds_n = 4};
    struct change_answer answer = expect_change(&change, CHANGE_SHORT);
    ck_assert_int_eq(answer.left[0], 2);
    ck_assert_int_eq(answer.left[1], 0);
    ck_assert_int_eq(answer.left[2], 0); /* nobody knows it */
    ck_assert(answer.left[3] == INT64_MAX);
    holds[0].units = 2;
    change.holds_n = 1;
    expect_change(&change, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 4);
    holds[0].units = 1; /* what falls is never refused */
    put_sellable(SKU, 0);
    expect_change(&change, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 3);
}
END_TEST

START_TEST(one_takes_the_place_of_another_without_a_moment_between)
{
    put_sellable(SKU, 3);
    expect_line(STR("web-1"), 2, 0, 100, CHANGE_OK);
    struct change_hold holds[] = {{STR("web-1"), SKU, NODE, 0, 0, {0}}, {STR("web-2"), SKU, NODE, 4, 0, {0}}};
    struct change change = {.holds = holds, .holds_n = 2};
    ck_assert_int_eq(expect_change(&change, CHANGE_SHORT).left[1], 3);
    holds[1].units = 3;
    expect_change(&change, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 3);
}
END_TEST

START_TEST(a_record_that_is_not_as_seen_is_looked_at_again)
{
    struct one_line line;
    put_sellable(SKU, 5);
    one_line_init(&line, STR("web-1"), SKU, 2, 0, 100);
    line.hold.seen = STR("\x0athe rest?");
    expect_change(&line.change, CHANGE_MOVED);
    line.hold.seen = STR("\x0athe rest");
    expect_change(&line.change, CHANGE_OK);
}
END_TEST

START_TEST(counters_and_the_outbox_have_a_most)
{
    struct change_counter counters[] = {{STR("a"), 2, 3}, {STR("b"), 1, INT64_MAX}};
    const struct change_message messages[] = {{STR("web-1"), STR("{}"), false}, {STR("web-2"), STR("{}"), true}};
    struct change change = {.counters = counters, .counters_n = 2, .messages = messages, .messages_n = 2};
    change.outbox_max = 3;
    expect_change(&change, CHANGE_OK);
    ck_assert_uint_eq(expect_change(&change, CHANGE_FULL).at, 0);
    counters[0].by = -5;
    expect_change(&change, CHANGE_BEHIND);
    change.messages_n = 1;
    expect_change(&change, CHANGE_OK);
    expect_int("HEXISTS sf:{res}:q a", 0);
    expect("HGET sf:{res}:q b", "2");
}
END_TEST

START_TEST(nothing_is_taken_where_it_is_not_open)
{
    char keys[2][32] = {"sf:{res}:m"}, words[200];
    snprintf(keys[1], sizeof(keys[1]), "sf:{%u}:m", shard_of(SKU, view.keys.shards));
    put_sellable(SKU, 5);
    for (int i = 0; i < 2; i++) {
        snprintf(words, sizeof(words), "HSET %s open no", keys[i]);
        expect_int(words, 0);
        expect_line(STR("web-1"), 2, 0, 100, CHANGE_CLOSED);
        snprintf(words, sizeof(words), "HSET %s open %.*s", keys[i], STR_ARG(view_identity(&view, 0)));
        expect_int(words, 0);
    }
    expect_line(STR("web-1"), 2, 0, 100, CHANGE_OK);
}
END_TEST

/* Everything that a change may touch, of web-1's line. */
static void init_whole_line(struct one_line *line)
{
    static struct change_counter counter;
    static struct change_index index;
    static struct change_message message;
    counter = (struct change_counter){STR("a"), 1, INT64_MAX};
    index = (struct change_index){INDEX_ORDER, STR("o-1"), STR("web-1"), 7000};
    message = (struct change_message){STR("web-1"), STR("{}"), false};
    one_line_init(line, STR("web-1"), SKU, 2, 0, 100);
    line->change.counters = &counter;
    line->change.indexes = &index;
    line->change.messages = &message;
    line->change.counters_n = line->change.indexes_n = line->change.messages_n = 1;
}

/* Keys as they are spelled behind the prefix, `K` being the item's shard; and by which command somebody else made them. */
static const struct {
    const char *key, *verb, *rest;
} spoiled[] = {{"{res}:m", "SET", "x"},
               {"{res}:d", "SET", "x"},
               {"{res}:o", "SET", "x"},
               {"{res}:q", "SET", "x"},
               {"{res}:q", "HSET", "a x"},
               {"{res}:v:web-1", "LPUSH", "x"},
               {"{res}:v:web-1", "SET", "x"},
               {"{res}:x:o:o-1", "SET", "x"},
               {"K:l", "SET", "x"},
               {"K:c", "SET", "x"},
               {"K:r:sku-1", "SET", "x"},
               {"K:r:sku-1", "HSET", "\1store-1 x"},
               {"K:r:sku-1", "HSET", "store-1 \x80\x80"}};

START_TEST(a_key_of_another_type_or_content_leaves_nothing_partly_applied)
{
    char key[64], words[128];
    struct one_line line;
    struct buffer before, after;
    bool error;
    if (spoiled[_i].key[0] == 'K')
        snprintf(key, sizeof(key), "sf:{%u}%s", shard_of(SKU, view.keys.shards), spoiled[_i].key + 1);
    else
        snprintf(key, sizeof(key), "sf:%s", spoiled[_i].key);
    put_sellable(SKU, 5);
    snprintf(words, sizeof(words), "DEL %s", key);
    redis_do(admin, words);
    snprintf(words, sizeof(words), "%s %s %s", spoiled[_i].verb, key, spoiled[_i].rest);
    ck_assert_msg(!reply_is_error(redis_do(admin, words)), "%s", words);
    buffer_init(&before);
    buffer_init(&after);
    redis_digest(admin, &before);
    init_whole_line(&line);
    do_change(&line.change, &error);
    redis_digest(admin, &after);
    ck_assert_msg(error && strcmp(before.data, after.data) == 0, "%s", words);
    buffer_done(&before);
    buffer_done(&after);
}
END_TEST

START_TEST(where_redis_takes_no_writes_nothing_is_done)
{
    static const char *const refusing[][2] = {{"CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},
                                              {"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"}};
    struct one_line line;
    bool error;
    put_sellable(SKU, 5);
    init_whole_line(&line);
    for (int i = 0; i < 2; i++) {
        expect(refusing[i][0], "OK");
        do_change(&line.change, &error);
        ck_assert(error);
        expect(refusing[i][1], "OK");
        ck_assert_int_eq(reserved_units(SKU), 0);
        expect_int("EXISTS sf:{res}:v:web-1 sf:{res}:d sf:{res}:o sf:{res}:q", 0);
    }
}
END_TEST

/* --- what the log says ------------------------------------------------------------------------------------------- */

START_TEST(what_the_log_says_is_written_by_version_and_moves_the_watermark)
{
    struct one_line line;
    struct watermark first = watermark_at(1), second = watermark_at(2), third = watermark_at(3);
    struct change_watermark watermark = {STR("stock.reservations"), 0, NULL, &first};
    one_line_init(&line, STR("web-1"), SKU, 2, CHANGE_OLDER, 100);
    line.change.applies = true;
    line.change.watermarks = &watermark;
    line.change.watermarks_n = 1;
    expect_int("HDEL sf:{res}:m open", 1);
    ck_assert_int_eq(do_change(&line.change, NULL).outcome, CHANGE_OK); /* closed, and without any stock */
    ck_assert_int_eq(reserved_units(SKU), 2);
    expect_change(&line.change, CHANGE_STALE);
    watermark.expected = &first;
    watermark.next = &second;
    line.document.version = 99;
    line.hold.units = 7;
    ck_assert_int_eq(do_change(&line.change, NULL).outcome, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 2);
    expect("GET sf:{res}:v:web-1", "100 {\"a\":1}");
    watermark.expected = &second;
    watermark.next = &third;
    third.newest = 3000;
    line.document.version = 101;
    line.hold.units = 1;
    ck_assert_int_eq(do_change(&line.change, NULL).outcome, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 1);
    expect("HGET sf:{res}:m newest", "3000");
}
END_TEST

/* --- reserved, whoever moves it ----------------------------------------------------------------------------------- */

enum { IDS = 6, SKUS = 3, ROUNDS = 20000 };

struct model {
    int64_t held[IDS][SKUS], consumed[IDS][SKUS], sellable[SKUS];
    int64_t version[IDS];
    uint64_t random;
    int commits;
};

static uint64_t below(struct model *model, uint64_t most)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return model->random % most;
}

static struct str name_of(const char *kind, int number, char out[16])
{
    return (struct str){out, (size_t)snprintf(out, 16, "%s-%d", kind, number)};
}

static int64_t at_least_0(int64_t units)
{
    return units < 0 ? 0 : units;
}

static int64_t model_reserved(const struct model *model, int sku)
{
    int64_t units = 0;
    for (int id = 0; id < IDS; id++)
        units += at_least_0(model->held[id][sku] - at_least_0(model->consumed[id][sku]));
    return units;
}

static void change_one(struct model *model)
{
    int id = (int)below(model, IDS), sku = (int)below(model, SKUS);
    int64_t units = (int64_t)below(model, 4), before = model_reserved(model, sku), held = model->held[id][sku];
    char names[2][16];
    struct one_line line;
    one_line_init(&line, name_of("id", id, names[0]), name_of("sku", sku, names[1]), units, model->version[id],
                  model->version[id] + 1);
    model->held[id][sku] = units;
    int64_t after = model_reserved(model, sku);
    bool fits = after <= before || after <= model->sellable[sku];
    ck_assert_int_eq(do_change(&line.change, NULL).outcome, fits ? CHANGE_OK : CHANGE_SHORT);
    if (fits)
        model->version[id]++;
    else
        model->held[id][sku] = held;
}

/* Takes one's units away and gives some to another, in one step. */
static void replace_one(struct model *model)
{
    int sku = (int)below(model, SKUS), from = (int)below(model, IDS),
        to = (int)((from + 1 + (int)below(model, 5)) % IDS);
    int64_t units = (int64_t)below(model, 5), before = model_reserved(model, sku);
    int64_t held[2] = {model->held[from][sku], model->held[to][sku]};
    char names[3][16];
    struct one_line lines[2];
    one_line_init(&lines[0], name_of("id", from, names[0]), name_of("sku", sku, names[2]), 0, model->version[from],
                  model->version[from] + 1);
    one_line_init(&lines[1], name_of("id", to, names[1]), name_of("sku", sku, names[2]), units, model->version[to],
                  model->version[to] + 1);
    const struct change_document documents[2] = {lines[0].document, lines[1].document};
    const struct change_hold holds[2] = {lines[0].hold, lines[1].hold};
    const struct change change = {.documents = documents, .documents_n = 2, .holds = holds, .holds_n = 2};
    model->held[from][sku] = 0;
    model->held[to][sku] = units;
    int64_t after = model_reserved(model, sku);
    bool fits = after <= before || after <= model->sellable[sku];
    ck_assert_int_eq(do_change(&change, NULL).outcome, fits ? CHANGE_OK : CHANGE_SHORT);
    model->version[from] += fits;
    model->version[to] += fits;
    if (!fits) {
        model->held[from][sku] = held[0];
        model->held[to][sku] = held[1];
    }
}

/* The shard's token, as it is now. */
static struct str token_of(uint32_t shard, char out[VIEW_TOKEN_MAX])
{
    char words[64];
    snprintf(words, sizeof(words), "HGET sf:{%u}:m token", shard);
    struct str token = reply_text(redis_do(admin, words));
    return (struct str){out, (size_t)snprintf(out, VIEW_TOKEN_MAX, "%.*s", STR_ARG(token))};
}

static void sell_one(struct model *model)
{
    int id = (int)below(model, IDS), sku = (int)below(model, SKUS);
    int64_t units = (int64_t)below(model, 5) - 2;
    char names[2][16], tokens[2][VIEW_TOKEN_MAX];
    struct str name = name_of("sku", sku, names[1]);
    uint32_t shard = shard_of(name, view.keys.shards);
    if (units == 0)
        return;
    snprintf(tokens[1], sizeof(tokens[1]), "b.%d", ++model->commits);
    commit_start(&commit, shard, token_of(shard, tokens[0]), str_from(tokens[1]));
    commit_consumed(&commit, name_of("id", id, names[0]), name, NODE, units, 5000);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    model->consumed[id][sku] += units;
}

static void clear_one(struct model *model)
{
    int sku = (int)below(model, SKUS);
    char name[16], words[64 + VIEW_IDENTITY_MAX];
    uint32_t shard = shard_of(name_of("sku", sku, name), view.keys.shards);
    struct shard_clear clear = {.shard = shard, .mine = true};
    token_of(shard, clear.token);
    struct error error = {0};
    ck_assert_int_eq(view_clear_shards(&view, &clear, 1, "c1", &error), 0);
    ck_assert(clear.mine);
    for (int other = 0; other < SKUS; other++) {
        if (shard_of(name_of("sku", other, name), view.keys.shards) != shard)
            continue;
        for (int id = 0; id < IDS; id++)
            model->consumed[id][other] = 0;
        ck_assert_int_eq(reserved_units(name_of("sku", other, name)), model_reserved(model, other));
        put_sellable(name_of("sku", other, name), model->sellable[other]);
    }
    snprintf(words, sizeof(words), "HSET sf:{%u}:m open %.*s", shard, STR_ARG(view_identity(&view, 0)));
    expect_int(words, 0);
}

static void restock_one(struct model *model)
{
    char name[16];
    int sku = (int)below(model, SKUS);
    model->sellable[sku] = (int64_t)below(model, 12) - 2;
    put_sellable(name_of("sku", sku, name), model->sellable[sku]);
}

START_TEST(what_is_reserved_is_the_sum_over_holds_whoever_moved_them)
{
    struct model model = {.random = 88172645463325252u};
    for (int sku = 0; sku < SKUS; sku++)
        restock_one(&model);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t dice = below(&model, 10000);
        if (dice < 5000)
            change_one(&model);
        else if (dice < 6000)
            replace_one(&model);
        else if (dice < 9000)
            sell_one(&model);
        else if (dice < 9990)
            restock_one(&model);
        else
            clear_one(&model);
        for (int sku = 0; sku < SKUS; sku++) {
            char name[16];
            ck_assert_int_eq(reserved_units(name_of("sku", sku, name)), model_reserved(&model, sku));
        }
    }
}
END_TEST

/* --- what is due ------------------------------------------------------------------------------------------------- */

static struct plan plan;
static struct arena arena;

static size_t take_due(struct due_reservation **ret_due)
{
    size_t n = 0;
    int64_t now_us;
    plan_reset(&plan);
    uint32_t ask = ask_due(&plan, &view, 2);
    ck_assert(read_due(send_plan(&plan), ask, &arena, &now_us, ret_due, &n));
    return n;
}

START_TEST(what_is_due_is_lent_out_until_it_is_done)
{
    struct due_reservation *due;
    struct one_line line;
    plan_init(&plan);
    arena_init(&arena);
    put_sellable(SKU, 9);
    expect_line(STR("web-1"), 1, 0, 100, CHANGE_OK);
    ck_assert_uint_eq(take_due(&due), 1);
    ck_assert(str_equal(due[0].id, STR("web-1")) && !due[0].consumed && due[0].again_ms > 9000);
    ck_assert_uint_eq(take_due(&due), 0);
    one_line_init(&line, STR("web-1"), SKU, 1, 100, 101);
    line.due.at_ms = TIME_NONE;
    expect_change(&line.change, CHANGE_OK);
    expect_int("EXISTS sf:{res}:d", 0);
    arena_done(&arena);
    plan_done(&plan);
}
END_TEST

START_TEST(a_sale_of_all_that_is_held_is_due_at_once_and_not_forgotten_for_an_older_look)
{
    struct due_reservation *due;
    struct watermark next = watermark_at(1);
    uint32_t shard = shard_of(SKU, view.keys.shards);
    plan_init(&plan);
    arena_init(&arena);
    put_sellable(SKU, 9);
    struct one_line line;
    one_line_init(&line, STR("web-1"), SKU, 2, 0, 100);
    line.due.at_ms = INT64_C(9000000000000);
    expect_change(&line.change, CHANGE_OK);
    ck_assert_uint_eq(take_due(&due), 0);
    commit_start(&commit, shard, STR("a.1"), STR("a.2"));
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &next);
    commit_consumed(&commit, STR("web-1"), SKU, NODE, 2, 5000);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_eq(reserved_units(SKU), 0);
    ck_assert_uint_eq(take_due(&due), 1);
    ck_assert(due[0].consumed && str_equal(due[0].id, STR("web-1")));
    struct change_due done = {.id = STR("web-1"), .at_ms = TIME_NONE, .seen_ms = 1, .consumed = true};
    struct change change = {.due = &done, .due_n = 1};
    ck_assert_int_eq(do_change(&change, NULL).outcome, CHANGE_OK); /* another notice came: it stays */
    expect_int("ZCARD sf:{res}:d", 2);
    done.seen_ms = due[0].again_ms;
    do_change(&change, NULL);
    expect_int("ZCARD sf:{res}:d", 1);
    arena_done(&arena);
    plan_done(&plan);
}
END_TEST

/* --- what sales took, in time ---------------------------------------------------------------------------------------- */

static void take_cursor(void *context, const struct reply *reply)
{
    snprintf(context, CONSUMED_CURSOR_MAX, "%.*s", STR_ARG(reply_text(reply)));
}

/* Returns how many pages it took. */
static int forget_all(uint32_t shard, int64_t before_ms)
{
    char cursor[CONSUMED_CURSOR_MAX] = "0";
    int pages = 0;
    do {
        view_forget_consumed(&view, shard, before_ms, cursor, take_cursor, cursor);
        link_drain(view_link(&view, 0), TIMEOUT_MS);
        pages++;
    } while (strcmp(cursor, "0") != 0);
    return pages;
}

START_TEST(what_sales_took_is_forgotten_in_time_unless_a_hold_stands)
{
    uint32_t shard = shard_of(SKU, view.keys.shards);
    struct watermark next = watermark_at(1);
    char words[100], id[16];
    put_sellable(SKU, 9);
    expect_line(STR("id-7"), 2, 0, 100, CHANGE_OK);
    commit_start(&commit, shard, STR("a.1"), STR("a.2"));
    commit_watermark(&commit, STR("stock.store"), 0, NULL, &next);
    for (int i = 0; i < 1000; i++)
        commit_consumed(&commit, name_of("id", i, id), SKU, NODE, 1, i);
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_gt(forget_all(shard, 600), 1);
    snprintf(words, sizeof(words), "HLEN sf:{%u}:c", shard);
    expect_int(words, 401); /* id-7's, too */
    snprintf(words, sizeof(words), "HGET sf:{%u}:m sizes", shard);
    expect(words, "0 401 0");
    commit_start(&commit, shard, STR("a.2"), STR("a.3"));
    commit_consumed(&commit, STR("id-1"), SKU, NODE, -1, 1); /* of one that is forgotten: counts as none */
    ck_assert_int_eq(send_and_hear().answer, COMMIT_OK);
    ck_assert_int_eq(reserved_units(SKU), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_change_writes_all_of_it,
                                  a_document_is_replaced_only_as_it_was_seen,
                                  a_document_waits_for_its_moment_by_the_server_s_clock,
                                  too_few_units_are_told_of_each_hold,
                                  one_takes_the_place_of_another_without_a_moment_between,
                                  a_record_that_is_not_as_seen_is_looked_at_again,
                                  counters_and_the_outbox_have_a_most,
                                  nothing_is_taken_where_it_is_not_open,
                                  where_redis_takes_no_writes_nothing_is_done,
                                  what_the_log_says_is_written_by_version_and_moves_the_watermark,
                                  what_is_reserved_is_the_sum_over_holds_whoever_moved_them,
                                  what_is_due_is_lent_out_until_it_is_done,
                                  a_sale_of_all_that_is_held_is_due_at_once_and_not_forgotten_for_an_older_look,
                                  what_sales_took_is_forgotten_in_time_unless_a_hold_stands};
    Suite *suite = suite_create("reservations");
    TCase *tcase = tcase_create("reservations");
    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, changing_start, changing_stop);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_key_of_another_type_or_content_leaves_nothing_partly_applied, 0,
                        (int)(sizeof(spoiled) / sizeof(spoiled[0])));
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
