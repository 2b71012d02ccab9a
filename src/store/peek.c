/* Responsible for: gathering what is read of a shard in one function call. */
#include "stockfold/store/peek.h"

#include "resp.h"

void peek_init(struct peek *ret_peek, struct view *view)
{
    *ret_peek = (struct peek){.view = view};
    buffer_init(&ret_peek->keys);
    buffer_init(&ret_peek->words);
    buffer_init(&ret_peek->key);
}

void peek_done(struct peek *peek)
{
    buffer_done(&peek->keys);
    buffer_done(&peek->words);
    buffer_done(&peek->key);
}

void peek_start(struct peek *peek, uint32_t shard)
{
    peek->shard = shard;
    peek->keys_n = peek->words_n = peek->keys.len = peek->words.len = 0;
}

static struct str key_text(const struct peek *peek)
{
    return (struct str){peek->key.data, peek->key.len};
}

/* For spelling the next key. */
static struct buffer *next_key(struct peek *peek)
{
    peek->key.len = 0;
    return &peek->key;
}

/* A command on the key that was spelled, of so many words besides it. */
static void begin_command(struct peek *peek, struct str name, size_t words)
{
    resp_add_word(&peek->keys, key_text(peek));
    resp_add_int(&peek->words, (int64_t)words);
    resp_add_word(&peek->words, name);
    peek->keys_n++;
    peek->words_n += 1 + words;
}

static void add_get(struct peek *peek, struct str field)
{
    begin_command(peek, STR("HGET"), 2);
    resp_add_word(&peek->words, field);
}

static void add_size(struct peek *peek)
{
    begin_command(peek, STR("HLEN"), 1);
}

void peek_sizes(struct peek *peek)
{
    const struct key_space *space = &peek->view->keys;
    key_meta(space, peek->shard, next_key(peek));
    add_get(peek, STR("sizes"));
    add_get(peek, STR("documents"));
    key_hours(space, peek->shard, next_key(peek));
    add_size(peek);
    key_consumed(space, peek->shard, next_key(peek));
    add_size(peek);
    key_counts(space, peek->shard, next_key(peek));
    add_size(peek);
    key_document_times(space, peek->shard, next_key(peek));
    add_size(peek);
}

void peek_counts(struct peek *peek)
{
    key_counts(&peek->view->keys, peek->shard, next_key(peek));
    begin_command(peek, STR("HGETALL"), 1);
}

void peek_hours(struct peek *peek)
{
    key_hours(&peek->view->keys, peek->shard, next_key(peek));
    begin_command(peek, STR("HGETALL"), 1);
}

void peek_hour(struct peek *peek, int64_t hour)
{
    key_hours(&peek->view->keys, peek->shard, next_key(peek));
    begin_command(peek, STR("HGET"), 2);
    resp_add_int(&peek->words, hour);
    key_journal(&peek->view->keys, peek->shard, hour, next_key(peek));
    begin_command(peek, STR("LLEN"), 1);
}

void peek_node_items(struct peek *peek, struct str node, int64_t from, int64_t n)
{
    key_counts(&peek->view->keys, peek->shard, next_key(peek));
    add_get(peek, node);
    key_node_items(&peek->view->keys, peek->shard, node, next_key(peek));
    begin_command(peek, STR("LRANGE"), 3);
    resp_add_int(&peek->words, from);
    resp_add_int(&peek->words, from + n - 1);
}

void peek_record(struct peek *peek, struct str sku, struct str node)
{
    key_record(&peek->view->keys, peek->shard, sku, node, next_key(peek));
    add_get(peek, node);
    key_base(&peek->view->keys, peek->shard, sku, next_key(peek));
    add_get(peek, node);
}

void peek_document_times(struct peek *peek, const char *cursor, int64_t n)
{
    key_document_times(&peek->view->keys, peek->shard, next_key(peek));
    begin_command(peek, STR("HSCAN"), 4);
    resp_add_word(&peek->words, (struct str){cursor, strlen(cursor)});
    resp_add_word(&peek->words, STR("COUNT"));
    resp_add_int(&peek->words, n);
}

void peek_document(struct peek *peek, struct str sku)
{
    key_document_times(&peek->view->keys, peek->shard, next_key(peek));
    add_get(peek, sku);
    key_item(&peek->view->keys, peek->shard, sku, next_key(peek));
    begin_command(peek, STR("EXISTS"), 1);
}

void peek_send(struct peek *peek, link_reply_fn *fn, void *context)
{
    struct link *link = view_link(peek->view, peek->shard);
    key_meta(&peek->view->keys, peek->shard, next_key(peek));
    link_begin(link, 4 + peek->keys_n + peek->words_n, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_peek"));
    link_word_int(link, 1 + (int64_t)peek->keys_n);
    link_word(link, key_text(peek));
    link_encoded(link, peek->keys.data, peek->keys.len);
    link_encoded(link, peek->words.data, peek->words.len);
    peek_start(peek, peek->shard);
}
