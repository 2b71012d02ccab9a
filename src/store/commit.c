/* Commits and checkpoints: gathering the sections of one function call, and sending it.
 *
 * The order of sections, and how many words and keys each has, stand in commit_sections.def. */
#include "stockfold/store/commit.h"

#include <stdlib.h>

#include "meta.h"
#include "resp.h"

#define SECTION(name, words, keys) name,
enum section_name {
#include "commit_sections.def"
    SECTIONS
};
#undef SECTION

#define SECTION(name, words, keys) [name] = {words, keys},
static const struct {
    size_t words, keys;
} section_form[SECTIONS] = {
#include "commit_sections.def"
};
#undef SECTION

struct section {
    size_t n;
    struct buffer keys, args; /* encoded; see section_form */
};

/* A record that is new: node and sku lie at `at` of names, one behind the other. */
struct node_item {
    size_t at, node_len, sku_len;
};

struct commit_parts {
    bool checkpoint;
    struct buffer meta, scratch; /* plain keys */
    struct buffer head;          /* encoded: the words before the counts or watermarks */
    int64_t settled;             /* TIME_NONE: as before */
    int64_t newest;              /* of the watermarks; TIME_NONE: as before */
    struct buffer feeding;       /* of a checkpoint: topic and partitions, as often as there are */
    struct section sections[SECTIONS];
    struct buffer names;
    struct node_item *node_items;
    size_t node_items_n, node_items_cap;
};

void commit_init(struct commit *ret_commit, struct view *view)
{
    *ret_commit = (struct commit){.view = view, .parts = calloc(1, sizeof(struct commit_parts))};
    if (ret_commit->parts == NULL)
        error_out_of_memory();
}

void commit_done(struct commit *commit)
{
    struct commit_parts *parts = commit->parts;
    buffer_done(&parts->meta);
    buffer_done(&parts->scratch);
    buffer_done(&parts->head);
    buffer_done(&parts->feeding);
    buffer_done(&parts->names);
    for (size_t i = 0; i < SECTIONS; i++) {
        buffer_done(&parts->sections[i].keys);
        buffer_done(&parts->sections[i].args);
    }
    free(parts->node_items);
    free(parts);
    commit->parts = NULL;
}

static void empty(struct commit_parts *parts)
{
    parts->meta.len = parts->head.len = parts->names.len = parts->node_items_n = 0;
    parts->settled = parts->newest = TIME_NONE;
    parts->feeding.len = 0;
    for (size_t i = 0; i < SECTIONS; i++)
        parts->sections[i].n = parts->sections[i].keys.len = parts->sections[i].args.len = 0;
}

void commit_start(struct commit *commit, uint32_t shard, struct str expected, struct str token)
{
    struct commit_parts *parts = commit->parts;
    empty(parts);
    parts->checkpoint = false;
    commit->shard = shard;
    key_meta(&commit->view->keys, shard, &parts->meta);
    resp_add_word(&parts->head, expected);
    resp_add_word(&parts->head, token);
}

static void start_checkpoint(struct commit *commit, uint32_t shard, struct str believed, struct str open,
                             struct str kind)
{
    struct commit_parts *parts = commit->parts;
    empty(parts);
    parts->checkpoint = true;
    commit->shard = shard;
    key_meta(&commit->view->keys, shard, &parts->meta);
    resp_add_word(&parts->head, believed);
    resp_add_word(&parts->head, open);
    resp_add_word(&parts->head, kind);
}

void checkpoint_start(struct commit *commit, uint32_t shard, struct str believed, struct str open)
{
    start_checkpoint(commit, shard, believed, open, STR(""));
}

void checkpoint_start_part(struct commit *commit, uint32_t shard, struct str believed, struct str open)
{
    start_checkpoint(commit, shard, believed, open, STR("nodes"));
}

void checkpoint_fed_by(struct commit *commit, struct str topic, size_t partitions)
{
    buffer_add(&commit->parts->feeding, topic.data, topic.len);
    buffer_add_format(&commit->parts->feeding, " %zu ", partitions);
}

/* --- sections ---------------------------------------------------------------------------------------------------- */

static struct str text_of(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}

/* For spelling a key. */
static struct buffer *scratch_of(struct commit *commit)
{
    commit->parts->scratch.len = 0;
    return &commit->parts->scratch;
}

/* The section that gets one more, with this key. */
static struct section *extend(struct commit *commit, enum section_name name, const struct buffer *key)
{
    struct section *section = &commit->parts->sections[name];
    section->n++;
    if (key != NULL)
        resp_add_word(&section->keys, text_of(key));
    return section;
}

