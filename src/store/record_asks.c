/* Responsible for: asking for what the fold reads of a shard: records, bases, hours, chunks. */
#include "stockfold/store/view.h"

static void ask_node_field(struct view *view, uint32_t shard, struct buffer *key, struct str node, link_reply_fn *fn,
                           void *context)
{
    struct link *link = view_link(view, shard);
    link_begin(link, 3, fn, context);
    link_word(link, STR("HGET"));
    link_word(link, (struct str){key->data, key->len});
    link_word(link, node);
    buffer_done(key);
}

void view_ask_record(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn,
                     void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_record(&view->keys, shard, sku, node, &key);
    ask_node_field(view, shard, &key, node, fn, context);
}

static void ask_hash(struct view *view, uint32_t shard, struct buffer *key, link_reply_fn *fn, void *context)
{
    struct link *link = view_link(view, shard);
    link_begin(link, 2, fn, context);
    link_word(link, STR("HGETALL"));
    link_word(link, (struct str){key->data, key->len});
    buffer_done(key);
}

void view_ask_item_records(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn,
                           void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_record(&view->keys, shard, sku, node, &key);
    ask_hash(view, shard, &key, fn, context);
}

void view_ask_base(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_base(&view->keys, shard, sku, &key);
    ask_node_field(view, shard, &key, node, fn, context);
}

void view_ask_hours(struct view *view, uint32_t shard, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_hours(&view->keys, shard, &key);
    ask_hash(view, shard, &key, fn, context);
}

void view_ask_some_hours(struct view *view, uint32_t shard, const int64_t *hours, size_t n, link_reply_fn *fn,
                         void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_hours(&view->keys, shard, &key);
    struct link *link = view_link(view, shard);
    link_begin(link, 2 + n, fn, context);
    link_word(link, STR("HMGET"));
    link_word(link, (struct str){key.data, key.len});
    for (size_t i = 0; i < n; i++)
        link_word_int(link, hours[i]);
    buffer_done(&key);
}

void view_ask_chunk(struct view *view, uint32_t shard, int64_t hour, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_journal(&view->keys, shard, hour, &key);
    struct link *link = view_link(view, shard);
    link_begin(link, 4, fn, context);
    link_word(link, STR("LRANGE"));
    link_word(link, (struct str){key.data, key.len});
    link_word_int(link, 0);
    link_word_int(link, -1);
    buffer_done(&key);
}
