/* Changes of reservations at their edges: the clock's millisecond, several documents, a hold's own units, what the log says,
 * keys that outlive a shard; and what is read of reservations. */
#include "stockfold/store/reservations.h"

#include <stdio.h>

#include "store/support/changing.h"
#include "support/suite.h"

#define SKU STR("sku-1")

static struct plan plan;
static struct arena arena;

static void begin_change(void)
{
    changing_start();
    plan_init(&plan);
    arena_init(&arena);
    put_sellable(SKU, 9);
}

static void end_change(void)
{
    arena_done(&arena);
    plan_done(&plan);
    changing_stop();
}

static void expect_one(struct str id, int64_t units, int64_t seen, enum change_outcome outcome)
{
    struct one_line line;
    one_line_init(&line, id, SKU, units, seen, seen + 1);
    expect_change(&line.change, outcome);
}

/* Commits that a sale took units of a line. */
static struct heard sell(struct str id, int64_t units)
{
    commit_start(&commit, shard_of(SKU, view.keys.shards), STR("a.1"), STR("a.2"));
    commit_consumed(&commit, id, SKU, NODE, units, 5000);
    return send_and_hear();
}

static int64_t server_clock(void)
{
    int64_t us;
    plan_reset(&plan);
    uint32_t ask = ask_server_clock(&plan, &view);
    ck_assert(read_server_clock(send_plan(&plan), ask, &us));
    return us;
}

/* --- conditions -------------------------------------------------------------------------------------------------- */

enum { SOON_MS = 30 };

START_TEST(a_document_s_moment_begins_with_its_millisecond)
{
    struct one_line line;
    one_line_init(&line, STR("web-1"), SKU, 1, 0, 1);
    line.document.from_ms = server_clock() / 1000 + SOON_MS;
    struct change_answer answer;
    int early = 0;
    while ((answer = do_change(&line.change, NULL)).outcome != CHANGE_OK) {
        ck_assert_int_eq(answer.outcome, CHANGE_TIME);
        ck_assert_int_lt(answer.now_us / 1000, line.document.from_ms);
        early++;
    }
    ck_assert_int_ge(answer.now_us / 1000, line.document.from_ms);
    ck_assert_int_gt(early, 0);
}
END_TEST

START_TEST(a_document_s_moment_is_over_with_its_millisecond)
{
    struct one_line line;
    one_line_init(&line, STR("web-1"), SKU, 1, 0, 1);
    line.document.before_ms = server_clock() / 1000 + SOON_MS;
    struct change_answer answer;
    while ((answer = do_change(&line.change, NULL)).outcome == CHANGE_OK) {
        ck_assert_int_lt(answer.now_us / 1000, line.document.before_ms);
        line.document.seen = line.document.version++;
    }
    ck_assert_int_eq(answer.outcome, CHANGE_TIME);
    ck_assert_int_ge(answer.now_us / 1000, line.document.before_ms);
    ck_assert_int_gt(line.document.version, 1);
}
END_TEST

START_TEST(of_several_documents_all_are_written_or_none)
{
    expect_one(STR("web-1"), 2, 0, CHANGE_OK);
    struct one_line ends, begins;
    one_line_init(&ends, STR("web-1"), SKU, 0, 1, 2);
    one_line_init(&begins, STR("web-2"), SKU, 4, 7, 8);
    struct change_document documents[] = {ends.document, begins.document};
    const struct change_hold holds[] = {ends.hold, begins.hold};
    const struct change change = {.documents = documents, .documents_n = 2, .holds = holds, .holds_n = 2};
    struct change_answer answer = expect_change(&change, CHANGE_CHANGED);
    ck_assert_uint_eq(answer.at, 1);
    ck_assert(answer.version == 0 && answer.text.len == 0);
    documents[1].seen = 0;
    documents[1].before_ms = 1;
    ck_assert_uint_eq(expect_change(&change, CHANGE_TIME).at, 1);
    documents[1].before_ms = TIME_NONE;
    expect_change(&change, CHANGE_OK);
    expect("GET sf:{res}:v:web-1", "2 {\"a\":1}");
    expect("GET sf:{res}:v:web-2", "8 {\"a\":1}");
    ck_assert_int_eq(reserved_units(SKU), 4);
}
END_TEST

/* --- units ------------------------------------------------------------------------------------------------------- */

