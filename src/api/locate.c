/* GET /v1/items/{sku}/locate: where an item stands in a node, and what there is instead: its other sizes there, the
 * item elsewhere. */
#include <stdlib.h>

#include "facts.h"
#include "line.h"
#include "rings.h"
#include "similar.h"
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

/* Another node that has the item. */
struct elsewhere {
    const struct snapshot_node *known;
    struct ring_units units;
    double chord2; /* negative: not known */
};

struct locate {
    uint32_t here_stock, item, style; /* asks */
    struct str sku, node, style_name;
    const struct snapshot_node *known; /* NULL: no such node */
    struct stock here;
    struct rings rings; /* around the node; none, when nobody knows where that is */
    struct ring_item everywhere;
    struct elsewhere elsewhere[ELSEWHERE_MAX];
    size_t elsewhere_n;
    bool elsewhere_known; /* all of it */
    struct other_size *others;
    size_t others_n;
    struct similar *similar; /* NULL: the item has no document */
};

/* --- reading ----------------------------------------------------------------------------------------------------- */

static enum api_next ask_here(struct api_call *call)
{
    struct locate *locate = call->state = arena_array(&call->arena, struct locate, 1);
    *locate = (struct locate){
        .sku = call_text(call, PARAMETER_SKU), .node = call_text(call, PARAMETER_NODE), .here = line_no_stock()};
    locate->known = snapshot_find(call->nodes, locate->node);
    locate->everywhere.sku = locate->sku;
    call_ask_shard(call, locate->sku);
    locate->item = ask_item(&call->plan, call->api->view, locate->sku);
    locate->here_stock = ask_stock(&call->plan, call->api->view, locate->sku, &locate->node, 1);
    if (locate->known != NULL && locate->known->node.positioned) {
        rings_init(&locate->rings, call, locate->known->point, false, ELSEWHERE_MAX);
        rings_next(&locate->rings, call);
        ring_item_ask(call, &locate->rings, &locate->everywhere);
    } else {
        ring_item_ask_whole(call, &locate->everywhere);
    }
    return API_ASK;
}

