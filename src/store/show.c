/* Reading the view for people and scripts. */
#include "stockfold/store/show.h"
#include "stockfold/store/shard_meta.h"

#include <stdlib.h>

#include "command.h"
#include "item_stock.h"
#include "scan.h"
#include "sort.h"
#include "stockfold/store/record_value.h"
#include "stockfold/store/shard_meta.h"

enum { ITEMS_AT_ONCE = 64, ARENA_KEPT = 1024 * 1024 };

/* --- open or rebuilding ------------------------------------------------------------------------------------------ */

struct openness {
    struct view *view;
    uint32_t shard, closed;  /* shards asked in this order, and how many are closed */
    struct buffer names;     /* of the closed ones, the first few */
    struct buffer closed_by; /* the first partition that one is closed for, until somebody decides; empty: none */
    enum reply_problem problem;
};

static void take_open(void *context, const struct reply *reply)
{
    enum { NAMED = 10 };
    struct openness *openness = context;
    uint32_t shard = openness->shard++;
    struct str open = reply_text(reply);
    size_t position = 0;
    if (reply_problem(reply) != REPLY_OK) {
        openness->problem = reply_problem(reply);
        return;
    }
    if (str_equal(open, view_identity(openness->view, shard)))
        return;
    if (openness->closed++ < NAMED)
        buffer_add_format(&openness->names, " %u", shard);
    struct str closing = view_next_closing(open, &position);
    if (openness->closed_by.len == 0)
        buffer_add(&openness->closed_by, closing.data, closing.len);
}

static int say_closed(const struct openness *openness, struct error *error)
{
    struct str names = {openness->names.data, openness->names.len};
    const struct buffer *closed_by = &openness->closed_by;
    if (openness->closed == 0)
        return 0;
    if (closed_by->len > 0)
        return error_set(
            error, ERROR_STATE,
            "the view serves nothing: the log of %.*s does not fit it (the fold's log says why); restore the "
            "topic, or fold what it holds now with `stockfold fold --accept-gap %.*s`",
            (int)closed_by->len, closed_by->data, (int)closed_by->len, closed_by->data);
    return error_set(
        error, ERROR_STATE,
        "the view is being rebuilt: %u of its %u shards are not open (shard%.*s%s); `stockfold fold` opens "
        "them once it has read everything",
        openness->closed, openness->view->keys.shards, STR_ARG(names), openness->closed > 10 ? " ..." : "");
}

int view_require_open(struct view *view, struct error *error)
{
    struct openness openness = {.view = view};
    struct buffer key;
    buffer_init(&key);
    buffer_init(&openness.names);
    buffer_init(&openness.closed_by);
    for (uint32_t shard = 0; shard < view->keys.shards; shard++) {
        key.len = 0;
        key_meta(&view->keys, shard, &key);
        struct link *link = view_link(view, shard);
        link_begin(link, 3, take_open, &openness);
        link_word(link, STR("HGET"));
        link_word(link, (struct str){key.data, key.len});
        link_word(link, STR("open"));
    }
    int code = view_finish(view, error);
    if (code == 0 && openness.problem != REPLY_OK)
        code = error_set(error, openness.problem == REPLY_WAIT ? ERROR_UNREACHABLE : ERROR_STATE,
                         "Redis does not answer what its shards are");
    if (code == 0)
        code = say_closed(&openness, error);
    buffer_done(&openness.closed_by);
    buffer_done(&openness.names);
    buffer_done(&key);
    return code;
}

/* --- one item ---------------------------------------------------------------------------------------------------- */

