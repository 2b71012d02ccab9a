/* Documents, indexes and hints, and what the folds leave of themselves. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "reading_parts.h"
#include "stockfold/codec/words.h"

/* --- asking ------------------------------------------------------------------------------------------------------ */

uint32_t ask_item(struct plan *plan, const struct view *view, struct str sku)
{
    uint32_t shard = shard_of(sku, view->keys.shards);
    key_item(&view->keys, shard, sku, ask_key(plan));
    return ask_on_key(plan, shard, STR("GET"), ANSWER_TEXT, 0);
}

uint32_t ask_style(struct plan *plan, const struct view *view, struct str style)
{
    key_style(&view->keys, style, ask_key(plan));
    return ask_on_key(plan, shard_of(style, view->keys.shards), STR("SMEMBERS"), ANSWER_LIST, 0);
}

uint32_t ask_gtin(struct plan *plan, const struct view *view, struct str gtin)
{
    key_gtin(&view->keys, gtin, ask_key(plan));
    return ask_on_key(plan, shard_of(gtin, view->keys.shards), STR("SMEMBERS"), ANSWER_LIST, 0);
}

uint32_t ask_word_index(struct plan *plan, const struct view *view)
{
    key_view(&view->keys, ask_key(plan));
    uint32_t ask = ask_on_key(plan, view_shard_of(view, VIEW_DESCRIPTOR), STR("HGET"), ANSWER_TEXT, 1);
    plan_word(plan, STR("words"));
    return ask;
}

bool read_word_index(const struct answers *answers, uint32_t ask, bool *ret_whole)
{
    struct str version;
    char wanted[16];
    int len = snprintf(wanted, sizeof(wanted), "%d", WORD_INDEX_VERSION);
    if (!read_text(answers, ask, &version))
        return false;
    *ret_whole = str_equal(version, (struct str){wanted, (size_t)len});
    return true;
}

uint32_t ask_word_size(struct plan *plan, const struct view *view, struct str word)
{
    struct str start = word_start(word);
    key_word(&view->keys, word, start, ask_key(plan));
    return ask_on_key(plan, shard_of(start, view->keys.shards), STR("ZCARD"), ANSWER_NUMBER, 0);
}

/* From `from`, with its sign: '-' all, '[' including it, '(' behind it; to `to`, which is "+" or a byte behind all that
 * begin so. */
static void add_range(struct plan *plan, char sign, struct str from, struct str to, uint32_t limit)
{
    struct buffer *bound = ask_key(plan);
    buffer_add_byte(bound, sign);
    if (sign != '-')
        buffer_add(bound, from.data, from.len);
    plan_word(plan, (struct str){bound->data, bound->len});
    bound->len = 0;
    buffer_add(bound, to.data, to.len);
    plan_word(plan, (struct str){bound->data, bound->len});
    plan_word(plan, STR("LIMIT"));
    plan_word_int(plan, 0);
    plan_word_int(plan, limit);
}

uint32_t ask_word(struct plan *plan, const struct view *view, struct str word, struct str after, uint32_t limit)
{
    struct str start = word_start(word);
    key_word(&view->keys, word, start, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard_of(start, view->keys.shards), STR("ZRANGEBYLEX"), ANSWER_LIST, 5);
    add_range(plan, after.len == 0 ? '-' : '(', after, STR("+"), limit);
    return ask;
}

uint32_t ask_words_from(struct plan *plan, const struct view *view, struct str beginning, struct str after,
                        uint32_t limit)
{
    struct str start = word_start(beginning);
    char to[WORD_BYTES_MAX + 2];
    assert(beginning.len <= WORD_BYTES_MAX);
    to[0] = '(';
    memcpy(to + 1, beginning.data, beginning.len);
    to[1 + beginning.len] = '\xff'; /* is in no word */
    key_words(&view->keys, start, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard_of(start, view->keys.shards), STR("ZRANGEBYLEX"), ANSWER_LIST, 5);
    add_range(plan, after.len == 0 ? '[' : '(', after.len == 0 ? beginning : after, (struct str){to, beginning.len + 2},
              limit);
    return ask;
}

