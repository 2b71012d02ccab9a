/* GET /v1/styles/{style}: every size and color of a style: at this store, online, and at the nearest store that has it.
 */
#include <stdlib.h>

#include "facts.h"
#include "incoming.h"
#include "line.h"
#include "origin.h"
#include "rings.h"
#include "stockfold/codec/record_json.h"

enum { MEMBERS_MAX = 200 }; /* of a style: so many are looked at, by sku; how many are left out is said */

struct found_near {
    const struct snapshot_node *node; /* NULL: none */
    double chord2;
    struct ring_units units;
};

/* One item of the style. */
struct cell {
    struct ring_item stock;
    uint32_t item; /* ask */
    bool member;   /* it is still of the style */
    struct item_facts facts;
    struct variant variant;
    struct ring_units here, online;  /* online: of many nodes together */
    struct found_near nearest;       /* to collect it */
    struct found_near nearest_visit; /* to walk in and buy it */
};

struct matrix {
    struct str style;
    struct origin origin;
    uint32_t members; /* ask */
    struct cell *cells;
    size_t cells_n, left_out;
    size_t from, to; /* cells of the portion that was asked for; behind it the ring's next one begins */
    struct rings rings;
    int64_t online_heard_at; /* newest event of any node that sells online */
    bool online_stale;       /* one of them is */
};

/* --- reading ----------------------------------------------------------------------------------------------------- */

static enum api_next ask_members_of_style(struct api_call *call)
{
    struct matrix *matrix = arena_array(&call->arena, struct matrix, 1);
    *matrix = (struct matrix){.style = call_text(call, PARAMETER_STYLE), .online_heard_at = TIME_NONE};
    if (!origin_take(call, &matrix->origin))
        return origin_failed(call);
    call->state = matrix;
    call_ask_shard(call, matrix->style);
    matrix->members = ask_style(&call->plan, call->api->view, matrix->style);
    return API_ASK;
}

/* Read wherever they are: the one that is asked from, and those that sell online. */
static void read_fixed_nodes(struct api_call *call, struct matrix *matrix)
{
    const struct snapshot *nodes = call->nodes;
    uint32_t *along = arena_array(&call->arena, uint32_t, nodes->nodes_n);
    matrix->rings.along = along;
    for (uint32_t i = 0; i < nodes->nodes_n; i++) {
        const struct snapshot_node *node = &nodes->nodes[i];
        if (node->node.sells_online || node == matrix->origin.node)
            along[matrix->rings.along_n++] = i;
        if (!node->node.sells_online)
            continue;
        if (node->heard_at > matrix->online_heard_at)
            matrix->online_heard_at = node->heard_at;
        matrix->online_stale |= node_is_stale(call, node);
    }
}

/* For the nearest node, to collect it or to buy it there. */
static bool is_looking(const struct cell *cell)
{
    return cell->nearest.node == NULL || cell->nearest_visit.node == NULL;
}

static bool is_first_ring_of_cells(const struct matrix *matrix)
{
    return matrix->rings.begin == 0;
}

/* Of those that were not asked for in this ring yet, a portion. False: there is none, all about the ring is known. */
static bool ask_cells_of_ring(struct api_call *call, struct matrix *matrix)
{
    size_t fields = 0;
    call_begin_portion(call);
    for (matrix->from = matrix->to; matrix->to < matrix->cells_n && fields < RING_PORTION; matrix->to++) {
        struct cell *cell = &matrix->cells[matrix->to];
        if (is_first_ring_of_cells(matrix)) {
            call_ask_shard(call, cell->stock.sku);
            cell->item = ask_item(&call->plan, call->api->view, cell->stock.sku);
        } else if (!is_looking(cell)) {
            continue;
        }
        if (ring_item_ask(call, &matrix->rings, &cell->stock))
            fields += ring_item_cost(&matrix->rings, &cell->stock);
    }
    return fields > 0;
}

static enum api_next ask_cells(struct api_call *call, struct matrix *matrix)
{
    struct str *skus;
    size_t n;
    if (!read_names(call->answers, matrix->members, &call->arena, &skus, &n))
        return call_broken(call);
    if (n == 0)
        return call_fail(call, PROBLEM_UNKNOWN_STYLE, "no item is of this style");
    matrix->cells_n = n < MEMBERS_MAX ? n : MEMBERS_MAX;
    matrix->left_out = n - matrix->cells_n;
    matrix->cells = arena_array(&call->arena, struct cell, matrix->cells_n);
    if (matrix->origin.positioned)
        rings_init(&matrix->rings, call, matrix->origin.point, false, 1);
    read_fixed_nodes(call, matrix);
    rings_next(&matrix->rings, call);
    for (size_t i = 0; i < matrix->cells_n; i++)
        matrix->cells[i] = (struct cell){.stock = {.sku = skus[i]}};
    ask_cells_of_ring(call, matrix);
    return API_ASK;
}

