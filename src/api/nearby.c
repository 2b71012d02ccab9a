/* GET /v1/nearby: the nearest nodes that have all of a basket, and those passed over on the way. */
#include <stdlib.h>

#include "line.h"
#include "origin.h"
#include "percent.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/core/bounds.h"
#include "stockfold/core/nearby.h"

enum { K_DEFAULT = 5, PASSED_MAX = 100 };

/* One item at a node that is known. */
struct node_units {
    uint32_t node; /* its number */
    int64_t available, for_pickup;
};

struct wanted {
    struct str sku;
    int64_t qty;
    uint32_t stock; /* ask */
    struct node_units *units;
    size_t units_n;
};

/* Of one node: how many items it has, and has enough of. */
struct basket {
    uint8_t some, enough;
};

struct nearby {
    struct geo_point origin;
    struct wanted *items;
    size_t items_n;
    uint32_t item; /* ask: the document, when there is one item only */
    struct nearby_candidate *candidates;
    size_t candidates_n, taken_n, passed_n;
};

/* --- what is asked ----------------------------------------------------------------------------------------------- */

static struct str slice(struct str text, size_t from, size_t to)
{
    return (struct str){text.data + from, to - from};
}

/* One unit, unless there is a colon. Still percent-encoded: a colon that is one is not one of the sku. */
static bool split_item_and_qty(struct str text, struct str *ret_sku, int64_t *ret_qty)
{
    const char *colon = memrchr(text.data, ':', text.len);
    *ret_sku = text;
    *ret_qty = 1;
    if (colon == NULL)
        return true;
    size_t at = (size_t)(colon - text.data);
    struct str digits = slice(text, at + 1, text.len);
    *ret_sku = slice(text, 0, at);
    *ret_qty = 0;
    for (size_t i = 0; i < digits.len && *ret_qty <= BOUND_QTY; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        *ret_qty = *ret_qty * 10 + (digits.data[i] - '0');
    }
    return *ret_qty > 0 && *ret_qty <= BOUND_QTY;
}

static void add_wanted_item(struct nearby *nearby, struct str sku, int64_t qty)
{
    for (size_t i = 0; i < nearby->items_n; i++)
        if (str_equal(nearby->items[i].sku, sku)) {
            nearby->items[i].qty += qty;
            return;
        }
    nearby->items[nearby->items_n++] = (struct wanted){.sku = sku, .qty = qty};
}

static bool take_items(struct api_call *call, struct nearby *nearby)
{
    const struct values *values = &call->values[PARAMETER_ITEM];
    nearby->items = arena_array(&call->arena, struct wanted, values->n);
    for (size_t i = 0; i < values->n; i++) {
        struct str sku;
        int64_t qty;
        if (!split_item_and_qty(values->texts[i], &sku, &qty) || !percent_decode(sku, true, &call->arena, &sku) ||
            sku.len == 0 || sku.len > BOUND_SKU) {
            call_wrong(call, PARAMETER_ITEM, "SKU or SKU:QTY, a sku of 1 to %d bytes and a quantity from 1 to %lld",
                       BOUND_SKU, (long long)BOUND_QTY);
            return false;
        }
        add_wanted_item(nearby, sku, qty);
    }
    return true;
}

static bool take_origin(struct api_call *call, struct nearby *nearby)
{
    struct origin origin;
    if (!origin_take(call, &origin))
        return false;
    nearby->origin = origin.point;
    if (origin.positioned)
        return true;
    if (origin.node == NULL)
        call_wrong(call, PARAMETER_LAT, "lat and lon, or node, to be given");
    else
        call_wrong(call, PARAMETER_NODE, "a node with a position");
    return false;
}

static enum api_next ask_nearby_stock(struct api_call *call)
{
    struct nearby *nearby = arena_array(&call->arena, struct nearby, 1);
    *nearby = (struct nearby){0};
    if (!take_items(call, nearby) || !take_origin(call, nearby))
        return origin_failed(call);
    call->state = nearby;
    for (size_t i = 0; i < nearby->items_n; i++) {
        struct wanted *item = &nearby->items[i];
        call_ask_shard(call, item->sku);
        if (nearby->items_n == 1)
            nearby->item = ask_item(&call->plan, call->api->view, item->sku);
        item->stock = ask_stock_everywhere(&call->plan, call->api->view, item->sku);
    }
    return API_ASK;
}

/* --- what there is ----------------------------------------------------------------------------------------------- */