int view_show(struct view *view, struct str sku, struct str node, int64_t safety_setting, FILE *out,
              struct error *error)
{
    struct node_book book;
    int code = node_book_read(view, &book, error);
    if (code != 0)
        return code;
    struct arena arena;
    struct item_stock item;
    arena_init(&arena);
    item_stock_ask(view, sku, &arena, &item);
    code = view_finish(view, error);
    if (code == 0)
        code = item_stock_print(&item, node, &book, safety_setting, out, error);
    if (code == 0 && node.len == 0)
        code = error_set(error, ERROR_NO, "no record of %.*s", STR_ARG(sku));
    else if (code == 0)
        code = error_set(error, ERROR_NO, "no record of %.*s at %.*s", STR_ARG(sku), STR_ARG(node));
    arena_done(&arena);
    node_book_done(&book);
    return code > 0 ? 0 : code;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static int add_sku(void *context, const struct scanned_key *key, struct error *error)
{
    return sorter_add(context, key->name, error);
}

static int sort_skus(struct view *view, struct sorter *sorter, struct error *error)
{
    int code = scan_view(view, 'r', add_sku, sorter, error);
    return code != 0 ? code : sorter_finish(sorter, error);
}

/* Prints the next skus of the sorter. Returns how many, or negative. */
static int dump_some(struct view *view, struct sorter *sorter, const struct node_book *book, struct arena *arena,
                     int64_t safety_setting, FILE *out, struct error *error)
{
    struct item_stock items[ITEMS_AT_ONCE];
    struct str sku;
    int n = 0;
    while (n < ITEMS_AT_ONCE && sorter_next(sorter, &sku, error))
        item_stock_ask(view, sku, arena, &items[n++]);
    int code = view_finish(view, error);
    for (int i = 0; code >= 0 && i < n; i++)
        code = item_stock_print(&items[i], STR(""), book, safety_setting, out, error);
    return code < 0 ? code : n;
}

int view_dump(struct view *view, int64_t safety_setting, FILE *out, struct error *error)
{
    struct node_book book;
    int code = node_book_read(view, &book, error);
    if (code != 0)
        return code;
    struct arena arena;
    struct sorter *sorter = sorter_new();
    arena_init(&arena);
    code = sort_skus(view, sorter, error);
    for (int n = 1; code == 0 && n > 0;) {
        n = dump_some(view, sorter, &book, &arena, safety_setting, out, error);
        arena_reset(&arena, ARENA_KEPT);
        code = error->code;
    }
    arena_done(&arena);
    sorter_free(sorter);
    node_book_done(&book);
    return code;
}

/* --- what a node holds ------------------------------------------------------------------------------------------- */

static int add_lines(struct sorter *sorter, struct str blob, struct error *error)
{
    int code = 0;
    while (code == 0 && blob.len > 0) {
        const char *end = memchr(blob.data, '\n', blob.len);
        size_t len = end == NULL ? blob.len : (size_t)(end - blob.data);
        code = sorter_add(sorter, (struct str){blob.data, len}, error);
        size_t step = end == NULL ? len : len + 1;
        blob = (struct str){blob.data + step, blob.len - step};
    }
    return code;
}

/* All hints of one shard, page by page. */
static int add_hints(struct view *view, uint32_t shard, struct str node, struct sorter *sorter, struct error *error)
{
    enum { PAGE = 1000 };
    struct buffer key;
    buffer_init(&key);
    key_node_items(&view->keys, shard, node, &key);
    int code = 0;
    size_t n = PAGE;
    struct link *link = view_link(view, shard);
    for (int64_t first = 0; code == 0 && n == PAGE; first += PAGE) {
        link_call_begin(link, 4);
        link_word(link, STR("LRANGE"));
        link_word(link, (struct str){key.data, key.len});
        link_word_int(link, first);
        link_word_int(link, first + PAGE - 1);
        const struct reply *page = view_command(view, link, error);
        code = page == NULL ? error->code : 0;
        n = reply_count(page);
        for (size_t i = 0; code == 0 && i < n; i++)
            code = add_lines(sorter, reply_text(reply_at(page, i)), error);
    }
    buffer_done(&key);
    return code;
}

/* A hint's record as the view has it now; none: the hint was wrong. */
static int visit(struct view *view, struct str sku, struct str node, struct arena *arena,
                 int (*each)(void *context, struct str sku, const struct record *record, struct error *error),
                 void *context, struct error *error)
{
    struct buffer key;
    buffer_init(&key);
    uint32_t shard = shard_of(sku, view->keys.shards);
    struct link *link = view_link(view, shard);
    key_record(&view->keys, shard, sku, node, &key);
    link_call_begin(link, 3);
    link_word(link, STR("HGET"));
    link_word(link, (struct str){key.data, key.len});
    link_word(link, node);
    buffer_done(&key);
    const struct reply *reply = view_command(view, link, error);
    struct record record;
    if (reply == NULL || reply_is_nil(reply))
        return reply == NULL ? (int)error->code : 0;
    if (!record_value_unpack(reply_text(reply), arena, &record))
        return error_set(error, ERROR_STATE, "the record of %.*s at %.*s is broken", STR_ARG(sku), STR_ARG(node));
    return each(context, sku, &record, error);
}

int view_each_at_node(struct view *view, struct str node,
                      int (*each)(void *context, struct str sku, const struct record *record, struct error *error),
                      void *context, struct error *error)
{
    struct sorter *sorter = sorter_new();
    struct arena arena;
    struct str sku;
    int code = 0;
    arena_init(&arena);
    for (uint32_t shard = 0; code == 0 && shard < view->keys.shards; shard++)
        code = add_hints(view, shard, node, sorter, error);
    if (code == 0)
        code = sorter_finish(sorter, error);
    while (code == 0 && sorter_next(sorter, &sku, error)) {
        code = visit(view, sku, node, &arena, each, context, error);
        arena_reset(&arena, ARENA_KEPT);
    }
    arena_done(&arena);
    sorter_free(sorter);
    return code != 0 ? code : (int)error->code;
}

int view_each_of_item(struct view *view, struct str sku,
                      int (*each)(void *context, struct str node, const struct record *record, struct error *error),
                      void *context, struct error *error)
{
    struct arena arena;
    struct item_stock item;
    arena_init(&arena);
    item_stock_ask(view, sku, &arena, &item);
    int code = view_finish(view, error);
    if (code == 0 && item.error.code != ERROR_NONE)
        code = error_set(error, item.error.code, "%s", item.error.text);
    for (size_t i = 0; code == 0 && i < item.records_n; i++) {
        const struct node_value *value = &item.records[i];
        struct record record;
        if (!record_value_unpack(value->value, &arena, &record))
            code = error_set(error, ERROR_STATE, "the record of %.*s at %.*s is broken", STR_ARG(sku),
                             STR_ARG(value->node));
        else
            code = each(context, value->node, &record, error);
    }
    arena_done(&arena);
    return code;
}

/* --- totals ------------------------------------------------------------------------------------------------------ */

struct measuring {
    struct view *view;
    struct view_size *size;
};

static void add_records(void *context, const struct reply *reply)
{
    struct view_size *size = context;
    for (size_t i = 0; i < reply_count(reply); i++)
        size->records += field_is_record(reply_text(reply_at(reply, i)));
}

static int measure_key(void *context, const struct scanned_key *key, struct error *error)
{
    struct measuring *measuring = context;
    (void)error;
    if (key->kind == 'i')
        measuring->size->items++;
    if (key->kind != 'r')
        return 0;
    struct link *link = view_link(measuring->view, key->shard);
    link_begin(link, 2, add_records, measuring->size);
    link_word(link, STR("HKEYS"));
    link_word(link, key->key);
    return 0;
}

static void take_nodes(void *context, const struct reply *reply)
{
    struct view_size *size = context;
    size->nodes = reply_int(reply);
}

static void take_memory(void *context, const struct reply *reply)
{
    struct view_size *size = context;
    struct str used = reply_info(reply, "used_memory");
    if (used.len > 0)
        size->memory_bytes += strtoll(used.data, NULL, 10);
}

static void ask_memory(void *context, struct link *link)
{
    link_begin(link, 2, take_memory, context);
    link_word(link, STR("INFO"));
    link_word(link, STR("memory"));
}

int view_measure(struct view *view, struct view_size *ret_size, struct error *error)
{
    struct measuring measuring = {view, ret_size};
    struct buffer key;
    *ret_size = (struct view_size){0};
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_begin(link, 2, take_nodes, ret_size);
    link_word(link, STR("HLEN"));
    link_word(link, (struct str){key.data, key.len});
    view_each_link(view, ask_memory, ret_size);
    buffer_done(&key);
    return scan_view(view, 0, measure_key, &measuring, error);
}
