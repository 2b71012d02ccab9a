/* Master data: putting documents, and keeping the indexes beside them. */
#include "stockfold/store/master.h"

#include <stdlib.h>

#include "meta.h"
#include "resp.h"
#include "scan.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/store/word_index.h"

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
    struct link *link = view_link(view, shard_of(name, view->keys.shards));
    link_begin(link, 3, NULL, NULL);
    link_word(link, verb);
    link_word(link, (struct str){key.data, key.len});
    link_word(link, sku);
    buffer_done(&key);
}

static void add_names(struct view *view, const struct item_facts *item)
{
    change_index(view, STR("SADD"), INDEX_STYLE, item->style, item->sku);
    change_index(view, STR("SADD"), INDEX_GTIN, item->gtin, item->sku);
}

/* What an answered put still needs: what the items say now, to tell what of the old is stale. Of one that is deleted
 * all is empty. */
struct put {
    struct view *view;
    link_reply_fn *fn;
    void *context;
    struct arena arena;
    struct item_facts *items;
    size_t items_n;
    size_t users; /* replies that it waits for */
};

static void put_release(struct put *put)
{
    if (--put->users > 0)
        return;
    arena_done(&put->arena);
    free(put);
}

/* Names and words of the document as it is now, added again: a later put may have added what was removed as stale
 * meanwhile. */
