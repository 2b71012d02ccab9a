/* GET /v1/nodes/{node}/stock: what a node holds, page by page.
 *
 * The view has a hint for each shard: lists of entries, each some skus that got a record at the node. They are read
 * window by window, shard after shard, and every sku is verified by its record: one that is sold out is no line.
 *
 *   hints of some shards ──► records of some skus ──► ... ──► hints of the next ──► ... until the page is full, there
 *                                                             is no more, or this request has done enough
 *
 * Entries are only ever added, so a window and the last sku taken of it say where the next page goes on. How many skus
 * an entry has depends on how the stock came: windows grow until they have a good many. */
#include <stdio.h>
#include <stdlib.h>

#include "line.h"
#include "stockfold/codec/record_json.h"

enum {
    LIMIT_DEFAULT = 100,
    ENTRIES_FIRST = 16,
    ENTRIES_MAX = 4096,
    WINDOW_SKUS = 64,       /* with fewer in a window, the next one is larger; */
    WINDOW_SKUS_MANY = 128, /* with fewer than that, where many have to be looked at to fill the page */
    SHARDS_FIRST = 4,
    SHARDS_MAX = 64,   /* asked for hints in one turn: twice as many each time */
    RECORDS_MAX = 512, /* asked for in one turn */
    LOOKED_MAX = 5000, /* records looked at for one page */
    TURNS_MAX = 24,
};

struct position {
    uint32_t shard, entries; /* entries: of the window */
    int64_t entry;           /* where the window begins */
    struct str sku;          /* behind this one; empty: from the first */
};

struct window {
    struct position at; /* its beginning, or behind what an earlier page took of it */
    uint32_t ask;
    struct str *skus;
    size_t skus_n, next;
    bool full; /* there may be more entries */
};

struct looked {
    struct position at; /* itself */
    uint32_t stock;     /* ask */
};

struct node_item {
    struct str sku;
    struct availability availability;
    int64_t qty;
};

struct node_items {
    const struct snapshot_node *node;
    struct str id, scope;   /* scope: floor, or floor and zone, as a place; empty: the whole node */
    struct position resume; /* behind all that was looked at */
    uint32_t shards_at_once;
    struct window windows[SHARDS_MAX];
    size_t windows_n, window; /* how many, and the one to go on with */
    struct looked batch[RECORDS_MAX];
    size_t batch_n, looked_n;
    struct node_item *lines;
    size_t lines_n, limit;
};

/* --- positions --------------------------------------------------------------------------------------------------- */

static bool take_number(struct str *text, int64_t max, int64_t *ret_number)
{
    size_t i = 0;
    int64_t number = 0;
    for (; i < text->len && text->data[i] >= '0' && text->data[i] <= '9' && number <= max; i++)
        number = number * 10 + (text->data[i] - '0');
    if (i == 0 || i == text->len || text->data[i] != ':' || number > max)
        return false;
    *text = (struct str){text->data + i + 1, text->len - i - 1};
    *ret_number = number;
    return true;
}

/* "SHARD:ENTRY:ENTRIES:SKU" */
static bool parse_stock_cursor(struct api_call *call, struct position *ret_position)
{
    struct str text = call_cursor(call);
    int64_t shard, entries;
    *ret_position = (struct position){.entries = ENTRIES_FIRST};
    if (text.len == 0)
        return true;
    if (!take_number(&text, call->api->view->keys.shards - 1, &shard) ||
        !take_number(&text, INT32_MAX, &ret_position->entry) || !take_number(&text, ENTRIES_MAX, &entries) ||
        entries == 0) {
        call_wrong(call, PARAMETER_CURSOR, "the `next` of the page before, unchanged");
        return false;
    }
    ret_position->shard = (uint32_t)shard;
    ret_position->entries = (uint32_t)entries;
    ret_position->sku = text;
    return true;
}