START_TEST(what_a_hold_could_have_counts_its_own_units_as_free)
{
    struct one_line line;
    expect_one(STR("web-1"), 3, 0, CHANGE_OK);
    expect_one(STR("web-2"), 2, 0, CHANGE_OK);
    one_line_init(&line, STR("web-1"), SKU, 8, 1, 2);
    line.hold.less = 1;
    ck_assert_int_eq(expect_change(&line.change, CHANGE_SHORT).left[0], 6);
    ck_assert_int_eq(sell(STR("web-1"), 2).answer, COMMIT_OK); /* two fewer are reserved */
    line.hold.units = 9;
    ck_assert_int_eq(expect_change(&line.change, CHANGE_SHORT).left[0], 8);
    put_sellable(SKU, 0);
    ck_assert_int_eq(expect_change(&line.change, CHANGE_SHORT).left[0], 3);
    line.hold.less = 0;
    put_sellable(SKU, 9);
    expect_change(&line.change, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 9);
}
END_TEST

START_TEST(a_hold_of_units_that_sales_took_already_is_due_at_once)
{
    ck_assert_int_eq(sell(STR("web-1"), 2).answer, COMMIT_OK);
    expect_int("EXISTS sf:{res}:d", 0);
    put_sellable(SKU, 1);
    expect_one(STR("web-1"), 3, 0, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 1);
    expect_int("EXISTS sf:{res}:d", 1);
    expect_int("ZCARD sf:{res}:d", 1); /* its own time alone */
    expect_one(STR("web-1"), 2, 1, CHANGE_OK);
    ck_assert_int_eq(reserved_units(SKU), 0);
    expect_int("ZCARD sf:{res}:d", 2);
    struct due_reservation *due;
    size_t n;
    int64_t now_us;
    plan_reset(&plan);
    uint32_t ask = ask_due(&plan, &view, 9);
    ck_assert(read_due(send_plan(&plan), ask, &arena, &now_us, &due, &n));
    ck_assert_uint_eq(n, 2);
    ck_assert(!due[0].consumed && due[1].consumed && str_equal(due[1].id, STR("web-1")));
    ck_assert_int_eq(due[1].again_ms, now_us / 1000 + 1000);
}
END_TEST

/* --- what the log says, and what outlives a shard ------------------------------------------------------------------ */

START_TEST(what_the_log_says_is_not_refused_for_want_of_room)
{
    const struct change_counter counter = {STR("a"), 5, 1};
    const struct change_message messages[] = {{STR("web-1"), STR("{}"), true}, {STR("web-2"), STR("{}"), true}};
    struct change change = {.counters = &counter, .counters_n = 1, .messages = messages, .messages_n = 2};
    change.outbox_max = 1;
    expect_change(&change, CHANGE_FULL);
    change.applies = true;
    expect_change(&change, CHANGE_OK);
    expect_int("XLEN sf:{res}:o", 2);
    expect("HGET sf:{res}:q a", "5");
}
END_TEST

/* Clearing the shard would not mend them: the fold clears one for an error that begins with WRONGTYPE. */
START_TEST(a_sale_that_meets_holds_or_due_times_of_another_type_clears_nothing)
{
    char keys[2][32] = {"", "sf:{res}:d"}, words[96];
    uint32_t shard = shard_of(SKU, view.keys.shards);
    snprintf(keys[0], sizeof(keys[0]), "sf:{%u}:l", shard);
    for (int i = 0; i < 2; i++) {
        snprintf(words, sizeof(words), "SET %s x", keys[i]);
        expect(words, "OK");
        commit_start(&commit, shard, STR("a.1"), STR("a.2"));
        commit_record(&commit, SKU, NODE, STR("\x04sold"), true);
        commit_consumed(&commit, STR("web-1"), SKU, NODE, 2, 5000);
        struct heard heard = expect_nothing_done(COMMIT_FAILED);
        ck_assert_int_eq(heard.problem, REPLY_BROKEN);
        ck_assert_msg(strncmp(heard.text, "WRONGTYPE", 9) != 0 && strstr(heard.text, keys[i]) != NULL, "%s",
                      heard.text);
        snprintf(words, sizeof(words), "DEL %s", keys[i]);
        expect_int(words, 1);
    }
}
END_TEST

/* --- reading ----------------------------------------------------------------------------------------------------- */

