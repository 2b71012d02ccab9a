/* Master data: putting documents, and keeping the indexes beside them. */
#include "stockfold/store/master.h"

#include <stdlib.h>

#include "meta.h"
#include "resp.h"
#include "scan.h"
#include "stockfold/codec/event_json.h"

/* --- indexes ----------------------------------------------------------------------------------------------------- */

enum index { INDEX_STYLE, INDEX_GTIN, INDEXES };

static void key_of_index(const struct key_space *space, enum index index, struct str name, struct buffer *out)
{
    if (index == INDEX_STYLE)
        key_style(space, name, out);
    else
        key_gtin(space, name, out);
}

/* SADD or SREM of a sku; nothing for an item without that name. */
static void change_index(struct view *view, struct str verb, enum index index, struct str name, struct str sku)
{
    if (name.len == 0)
        return;
    struct buffer key;
    buffer_init(&key);
    key_of_index(&view->keys, index, name, &key);
    link_begin(view->link, 3, NULL, NULL);
    link_word(view->link, verb);
    link_word(view->link, (struct str){key.data, key.len});
    link_word(view->link, sku);
    buffer_done(&key);
}

/* Of several puts of one key the last is what the indexes go by. */
static bool put_again(const struct master_put *puts, size_t puts_n, size_t at)
{
    for (size_t i = at + 1; i < puts_n; i++)
        if (str_equal(puts[i].key, puts[at].key))
            return true;
    return false;
}

/* What an answered put still needs: names that the items have now, to tell which of the old ones are stale. */
struct put {
    struct view *view;
    link_reply_fn *fn;
    void *context;
    struct arena arena;
    struct master_put *puts;
    size_t puts_n;
    size_t users; /* replies that it waits for */
};

static void put_release(struct put *put)
{
    if (--put->users > 0)
        return;
    arena_done(&put->arena);
    free(put);
}

/* The names of the document as it is now, added again: a later put may have added what was removed as stale meanwhile.
 */
static void add_again(void *context, const struct reply *reply)
{
    struct put *put = context;
    struct item_facts now;
    char detail[REFUSAL_DETAIL_MAX];
    struct str json = reply_text(reply);
    if (reply_problem(reply) == REPLY_OK && json.len > 0 &&
        item_read(json, &put->arena, &now, detail) == REFUSAL_NONE) {
        change_index(put->view, STR("SADD"), INDEX_STYLE, now.style, now.sku);
        change_index(put->view, STR("SADD"), INDEX_GTIN, now.gtin, now.sku);
    }
    put_release(put);
}

static void ask_again(struct put *put, struct str sku)
{
    struct buffer key;
    buffer_init(&key);
    uint32_t shard = shard_of(sku, put->view->keys.shards);
    key_item(&put->view->keys, shard, sku, &key);
    struct link *link = view_link(put->view, shard);
    put->users++;
    link_begin(link, 2, add_again, put);
    link_word(link, STR("GET"));
    link_word(link, (struct str){key.data, key.len});
    buffer_done(&key);
}

static void remove_stale(struct put *put, const struct master_put *now, struct str json)
{
    struct item_facts before;
    char detail[REFUSAL_DETAIL_MAX];
    if (json.len == 0 || item_read(json, &put->arena, &before, detail) != REFUSAL_NONE)
        return;
    bool style = !str_equal(before.style, now->style), gtin = !str_equal(before.gtin, now->gtin);
    if (style)
        change_index(put->view, STR("SREM"), INDEX_STYLE, before.style, now->key);
    if (gtin)
        change_index(put->view, STR("SREM"), INDEX_GTIN, before.gtin, now->key);
    if (style || gtin)
        ask_again(put, now->key);
}

static void items_put(void *context, const struct reply *reply)
{
    struct put *put = context;
    if (commit_answer(reply) == COMMIT_OK)
        for (size_t i = 0; i < put->puts_n; i++)
            if (!put_again(put->puts, put->puts_n, i))
                remove_stale(put, &put->puts[i], reply_text(reply_at(reply, i + 1)));
    if (put->fn != NULL)
        put->fn(put->context, reply);
    put_release(put);
}

static struct str keep(struct arena *arena, struct str text)
{
    return (struct str){arena_copy(arena, text.data, text.len), text.len};
}

