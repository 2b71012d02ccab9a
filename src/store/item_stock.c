/* One item's records, reservations and document: fetched in one exchange, printed line by line. */
#include "item_stock.h"

#include <errno.h>
#include <stdlib.h>

#include "scan.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/store/record_value.h"

/* --- nodes ------------------------------------------------------------------------------------------------------- */

static int add_node(void *context, struct str node, struct str json, struct error *error)
{
    struct node_book *book = context;
    char detail[REFUSAL_DETAIL_MAX];
    if (book->nodes_n == book->nodes_cap) {
        book->nodes_cap = book->nodes_cap == 0 ? 64 : book->nodes_cap * 2;
        book->nodes = realloc(book->nodes, book->nodes_cap * sizeof(*book->nodes));
        if (book->nodes == NULL)
            error_out_of_memory();
    }
    if (node_read(json, &book->arena, &book->nodes[book->nodes_n], detail) != REFUSAL_NONE)
        return error_set(error, ERROR_STATE, "the document of node %.*s is broken: %s", STR_ARG(node), detail);
    book->nodes_n++;
    return 0;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct node *left = a, *right = b;
    return str_compare(left->id, right->id);
}

int node_book_read(struct view *view, struct node_book *ret_book, struct error *error)
{
    *ret_book = (struct node_book){0};
    arena_init(&ret_book->arena);
    int code = scan_nodes(view, add_node, ret_book, error);
    if (code != 0)
        node_book_done(ret_book);
    else if (ret_book->nodes_n > 0)
        qsort(ret_book->nodes, ret_book->nodes_n, sizeof(*ret_book->nodes), compare_nodes);
    return code;
}

void node_book_done(struct node_book *book)
{
    arena_done(&book->arena);
    free(book->nodes);
    *book = (struct node_book){0};
}

static const struct node *find_node(const struct node_book *book, struct str node)
{
    struct node wanted = {.id = node};
    return book->nodes_n == 0 ? NULL
                              : bsearch(&wanted, book->nodes, book->nodes_n, sizeof(*book->nodes), compare_nodes);
}

/* --- fetching ---------------------------------------------------------------------------------------------------- */

static struct str copy_into_item(struct arena *arena, struct str text)
{
    return (struct str){arena_copy(arena, text.data, text.len), text.len};
}

static bool usable(struct item_stock *item, const struct reply *reply)
{
    enum reply_problem problem = reply_problem(reply);
    if (problem == REPLY_LOST)
        error_set(&item->error, ERROR_UNREACHABLE, "connection to Redis lost");
    else if (problem != REPLY_OK)
        error_set(&item->error, problem == REPLY_WAIT ? ERROR_UNREACHABLE : ERROR_STATE, "Redis: %.*s",
                  STR_ARG(reply_text(reply)));
    return problem == REPLY_OK;
}

static void take_json(void *context, const struct reply *reply)
{
    struct item_stock *item = context;
    if (usable(item, reply))
        item->json = copy_into_item(item->arena, reply_text(reply));
}

/* Room for so many more. */
static struct node_value *grow_values(struct arena *arena, const struct node_value *values, size_t n, size_t more)
{
    struct node_value *all = arena_array(arena, struct node_value, n + more);
    if (n > 0)
        memcpy(all, values, n * sizeof(*all));
    return all;
}

/* A bucket: its fields, behind what other buckets gave. Safety stock is taken from the document. */
static void take_fields(void *context, const struct reply *reply)
{
    struct item_stock *item = context;
    size_t more = usable(item, reply) ? reply_count(reply) / 2 : 0;
    item->records = grow_values(item->arena, item->records, item->records_n, more);
    item->reserved = grow_values(item->arena, item->reserved, item->reserved_n, more);
    for (size_t i = 0; i < more; i++) {
        struct str field = copy_into_item(item->arena, reply_text(reply_at(reply, 2 * i)));
        struct str value = copy_into_item(item->arena, reply_text(reply_at(reply, 2 * i + 1)));
        if (field_is_record(field))
            item->records[item->records_n++] = (struct node_value){field, value};
        else if (field.len > 0 && field.data[0] == FIELD_RESERVED)
            item->reserved[item->reserved_n++] = (struct node_value){{field.data + 1, field.len - 1}, value};
    }
}

