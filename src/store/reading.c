/* How far a shard is, and what it says of stock. */
#include "stockfold/store/reading.h"

#include <assert.h>
#include <stdlib.h>

#include "reading_parts.h"
#include "stockfold/store/record_value.h"

/* --- how far a shard is ------------------------------------------------------------------------------------------ */

enum { STATE_OPEN, STATE_NEWEST, STATE_COMPLETE, STATE_CLEARED, STATE_WATERMARK };

static void add_watermark_name(struct plan *plan, struct str topic, int32_t partition)
{
    struct buffer *field = ask_key(plan);
    buffer_add_literal(field, "w:");
    buffer_add(field, topic.data, topic.len);
    buffer_add_byte(field, ':');
    buffer_add_int(field, partition);
    plan_word(plan, (struct str){field->data, field->len});
}

uint32_t ask_shard_state(struct plan *plan, const struct view *view, uint32_t shard, const struct message_at *after)
{
    key_meta(&view->keys, shard, ask_key(plan));
    uint32_t ask =
        ask_on_key(plan, shard, STR("HMGET"), ANSWER_FIELDS, after == NULL ? STATE_WATERMARK : STATE_WATERMARK + 1);
    plan_vouch(plan, ask);
    plan_word(plan, STR("open"));
    plan_word(plan, STR("newest"));
    plan_word(plan, STR("complete"));
    plan_word(plan, STR("cleared"));
    if (after == NULL)
        return ask;
    add_watermark_name(plan, after->topic, after->partition);
    return ask;
}

uint32_t ask_nodes_state(struct plan *plan, const struct view *view, const struct message_at *after)
{
    return ask_shard_state(plan, view, view->keys.shards, after);
}

/* Of what may be missing, or not known yet. */
static bool read_time(const struct reply *reply, int64_t *ret_time)
{
    *ret_time = TIME_NONE;
    if (reply_is_nil(reply))
        return true;
    struct str text = reply_text(reply);
    return reply_is_string(reply) && (text.len == 0 || number_of(text, ret_time));
}

/* A watermark's first number; of one that is not there 0. */
static bool read_next(const struct reply *reply, int64_t *ret_next)
{
    struct str text = reply_text(reply);
    *ret_next = 0;
    return reply_is_nil(reply) || (reply_is_string(reply) && number_of(cut_at(&text, ' '), ret_next) && text.len > 0);
}

static bool read_folded(const struct reply *reply, int64_t offset, struct shard_state *state)
{
    int64_t next;
    state->known = !reply_is_nil(reply);
    if (!read_next(reply, &next))
        return false;
    state->folded = offset < next;
    return true;
}

/* Verified on the server that was asked. */
static bool is_open(const struct reply *reply, struct str identity)
{
    struct str open = reply_text(reply);
    return open.len > 0 && str_equal(open, identity);
}

bool read_shard_state(const struct answers *answers, uint32_t ask, const struct view *view, uint32_t shard,
                      const struct message_at *after, struct shard_state *ret_state)
{
    const struct reply *reply = answer_at(answers, ask), *open = reply_at(reply, STATE_OPEN);
    *ret_state = (struct shard_state){.newest = TIME_NONE,
                                      .complete = TIME_NONE,
                                      .cleared = TIME_NONE,
                                      .folded = after == NULL,
                                      .known = after == NULL};
    if (reply_count(reply) != (after == NULL ? STATE_WATERMARK : STATE_WATERMARK + 1) ||
        !(reply_is_string(open) || reply_is_nil(open)))
        return false;
    ret_state->open = is_open(open, view_identity(view, shard));
    return read_time(reply_at(reply, STATE_NEWEST), &ret_state->newest) &&
           read_time(reply_at(reply, STATE_COMPLETE), &ret_state->complete) &&
           read_time(reply_at(reply, STATE_CLEARED), &ret_state->cleared) &&
           (after == NULL || read_folded(reply_at(reply, STATE_WATERMARK), after->offset, ret_state));
}

uint32_t ask_next_offset(struct plan *plan, const struct view *view, uint32_t shard, struct str topic,
                         int32_t partition)
{
    key_meta(&view->keys, shard, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard, STR("HGET"), ANSWER_TEXT, 1);
    add_watermark_name(plan, topic, partition);
    return ask;
}

bool read_next_offset(const struct answers *answers, uint32_t ask, int64_t *ret_next)
{
    const struct reply *reply = answer_at(answers, ask);
    return (reply_is_nil(reply) || reply_is_string(reply)) && read_next(reply, ret_next);
}

uint32_t ask_complete(struct plan *plan, const struct view *view)
{
    key_complete(&view->keys, ask_key(plan));
    uint32_t ask = ask_on_key(plan, view_shard_of(view, VIEW_STATS), STR("HGET"), ANSWER_TEXT, 1);
    plan_word(plan, STR("complete"));
    return ask;
}