static void add_again(void *context, const struct reply *reply)
{
    struct put *put = context;
    struct item_facts now;
    char detail[REFUSAL_DETAIL_MAX];
    struct str json = reply_text(reply);
    if (reply_problem(reply) == REPLY_OK && json.len > 0 &&
        item_read(json, &put->arena, &now, detail) == REFUSAL_NONE) {
        const struct item_facts *item = &now;
        add_names(put->view, item);
        word_index_add(put->view, &item, 1);
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

/* Whether any word went. */
static bool remove_gone_words(struct put *put, const struct item_facts *before, const struct item_facts *now)
{
    struct words old, new, gone;
    words_of_item(before, &put->arena, &old);
    words_of_item(now, &put->arena, &new);
    word_index_gone(&old, &new, &put->arena, &gone);
    word_index_remove(put->view, before->sku, &gone);
    return gone.n > 0;
}

static void remove_stale(struct put *put, const struct item_facts *now, struct str json)
{
    struct item_facts before;
    char detail[REFUSAL_DETAIL_MAX];
    if (json.len == 0 || item_read(json, &put->arena, &before, detail) != REFUSAL_NONE)
        return;
    bool style = !str_equal(before.style, now->style), gtin = !str_equal(before.gtin, now->gtin);
    if (style)
        change_index(put->view, STR("SREM"), INDEX_STYLE, before.style, before.sku);
    if (gtin)
        change_index(put->view, STR("SREM"), INDEX_GTIN, before.gtin, before.sku);
    if (remove_gone_words(put, &before, now) || style || gtin)
        ask_again(put, before.sku);
}

/* Names and words of a document that came too late, but for those that the item has: they were added before it was
 * known. */
static void remove_own(struct put *put, const struct item_facts *own)
{
    static const struct item_facts nothing;
    change_index(put->view, STR("SREM"), INDEX_STYLE, own->style, own->sku);
    change_index(put->view, STR("SREM"), INDEX_GTIN, own->gtin, own->sku);
    if (remove_gone_words(put, own, &nothing) || own->style.len > 0 || own->gtin.len > 0)
        ask_again(put, own->sku);
}

static void items_put(void *context, const struct reply *reply)
{
    struct put *put = context;
    if (commit_answer(reply) == COMMIT_OK)
        for (size_t i = 0; i < put->items_n; i++) {
            const struct reply *before = reply_at(reply, i + 1);
            if (reply_is_nil(before))
                remove_own(put, &put->items[i]);
            else
                remove_stale(put, &put->items[i], reply_text(before));
        }
    if (put->fn != NULL)
        put->fn(put->context, reply);
    put_release(put);
}

static struct str copy_into_put(struct arena *arena, struct str text)
{
    return (struct str){arena_copy(arena, text.data, text.len), text.len};
}

/* Words are made of a text whatever its language. */
static struct texts copy_texts(struct arena *arena, const struct texts *texts)
{
    struct text_in_language *copies = arena_array(arena, struct text_in_language, texts->n);
    for (size_t i = 0; i < texts->n; i++)
        copies[i] = (struct text_in_language){.text = copy_into_put(arena, texts->text[i].text)};
    return (struct texts){copies, texts->n};
}

/* What the indexes know of an item. */
static struct item_facts copy_facts(struct arena *arena, const struct master_put *put)
{
    const struct item_facts *item = put->item;
    struct item_facts copy = {0};
    if (item == NULL)
        return copy;
    copy.sku = copy_into_put(arena, put->key);
    copy.style = copy_into_put(arena, item->style);
    copy.gtin = copy_into_put(arena, item->gtin);
    copy.titles = copy_texts(arena, &item->titles);
    copy.colors = copy_texts(arena, &item->colors);
    copy.size = copy_into_put(arena, item->size);
    copy.category = copy_into_put(arena, item->category);
    return copy;
}

static struct put *put_new(struct view *view, const struct master_put *const *puts, size_t puts_n, link_reply_fn *fn,
                           void *context)
{
    struct put *put = calloc(1, sizeof(*put));
    if (put == NULL)
        error_out_of_memory();
    *put = (struct put){.view = view, .fn = fn, .context = context, .items_n = puts_n, .users = 1};
    arena_init(&put->arena);
    put->items = arena_array(&put->arena, struct item_facts, puts_n);
    for (size_t i = 0; i < puts_n; i++)
        put->items[i] = copy_facts(&put->arena, puts[i]);
    return put;
}

/* --- putting ----------------------------------------------------------------------------------------------------- */

/* Of several puts of one key only the last. */
static size_t last_puts(const struct master_put *puts, size_t puts_n, const struct master_put **ret_puts)
{
    size_t n = 0;
    for (size_t i = 0; i < puts_n; i++) {
        size_t later = i + 1;
        while (later < puts_n && !str_equal(puts[later].key, puts[i].key))
            later++;
        if (later == puts_n)
            ret_puts[n++] = &puts[i];
    }
    return n;
}

static void add_units(struct buffer *out, int64_t units, struct str node)
{
    buffer_add_int(out, units);
    buffer_add_byte(out, '\0');
    buffer_add(out, node.data, node.len);
    buffer_add_byte(out, '\0');
}

/* The safety stock of an item in one bucket, as put_items() in functions/master.lua takes it. */
static void spell_safety(const struct item_facts *item, const struct key_space *space, uint32_t bucket,
                         struct buffer *out)
{
    out->len = 0;
    if (item == NULL)
        return;
    if (item->safety_default >= 0)
        add_units(out, item->safety_default, STR(""));
    for (size_t i = 0; i < item->safety_nodes_n; i++)
        if (item->safety_nodes[i].node.len > 0 && key_bucket(space, item->safety_nodes[i].node) == bucket)
            add_units(out, item->safety_nodes[i].units, item->safety_nodes[i].node);
}

/* The keys of an item's records, as many as there are buckets. */
static void add_record_keys(struct view *view, struct str sku)
{
    struct buffer key;
    buffer_init(&key);
    uint32_t shard = shard_of(sku, view->keys.shards);
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        key.len = 0;
        key_record_bucket(&view->keys, shard, sku, bucket, &key);
        link_word(view_link(view, shard), (struct str){key.data, key.len});
    }
    buffer_done(&key);
}

/* A key of the shard, spelled by `spell`. */
static void add_shard_key(struct view *view, uint32_t shard,
                          void (*spell)(const struct key_space *space, uint32_t shard, struct buffer *out))
{
    struct buffer key;
    buffer_init(&key);
    spell(&view->keys, shard, &key);
    link_word(view_link(view, shard), (struct str){key.data, key.len});
    buffer_done(&key);
}

static void send_items(struct view *view, uint32_t shard, int32_t partition, const struct master_put *const *puts,
                       size_t puts_n, const struct buffer *watermark, int64_t newest)
{
    struct buffer words;
    buffer_init(&words);
    struct link *link = view_link(view, shard);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_put_items"));
    link_word_int(link, 3 + (1 + (int64_t)view->keys.buckets) * (int64_t)puts_n);
    add_shard_key(view, shard, key_meta);
    add_shard_key(view, shard, key_counts);
    add_shard_key(view, shard, key_document_times);
    for (size_t i = 0; i < puts_n; i++) {
        words.len = 0;
        key_item(&view->keys, shard, puts[i]->key, &words);
        link_word(link, (struct str){words.data, words.len});
        add_record_keys(view, puts[i]->key);
    }
    link_encoded(link, watermark->data, watermark->len);
    meta_send_time(link, newest);
    link_word_int(link, partition);
    link_word_int(link, view->keys.buckets);
    for (size_t i = 0; i < puts_n; i++) {
        link_word(link, puts[i]->key);
        link_word(link, puts[i]->json);
        link_word_int(link, puts[i]->kafka_time);
        for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
            spell_safety(puts[i]->item, &view->keys, bucket, &words);
            link_word(link, (struct str){words.data, words.len});
        }
    }
    buffer_done(&words);
}