static void add_online(struct ring_units *online, const struct ring_units *units)
{
    online->available += units->available;
    online->for_pickup += units->for_pickup;
    if (units->incoming_n > 0)
        memcpy(online->incoming + online->incoming_n, units->incoming, units->incoming_n * sizeof(*units->incoming));
    online->incoming_n += units->incoming_n;
}

/* Room for all that is to come to those that sell online. */
static struct incoming_line *room_for_incoming(struct api_call *call, const struct cell *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->stock.units_n; i++)
        n += cell->stock.units[i].incoming_n;
    return arena_array(&call->arena, struct incoming_line, n);
}

static void add_fixed_nodes(struct api_call *call, const struct matrix *matrix, struct cell *cell)
{
    cell->online.incoming = room_for_incoming(call, cell);
    for (size_t i = 0; i < matrix->rings.along_n; i++) {
        uint32_t number = matrix->rings.along[i];
        const struct snapshot_node *node = &call->nodes->nodes[number];
        struct ring_units units = ring_item_units(&cell->stock, number);
        if (node == matrix->origin.node)
            cell->here = units;
        if (node->node.sells_online)
            add_online(&cell->online, &units);
    }
}

/* The first in the ring that has it, but for where it is asked from. */
static void find_nearest(const struct api_call *call, const struct matrix *matrix, struct cell *cell)
{
    const struct rings *rings = &matrix->rings;
    for (size_t i = rings->begin; i < rings->end && is_looking(cell); i++) {
        const struct snapshot_node *node = &call->nodes->nodes[rings->candidates[i].node];
        struct ring_units units = ring_item_units(&cell->stock, rings->candidates[i].node);
        struct found_near found = {node, rings->candidates[i].chord2, units};
        if (node == matrix->origin.node)
            continue;
        if (node->node.pickup.enabled && units.for_pickup > 0 && cell->nearest.node == NULL)
            cell->nearest = found;
        if (node->node.kind == NODE_STORE && units.available > 0 && cell->nearest_visit.node == NULL)
            cell->nearest_visit = found;
    }
}

/* With the first ring. */
static bool read_member(struct api_call *call, const struct matrix *matrix, struct cell *cell)
{
    struct str document;
    if (!read_text(call->answers, cell->item, &document))
        return false;
    cell->member = facts_read(call, document, &cell->facts) && str_equal(cell->facts.style, matrix->style);
    if (!cell->member)
        return true;
    cell->variant = facts_variant(&cell->facts);
    add_fixed_nodes(call, matrix, cell);
    return true;
}

static bool read_cells_of_ring(struct api_call *call, const struct matrix *matrix)
{
    for (size_t i = matrix->from; i < matrix->to; i++) {
        struct cell *cell = &matrix->cells[i];
        if (!ring_item_read(call, &matrix->rings, &cell->stock) ||
            (is_first_ring_of_cells(matrix) && !read_member(call, matrix, cell)))
            return false;
    }
    return true;
}

/* Those that are still of the style move to the front. */
static void keep_members(struct matrix *matrix)
{
    size_t kept = 0;
    for (size_t i = 0; i < matrix->cells_n; i++)
        if (matrix->cells[i].member)
            matrix->cells[kept++] = matrix->cells[i];
    matrix->cells_n = kept;
}

/* Whether some cell has not found its nearest in this ring or an earlier one. */
static bool look_in_ring(const struct api_call *call, struct matrix *matrix)
{
    bool looking = false;
    for (size_t i = 0; i < matrix->cells_n; i++) {
        find_nearest(call, matrix, &matrix->cells[i]);
        looking |= is_looking(&matrix->cells[i]);
    }
    return looking;
}

/* --- writing ----------------------------------------------------------------------------------------------------- */

static int compare_cells(const void *a, const void *b)
{
    return facts_compare_variants(&((const struct cell *)a)->variant, &((const struct cell *)b)->variant);
}

/* As shown, and what stands for it in the order. */
struct axis_value {
    struct str shown, ordered;
};

static int compare_axis_values(const void *a, const void *b)
{
    return str_compare(((const struct axis_value *)a)->ordered, ((const struct axis_value *)b)->ordered);
}

static bool is_among(const struct axis_value *values, size_t n, struct str shown)
{
    for (size_t i = 0; i < n; i++)
        if (str_equal(values[i].shown, shown))
            return true;
    return false;
}

/* Each once; those of cells that have none are left out. */
static void write_axis(struct buffer *out, const char *name, const struct axis_value *values, size_t n)
{
    buffer_add_format(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (values[i].shown.len == 0 || is_among(values, i, values[i].shown))
            continue;
        write_separator(out);
        json_write_string(values[i].shown, out);
    }
    buffer_add_byte(out, ']');
}