static void write_position(struct api_call *call, const struct position *position, struct buffer *out)
{
    size_t room = position->sku.len + 48;
    char *text = arena_alloc(&call->arena, room);
    int len = 0;
    if (position->shard < call->api->view->keys.shards)
        len = snprintf(text, room, "%u:%lld:%u:%.*s", position->shard, (long long)position->entry, position->entries,
                       STR_ARG(position->sku));
    call_write_next(out, (struct str){text, (size_t)len});
}

/* --- hints ------------------------------------------------------------------------------------------------------- */

static void ask_hint_windows(struct api_call *call, struct node_items *items)
{
    const struct view *view = call->api->view;
    struct position at = items->resume;
    items->windows_n = items->window = 0;
    while (at.shard < view->keys.shards && items->windows_n < items->shards_at_once) {
        struct window *window = &items->windows[items->windows_n++];
        call_ask_state(call, at.shard);
        *window = (struct window){.at = at};
        window->ask = ask_node_items(&call->plan, view, at.shard, items->id, at.entry, at.entries);
        at = (struct position){at.shard + 1, at.entries, 0, {0}};
    }
    if (items->shards_at_once < SHARDS_MAX)
        items->shards_at_once *= 2;
}

static bool read_hint_windows(struct api_call *call, struct node_items *items)
{
    for (size_t i = 0; i < items->windows_n; i++) {
        struct window *window = &items->windows[i];
        size_t entries;
        if (!read_node_items(call->answers, window->ask, &call->arena, &window->skus, &window->skus_n, &entries))
            return false;
        window->full = entries == window->at.entries;
        while (window->next < window->skus_n && str_compare(window->skus[window->next], window->at.sku) <= 0)
            window->next++;
    }
    return true;
}

/* --- records ----------------------------------------------------------------------------------------------------- */

static void ask_record(struct api_call *call, struct node_items *items, const struct window *window, struct str sku)
{
    struct looked *looked = &items->batch[items->batch_n++];
    looked->at = window->at;
    looked->at.sku = sku;
    call_ask_shard(call, sku);
    looked->stock = ask_stock(&call->plan, call->api->view, sku, &items->id, 1);
    items->looked_n++;
}

/* How many have to be looked at to fill the page, going by those so far: much may be sold out. Of a floor or a zone nothing
 * is known before. */
static size_t estimate_wanted(const struct node_items *items)
{
    size_t left = items->limit - items->lines_n;
    return items->scope.len > 0 ? RECORDS_MAX : left * (items->looked_n + 1) / (items->lines_n + 1);
}

static struct position behind_window(const struct node_items *items, const struct window *window)
{
    size_t wanted = estimate_wanted(items) > WINDOW_SKUS_MANY ? WINDOW_SKUS_MANY : WINDOW_SKUS;
    bool grows = window->full && window->skus_n < wanted && window->at.entries < ENTRIES_MAX;
    struct position next = {.shard = window->at.shard, .entries = window->at.entries * (grows ? 4 : 1)};
    if (window->full)
        next.entry = window->at.entry + window->at.entries;
    else
        next.shard++;
    return next;
}

/* As many as may fill the page, of the windows in their order. */
static void ask_records(struct api_call *call, struct node_items *items)
{
    size_t wanted = estimate_wanted(items);
    items->batch_n = 0;
    while (items->window < items->windows_n) {
        struct window *window = &items->windows[items->window];
        while (window->next < window->skus_n && items->batch_n < wanted && items->batch_n < RECORDS_MAX)
            ask_record(call, items, window, window->skus[window->next++]);
        if (window->next < window->skus_n) {
            items->resume = items->batch[items->batch_n - 1].at;
            return;
        }
        items->window = window->full ? items->windows_n : items->window + 1;
        items->resume = behind_window(items, window);
    }
}

static bool is_within(struct str place, struct str scope)
{
    return str_equal(place_floor(place), scope) || str_equal(place_zone(place), scope);
}

/* Units of a record in the scope. */
static int64_t count_units(const struct record *record, struct str scope)
{
    int64_t qty = 0;
    if (scope.len == 0)
        return record_on_hand(record);
    for (uint32_t i = 0; i < record->places_n; i++)
        if (is_within(record->places[i].place, scope))
            qty += record->places[i].qty;
    return qty;
}