void master_put_items(struct view *view, uint32_t shard, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context)
{
    struct arena arena;
    arena_init(&arena);
    const struct master_put **last = arena_array(&arena, const struct master_put *, puts_n);
    size_t n = last_puts(puts, puts_n, last);
    const struct item_facts **items = arena_array(&arena, const struct item_facts *, puts_n);
    size_t items_n = 0;
    for (size_t i = 0; i < n; i++)
        if (last[i]->item != NULL)
            items[items_n++] = last[i]->item;
    for (size_t i = 0; i < items_n; i++)
        add_names(view, items[i]);
    word_index_add(view, items, items_n);
    struct buffer watermark;
    buffer_init(&watermark);
    meta_add_watermark(&watermark, topic, partition, expected, next);
    size_t keys = 3 + (1 + view->keys.buckets) * n, args = 6 + (3 + view->keys.buckets) * n;
    link_begin(view_link(view, shard), 3 + keys + args, items_put, put_new(view, last, n, fn, context));
    send_items(view, shard, partition, last, n, &watermark, next->newest);
    buffer_done(&watermark);
    arena_done(&arena);
}

/* The keys of all nodes' documents: their meta, they, and their times. */
static void add_nodes_keys(struct view *view, struct link *link)
{
    struct buffer key;
    buffer_init(&key);
    link_word_int(link, 3);
    key_nodes_meta(&view->keys, &key);
    link_word(link, (struct str){key.data, key.len});
    key.len = 0;
    key_nodes(&view->keys, &key);
    link_word(link, (struct str){key.data, key.len});
    key.len = 0;
    key_document_times(&view->keys, view->keys.shards, &key);
    link_word(link, (struct str){key.data, key.len});
    buffer_done(&key);
}

