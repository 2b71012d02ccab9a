/* Finding a document by its name, or the name that is nearest. */
#include "stockfold/store/document_find.h"

#include <stdio.h>

#include "command.h"
#include "scan.h"

static void offer_name(struct nearest *nearest, struct str name)
{
    char word[NEAREST_WORD_MAX];
    snprintf(word, sizeof(word), "%.*s", STR_ARG(name));
    nearest_offer(nearest, word);
}

static int offer_item(void *context, const struct scanned_key *key, struct error *error)
{
    (void)error;
    if (key->kind == 'i')
        offer_name(context, key->name);
    return 0;
}

static int offer_node(void *context, struct str node, struct str json, struct error *error)
{
    (void)json;
    (void)error;
    offer_name(context, node);
    return 0;
}

int document_find(struct view *view, enum document_owner owner, struct str name, bool *ret_found,
                  struct nearest *nearest, struct error *error)
{
    bool item = owner == DOCUMENT_ITEM;
    uint32_t shard = item ? shard_of(name, view->keys.shards) : view_shard_of(view, VIEW_NODES);
    struct buffer key;
    buffer_init(&key);
    if (item)
        key_item(&view->keys, shard, name, &key);
    else
        key_nodes(&view->keys, &key);
    struct link *link = view_link(view, shard);
    link_call_begin(link, item ? 2 : 3);
    link_word(link, item ? STR("GET") : STR("HGET"));
    link_word(link, (struct str){key.data, key.len});
    if (!item)
        link_word(link, name);
    buffer_done(&key);
    const struct reply *reply = view_command(view, link, error);
    if (reply == NULL)
        return (int)error->code;
    *ret_found = !reply_is_nil(reply);
    if (*ret_found)
        return 0;
    return item ? scan_view(view, 'i', offer_item, nearest, error) : scan_nodes(view, offer_node, nearest, error);
}
