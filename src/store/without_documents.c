/* Adds up what the shards count of their records, by node and without an item's document. */
#include "stockfold/store/without_documents.h"

#include <stdlib.h>

#include "command.h"
#include "stockfold/base/arena.h"

struct strays {
    struct arena arena;
    struct str *nodes; /* with a document, sorted */
    size_t nodes_n;
    struct without_documents counts;
};

static int compare_known_nodes(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void take_known_nodes(void *context, const struct reply *reply)
{
    struct strays *strays = context;
    strays->nodes = arena_array(&strays->arena, struct str, reply_count(reply) + 1);
    for (size_t i = 0; i < reply_count(reply); i++) {
        struct str node = reply_text(reply_at(reply, i));
        strays->nodes[strays->nodes_n++] = (struct str){arena_copy(&strays->arena, node.data, node.len), node.len};
    }
    qsort(strays->nodes, strays->nodes_n, sizeof(*strays->nodes), compare_known_nodes);
}

static void add_counts(void *context, const struct reply *reply)
{
    struct strays *strays = context;
    for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
        struct str field = reply_text(reply_at(reply, i)), number = reply_text(reply_at(reply, i + 1));
        int64_t records = number.len == 0 ? 0 : strtoll(number.data, NULL, 10);
        if (!field_is_record(field))
            strays->counts.items += records;
        else if (bsearch(&field, strays->nodes, strays->nodes_n, sizeof(field), compare_known_nodes) == NULL)
            strays->counts.nodes += records;
    }
}

static void ask_on(struct view *view, uint32_t shard, struct str command, const struct buffer *key, link_reply_fn *fn,
                   void *context)
{
    struct link *link = view_link(view, shard);
    link_begin(link, 2, fn, context);
    link_word(link, command);
    link_word(link, (struct str){key->data, key->len});
}

int view_count_without_documents(struct view *view, struct without_documents *ret_counts, struct error *error)
{
    struct strays strays = {.nodes = NULL};
    struct buffer key;
    arena_init(&strays.arena);
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    ask_on(view, view_shard_of(view, VIEW_NODES), STR("HKEYS"), &key, take_known_nodes, &strays);
    int code = view_finish(view, error);
    for (uint32_t shard = 0; code == 0 && shard < view->keys.shards; shard++) {
        key.len = 0;
        key_counts(&view->keys, shard, &key);
        ask_on(view, shard, STR("HGETALL"), &key, add_counts, &strays);
    }
    if (code == 0)
        code = view_finish(view, error);
    *ret_counts = strays.counts;
    buffer_done(&key);
    arena_done(&strays.arena);
    return code;
}