uint32_t ask_node_items(struct plan *plan, const struct view *view, uint32_t shard, struct str node, int64_t from,
                        uint32_t limit)
{
    assert(from >= 0 && limit > 0); /* a negative end would mean: from behind */
    key_node_items(&view->keys, shard, node, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard, STR("LRANGE"), ANSWER_LIST, 2);
    plan_word_int(plan, from);
    plan_word_int(plan, from + limit - 1);
    return ask;
}

/* HGET where one field is enough: what HMGET is called for tells how many lookups there are (readers.c). */
uint32_t ask_record_counts(struct plan *plan, const struct view *view, uint32_t shard, const struct str *nodes,
                           size_t nodes_n)
{
    key_counts(&view->keys, shard, ask_key(plan));
    uint32_t ask = ask_on_key(plan, shard, STR("HGET"), ANSWER_TEXT, 1);
    plan_word(plan, (struct str){"", 1});
    if (nodes_n == 0)
        return ask;
    key_counts(&view->keys, shard, ask_key(plan));
    ask_on_key(plan, shard, STR("HMGET"), ANSWER_FIELDS, (uint32_t)nodes_n);
    for (size_t i = 0; i < nodes_n; i++)
        plan_word(plan, nodes[i]);
    return ask;
}

/* What is of no shard is asked of the one behind the last, like the nodes' meta. */
static uint32_t ask_all(struct plan *plan, const struct view *view,
                        void (*key)(const struct key_space *space, struct buffer *out))
{
    key(&view->keys, ask_key(plan));
    return ask_on_key(plan, view->keys.shards, STR("HGETALL"), ANSWER_PAIRS, 0);
}

uint32_t ask_nodes(struct plan *plan, const struct view *view)
{
    return ask_all(plan, view, key_nodes);
}

uint32_t ask_heard(struct plan *plan, const struct view *view)
{
    return ask_all(plan, view, key_heard);
}

uint32_t ask_nodes_version(struct plan *plan, const struct view *view)
{
    key_nodes_meta(&view->keys, ask_key(plan));
    uint32_t ask = ask_on_key(plan, view->keys.shards, STR("HGET"), ANSWER_TEXT, 1);
    plan_word(plan, STR("version"));
    return ask;
}

uint32_t ask_totals(struct plan *plan, const struct view *view)
{
    return ask_all(plan, view, key_stats);
}

uint32_t ask_partitions(struct plan *plan, const struct view *view)
{
    return ask_all(plan, view, key_partitions);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

bool read_text(const struct answers *answers, uint32_t ask, struct str *ret_text)
{
    const struct reply *reply = answer_at(answers, ask);
    *ret_text = reply_text(reply);
    return reply_is_string(reply) || reply_is_nil(reply);
}

bool read_record_counts(const struct answers *answers, uint32_t ask, size_t nodes_n, int64_t *ret_without_item,
                        int64_t *ret_at_nodes)
{
    int64_t at_node;
    *ret_at_nodes = 0;
    if (!read_units(answer_at(answers, ask), 0, ret_without_item))
        return false;
    for (size_t i = 0; i < nodes_n; i++) {
        if (!read_units(reply_at(answer_at(answers, ask + 1), i), 0, &at_node))
            return false;
        *ret_at_nodes += at_node;
    }
    return true;
}

bool read_size(const struct answers *answers, uint32_t ask, int64_t *ret_size)
{
    const struct reply *reply = answer_at(answers, ask);
    *ret_size = reply_int(reply);
    return reply_is_int(reply) && *ret_size >= 0;
}

static int compare_names(const void *a, const void *b)
{
    const struct str *left = a, *right = b;
    return str_compare(*left, *right);
}

/* Sorted, each once. Returns how many are left. */
static size_t sort_names(struct str *names, size_t n)
{
    size_t kept = 0;
    if (n > 0)
        qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !str_equal(names[i], names[kept - 1]))
            names[kept++] = names[i];
    return kept;
}