static bool read_units_of_item(struct api_call *call, struct wanted *item, size_t *ret_records_n)
{
    struct node_stock *stocks;
    size_t n;
    if (!read_stock_everywhere(call->answers, item->stock, call->api->view, &call->arena, &stocks, &n))
        return false;
    *ret_records_n = n;
    item->units = arena_array(&call->arena, struct node_units, n);
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_node *node = snapshot_find(call->nodes, stocks[i].node);
        if (node == NULL)
            continue;
        struct availability availability = line_availability(call, node, &stocks[i].stock);
        item->units[item->units_n++] = (struct node_units){(uint32_t)(node - call->nodes->nodes),
                                                           availability.available, availability.available_for_pickup};
    }
    return true;
}

static enum api_next read_nearby_stock(struct api_call *call, struct nearby *nearby)
{
    size_t records_n = 0;
    struct str document = {0};
    for (size_t i = 0; i < nearby->items_n; i++)
        if (!read_units_of_item(call, &nearby->items[i], &records_n))
            return call_broken(call);
    if (nearby->items_n > 1)
        return API_ASK;
    if (!read_text(call->answers, nearby->item, &document))
        return call_broken(call);
    if (records_n == 0 && document.len == 0)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    return API_ASK;
}

static struct basket *fill_baskets(struct api_call *call, const struct nearby *nearby)
{
    struct basket *baskets = arena_array(&call->arena, struct basket, call->nodes->nodes_n);
    memset(baskets, 0, call->nodes->nodes_n * sizeof(*baskets));
    for (size_t i = 0; i < nearby->items_n; i++)
        for (size_t k = 0; k < nearby->items[i].units_n; k++) {
            const struct node_units *units = &nearby->items[i].units[k];
            if (units->for_pickup > 0)
                baskets[units->node].some++;
            if (units->for_pickup >= nearby->items[i].qty)
                baskets[units->node].enough++;
        }
    return baskets;
}

/* Of a node that has everything. Costs far more than all the rest of judging. */
static enum nearby_reason judge_hours(const struct api_call *call, const struct snapshot_node *node)
{
    int64_t opens = opening_next(&node->node.hours, &node->clock, call->now_ms);
    if (opens == TIME_NONE)
        return NEARBY_CLOSED;
    return opens == call->now_ms && node_is_silent(call, node) ? NEARBY_SILENT : NEARBY_TAKEN;
}

static enum nearby_reason judge_node(const struct nearby *nearby, const struct snapshot_position *position,
                                     struct basket basket)
{
    if (!position->pickup)
        return NEARBY_NO_PICKUP;
    if (basket.some < nearby->items_n)
        return NEARBY_OUT;
    return basket.enough < nearby->items_n ? NEARBY_NOT_ENOUGH : NEARBY_TAKEN;
}

static void select_nearest(const struct api_call *call, struct nearby *nearby)
{
    size_t k = (size_t)call_integer(call, PARAMETER_K, K_DEFAULT);
    double chord2_max =
        call_has(call, PARAMETER_MAX_KM) ? geo_chord2_of_km(call_number(call, PARAMETER_MAX_KM, 0)) : CHORD2_ALL;
    nearby_select(nearby->candidates, call->nodes->positions_n, k, chord2_max, &nearby->taken_n, &nearby->passed_n);
}

/* Of the first `n` candidates, those that have everything. Returns how many were turned down. */
static size_t judge_hours_of(const struct api_call *call, struct nearby *nearby, size_t n)
{
    size_t down_n = 0;
    for (size_t i = 0; i < n; i++) {
        struct nearby_candidate *candidate = &nearby->candidates[i];
        if (candidate->reason != NEARBY_TAKEN && candidate->reason != NEARBY_TOO_FAR)
            continue;
        enum nearby_reason reason = judge_hours(call, &call->nodes->nodes[candidate->node]);
        if (reason == NEARBY_TAKEN)
            continue;
        candidate->reason = reason;
        down_n++;
    }
    return down_n;
}