static struct put *put_new(struct view *view, const struct master_put *puts, size_t puts_n, link_reply_fn *fn,
                           void *context)
{
    struct put *put = calloc(1, sizeof(*put));
    if (put == NULL)
        error_out_of_memory();
    *put = (struct put){.view = view, .fn = fn, .context = context, .puts_n = puts_n, .users = 1};
    arena_init(&put->arena);
    put->puts = arena_array(&put->arena, struct master_put, puts_n);
    for (size_t i = 0; i < puts_n; i++)
        put->puts[i] = (struct master_put){.key = keep(&put->arena, puts[i].key),
                                           .style = keep(&put->arena, puts[i].style),
                                           .gtin = keep(&put->arena, puts[i].gtin)};
    return put;
}

/* --- putting ----------------------------------------------------------------------------------------------------- */

void master_put_items(struct view *view, uint32_t shard, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context)
{
    for (size_t i = 0; i < puts_n; i++) {
        if (put_again(puts, puts_n, i))
            continue;
        change_index(view, STR("SADD"), INDEX_STYLE, puts[i].style, puts[i].key);
        change_index(view, STR("SADD"), INDEX_GTIN, puts[i].gtin, puts[i].key);
    }
    struct buffer words;
    buffer_init(&words);
    struct link *link = view_link(view, shard);
    link_begin(link, 3 + 1 + puts_n + 3 + puts_n, items_put, put_new(view, puts, puts_n, fn, context));
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v1_put_items"));
    link_word_int(link, (int64_t)puts_n + 1);
    key_meta(&view->keys, shard, &words);
    link_word(link, (struct str){words.data, words.len});
    for (size_t i = 0; i < puts_n; i++) {
        words.len = 0;
        key_item(&view->keys, shard, puts[i].key, &words);
        link_word(link, (struct str){words.data, words.len});
    }
    words.len = 0;
    meta_add_watermark(&words, topic, partition, expected, next);
    link_encoded(link, words.data, words.len);
    for (size_t i = 0; i < puts_n; i++)
        link_word(link, puts[i].json);
    buffer_done(&words);
}

void master_put_nodes(struct view *view, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context)
{
    struct buffer words;
    buffer_init(&words);
    link_begin(view->link, 3 + 2 + 3 + 2 * puts_n, fn, context);
    link_word(view->link, STR("FCALL"));
    link_word(view->link, STR("stockfold_v1_put_nodes"));
    link_word_int(view->link, 2);
    key_nodes_meta(&view->keys, &words);
    link_word(view->link, (struct str){words.data, words.len});
    words.len = 0;
    key_nodes(&view->keys, &words);
    link_word(view->link, (struct str){words.data, words.len});
    words.len = 0;
    meta_add_watermark(&words, topic, partition, expected, next);
    link_encoded(view->link, words.data, words.len);
    for (size_t i = 0; i < puts_n; i++) {
        link_word(view->link, puts[i].key);
        link_word(view->link, puts[i].json);
    }
    buffer_done(&words);
}

/* --- deleting what a compacted topic no longer has ---------------------------------------------------------------- */

struct unseen {
    struct view *view;
    bool (*keep)(void *context, struct str key);
    void *context;
    int64_t deleted;
};

static int delete_item(void *context, const struct scanned_key *key, struct error *error)
{
    struct unseen *unseen = context;
    struct view *view = unseen->view;
    (void)error;
    if (key->kind != 'i' || unseen->keep(unseen->context, key->name))
        return 0;
    unseen->deleted++;
    link_begin(view->link, 2, NULL, NULL);
    link_word(view->link, STR("DEL"));
    link_word(view->link, key->key);
    return 0;
}

int64_t master_delete_unseen_items(struct view *view, bool (*keep_it)(void *context, struct str key), void *context,
                                   struct error *error)
{
    struct unseen unseen = {view, keep_it, context, 0};
    int code = scan_view(view, 'i', delete_item, &unseen, error);
    return code != 0 ? code : unseen.deleted;
}

static int delete_node(void *context, struct str node, struct str json, struct error *error)
{
    struct unseen *unseen = context;
    struct view *view = unseen->view;
    (void)json;
    (void)error;
    if (unseen->keep(unseen->context, node))
        return 0;
    unseen->deleted++;
    struct buffer key;
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    link_begin(view->link, 3, NULL, NULL);
    link_word(view->link, STR("HDEL"));
    link_word(view->link, (struct str){key.data, key.len});
    link_word(view->link, node);
    buffer_done(&key);
    return 0;
}

int64_t master_delete_unseen_nodes(struct view *view, bool (*keep_it)(void *context, struct str key), void *context,
                                   struct error *error)
{
    struct unseen unseen = {view, keep_it, context, 0};
    int code = scan_nodes(view, delete_node, &unseen, error);
    return code != 0 ? code : unseen.deleted;
}
