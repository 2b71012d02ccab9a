/* Responsible for: making the index of words anew from the items' documents, while others put items. Not for: its entries
 * (word_index.c), when it is done (ingest/reindex.c).
 *
 *   item as read ──► its words added ──► item as it is then: the same ── done
 *                                                           another ── the words that only the first has removed, and
 *                                                                      those of the item as it is after that added
 *
 * So a put that comes between reading and adding leaves no word behind, and loses none. */
#include <inttypes.h>
#include <stdlib.h>

#include "command.h"
#include "resp.h"
#include "scan.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/store/word_index.h"

/* Kinds of keys that older versions left: `q` was the index of titles by style. */
static const char older[] = "q";

struct making {
    struct view *view;
    const atomic_bool *stop;
    int64_t items;
};

/* One item on its way. */
struct made {
    struct making *making;
    struct arena arena;
    struct str sku, json; /* as it was read first */
    struct words words;
};

static void made_free(struct made *made)
{
    arena_done(&made->arena);
    free(made);
}

static void ask_document(struct made *made, link_reply_fn *fn)
{
    struct view *view = made->making->view;
    struct buffer key;
    buffer_init(&key);
    uint32_t shard = shard_of(made->sku, view->keys.shards);
    key_item(&view->keys, shard, made->sku, &key);
    link_begin(view_link(view, shard), 2, fn, made);
    link_word(view_link(view, shard), STR("GET"));
    link_word(view_link(view, shard), (struct str){key.data, key.len});
    buffer_done(&key);
}

static bool read_made(struct made *made, struct str json, struct item_facts *ret_item)
{
    char detail[REFUSAL_DETAIL_MAX];
    return json.len > 0 && item_read(json, &made->arena, ret_item, detail) == REFUSAL_NONE;
}

static void add_newest(void *context, const struct reply *reply)
{
    struct made *made = context;
    struct item_facts now;
    const struct item_facts *item = &now;
    if (reply_problem(reply) == REPLY_OK && read_made(made, reply_text(reply), &now))
        word_index_add(made->making->view, &item, 1);
    made_free(made);
}

static void compare_made(void *context, const struct reply *reply)
{
    struct made *made = context;
    struct item_facts now;
    struct words words = {0}, gone;
    struct str json = reply_text(reply);
    if (reply_problem(reply) != REPLY_OK || str_equal(json, made->json)) {
        made_free(made);
        return;
    }
    if (read_made(made, json, &now))
        words_of_item(&now, &made->arena, &words);
    word_index_gone(&made->words, &words, &made->arena, &gone);
    word_index_remove(made->making->view, made->sku, &gone);
    ask_document(made, add_newest);
}

static void add_made(void *context, const struct reply *reply)
{
    struct made *made = context;
    struct item_facts now;
    const struct item_facts *item = &now;
    struct str json = reply_text(reply);
    if (reply_problem(reply) != REPLY_OK || !read_made(made, json, &now)) {
        made_free(made);
        return;
    }
    made->making->items++;
    made->json = (struct str){arena_copy(&made->arena, json.data, json.len), json.len};
    words_of_item(&now, &made->arena, &made->words);
    word_index_add(made->making->view, &item, 1);
    ask_document(made, compare_made);
}

static int make_item(void *context, const struct scanned_key *key, struct error *error)
{
    struct making *making = context;
    if (atomic_load(making->stop))
        return error_set(error, ERROR_STATE, "stopped");
    if (key->kind != 'i')
        return 0;
    struct made *made = calloc(1, sizeof(*made));
    if (made == NULL)
        error_out_of_memory();
    made->making = making;
    arena_init(&made->arena);
    made->sku = (struct str){arena_copy(&made->arena, key->name.data, key->name.len), key->name.len};
    ask_document(made, add_made);
    return 0;
}

static int delete_older(void *context, const struct scanned_key *key, struct error *error)
{
    struct making *making = context;
    if (atomic_load(making->stop))
        return error_set(error, ERROR_STATE, "stopped");
    if (strchr(older, key->kind) == NULL)
        return 0;
    struct link *link = view_link(making->view, key->shard);
    link_begin(link, 2, NULL, NULL);
    link_word(link, STR("UNLINK"));
    link_word(link, key->key);
    return 0;
}

static int say_whole(struct view *view, struct error *error)
{
    struct link *link = view_link(view, view_shard_of(view, VIEW_DESCRIPTOR));
    struct buffer key;
    buffer_init(&key);
    key_view(&view->keys, &key);
    link_call_begin(link, 6);
    link_word(link, STR("FCALL"));
    link_word(link, STR("stockfold_v5_words_made"));
    link_word(link, STR("1"));
    link_word(link, (struct str){key.data, key.len});
    link_word(link, str_from(view->id));
    link_word_int(link, WORD_INDEX_VERSION);
    buffer_done(&key);
    const struct reply *reply = view_command(view, link, error);
    if (reply == NULL)
        return error->code;
    if (!str_equal(reply_text(reply), STR("OK")))
        return error_set(error, ERROR_STATE, "the view was made anew meanwhile");
    return 0;
}

int word_index_make(struct view *view, const atomic_bool *stop, int64_t *ret_items, struct error *error)
{
    struct making making = {.view = view, .stop = stop};
    int code = scan_view(view, 'i', make_item, &making, error);
    for (const char *kind = older; *kind != '\0' && code == 0; kind++)
        code = scan_view(view, *kind, delete_older, &making, error);
    /* Items on their way hold `making`. */
    if (code != 0)
        view_close(view);
    else
        code = say_whole(view, error);
    *ret_items = making.items;
    return code;
}
