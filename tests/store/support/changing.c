#include "store/support/changing.h"

#include <stdio.h>

#include "stockfold/codec/pack.h"

static struct plan plan;
static struct arena arena;
static struct trip *trip;

void changing_start(void)
{
    char words[200];
    start();
    plan_init(&plan);
    arena_init(&arena);
    struct str identity = view_identity(&view, 0);
    for (uint32_t shard = 0; shard < view.keys.shards; shard++) {
        snprintf(words, sizeof(words), "HSET sf:{%u}:m open %.*s token a.1", shard, STR_ARG(identity));
        expect_int(words, 2);
    }
    snprintf(words, sizeof(words), "HSET sf:{res}:m open %.*s", STR_ARG(identity));
    expect_int(words, 1);
}

void changing_stop(void)
{
    trip_done(trip);
    trip = NULL;
    plan_done(&plan);
    arena_done(&arena);
    stop();
}

static const struct reply *admin_command(const struct str *words, size_t n)
{
    link_call_begin(admin, n);
    for (size_t i = 0; i < n; i++)
        link_word(admin, words[i]);
    const struct reply *reply = link_call(admin, TIMEOUT_MS);
    ck_assert_msg(reply != NULL && !reply_is_error(reply), "%.*s", STR_ARG(reply_text(reply)));
    return reply;
}

static void record_key(struct str sku, struct buffer *out)
{
    buffer_init(out);
    key_record(&view.keys, shard_of(sku, view.keys.shards), sku, NODE, out);
}

void put_sellable(struct str sku, int64_t units)
{
    struct buffer key, value;
    record_key(sku, &key);
    buffer_init(&value);
    pack_signed(&value, units);
    buffer_add_literal(&value, "the rest");
    admin_command((const struct str[]){STR("HSET"), {key.data, key.len}, NODE, {value.data, value.len}}, 4);
    buffer_done(&key);
    buffer_done(&value);
}

int64_t reserved_units(struct str sku)
{
    struct buffer key;
    record_key(sku, &key);
    int64_t units =
        reply_int(admin_command((const struct str[]){STR("HGET"), {key.data, key.len}, STR("\1store-1")}, 3));
    buffer_done(&key);
    return units;
}

static void take_answers(void *context, const struct answers *answers)
{
    *(const struct answers **)context = answers;
}

const struct answers *send_plan(struct plan *asked)
{
    const struct answers *answers = NULL;
    trip_done(trip);
    trip = trip_start(&view, asked, take_answers, &answers);
    link_drain(view_link(&view, 0), TIMEOUT_MS);
    ck_assert_ptr_nonnull(answers);
    return answers;
}

struct change_answer do_change(const struct change *change, bool *ret_error)
{
    struct change_answer answer;
    plan_reset(&plan);
    arena_reset(&arena, 1 << 20);
    uint32_t ask = ask_change(&plan, &view, change);
    const struct answers *answers = send_plan(&plan);
    enum reply_problem problem = answers_problem(answers);
    ck_assert(ret_error != NULL || problem == REPLY_OK);
    if (ret_error != NULL)
        *ret_error = problem != REPLY_OK;
    ck_assert(read_change(answers, ask, change, &arena, &answer) == (problem == REPLY_OK));
    return answer;
}

struct change_answer expect_change(const struct change *change, enum change_outcome outcome)
{
    struct buffer before, after;
    buffer_init(&before);
    buffer_init(&after);
    redis_digest(admin, &before);
    struct change_answer answer = do_change(change, NULL);
    redis_digest(admin, &after);
    ck_assert_int_eq(answer.outcome, outcome);
    ck_assert((strcmp(before.data, after.data) == 0) == (outcome != CHANGE_OK));
    buffer_done(&before);
    buffer_done(&after);
    return answer;
}

void one_line_init(struct one_line *ret, struct str id, struct str sku, int64_t units, int64_t seen, int64_t version)
{
    *ret = (struct one_line){
        .document = {.id = id,
                     .seen = seen,
                     .from_ms = TIME_NONE,
                     .before_ms = TIME_NONE,
                     .version = version,
                     .text = STR("{\"a\":1}")},
        .hold = {.id = id, .sku = sku, .node = NODE, .units = units},
        .due = {.id = id, .at_ms = 9000, .seen_ms = TIME_NONE},
    };
    ret->change = (struct change){
        .documents = &ret->document, .documents_n = 1, .holds = &ret->hold, .holds_n = 1, .due = &ret->due, .due_n = 1};
}
