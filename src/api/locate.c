/* GET /v1/items/{sku}/locate: where an item stands in a node, and what there is instead: its other sizes there, the
 * item elsewhere. */
#include <math.h>
#include <stdlib.h>

#include "facts.h"
#include "line.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/core/locate.h"

enum {
    ELSEWHERE_MAX = 5,
    OTHER_SIZES_MAX = 50,
    MEMBERS_MAX = 200, /* of a style: so many are looked at, by sku */
};

/* Another item of the same style. */
struct other_size {
    struct str sku;
    uint32_t stock, item; /* asks */
    struct item_facts facts;
    struct availability availability;
};

struct locate {
    uint32_t everywhere, item, style; /* asks */
    struct str sku, node, style_name;
    const struct snapshot_node *known; /* NULL: no such node */
    struct node_stock *stocks;         /* at every node */
    size_t stocks_n;
    struct stock here;
    struct other_size *others;
    size_t others_n;
};

/* --- reading ----------------------------------------------------------------------------------------------------- */

static enum api_next ask_everywhere(struct api_call *call)
{
    struct locate *locate = call->state = arena_array(&call->arena, struct locate, 1);
    *locate = (struct locate){
        .sku = call_text(call, PARAMETER_SKU), .node = call_text(call, PARAMETER_NODE), .here = line_no_stock()};
    locate->known = snapshot_find(call->nodes, locate->node);
    call_ask_shard(call, locate->sku);
    locate->item = ask_item(&call->plan, call->api->view, locate->sku);
    locate->everywhere = ask_stock_everywhere(&call->plan, call->api->view, locate->sku);
    return API_ASK;
}

static enum api_next read_everywhere(struct api_call *call, struct locate *locate)
{
    struct str document;
    struct item_facts facts;
    if (!read_stock_everywhere(call->answers, locate->everywhere, call->api->view, &call->arena, &locate->stocks,
                               &locate->stocks_n) ||
        !read_text(call->answers, locate->item, &document))
        return call_broken(call);
    if (locate->stocks_n == 0 && document.len == 0)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    for (size_t i = 0; i < locate->stocks_n; i++)
        if (str_equal(locate->stocks[i].node, locate->node))
            locate->here = locate->stocks[i].stock;
    if (locate->known == NULL && !locate->here.exists)
        return call_fail(call, PROBLEM_UNKNOWN_NODE, "no node has this id");
    if (facts_read(call, document, &facts))
        locate->style_name = facts.style;
    return API_ASK;
}

static void ask_style_members(struct api_call *call, struct locate *locate)
{
    call_ask_shard(call, locate->style_name);
    locate->style = ask_style(&call->plan, call->api->view, locate->style_name);
}

static bool ask_others(struct api_call *call, struct locate *locate)
{
    struct str *skus;
    size_t n;
    if (!read_names(call->answers, locate->style, &call->arena, &skus, &n))
        return false;
    n = n < MEMBERS_MAX ? n : MEMBERS_MAX;
    locate->others = arena_array(&call->arena, struct other_size, n);
    for (size_t i = 0; i < n; i++) {
        if (str_equal(skus[i], locate->sku))
            continue;
        struct other_size *other = &locate->others[locate->others_n++];
        call_ask_shard(call, skus[i]);
        *other = (struct other_size){.sku = skus[i]};
        other->item = ask_item(&call->plan, call->api->view, skus[i]);
        other->stock = ask_stock(&call->plan, call->api->view, skus[i], &locate->node, 1);
    }
    return true;
}

/* Those that are still of the style move to the front. */
static bool read_others(struct api_call *call, struct locate *locate)
{
    size_t kept = 0;
    for (size_t i = 0; i < locate->others_n; i++) {
        struct other_size other = locate->others[i];
        struct stock stock;
        struct str document;
        if (!read_stock(call->answers, other.stock, call->api->view, 1, 0, &call->arena, &stock) ||
            !read_text(call->answers, other.item, &document))
            return false;
        if (!facts_read(call, document, &other.facts) || !str_equal(other.facts.style, locate->style_name))
            continue;
        other.availability = line_availability(call, locate->known, &stock);
        locate->others[kept++] = other;
    }
    locate->others_n = kept;
    return true;
}