static bool read_window_records(struct api_call *call, struct node_items *items)
{
    for (size_t i = 0; i < items->batch_n; i++) {
        const struct looked *looked = &items->batch[i];
        struct stock stock;
        if (!read_stock(call->answers, looked->stock, call->api->view, 1, 0, &call->arena, &stock))
            return false;
        int64_t qty = count_units(&stock.record, items->scope);
        if (qty <= 0)
            continue;
        items->lines[items->lines_n++] =
            (struct node_item){looked->at.sku, line_availability(call, items->node, &stock), qty};
        if (items->lines_n == items->limit && i + 1 < items->batch_n) {
            items->resume = looked->at;
            break;
        }
    }
    return true;
}

/* --- the page ---------------------------------------------------------------------------------------------------- */

static enum api_next write_node_stock(struct api_call *call, const struct node_items *items)
{
    struct buffer *out = call_open(call);
    write_text(out, "node", items->id);
    buffer_add_literal(out, ",\"lines\":[");
    for (size_t i = 0; i < items->lines_n; i++) {
        const struct node_item *line = &items->lines[i];
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(line->sku, out);
        write_integer(out, "available", line->availability.available);
        write_integer(out, "available_for_pickup", line->availability.available_for_pickup);
        write_name(out, "status", line_status_names[line_status(call, line->availability.available)]);
        write_integer(out, "qty", line->qty);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    write_position(call, &items->resume, out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

static struct str take_scope(struct api_call *call)
{
    struct str components[PLACE_COMPONENTS] = {
        [PLACE_FLOOR] = call_text(call, PARAMETER_FLOOR), [PLACE_ZONE] = call_text(call, PARAMETER_ZONE)};
    return place_join(components, arena_alloc(&call->arena, PLACE_MAX));
}

static enum api_next start_node_stock(struct api_call *call)
{
    struct str id = call_text(call, PARAMETER_NODE);
    const struct snapshot_node *node = snapshot_find(call->nodes, id);
    struct position resume;
    if (node == NULL)
        return call_unknown_node(call);
    if (call_has(call, PARAMETER_ZONE) && !call_has(call, PARAMETER_FLOOR))
        return call_wrong(call, PARAMETER_FLOOR, "to be given with zone");
    if (!parse_stock_cursor(call, &resume))
        return API_DONE;
    size_t limit = (size_t)call_integer(call, PARAMETER_LIMIT, LIMIT_DEFAULT);
    struct node_items *items = call->state = arena_array(&call->arena, struct node_items, 1);
    *items = (struct node_items){.node = node,
                                 .id = id,
                                 .scope = take_scope(call),
                                 .resume = resume,
                                 .shards_at_once = SHARDS_FIRST,
                                 .lines = arena_array(&call->arena, struct node_item, limit),
                                 .limit = limit};
    ask_hint_windows(call, items);
    return API_ASK;
}

static bool fills_stock_page(const struct api_call *call, const struct node_items *items)
{
    return items->lines_n == items->limit || items->resume.shard == call->api->view->keys.shards ||
           items->looked_n >= LOOKED_MAX || call->turn >= TURNS_MAX;
}

/* Of the windows at hand; where these are through, of the next ones. */
static enum api_next continue_node_stock(struct api_call *call, struct node_items *items)
{
    if (!fills_stock_page(call, items))
        ask_records(call, items);
    if (call->plan.asks_n == 0 && !fills_stock_page(call, items))
        ask_hint_windows(call, items);
    return call->plan.asks_n > 0 ? API_ASK : write_node_stock(call, items);
}

enum api_next node_stock_answer(struct api_call *call)
{
    struct node_items *items = call->state;
    if (items == NULL)
        return start_node_stock(call);
    bool read = items->batch_n > 0 ? read_window_records(call, items) : read_hint_windows(call, items);
    items->batch_n = 0;
    if (!read)
        return call_broken(call);
    return continue_node_stock(call, items);
}