START_TEST(a_document_is_read_with_its_version)
{
    int64_t version = 0;
    struct str text;
    expect_one(STR("web-1"), 2, 0, CHANGE_OK);
    plan_reset(&plan);
    uint32_t there = ask_reservation(&plan, &view, STR("web-1")), none = ask_reservation(&plan, &view, STR("web-2"));
    const struct answers *answers = send_plan(&plan);
    ck_assert(read_reservation(answers, there, &version, &text) && version == 1 && str_equal(text, STR("{\"a\":1}")));
    ck_assert(read_reservation(answers, none, &version, &text) && version == 0 && text.len == 0);
    static const char *const broken[] = {"x", "x {}", "0 {}", "-1 {}", "1", "99999999999999999999 {}"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        redis_do(admin, "DEL sf:{res}:v:web-1");
        link_call_begin(admin, 3);
        link_word(admin, STR("SET"));
        link_word(admin, STR("sf:{res}:v:web-1"));
        link_word(admin, str_from(broken[i]));
        ck_assert(!reply_is_error(link_call(admin, TIMEOUT_MS)));
        plan_reset(&plan);
        there = ask_reservation(&plan, &view, STR("web-1"));
        ck_assert_msg(!read_reservation(send_plan(&plan), there, &version, &text), "%s", broken[i]);
    }
}
END_TEST

static void expect_ids(int64_t at_ms, uint32_t limit, const char *expected)
{
    struct indexed_reservation *ids;
    size_t n;
    struct buffer line;
    plan_reset(&plan);
    uint32_t ask = ask_reservation_ids(&plan, &view, INDEX_NODE, NODE, at_ms, limit);
    ck_assert(read_reservation_ids(send_plan(&plan), ask, &arena, &ids, &n));
    buffer_init(&line);
    for (size_t i = 0; i < n; i++) {
        buffer_add(&line, ids[i].id.data, ids[i].id.len);
        buffer_add_byte(&line, ':');
        buffer_add_int(&line, ids[i].at_ms);
        buffer_add_byte(&line, ' ');
    }
    ASSERT_TEXT(line.data, line.len, expected);
    buffer_done(&line);
}

START_TEST(ids_are_read_newest_first_from_a_moment_on)
{
    struct change_index indexes[] = {{INDEX_NODE, NODE, STR("web-1"), 1764000000000},
                                     {INDEX_NODE, NODE, STR("web-2"), 1764000000002},
                                     {INDEX_NODE, NODE, STR("web-3"), 1764000000002},
                                     {INDEX_OWNER, NODE, STR("web-4"), 1764000000003}};
    const struct change change = {.indexes = indexes, .indexes_n = 4};
    expect_ids(TIME_NONE, 9, "");
    expect_change(&change, CHANGE_OK);
    expect_ids(TIME_NONE, 9, "web-3:1764000000002 web-2:1764000000002 web-1:1764000000000 ");
    expect_ids(TIME_NONE, 1, "web-3:1764000000002 ");
    expect_ids(1764000000001, 9, "web-1:1764000000000 ");
    indexes[0].at_ms = TIME_NONE;
    expect_change(&change, CHANGE_OK);
    expect_ids(1764000000001, 9, "");
}
END_TEST

START_TEST(what_sales_took_is_read_line_by_line)
{
    int64_t units = -1;
    ck_assert_int_eq(sell(STR("web-1"), 2).answer, COMMIT_OK);
    plan_reset(&plan);
    uint32_t taken = ask_consumed(&plan, &view, STR("web-1"), NODE, SKU),
             none = ask_consumed(&plan, &view, STR("web-2"), NODE, SKU);
    const struct answers *answers = send_plan(&plan);
    ck_assert(read_consumed(answers, taken, &units) && units == 2);
    ck_assert(read_consumed(answers, none, &units) && units == 0);
}
END_TEST

START_TEST(nothing_is_due_where_reservations_are_not_open)
{
    struct due_reservation *due;
    size_t n;
    int64_t now_us;
    expect_one(STR("web-1"), 2, 0, CHANGE_OK);
    expect_int("HDEL sf:{res}:m open", 1);
    plan_reset(&plan);
    uint32_t ask = ask_due(&plan, &view, 9);
    const struct answers *answers = send_plan(&plan);
    ck_assert_int_eq(answers_problem(answers), REPLY_OK);
    ck_assert(!read_due(answers, ask, &arena, &now_us, &due, &n));
    expect("ZSCORE sf:{res}:d web-1", "9000");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_document_s_moment_begins_with_its_millisecond,
                                  a_document_s_moment_is_over_with_its_millisecond,
                                  of_several_documents_all_are_written_or_none,
                                  what_a_hold_could_have_counts_its_own_units_as_free,
                                  a_hold_of_units_that_sales_took_already_is_due_at_once,
                                  what_the_log_says_is_not_refused_for_want_of_room,
                                  a_sale_that_meets_holds_or_due_times_of_another_type_clears_nothing,
                                  a_document_is_read_with_its_version,
                                  ids_are_read_newest_first_from_a_moment_on,
                                  what_sales_took_is_read_line_by_line,
                                  nothing_is_due_where_reservations_are_not_open};
    return SUITE_RUN_BETWEEN("change", begin_change, end_change, tests);
}