int64_t read_complete(const struct answers *answers, uint32_t ask)
{
    int64_t complete;
    return read_time(answer_at(answers, ask), &complete) ? complete : TIME_NONE;
}

uint32_t ask_shard_open(struct plan *plan, const struct view *view, uint32_t shard)
{
    key_meta(&view->keys, shard, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard, STR("HGET"), ANSWER_TEXT, 1);
    plan_word(plan, STR("open"));
    return ask;
}

bool read_shard_open(const struct answers *answers, uint32_t ask, const struct view *view, uint32_t shard)
{
    return is_open(answer_at(answers, ask), view_identity(view, shard));
}

/* --- stock at some nodes ----------------------------------------------------------------------------------------- */

/* A node's field beside the records. */
static void add_marked_field(struct plan *plan, char mark, struct str node)
{
    struct buffer *field = ask_key(plan);
    buffer_add_byte(field, mark);
    buffer_add(field, node.data, node.len);
    plan_word(plan, (struct str){field->data, field->len});
}

size_t stock_fields(size_t nodes_n)
{
    return 3 * nodes_n + 1;
}

/* HMGET of a bucket: the records at its nodes, what is reserved, the safety stock there, that in general. */
static void ask_fields(struct plan *plan, const struct view *view, uint32_t shard, struct str sku,
                       const struct str *nodes, size_t nodes_n)
{
    key_record(&view->keys, shard, sku, nodes[0], ask_key(plan));
    plan_vouch(plan, ask_on_key(plan, shard, STR("HMGET"), ANSWER_FIELDS, (uint32_t)stock_fields(nodes_n)));
    for (size_t i = 0; i < nodes_n; i++)
        plan_word(plan, nodes[i]);
    for (size_t i = 0; i < nodes_n; i++)
        add_marked_field(plan, FIELD_RESERVED, nodes[i]);
    for (size_t i = 0; i < nodes_n; i++)
        add_marked_field(plan, FIELD_SAFETY, nodes[i]);
    add_marked_field(plan, FIELD_SAFETY, STR(""));
}

/* How many nodes are asked for at once: with several buckets one, and the answers stand in the nodes' order. */
static size_t asked_at_once(const struct view *view, size_t nodes_n)
{
    return view->keys.buckets > 1 ? 1 : nodes_n;
}

uint32_t ask_stock(struct plan *plan, const struct view *view, struct str sku, const struct str *nodes, size_t nodes_n)
{
    assert(nodes_n > 0);
    uint32_t shard = shard_of(sku, view->keys.shards), ask = plan->asks_n;
    size_t at_once = asked_at_once(view, nodes_n);
    for (size_t i = 0; i < nodes_n; i += at_once)
        ask_fields(plan, view, shard, sku, nodes + i, at_once);
    return ask;
}

static void stock_none(struct stock *ret_stock)
{
    *ret_stock = (struct stock){.safety_node = -1, .safety_default = -1};
    record_init(&ret_stock->record, NULL, 0, NULL, 0);
}

static bool read_record(struct str text, struct arena *arena, struct stock *stock)
{
    stock->exists = true;
    return record_value_unpack(text, arena, &stock->record);
}

bool read_stock(const struct answers *answers, uint32_t ask, const struct view *view, size_t nodes_n, size_t index,
                struct arena *arena, struct stock *ret_stock)
{
    size_t n = asked_at_once(view, nodes_n), i = index % n;
    const struct reply *fields = answer_at(answers, ask + (uint32_t)(index / n)), *record = reply_at(fields, i);
    stock_none(ret_stock);
    return reply_count(fields) == stock_fields(n) &&
           (reply_is_nil(record) || (reply_is_string(record) && read_record(reply_text(record), arena, ret_stock))) &&
           read_units(reply_at(fields, n + i), 0, &ret_stock->reserved) &&
           read_units(reply_at(fields, 2 * n + i), -1, &ret_stock->safety_node) &&
           read_units(reply_at(fields, 3 * n), -1, &ret_stock->safety_default);
}

/* --- stock at all nodes ------------------------------------------------------------------------------------------ */

uint32_t ask_stock_everywhere(struct plan *plan, const struct view *view, struct str sku)
{
    uint32_t shard = shard_of(sku, view->keys.shards), ask = plan->asks_n;
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        key_record_bucket(&view->keys, shard, sku, bucket, ask_key(plan));
        plan_vouch(plan, ask_on_key(plan, shard, STR("HGETALL"), ANSWER_PAIRS, 0));
    }
    return ask;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct named_number *left = a, *right = b;
    return str_compare(left->name, right->name);
}