void master_put_nodes(struct view *view, const struct master_put *puts, size_t puts_n, struct str topic,
                      int32_t partition, const struct watermark *expected, const struct watermark *next,
                      link_reply_fn *fn, void *context)
{
    struct buffer watermark;
    buffer_init(&watermark);
    meta_add_watermark(&watermark, topic, partition, expected, next);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_begin(link, 3 + 3 + 5 + 3 * puts_n, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_put_nodes"));
    add_nodes_keys(view, link);
    link_encoded(link, watermark.data, watermark.len);
    meta_send_time(link, next->newest);
    link_word_int(link, partition);
    for (size_t i = 0; i < puts_n; i++) {
        link_word(link, puts[i].key);
        link_word(link, puts[i].json);
        link_word_int(link, puts[i].kafka_time);
    }
    buffer_done(&watermark);
}

/* --- deleting what a compacted topic no longer has ---------------------------------------------------------------- */

struct unseen {
    struct view *view;
    const struct master_whole *whole;
    struct buffer stand; /* scratch */
    int64_t deleted;
};

/* Where the caller knows the shard to stand, as watermarks that stay where they are. */
static void send_stand(struct unseen *unseen, struct link *link, uint32_t shard)
{
    const struct master_whole *whole = unseen->whole;
    unseen->stand.len = 0;
    for (int32_t partition = 0; partition < whole->partitions; partition++) {
        const struct watermark *stands = whole->stands_at(whole->context, shard, partition);
        meta_add_watermark(&unseen->stand, whole->topic, partition, stands, stands != NULL ? stands : &watermark_none);
    }
    link_encoded(link, unseen->stand.data, unseen->stand.len);
}

static size_t stand_words(const struct unseen *unseen)
{
    return 3 * (size_t)unseen->whole->partitions;
}

/* What an item said that is deleted goes from the indexes. */
static void item_deleted(void *context, const struct reply *reply)
{
    struct put *put = context;
    static const struct item_facts nothing;
    if (reply_problem(reply) == REPLY_OK)
        remove_stale(put, &nothing, reply_text(reply));
    put_release(put);
}

static int delete_item(void *context, const struct scanned_key *key, struct error *error)
{
    struct unseen *unseen = context;
    struct view *view = unseen->view;
    (void)error;
    if (key->kind != 'i' || unseen->whole->has(unseen->whole->context, key->name))
        return 0;
    unseen->deleted++;
    uint32_t shard = shard_of(key->name, view->keys.shards);
    struct link *link = view_link(view, shard);
    struct master_put deletion = {.key = key->name};
    const struct master_put *deletions = &deletion;
    link_begin(link, 8 + view->keys.buckets + stand_words(unseen), item_deleted,
               put_new(view, &deletions, 1, NULL, NULL));
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_delete_item"));
    link_word_int(link, 4 + (int64_t)view->keys.buckets);
    add_shard_key(view, shard, key_meta);
    add_shard_key(view, shard, key_counts);
    add_shard_key(view, shard, key_document_times);
    link_word(link, key->key);
    add_record_keys(view, key->name);
    link_word(link, key->name);
    send_stand(unseen, link, shard);
    return 0;
}

int64_t master_delete_unseen_items(struct view *view, const struct master_whole *whole, struct error *error)
{
    struct unseen unseen = {.view = view, .whole = whole};
    buffer_init(&unseen.stand);
    int code = scan_view(view, 'i', delete_item, &unseen, error);
    buffer_done(&unseen.stand);
    return code != 0 ? code : unseen.deleted;
}

static int delete_node(void *context, struct str node, struct str json, struct error *error)
{
    struct unseen *unseen = context;
    struct view *view = unseen->view;
    (void)json;
    (void)error;
    if (unseen->whole->has(unseen->whole->context, node))
        return 0;
    unseen->deleted++;
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_begin(link, 7 + stand_words(unseen), NULL, NULL);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_delete_node"));
    add_nodes_keys(view, link);
    link_word(link, node);
    send_stand(unseen, link, view->keys.shards);
    return 0;
}

int64_t master_delete_unseen_nodes(struct view *view, const struct master_whole *whole, struct error *error)
{
    struct unseen unseen = {.view = view, .whole = whole};
    buffer_init(&unseen.stand);
    int code = scan_nodes(view, delete_node, &unseen, error);
    buffer_done(&unseen.stand);
    return code != 0 ? code : unseen.deleted;
}