bool read_names(const struct answers *answers, uint32_t ask, struct arena *arena, struct str **ret_names, size_t *ret_n)
{
    const struct reply *reply = answer_at(answers, ask);
    size_t n = reply_count(reply);
    if (!reply_is_array(reply))
        return false;
    struct str *names = arena_array(arena, struct str, n);
    for (size_t i = 0; i < n; i++) {
        if (!reply_is_string(reply_at(reply, i)))
            return false;
        names[i] = reply_text(reply_at(reply, i));
    }
    *ret_names = names;
    *ret_n = sort_names(names, n);
    return true;
}

static size_t count_lines(struct str blob)
{
    size_t n = 0;
    while (blob.len > 0)
        n += cut_at(&blob, '\n').len > 0;
    return n;
}

bool read_node_items(const struct answers *answers, uint32_t ask, struct arena *arena, struct str **ret_skus,
                     size_t *ret_skus_n, size_t *ret_entries)
{
    const struct reply *reply = answer_at(answers, ask);
    size_t entries = reply_count(reply), room = 0, n = 0;
    if (!reply_is_array(reply))
        return false;
    for (size_t i = 0; i < entries; i++) {
        if (!reply_is_string(reply_at(reply, i)))
            return false;
        room += count_lines(reply_text(reply_at(reply, i)));
    }
    struct str *skus = arena_array(arena, struct str, room);
    for (size_t i = 0; i < entries; i++)
        for (struct str blob = reply_text(reply_at(reply, i)); blob.len > 0;) {
            struct str sku = cut_at(&blob, '\n');
            if (sku.len > 0)
                skus[n++] = sku;
        }
    *ret_skus = skus;
    *ret_skus_n = sort_names(skus, n);
    *ret_entries = entries;
    return true;
}

bool read_pairs(const struct answers *answers, uint32_t ask, struct arena *arena, struct pair **ret_pairs,
                size_t *ret_n)
{
    const struct reply *reply = answer_at(answers, ask);
    size_t n = reply_count(reply) / 2;
    if (!reply_is_array(reply) || reply_count(reply) % 2 != 0)
        return false;
    struct pair *pairs = arena_array(arena, struct pair, n);
    for (size_t i = 0; i < n; i++) {
        const struct reply *name = reply_at(reply, 2 * i), *text = reply_at(reply, 2 * i + 1);
        if (!reply_is_string(name) || !reply_is_string(text))
            return false;
        pairs[i] = (struct pair){reply_text(name), reply_text(text)};
    }
    *ret_pairs = pairs;
    *ret_n = n;
    return true;
}

bool read_numbers(const struct answers *answers, uint32_t ask, struct arena *arena, struct named_number **ret_numbers,
                  size_t *ret_n)
{
    struct pair *pairs;
    if (!read_pairs(answers, ask, arena, &pairs, ret_n))
        return false;
    *ret_numbers = arena_array(arena, struct named_number, *ret_n);
    for (size_t i = 0; i < *ret_n; i++) {
        (*ret_numbers)[i].name = pairs[i].name;
        if (!number_of(pairs[i].text, &(*ret_numbers)[i].number))
            return false;
    }
    return true;
}

bool read_partitions(const struct answers *answers, uint32_t ask, struct arena *arena,
                     struct partition_progress **ret_partitions, size_t *ret_n)
{
    struct pair *pairs;
    if (!read_pairs(answers, ask, arena, &pairs, ret_n))
        return false;
    *ret_partitions = arena_array(arena, struct partition_progress, *ret_n);
    for (size_t i = 0; i < *ret_n; i++)
        if (!partition_parse(pairs[i].name, pairs[i].text, &(*ret_partitions)[i]))
            return false;
    return true;
}