/* What a bucket has beside its records, by field. */
static bool read_aside(const struct reply *reply, struct arena *arena, struct named_number **ret_aside, size_t *ret_n)
{
    size_t pairs = reply_count(reply) / 2, n = 0;
    for (size_t i = 0; i < pairs; i++)
        n += !field_is_record(reply_text(reply_at(reply, 2 * i)));
    struct named_number *aside = arena_array(arena, struct named_number, n);
    *ret_aside = aside;
    *ret_n = n;
    for (size_t i = 0; i < pairs && n > 0; i++) {
        const struct reply *name = reply_at(reply, 2 * i);
        if (field_is_record(reply_text(name)))
            continue;
        aside->name = reply_text(name);
        if (aside->name.len == 0 || !read_units(reply_at(reply, 2 * i + 1), -1, &aside->number) || aside->number < 0)
            return false;
        aside++;
    }
    if (n > 0)
        qsort(*ret_aside, n, sizeof(**ret_aside), compare_numbers);
    return true;
}

struct wanted_units {
    char mark;
    struct str node;
};

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted_units *wanted = a;
    struct str name = ((const struct named_number *)b)->name;
    int marks = wanted->mark - name.data[0];
    return marks != 0 ? marks : str_compare(wanted->node, (struct str){name.data + 1, name.len - 1});
}

static int64_t find_units(const struct named_number *aside, size_t n, char mark, struct str node, int64_t missing)
{
    struct wanted_units wanted = {mark, node};
    const struct named_number *found = NULL;
    if (n > 0)
        found = bsearch(&wanted, aside, n, sizeof(*aside), compare_wanted);
    return found == NULL ? missing : found->number;
}

/* The records of one bucket, to the stocks at *n. */
static bool read_bucket(const struct reply *reply, struct arena *arena, struct node_stock *stocks, size_t *n)
{
    struct named_number *aside;
    size_t aside_n;
    if (!read_aside(reply, arena, &aside, &aside_n))
        return false;
    int64_t safety_default = find_units(aside, aside_n, FIELD_SAFETY, STR(""), -1);
    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
        const struct reply *record = reply_at(reply, i + 1);
        struct str node = reply_text(reply_at(reply, i));
        if (!field_is_record(node))
            continue;
        struct node_stock *stock = &stocks[(*n)++];
        if (!reply_is_string(record) || !read_record(reply_text(record), arena, &stock->stock))
            return false;
        stock->node = node;
        stock->stock.reserved = find_units(aside, aside_n, FIELD_RESERVED, node, 0);
        stock->stock.safety_node = find_units(aside, aside_n, FIELD_SAFETY, node, -1);
        stock->stock.safety_default = safety_default;
    }
    return true;
}

bool read_stock_everywhere(const struct answers *answers, uint32_t ask, const struct view *view, struct arena *arena,
                           struct node_stock **ret_stocks, size_t *ret_n)
{
    size_t room = 0, n = 0;
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        const struct reply *reply = answer_at(answers, ask + bucket);
        if (!reply_is_array(reply) || reply_count(reply) % 2 != 0)
            return false;
        room += reply_count(reply) / 2;
    }
    struct node_stock *stocks = arena_array(arena, struct node_stock, room);
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++)
        if (!read_bucket(answer_at(answers, ask + bucket), arena, stocks, &n))
            return false;
    *ret_stocks = stocks;
    *ret_n = n;
    return true;
}

uint32_t ask_stock_size(struct plan *plan, const struct view *view, struct str sku)
{
    uint32_t shard = shard_of(sku, view->keys.shards), ask = plan->asks_n;
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        key_record_bucket(&view->keys, shard, sku, bucket, ask_key(plan));
        ask_on_key(plan, shard, STR("HLEN"), ANSWER_NUMBER, 0);
    }
    return ask;
}

bool read_stock_size(const struct answers *answers, uint32_t ask, const struct view *view, int64_t *ret_fields)
{
    *ret_fields = 0;
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        int64_t fields;
        if (!read_size(answers, ask + bucket, &fields))
            return false;
        *ret_fields += fields;
    }
    return true;
}

uint32_t ask_any_record(struct plan *plan, const struct view *view, struct str sku)
{
    uint32_t shard = shard_of(sku, view->keys.shards);
    uint32_t ask = plan_begin(plan, shard, 1 + view->keys.buckets, ANSWER_NUMBER);
    plan_vouch(plan, ask);
    plan_word(plan, STR("EXISTS"));
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        struct buffer *key = ask_key(plan);
        key_record_bucket(&view->keys, shard, sku, bucket, key);
        plan_word(plan, (struct str){key->data, key->len});
    }
    return ask;
}

bool read_any_record(const struct answers *answers, uint32_t ask, bool *ret_any)
{
    int64_t records;
    if (!read_size(answers, ask, &records))
        return false;
    *ret_any = records > 0;
    return true;
}