void commit_watermark(struct commit *commit, struct str topic, int32_t partition, const struct watermark *expected,
                      const struct watermark *next)
{
    struct section *section = extend(commit, WATERMARKS, NULL);
    meta_add_watermark(&section->args, topic, partition, expected, next);
    if (next->newest > commit->parts->newest)
        commit->parts->newest = next->newest;
}

static void remember_node_item(struct commit_parts *parts, struct str sku, struct str node)
{
    if (parts->node_items_n == parts->node_items_cap) {
        parts->node_items_cap = parts->node_items_cap == 0 ? 64 : parts->node_items_cap * 2;
        parts->node_items = realloc(parts->node_items, parts->node_items_cap * sizeof(*parts->node_items));
        if (parts->node_items == NULL)
            error_out_of_memory();
    }
    parts->node_items[parts->node_items_n++] = (struct node_item){parts->names.len, node.len, sku.len};
    buffer_add(&parts->names, node.data, node.len);
    buffer_add(&parts->names, sku.data, sku.len);
}

void commit_record(struct commit *commit, struct str sku, struct str node, struct str packed, bool existed)
{
    struct buffer *key = scratch_of(commit);
    key_record(&commit->view->keys, commit->shard, sku, node, key);
    struct section *section = extend(commit, existed ? KNOWN : NEW, key);
    resp_add_word(&section->args, node);
    resp_add_word(&section->args, packed);
    if (!existed)
        remember_node_item(commit->parts, sku, node);
}

static void add_hour(struct commit *commit, enum section_name name, int64_t hour, struct str blob, uint64_t events)
{
    struct buffer *key = scratch_of(commit);
    key_journal(&commit->view->keys, commit->shard, hour, key);
    struct section *section = extend(commit, name, key);
    resp_add_int(&section->args, hour);
    resp_add_int(&section->args, (int64_t)events);
    resp_add_word(&section->args, blob);
}

void commit_journal(struct commit *commit, int64_t hour, struct str blob, uint64_t events)
{
    add_hour(commit, JOURNALS, hour, blob, events);
}

void commit_chunk(struct commit *commit, int64_t hour, struct str blob, uint64_t events)
{
    add_hour(commit, CHUNKS, hour, blob, events);
}

void commit_consumed(struct commit *commit, struct str reservation, struct str sku, struct str node, int64_t units,
                     int64_t time_ms)
{
    struct buffer *key = scratch_of(commit);
    key_record(&commit->view->keys, commit->shard, sku, node, key);
    struct section *section = extend(commit, CONSUMED, key);
    struct buffer *field = scratch_of(commit);
    buffer_add(field, reservation.data, reservation.len);
    buffer_add_byte(field, '\0');
    buffer_add(field, sku.data, sku.len);
    buffer_add_byte(field, '\0');
    buffer_add(field, node.data, node.len);
    resp_add_word(&section->args, text_of(field));
    resp_add_int(&section->args, units);
    resp_add_int(&section->args, time_ms);
}

void commit_base(struct commit *commit, struct str sku, struct str node, struct str base)
{
    struct buffer *key = scratch_of(commit);
    key_base(&commit->view->keys, commit->shard, sku, key);
    struct section *section = extend(commit, BASES, key);
    resp_add_word(&section->args, node);
    resp_add_word(&section->args, base);
}

void commit_settled(struct commit *commit, int64_t hour)
{
    commit->parts->settled = hour;
}

/* --- node_items ----------------------------------------------------------------------------------------------------
 */

static struct str node_item_node(const struct commit_parts *parts, const struct node_item *item)
{
    return (struct str){parts->names.data + item->at, item->node_len};
}

static struct str node_item_sku(const struct commit_parts *parts, const struct node_item *item)
{
    return (struct str){parts->names.data + item->at + item->node_len, item->sku_len};
}