/* --- writing: the places ----------------------------------------------------------------------------------------- */

static void write_map(struct buffer *out, struct str map)
{
    buffer_add_literal(out, ",\"map\":");
    if (map.len > 0)
        buffer_add(out, map.data, map.len);
    else
        buffer_add_literal(out, "null");
}

static void write_located_place(const struct locate *locate, const struct located_place *place, struct buffer *out)
{
    struct str components[PLACE_COMPONENTS], floor_name = {0};
    place_split(place->stock->place, components);
    if (locate->known != NULL)
        floor_name = node_floor_name(&locate->known->node, place->stock->place);
    buffer_add_literal(out, "{\"floor\":");
    json_write_string(components[PLACE_FLOOR], out);
    write_text(out, "floor_name", floor_name);
    for (int i = PLACE_ZONE; i < PLACE_COMPONENTS; i++) {
        if (components[i].len > 0)
            write_text(out, place_component_names[i], components[i]);
        if (i == PLACE_ZONE)
            write_text(out, "zone_name", place->zone == NULL ? (struct str){0} : place->zone->name);
    }
    write_map(out, place->zone == NULL ? (struct str){0} : place->zone->map);
    write_integer(out, "qty", place->stock->qty);
    write_integer(out, "likely", place->likely);
    write_boolean(out, "accessible", place->zone == NULL || place->zone->accessible);
    write_time(out, "seen_at", place->stock->seen_at);
    write_text(out, "seen_by", place->stock->seen_by);
    write_decimal(out, "confidence", place->confidence);
    buffer_add_byte(out, '}');
}

static void write_located_places(struct api_call *call, const struct locate *locate, struct buffer *out)
{
    const struct record *record = &locate->here.record;
    struct located_place *places = arena_array(&call->arena, struct located_place, record->places_n);
    locate_places(record, locate->known == NULL ? NULL : &locate->known->node, call->now_ms,
                  call->api->config->confidence_half_life_ms, places);
    buffer_add_literal(out, ",\"places\":[");
    for (uint32_t i = 0; i < record->places_n; i++) {
        if (places[i].stock->qty <= 0)
            continue;
        write_separator(out);
        write_located_place(locate, &places[i], out);
    }
    buffer_add_byte(out, ']');
    write_integer(out, "unplaced", record->unplaced);
    write_integer(out, "staged", record->states[STATE_STAGED]);
}

/* --- writing: other sizes ---------------------------------------------------------------------------------------- */

static int compare_others(const void *a, const void *b)
{
    const struct other_size *left = a, *right = b;
    bool left_there = left->availability.available > 0, right_there = right->availability.available > 0;
    if (left_there != right_there)
        return left_there ? -1 : 1;
    int order = facts_compare_sizes(left->facts.size, right->facts.size);
    return order != 0 ? order : str_compare(left->sku, right->sku);
}