static void ask(struct link *link, struct str verb, const struct buffer *key, link_reply_fn *fn,
                struct item_stock *item)
{
    link_begin(link, 2, fn, item);
    link_word(link, verb);
    link_word(link, (struct str){key->data, key->len});
}

void item_stock_ask(struct view *view, struct str sku, struct arena *arena, struct item_stock *ret_item)
{
    uint32_t shard = shard_of(sku, view->keys.shards);
    struct link *link = view_link(view, shard);
    struct buffer key;
    buffer_init(&key);
    *ret_item = (struct item_stock){.arena = arena, .sku = copy_into_item(arena, sku)};
    key_item(&view->keys, shard, sku, &key);
    ask(link, STR("GET"), &key, take_json, ret_item);
    for (uint32_t bucket = 0; bucket < view->keys.buckets; bucket++) {
        key.len = 0;
        key_record_bucket(&view->keys, shard, sku, bucket, &key);
        ask(link, STR("HGETALL"), &key, take_fields, ret_item);
    }
    buffer_done(&key);
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

static int compare_node_values(const void *a, const void *b)
{
    const struct node_value *left = a, *right = b;
    return str_compare(left->node, right->node);
}

static int64_t reserved_at(const struct item_stock *item, struct str node)
{
    for (size_t i = 0; i < item->reserved_n; i++)
        if (str_equal(item->reserved[i].node, node)) {
            struct str value = item->reserved[i].value;
            char text[24] = "";
            memcpy(text, value.data, value.len < sizeof(text) ? value.len : sizeof(text) - 1);
            return strtoll(text, NULL, 10);
        }
    return 0;
}

/* What the item's document says, or nothing: it was checked when it came in. */
static struct item_facts facts_of(const struct item_stock *item)
{
    struct item_facts facts = {.safety_default = -1};
    char detail[REFUSAL_DETAIL_MAX];
    if (item->json.len == 0 || memmem(item->json.data, item->json.len, "safety_stock", 12) == NULL)
        return facts; /* spares most documents the parsing */
    if (item_read(item->json, item->arena, &facts, detail) != REFUSAL_NONE)
        facts = (struct item_facts){.safety_default = -1};
    return facts;
}

static int print_record(struct item_stock *item, const struct item_facts *facts, const struct node_value *value,
                        const struct node *node, int64_t safety_setting, struct buffer *line, struct error *error)
{
    struct record record;
    if (!record_value_unpack(value->value, item->arena, &record))
        return error_set(error, ERROR_STATE, "the record of %.*s at %.*s is broken", STR_ARG(item->sku),
                         STR_ARG(value->node));
    int64_t node_safety = node == NULL ? -1 : node->safety_stock;
    struct record_context context = {
        .sku = item->sku,
        .node = value->node,
        .reserved = reserved_at(item, value->node),
        .safety_stock =
            safety_stock_of(item_safety_stock(facts, value->node), node_safety, facts->safety_default, safety_setting),
    };
    context.availability = availability_of(&record, context.reserved, context.safety_stock, node);
    line->len = 0;
    record_write_json(&record, &context, line);
    buffer_add_byte(line, '\n');
    return 0;
}

int item_stock_print(struct item_stock *item, struct str node, const struct node_book *book, int64_t safety_setting,
                     FILE *out, struct error *error)
{
    int printed = 0, code = 0;
    struct buffer line;
    if (item->error.code != ERROR_NONE)
        return error_set(error, item->error.code, "%s", item->error.text);
    buffer_init(&line);
    struct item_facts facts = facts_of(item);
    if (item->records_n > 1)
        qsort(item->records, item->records_n, sizeof(*item->records), compare_node_values);
    for (size_t i = 0; code == 0 && i < item->records_n; i++) {
        const struct node_value *value = &item->records[i];
        if (node.len > 0 && !str_equal(value->node, node))
            continue;
        code = print_record(item, &facts, value, find_node(book, value->node), safety_setting, &line, error);
        if (code == 0 && fwrite(line.data, 1, line.len, out) != line.len)
            code = error_set(error, ERROR_OUTPUT, "cannot write the result: %s", strerror(errno));
        printed++;
    }
    buffer_done(&line);
    return code != 0 ? code : printed;
}