static int compare_node_items(const void *a, const void *b, void *context)
{
    const struct node_item *left = a, *right = b;
    int order = str_compare(node_item_node(context, left), node_item_node(context, right));
    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

/* What each node newly holds: how many, and one blob of skus. */
static void add_node_items(struct commit *commit)
{
    struct commit_parts *parts = commit->parts;
    if (parts->node_items_n == 0)
        return;
    qsort_r(parts->node_items, parts->node_items_n, sizeof(*parts->node_items), compare_node_items, parts);
    struct buffer skus;
    buffer_init(&skus);
    int64_t skus_n = 0;
    for (size_t i = 0; i < parts->node_items_n; i++) {
        struct str node = node_item_node(parts, &parts->node_items[i]),
                   sku = node_item_sku(parts, &parts->node_items[i]);
        if (skus.len > 0)
            buffer_add_byte(&skus, '\n');
        buffer_add(&skus, sku.data, sku.len);
        skus_n++;
        if (i + 1 < parts->node_items_n && str_equal(node, node_item_node(parts, &parts->node_items[i + 1])))
            continue;
        struct buffer *key = scratch_of(commit);
        key_node_items(&commit->view->keys, commit->shard, node, key);
        struct buffer *args = &extend(commit, NODE_ITEMS, key)->args;
        resp_add_word(args, node);
        resp_add_int(args, skus_n);
        resp_add_word(args, text_of(&skus));
        skus.len = 0;
        skus_n = 0;
    }
    buffer_done(&skus);
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static void send_checkpoint(struct link *link, struct commit *commit, link_reply_fn *fn, void *context)
{
    const struct commit_parts *parts = commit->parts;
    struct buffer *reservations = scratch_of(commit);
    const struct section *watermarks = &parts->sections[WATERMARKS];
    link_begin(link, 10 + watermarks->n * 3, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_checkpoint"));
    link_word_int(link, 2);
    link_word(link, text_of(&parts->meta));
    key_reservations_meta(&commit->view->keys, reservations);
    link_word(link, text_of(reservations));
    link_encoded(link, parts->head.data, parts->head.len);
    link_word(link, text_of(&parts->feeding));
    meta_send_time(link, parts->newest);
    link_encoded(link, watermarks->args.data, watermarks->args.len);
}

static void send_keys(struct link *link, struct commit *commit)
{
    const struct commit_parts *parts = commit->parts;
    struct buffer *key = scratch_of(commit);
    link_word(link, text_of(&parts->meta));
    key_hours(&commit->view->keys, commit->shard, key);
    link_word(link, text_of(key));
    key = scratch_of(commit);
    key_consumed(&commit->view->keys, commit->shard, key);
    link_word(link, text_of(key));
    key = scratch_of(commit);
    key_counts(&commit->view->keys, commit->shard, key);
    link_word(link, text_of(key));
    key = scratch_of(commit);
    key_holds(&commit->view->keys, commit->shard, key);
    link_word(link, text_of(key));
    key = scratch_of(commit);
    key_due(&commit->view->keys, key);
    link_word(link, text_of(key));
    for (size_t i = 0; i < SECTIONS; i++)
        link_encoded(link, parts->sections[i].keys.data, parts->sections[i].keys.len);
}

static void send_args(struct link *link, const struct commit_parts *parts)
{
    link_encoded(link, parts->head.data, parts->head.len);
    meta_send_time(link, parts->settled);
    meta_send_time(link, parts->newest);
    for (size_t i = 0; i < SECTIONS; i++)
        link_word_int(link, (int64_t)parts->sections[i].n);
    for (size_t i = 0; i < SECTIONS; i++)
        link_encoded(link, parts->sections[i].args.data, parts->sections[i].args.len);
}

static void send_commit(struct link *link, struct commit *commit, link_reply_fn *fn, void *context)
{
    size_t keys = 6, words = 4 + SECTIONS;
    for (size_t i = 0; i < SECTIONS; i++) {
        keys += commit->parts->sections[i].n * section_form[i].keys;
        words += commit->parts->sections[i].n * section_form[i].words;
    }
    link_begin(link, 3 + keys + words, fn, context);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_commit"));
    link_word_int(link, (int64_t)keys);
    send_keys(link, commit);
    send_args(link, commit->parts);
}

void commit_send(struct commit *commit, link_reply_fn *fn, void *context)
{
    struct link *link = view_link(commit->view, commit->shard);
    if (commit->parts->checkpoint) {
        send_checkpoint(link, commit, fn, context);
    } else {
        add_node_items(commit);
        send_commit(link, commit, fn, context);
    }
    empty(commit->parts);
}

enum commit_answer commit_answer(const struct reply *reply)
{
    const struct reply *first = reply_is_array(reply) ? reply_at(reply, 0) : reply;
    struct str text = reply_text(first);
    if (first == NULL || reply_is_error(first))
        return COMMIT_FAILED;
    if (str_equal(text, STR("OK")))
        return COMMIT_OK;
    if (str_equal(text, STR("MISMATCH")))
        return COMMIT_MISMATCH;
    return str_equal(text, STR("LOST")) ? COMMIT_LOST_RECORD : COMMIT_FAILED;
}
