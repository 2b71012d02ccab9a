/* Kinds of nodes, each asked for once. */
#include "node_kinds.h"

#include "stockfold/base/log.h"

struct str node_kinds_document(struct node_kinds *kinds, struct str node, struct arena *arena)
{
    struct view *view = kinds->view;
    if (view == NULL)
        return STR("");
    struct buffer key;
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_call_begin(link, 3);
    link_word(link, STR("HGET"));
    link_word(link, (struct str){.data = key.data, .len = key.len});
    link_word(link, node);
    buffer_done(&key);
    const struct reply *reply = link_call(link, view->config->timeout_ms);
    if (reply == NULL) {
        log_warning("Redis went away: kinds of nodes come from the input alone from here on");
        kinds->view = NULL;
        return STR("");
    }
    struct str json = reply_text(reply);
    return (struct str){arena_copy(arena, json.data, json.len), json.len};
}

enum topic_role node_kinds_topic(struct node_kinds *kinds, struct str node, struct arena *arena)
{
    static const enum topic_role roles[NODE_KINDS + 1] = {
        [NODE_WAREHOUSE] = TOPIC_WAREHOUSE,
        [NODE_STORE] = TOPIC_STORE,
        [NODE_ECOMMERCE] = TOPIC_ECOMMERCE,
        [NODE_KINDS] = TOPIC_STORE,
    };
    const int *kind = name_map_find(&kinds->known, node);
    if (kind != NULL)
        return roles[*kind];
    struct node facts;
    int found = NODE_KINDS;
    char detail[REFUSAL_DETAIL_MAX];
    struct str json = node_kinds_document(kinds, node, arena);
    if (json.len > 0)
        found = node_read(json, arena, &facts, detail) == REFUSAL_NONE ? (int)facts.kind : NODE_STORE;
    name_map_put(&kinds->known, node, found);
    return roles[found];
}

bool node_kinds_has(struct node_kinds *kinds, struct str node, struct arena *arena)
{
    node_kinds_topic(kinds, node, arena);
    return kinds->view == NULL || *name_map_find(&kinds->known, node) != NODE_KINDS;
}