static void write_others(struct api_call *call, struct locate *locate, struct buffer *out)
{
    if (locate->others_n > 1)
        qsort(locate->others, locate->others_n, sizeof(*locate->others), compare_others);
    buffer_add_literal(out, ",\"other_sizes\":[");
    for (size_t i = 0; i < locate->others_n && i < OTHER_SIZES_MAX; i++) {
        const struct other_size *other = &locate->others[i];
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(other->sku, out);
        write_text(out, "size", other->facts.size);
        write_text(out, "color", other->facts.color);
        write_text(out, "title", other->facts.title);
        write_integer(out, "available", other->availability.available);
        write_integer(out, "available_for_pickup", other->availability.available_for_pickup);
        write_name(out, "status", line_status_names[line_status(call, other->availability.available)]);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

/* --- writing: elsewhere ------------------------------------------------------------------------------------------ */

struct elsewhere {
    const struct node_stock *stock;
    const struct snapshot_node *known; /* NULL: no document */
    double chord2;                     /* INFINITY: not known */
    int64_t available;
};

static int compare_elsewhere(const void *a, const void *b)
{
    const struct elsewhere *left = a, *right = b;
    if (left->chord2 != right->chord2)
        return left->chord2 < right->chord2 ? -1 : 1;
    if (left->available != right->available)
        return left->available > right->available ? -1 : 1;
    return str_compare(left->stock->node, right->stock->node);
}

static double chord2_between(const struct snapshot_node *a, const struct snapshot_node *b)
{
    bool known = a != NULL && b != NULL && a->node.positioned && b->node.positioned;
    return known ? geo_chord2(a->point, b->point) : (double)INFINITY;
}

/* The nodes that have it, but for the one asked for. */
static size_t gather_elsewhere(const struct api_call *call, const struct locate *locate, struct elsewhere *ret_nodes)
{
    size_t n = 0;
    for (size_t i = 0; i < locate->stocks_n; i++) {
        const struct node_stock *stock = &locate->stocks[i];
        const struct snapshot_node *known = snapshot_find(call->nodes, stock->node);
        int64_t available = line_availability(call, known, &stock->stock).available;
        if (available > 0 && !str_equal(stock->node, locate->node))
            ret_nodes[n++] = (struct elsewhere){stock, known, chord2_between(locate->known, known), available};
    }
    return n;
}

static void write_elsewhere(struct api_call *call, const struct locate *locate, struct buffer *out)
{
    struct elsewhere *nodes = arena_array(&call->arena, struct elsewhere, locate->stocks_n);
    size_t n = gather_elsewhere(call, locate, nodes);
    if (n > 1)
        qsort(nodes, n, sizeof(*nodes), compare_elsewhere);
    buffer_add_literal(out, ",\"elsewhere\":[");
    for (size_t i = 0; i < n && i < ELSEWHERE_MAX; i++) {
        const struct elsewhere *node = &nodes[i];
        struct line line = line_of(call, locate->sku, node->stock->node, node->known, &node->stock->stock);
        write_separator(out);
        buffer_add_byte(out, '{');
        line_write_node(&line, out);
        if (isfinite(node->chord2))
            write_decimal(out, "distance_km", geo_km(node->chord2));
        else
            write_name(out, "distance_km", NULL);
        line_write_promise(&line, out);
        write_name(out, "no_pickup", line.no_pickup);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static enum api_next write_locate(struct api_call *call, struct locate *locate)
{
    struct line line = line_of(call, locate->sku, locate->node, locate->known, &locate->here);
    struct buffer *out = call_open(call);
    write_text(out, "sku", locate->sku);
    write_text(out, "node", locate->node);
    write_text(out, "name", line.known == NULL ? (struct str){0} : line.known->node.name);
    line_write_promise(&line, out);
    write_name(out, "no_pickup", line.no_pickup);
    write_time(out, "heard_at", line.known == NULL ? TIME_NONE : line.known->heard_at);
    write_boolean(out, "stale", line.stale);
    write_located_places(call, locate, out);
    write_others(call, locate, out);
    write_elsewhere(call, locate, out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

/* everywhere and item ──► style, if it has one ──► its other items here, if there are any */
enum api_next locate_answer(struct api_call *call)
{
    struct locate *locate = call->state;
    switch (call->turn) {
    case 0:
        return ask_everywhere(call);
    case 1:
        if (read_everywhere(call, locate) == API_DONE)
            return API_DONE;
        if (locate->style_name.len == 0)
            break;
        ask_style_members(call, locate);
        return API_ASK;
    case 2:
        if (!ask_others(call, locate))
            return call_broken(call);
        if (locate->others_n == 0)
            break;
        return API_ASK;
    default:
        if (!read_others(call, locate))
            return call_broken(call);
    }
    return write_locate(call, locate);
}
