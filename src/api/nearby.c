/* GET /v1/nearby: the nearest nodes that have all of a basket, and those passed over on the way. */
#include <stdlib.h>

#include "line.h"
#include "origin.h"
#include "rings.h"
#include "stockfold/codec/percent.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/core/bounds.h"

enum { K_DEFAULT = 5, PASSED_MAX = 100, NOT_READ = -1 };

struct wanted {
    struct ring_item stock;
    int64_t qty;
    uint32_t item; /* ask: the document */
    bool unknown;  /* there is neither stock nor a document of it */
};

struct nearby {
    struct geo_point origin;
    bool visit; /* pickup is not asked for */
    struct wanted *items;
    size_t items_n;
    bool unknown;    /* one item is */
    size_t from, to; /* items of the portion that was asked for; behind it the ring's next one begins */
    struct rings rings;
    struct nearby_walk walk;
    int64_t passed_available[PASSED_MAX]; /* of each node passed over: of the item it has least of; NOT_READ */
    struct ring_units *taken_units;       /* of each node taken, of each item */
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
        if (str_equal(nearby->items[i].stock.sku, sku)) {
            nearby->items[i].qty += qty;
            return;
        }
    nearby->items[nearby->items_n++] = (struct wanted){.stock = {.sku = sku}, .qty = qty};
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

static bool is_first_ring(const struct nearby *nearby)
{
    return nearby->rings.begin == 0;
}

/* Of items that were not asked for in this ring yet. False: everything about it is known. */
static bool ask_portion(struct api_call *call, struct nearby *nearby)
{
    size_t fields = 0;
    call_begin_portion(call);
    for (nearby->from = nearby->to; nearby->to < nearby->items_n && fields < RING_PORTION; nearby->to++) {
        struct wanted *wanted = &nearby->items[nearby->to];
        if (is_first_ring(nearby)) {
            call_ask_shard(call, wanted->stock.sku);
            wanted->item = ask_item(&call->plan, call->api->view, wanted->stock.sku);
        }
        if (ring_item_ask(call, &nearby->rings, &wanted->stock))
            fields += ring_item_cost(&nearby->rings, &wanted->stock);
    }
    return fields > 0;
}

static void begin_walk(struct api_call *call, struct nearby *nearby)
{
    size_t k = (size_t)call_integer(call, PARAMETER_K, K_DEFAULT);
    nearby->walk = (struct nearby_walk){
        .k = k,
        .passed_max = PASSED_MAX,
        .chord2_max =
            call_has(call, PARAMETER_MAX_KM) ? geo_chord2_of_km(call_number(call, PARAMETER_MAX_KM, 0)) : CHORD2_ALL,
        .taken = arena_array(&call->arena, struct nearby_candidate, k),
        .passed = arena_array(&call->arena, struct nearby_candidate, PASSED_MAX),
    };
    nearby->taken_units = arena_array(&call->arena, struct ring_units, k * nearby->items_n);
    nearby->visit = str_equal(call_text(call, PARAMETER_FOR), STR("visit"));
    rings_init(&nearby->rings, call, nearby->origin, !nearby->visit, k);
}

static enum api_next ask_first_ring(struct api_call *call)
{
    struct nearby *nearby = arena_array(&call->arena, struct nearby, 1);
    *nearby = (struct nearby){0};
    if (!take_items(call, nearby) || !take_origin(call, nearby))
        return origin_failed(call);
    call->state = nearby;
    begin_walk(call, nearby);
    rings_next(&nearby->rings, call);
    ask_portion(call, nearby);
    return API_ASK;
}

/* --- what there is ----------------------------------------------------------------------------------------------- */

/* With the first ring. */
static bool read_item_known(struct api_call *call, struct nearby *nearby, struct wanted *wanted)
{
    struct str document;
    if (!read_text(call->answers, wanted->item, &document))
        return false;
    wanted->unknown = wanted->stock.fields == 0 && document.len == 0;
    nearby->unknown = nearby->unknown || wanted->unknown;
    return true;
}

static bool read_portion(struct api_call *call, struct nearby *nearby)
{
    for (size_t i = nearby->from; i < nearby->to; i++) {
        struct wanted *wanted = &nearby->items[i];
        if (!ring_item_read(call, &nearby->rings, &wanted->stock) ||
            (is_first_ring(nearby) && !read_item_known(call, nearby, wanted)))
            return false;
    }
    return true;
}

/* Of a node that has everything. Costs far more than all the rest of judging. */
static enum nearby_reason judge_hours(const struct api_call *call, const struct snapshot_node *node)
{
    int64_t opens = opening_next(&node->node.hours, &node->clock, call->now_ms);
    if (opens == TIME_NONE)
        return NEARBY_CLOSED;
    return opens == call->now_ms && node_is_silent(call, node) ? NEARBY_SILENT : NEARBY_TAKEN;
}

/* `units`: of each item there. */
static enum nearby_reason judge_basket(const struct nearby *nearby, const struct ring_units *units)
{
    enum nearby_reason reason = NEARBY_TAKEN;
    if (nearby->unknown)
        return NEARBY_UNKNOWN;
    for (size_t i = 0; i < nearby->items_n; i++) {
        int64_t in_reach = nearby->visit ? units[i].available : units[i].for_pickup;
        enum nearby_reason of_item = nearby_shortage(units[i].available, in_reach, nearby->items[i].qty);
        if (of_item != NEARBY_TAKEN && (reason == NEARBY_TAKEN || of_item < reason))
            reason = of_item;
    }
    return reason;
}

static int64_t least_available(const struct nearby *nearby, const struct ring_units *units)
{
    int64_t least = units[0].available;
    for (size_t i = 1; i < nearby->items_n; i++)
        least = units[i].available < least ? units[i].available : least;
    return least;
}

static void judge_candidate(const struct api_call *call, struct nearby *nearby, struct nearby_candidate candidate)
{
    /* Where the units of the next one taken are kept: there is room, as long as it is not found. */
    struct ring_units *units = nearby->taken_units + nearby->walk.taken_n * nearby->items_n;
    size_t passed_n = nearby->walk.passed_n;
    int64_t available = NOT_READ;
    if (nearby->visit && call->nodes->nodes[candidate.node].node.kind != NODE_STORE)
        candidate.reason = NEARBY_NO_PICKUP; /* nobody walks into a warehouse */
    if (candidate.reason == NEARBY_TAKEN) {
        for (size_t i = 0; i < nearby->items_n; i++)
            units[i] = ring_item_units(&nearby->items[i].stock, candidate.node);
        available = least_available(nearby, units);
        candidate.reason = judge_basket(nearby, units);
    }
    if (candidate.reason == NEARBY_TAKEN)
        candidate.reason = judge_hours(call, &call->nodes->nodes[candidate.node]);
    nearby_add(&nearby->walk, candidate);
    if (nearby->walk.passed_n > passed_n)
        nearby->passed_available[passed_n] = available;
}

/* Whether what is behind the ring cannot change the answer. */
static bool judge_ring(const struct api_call *call, struct nearby *nearby)
{
    const struct rings *rings = &nearby->rings;
    for (size_t i = rings->begin; i < rings->end; i++) {
        if (nearby_is_found(&nearby->walk, rings->candidates[i].chord2))
            return true;
        judge_candidate(call, nearby, rings->candidates[i]);
    }
    return rings->end > 0 && nearby_is_found(&nearby->walk, rings->candidates[rings->end - 1].chord2);
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

/* Whether the basket can be collected there, and not only be bought by walking in. */
static bool is_for_pickup(const struct nearby *nearby, const struct ring_units *units)
{
    for (size_t i = 0; i < nearby->items_n; i++)
        if (units[i].for_pickup < nearby->items[i].qty)
            return false;
    return true;
}

static void write_items(const struct nearby *nearby, const struct ring_units *units, struct buffer *out)
{
    buffer_add_literal(out, ",\"items\":[");
    for (size_t i = 0; i < nearby->items_n; i++) {
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(nearby->items[i].stock.sku, out);
        write_integer(out, "qty", nearby->items[i].qty);
        write_integer(out, "available", units[i].available);
        write_integer(out, "available_for_pickup", units[i].for_pickup);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void write_node(const struct api_call *call, struct buffer *out, const struct snapshot_node *node)
{
    buffer_add_literal(out, "{\"node\":");
    json_write_string(node->node.id, out);
    write_text(out, "name", texts_choose(&node->node.name, call_text(call, PARAMETER_LANG)));
}

static void write_taken(const struct api_call *call, const struct nearby *nearby,
                        const struct nearby_candidate *candidate, const struct ring_units *units, struct buffer *out)
{
    const struct snapshot_node *node = &call->nodes->nodes[candidate->node];
    const char *no_pickup;
    int64_t ready_by = TIME_NONE;
    if (is_for_pickup(nearby, units))
        ready_by = line_ready_by(call, node, units->available, units->for_pickup, &no_pickup);
    write_separator(out);
    write_node(call, out, node);
    write_name(out, "kind", node_kind_names[node->node.kind]);
    write_degrees(out, "lat", node->node.lat);
    write_degrees(out, "lon", node->node.lon);
    write_decimal(out, "distance_km", geo_km(candidate->chord2));
    write_items(nearby, units, out);
    write_name(out, "status", line_status_names[line_status(call, least_available(nearby, units))]);
    node_write_now(call, node, out);
    write_local_time(out, "ready_by", ready_by, node);
    buffer_add_byte(out, '}');
}

static void write_passed(const struct api_call *call, const struct nearby_candidate *candidate, int64_t available,
                         struct buffer *out)
{
    write_separator(out);
    write_node(call, out, &call->nodes->nodes[candidate->node]);
    write_decimal(out, "distance_km", geo_km(candidate->chord2));
    if (available == NOT_READ)
        write_name(out, "available", NULL);
    else
        write_integer(out, "available", available);
    write_name(out, "reason", nearby_reason_names[candidate->reason]);
    buffer_add_byte(out, '}');
}

static enum api_next write_nearby(struct api_call *call, const struct nearby *nearby)
{
    const struct nearby_walk *walk = &nearby->walk;
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"nodes\":[");
    for (size_t i = 0; i < walk->taken_n; i++)
        write_taken(call, nearby, &walk->taken[i], nearby->taken_units + i * nearby->items_n, out);
    buffer_add_literal(out, "],\"passed_over\":[");
    for (size_t i = 0; i < walk->passed_n; i++)
        write_passed(call, &walk->passed[i], nearby->passed_available[i], out);
    buffer_add_literal(out, "]}");
    return API_DONE;
}

/* Ring by ring, each in portions of the items, until enough is found or there is none; of rings that are known already
 * several in one turn. */
enum api_next nearby_answer(struct api_call *call)
{
    struct nearby *nearby = call->state;
    if (nearby == NULL)
        return ask_first_ring(call);
    if (!read_portion(call, nearby))
        return call_broken(call);
    if (nearby->unknown && nearby->items_n == 1)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    while (!ask_portion(call, nearby)) {
        if (judge_ring(call, nearby) || !rings_next(&nearby->rings, call))
            return write_nearby(call, nearby);
        nearby->to = 0;
    }
    return API_ASK;
}