static enum api_next read_here(struct api_call *call, struct locate *locate)
{
    struct str document;
    struct item_facts facts;
    if (!read_stock(call->answers, locate->here_stock, call->api->view, 1, 0, &call->arena, &locate->here) ||
        !read_text(call->answers, locate->item, &document))
        return call_broken(call);
    if (locate->everywhere.fields == 0 && document.len == 0)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    if (locate->known == NULL && !locate->here.exists)
        return call_fail(call, PROBLEM_UNKNOWN_NODE, "no node has this id");
    if (!facts_read(call, document, &facts))
        return API_ASK;
    locate->style_name = facts.style;
    locate->similar = similar_new(call, locate->sku, &facts, locate->node);
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

static void write_located_place(const struct api_call *call, const struct locate *locate,
                                const struct located_place *place, struct buffer *out)
{
    struct str components[PLACE_COMPONENTS], floor_name = {0}, language = call_text(call, PARAMETER_LANG);
    place_split(place->stock->place, components);
    if (locate->known != NULL)
        floor_name = node_floor_name(&locate->known->node, place->stock->place, language);
    buffer_add_literal(out, "{\"floor\":");
    json_write_string(components[PLACE_FLOOR], out);
    write_text(out, "floor_name", floor_name);
    for (int i = PLACE_ZONE; i < PLACE_COMPONENTS; i++) {
        if (components[i].len > 0)
            write_text(out, place_component_names[i], components[i]);
        if (i == PLACE_ZONE)
            write_text(out, "zone_name",
                       place->zone == NULL ? (struct str){0} : texts_choose(&place->zone->name, language));
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
        write_located_place(call, locate, &places[i], out);
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

/* --- elsewhere --------------------------------------------------------------------------------------------------- */

/* A node that has it, is not the one asked for, and has a document. */
static void add_elsewhere(const struct api_call *call, struct locate *locate, struct ring_units units, double chord2)
{
    const struct snapshot_node *known = &call->nodes->nodes[units.node];
    if (units.available > 0 && known != locate->known && snapshot_is_documented(known) &&
        locate->elsewhere_n < ELSEWHERE_MAX)
        locate->elsewhere[locate->elsewhere_n++] = (struct elsewhere){known, units, chord2};
}

static int compare_available(const void *a, const void *b)
{
    const struct ring_units *left = a, *right = b;
    if (left->available != right->available)
        return left->available > right->available ? -1 : 1;
    return (left->node > right->node) - (left->node < right->node);
}

/* Behind those that are near: those of which nobody knows how far they are, by what is available. */
static void add_without_distance(const struct api_call *call, struct locate *locate)
{
    struct ring_item *item = &locate->everywhere;
    if (item->units_n > 1)
        qsort(item->units, item->units_n, sizeof(*item->units), compare_available);
    for (size_t i = 0; i < item->units_n; i++)
        if (locate->rings.n == 0 || !call->nodes->nodes[item->units[i].node].node.positioned)
            add_elsewhere(call, locate, item->units[i], -1);
}

static void add_ring(const struct api_call *call, struct locate *locate)
{
    for (size_t i = locate->rings.begin; i < locate->rings.end; i++) {
        struct nearby_candidate candidate = locate->rings.candidates[i];
        add_elsewhere(call, locate, ring_item_units(&locate->everywhere, candidate.node), candidate.chord2);
    }
}

/* Takes what was read of the ring and, where all is known, of those behind it. False: what is farther has to be asked. */
static bool find_elsewhere(struct api_call *call, struct locate *locate)
{
    struct ring_item *item = &locate->everywhere;
    add_ring(call, locate);
    while (locate->elsewhere_n < ELSEWHERE_MAX && rings_next(&locate->rings, call)) {
        if (ring_item_ask(call, &locate->rings, item))
            return false;
        add_ring(call, locate);
    }
    if (locate->elsewhere_n < ELSEWHERE_MAX && !item->whole) {
        ring_item_ask_whole(call, item);
        return false;
    }
    add_without_distance(call, locate);
    return true;
}

static void write_elsewhere(struct api_call *call, const struct locate *locate, struct buffer *out)
{
    buffer_add_literal(out, ",\"elsewhere\":[");
    for (size_t i = 0; i < locate->elsewhere_n; i++) {
        const struct elsewhere *node = &locate->elsewhere[i];
        struct availability availability = {.available = node->units.available,
                                            .available_for_pickup = node->units.for_pickup};
        struct line line = line_from(call, locate->sku, node->known->node.id, node->known, availability);
        write_separator(out);
        buffer_add_byte(out, '{');
        line_write_node(&line, out);
        if (node->chord2 >= 0)
            write_decimal(out, "distance_km", geo_km(node->chord2));
        else
            write_name(out, "distance_km", NULL);
        line_write_promise(&line, out);
        write_name(out, "no_pickup", line.no_pickup);
        node_write_now(call, node->known, out);
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
    write_text(out, "name", line.known == NULL ? (struct str){0} : texts_choose(&line.known->node.name, line.language));
    line_write_promise(&line, out);
    write_name(out, "no_pickup", line.no_pickup);
    write_time(out, "heard_at", line.known == NULL ? TIME_NONE : line.known->heard_at);
    write_boolean(out, "stale", line.stale);
    write_located_places(call, locate, out);
    write_others(call, locate, out);
    similar_write(call, locate->similar, out);
    write_elsewhere(call, locate, out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

/* Three at once: here, the item and the nearest ring ──► style, if it has one ──► its other items here, if there are any;
 * ring by ring what is elsewhere; and what is similar. */
enum api_next locate_answer(struct api_call *call)
{
    struct locate *locate = call->state;
    bool asked = false, similar_asked = false;
    if (locate == NULL)
        return ask_here(call);
    if (!ring_item_read(call, &locate->rings, &locate->everywhere))
        return call_broken(call);
    if (call->turn == 1) {
        if (read_here(call, locate) == API_DONE)
            return API_DONE;
        if ((asked = locate->style_name.len > 0))
            ask_style_members(call, locate);
    } else if (call->turn == 2 && locate->style_name.len > 0) {
        if (!ask_others(call, locate))
            return call_broken(call);
        asked = locate->others_n > 0;
    } else if (call->turn == 3 && !read_others(call, locate)) {
        return call_broken(call);
    }
    if (!locate->elsewhere_known)
        locate->elsewhere_known = find_elsewhere(call, locate);
    if (locate->similar != NULL && !similar_step(call, locate->similar, &similar_asked))
        return call_broken(call);
    return asked || similar_asked || !locate->elsewhere_known ? API_ASK : write_locate(call, locate);
}