/* The hours of those chosen are looked at; only when one is turned down are those of all, and it is chosen anew. */
static void choose_nodes(struct api_call *call, struct nearby *nearby)
{
    const struct snapshot *nodes = call->nodes;
    const struct basket *baskets = fill_baskets(call, nearby);
    nearby->candidates = arena_array(&call->arena, struct nearby_candidate, nodes->positions_n);
    for (size_t i = 0; i < nodes->positions_n; i++) {
        const struct snapshot_position *position = &nodes->positions[i];
        nearby->candidates[i] = (struct nearby_candidate){position->node, geo_chord2(nearby->origin, position->point),
                                                          judge_node(nearby, position, baskets[position->node])};
    }
    select_nearest(call, nearby);
    if (judge_hours_of(call, nearby, nearby->taken_n + nearby->passed_n) == 0)
        return;
    judge_hours_of(call, nearby, nodes->positions_n);
    select_nearest(call, nearby);
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

/* What each node that was taken has of each item: rows in the order of the candidates. */
static const struct node_units **gather_taken_stock(struct api_call *call, const struct nearby *nearby)
{
    const struct node_units **rows =
        arena_array(&call->arena, const struct node_units *, nearby->taken_n * nearby->items_n);
    uint32_t *row_of = arena_array(&call->arena, uint32_t, call->nodes->nodes_n); /* plus 1; 0: not taken */
    memset(row_of, 0, call->nodes->nodes_n * sizeof(*row_of));
    for (uint32_t i = 0; i < nearby->taken_n; i++)
        row_of[nearby->candidates[i].node] = i + 1;
    for (size_t i = 0; i < nearby->items_n; i++)
        for (size_t k = 0; k < nearby->items[i].units_n; k++) {
            const struct node_units *units = &nearby->items[i].units[k];
            if (row_of[units->node] != 0)
                rows[(row_of[units->node] - 1) * nearby->items_n + i] = units;
        }
    return rows;
}

static void write_items(const struct nearby *nearby, const struct node_units *const *row, struct buffer *out)
{
    buffer_add_literal(out, ",\"items\":[");
    for (size_t i = 0; i < nearby->items_n; i++) {
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(nearby->items[i].sku, out);
        write_integer(out, "qty", nearby->items[i].qty);
        write_integer(out, "available", row[i]->available);
        write_integer(out, "available_for_pickup", row[i]->for_pickup);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void write_node(struct buffer *out, const struct snapshot_node *node)
{
    buffer_add_literal(out, "{\"node\":");
    json_write_string(node->node.id, out);
    write_text(out, "name", node->node.name);
}

static void write_taken(const struct api_call *call, const struct nearby *nearby,
                        const struct nearby_candidate *candidate, const struct node_units *const *row,
                        struct buffer *out)
{
    const struct snapshot_node *node = &call->nodes->nodes[candidate->node];
    const char *no_pickup;
    write_separator(out);
    write_node(out, node);
    write_name(out, "kind", node_kind_names[node->node.kind]);
    write_degrees(out, "lat", node->node.lat);
    write_degrees(out, "lon", node->node.lon);
    write_decimal(out, "distance_km", geo_km(candidate->chord2));
    write_items(nearby, row, out);
    write_boolean(out, "open_now", node_is_open(call, node));
    write_local_time(out, "ready_by", line_ready_by(call, node, &no_pickup), node);
    buffer_add_byte(out, '}');
}

static void write_passed(const struct api_call *call, const struct nearby_candidate *candidate, struct buffer *out)
{
    write_separator(out);
    write_node(out, &call->nodes->nodes[candidate->node]);
    write_decimal(out, "distance_km", geo_km(candidate->chord2));
    write_name(out, "reason", nearby_reason_names[candidate->reason]);
    buffer_add_byte(out, '}');
}

static enum api_next write_nearby(struct api_call *call, const struct nearby *nearby)
{
    const struct node_units **rows = gather_taken_stock(call, nearby);
    size_t passed_n = nearby->passed_n < PASSED_MAX ? nearby->passed_n : PASSED_MAX;
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"nodes\":[");
    for (size_t i = 0; i < nearby->taken_n; i++)
        write_taken(call, nearby, &nearby->candidates[i], rows + i * nearby->items_n, out);
    buffer_add_literal(out, "],\"passed_over\":[");
    for (size_t i = 0; i < passed_n; i++)
        write_passed(call, &nearby->candidates[nearby->taken_n + i], out);
    buffer_add_literal(out, "]}");
    return API_DONE;
}

enum api_next nearby_answer(struct api_call *call)
{
    struct nearby *nearby = call->state;
    if (nearby == NULL)
        return ask_nearby_stock(call);
    if (read_nearby_stock(call, nearby) == API_DONE)
        return API_DONE;
    choose_nodes(call, nearby);
    return write_nearby(call, nearby);
}