/* Of cells in their order, which is that of sizes. */
static void write_axes(struct api_call *call, const struct matrix *matrix, struct buffer *out)
{
    struct axis_value *values = arena_array(&call->arena, struct axis_value, matrix->cells_n);
    for (size_t i = 0; i < matrix->cells_n; i++)
        values[i] = (struct axis_value){.shown = matrix->cells[i].facts.size};
    write_axis(out, "sizes", values, matrix->cells_n);
    for (size_t i = 0; i < matrix->cells_n; i++)
        values[i] = (struct axis_value){matrix->cells[i].facts.color, matrix->cells[i].variant.color};
    qsort(values, matrix->cells_n, sizeof(*values), compare_axis_values);
    write_axis(out, "colors", values, matrix->cells_n);
}

/* At `node`; NULL: at those that sell online, where nobody says which one it would be collected at. Without its closing
 * brace. */
static void write_units(const struct api_call *call, const struct matrix *matrix, struct buffer *out, const char *name,
                        const struct ring_units *units, const struct snapshot_node *node)
{
    const char *no_pickup;
    int64_t ready_by = line_ready_by(call, node, units->available, units->for_pickup, &no_pickup);
    buffer_add_format(out, ",\"%s\":{\"available\":%lld", name, (long long)units->available);
    write_integer(out, "available_for_pickup", units->for_pickup);
    write_name(out, "status", line_status_names[line_status(call, units->available)]);
    write_local_time(out, "ready_by", ready_by, node);
    write_name(out, "no_pickup", no_pickup);
    incoming_write_many(units->incoming, units->incoming_n, call->now_ms, out);
    write_time(out, "heard_at", node == NULL ? matrix->online_heard_at : node->heard_at);
    write_boolean(out, "stale", node == NULL ? matrix->online_stale : node_is_stale(call, node));
}

static void write_nearest(const struct api_call *call, const struct matrix *matrix, struct buffer *out,
                          const char *name, const struct found_near *found)
{
    if (found->node == NULL) {
        write_name(out, name, NULL);
        return;
    }
    write_units(call, matrix, out, name, &found->units, found->node);
    write_text(out, "node", found->node->node.id);
    write_text(out, "name", texts_choose(&found->node->node.name, call_text(call, PARAMETER_LANG)));
    write_decimal(out, "distance_km", geo_km(found->chord2));
    buffer_add_byte(out, '}');
}

static void write_cell(const struct api_call *call, const struct matrix *matrix, const struct cell *cell,
                       struct buffer *out)
{
    write_separator(out);
    buffer_add_literal(out, "{\"sku\":");
    json_write_string(cell->stock.sku, out);
    write_text(out, "size", cell->facts.size);
    write_text(out, "color", cell->facts.color);
    if (call_has(call, PARAMETER_INCLUDE))
        line_write_item(&cell->facts, out);
    if (matrix->origin.node == NULL) {
        write_name(out, "here", NULL);
    } else {
        write_units(call, matrix, out, "here", &cell->here, matrix->origin.node);
        buffer_add_byte(out, '}');
    }
    write_units(call, matrix, out, "online", &cell->online, NULL);
    buffer_add_byte(out, '}');
    write_nearest(call, matrix, out, "nearest", &cell->nearest);
    write_nearest(call, matrix, out, "nearest_visit", &cell->nearest_visit);
    buffer_add_byte(out, '}');
}

/* The first by sku that has one. */
static struct str find_title(const struct matrix *matrix)
{
    for (size_t i = 0; i < matrix->cells_n; i++)
        if (matrix->cells[i].facts.title.len > 0)
            return matrix->cells[i].facts.title;
    return (struct str){0};
}

static enum api_next write_style(struct api_call *call, const struct matrix *matrix)
{
    struct buffer *out = call_open(call);
    write_text(out, "style", matrix->style);
    write_text(out, "title", find_title(matrix));
    qsort(matrix->cells, matrix->cells_n, sizeof(*matrix->cells), compare_cells);
    write_axes(call, matrix, out);
    buffer_add_literal(out, ",\"cells\":[");
    for (size_t i = 0; i < matrix->cells_n; i++)
        write_cell(call, matrix, &matrix->cells[i], out);
    buffer_add_byte(out, ']');
    write_integer(out, "left_out", (int64_t)matrix->left_out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

/* Members ──► their documents, the nodes that are always read, and the first ring ──► farther rings; each in portions of the
 * cells. */
enum api_next style_answer(struct api_call *call)
{
    struct matrix *matrix = call->state;
    if (matrix == NULL)
        return ask_members_of_style(call);
    if (matrix->cells == NULL)
        return ask_cells(call, matrix);
    if (!read_cells_of_ring(call, matrix))
        return call_broken(call);
    while (!ask_cells_of_ring(call, matrix)) {
        if (is_first_ring_of_cells(matrix))
            keep_members(matrix);
        if (matrix->cells_n == 0)
            return call_fail(call, PROBLEM_UNKNOWN_STYLE, "no item is of this style");
        if (!look_in_ring(call, matrix) || !rings_next(&matrix->rings, call))
            return write_style(call, matrix);
        matrix->to = 0;
    }
    return API_ASK;
}
