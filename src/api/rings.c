/* Which nodes are read next, and what an item has there. */
#include "rings.h"

#include <stdlib.h>

#include "line.h"

/* Nodes of the first ring, and those that it has more for each that is looked for. */
enum { RING_FEWEST = 8, RING_EACH = 4 };
/* Nodes of a first ring at most: of more, everything is read without asking how much that is. */
enum { RING_FIRST_MAX = 500 };
/* The asks of an item, beside the fields that they ask for, as so many fields. */
enum { ASK_COST = 6 };

/* --- rings ------------------------------------------------------------------------------------------------------- */

void rings_init(struct rings *ret_rings, struct api_call *call, struct geo_point origin, bool for_pickup, size_t k)
{
    const struct snapshot *nodes = call->nodes;
    *ret_rings = (struct rings){
        .candidates = arena_array(&call->arena, struct nearby_candidate, nodes->positions_n),
        .n = nodes->positions_n,
        .size = RING_FEWEST + RING_EACH * k,
    };
    for (size_t i = 0; i < nodes->positions_n; i++) {
        const struct snapshot_position *position = &nodes->positions[i];
        ret_rings->candidates[i] =
            (struct nearby_candidate){position->node, geo_chord2(origin, position->point),
                                      for_pickup && !position->pickup ? NEARBY_NO_PICKUP : NEARBY_TAKEN};
    }
}

static void read_node_of_ring(struct rings *rings, const struct snapshot *nodes, uint32_t node)
{
    rings->nodes[rings->nodes_n] = node;
    rings->ids[rings->nodes_n++] = nodes->nodes[node].node.id;
}

bool rings_next(struct rings *rings, struct api_call *call)
{
    size_t n = rings->size < rings->n - rings->end ? rings->size : rings->n - rings->end;
    size_t along_n = rings->end == 0 ? rings->along_n : 0;
    nearby_sort(rings->candidates, rings->n, rings->end, rings->end + n);
    rings->begin = rings->end;
    rings->end += n;
    rings->size *= 2;
    rings->ids = arena_array(&call->arena, struct str, n + along_n);
    rings->nodes = arena_array(&call->arena, uint32_t, n + along_n);
    rings->nodes_n = 0;
    for (size_t i = 0; i < along_n; i++)
        read_node_of_ring(rings, call->nodes, rings->along[i]);
    for (size_t i = rings->begin; i < rings->end; i++)
        if (rings->candidates[i].reason == NEARBY_TAKEN)
            read_node_of_ring(rings, call->nodes, rings->candidates[i].node);
    return n > 0;
}

/* --- an item ----------------------------------------------------------------------------------------------------- */

/* Whether everything is read instead of the ring. */
static bool is_all_read(const struct rings *rings, const struct ring_item *item)
{
    if (item->whole || rings->nodes_n == 0)
        return false;
    return item->sized ? item->fields <= (int64_t)stock_fields(rings->nodes_n) : rings->nodes_n > RING_FIRST_MAX;
}

/* Behind its records: the last answer vouches for the others. */
static void ask_size(struct api_call *call, struct ring_item *item)
{
    if (!item->sized)
        item->size = ask_stock_size(&call->plan, call->api->view, item->sku);
    ask_any_record(&call->plan, call->api->view, item->sku);
}

void ring_item_ask_whole(struct api_call *call, struct ring_item *item)
{
    call_ask_shard(call, item->sku);
    item->stock = ask_stock_everywhere(&call->plan, call->api->view, item->sku);
    item->whole = item->ring_asked = true;
    ask_size(call, item);
}

bool ring_item_ask(struct api_call *call, const struct rings *rings, struct ring_item *item)
{
    if (is_all_read(rings, item)) {
        ring_item_ask_whole(call, item);
        return true;
    }
    item->ring_asked = !item->whole && rings->nodes_n > 0;
    if (item->sized && !item->ring_asked)
        return false;
    call_ask_shard(call, item->sku);
    if (item->ring_asked)
        item->stock = ask_stock(&call->plan, call->api->view, item->sku, rings->ids, rings->nodes_n);
    ask_size(call, item);
    return true;
}

size_t ring_item_cost(const struct rings *rings, const struct ring_item *item)
{
    if (!item->ring_asked)
        return ASK_COST;
    return ASK_COST + (item->whole && item->sized ? (size_t)item->fields : stock_fields(rings->nodes_n));
}

static struct arena *units_arena(struct api_call *call, const struct rings *rings)
{
    return rings->units == NULL ? &call->arena : rings->units;
}

static void add_ring_units(struct api_call *call, struct ring_item *item, const struct snapshot_node *node,
                           const struct stock *stock)
{
    struct availability availability = line_availability(call, node, stock);
    struct ring_units *units = &item->units[item->units_n++];
    *units = (struct ring_units){.node = (uint32_t)(node - call->nodes->nodes),
                                 .available = availability.available,
                                 .for_pickup = availability.available_for_pickup,
                                 .incoming = stock->record.incoming,
                                 .incoming_n = stock->record.incoming_n};
}

static bool read_whole(struct api_call *call, const struct rings *rings, struct ring_item *item)
{
    struct node_stock *stocks;
    size_t n;
    if (!read_stock_everywhere(call->answers, item->stock, call->api->view, units_arena(call, rings), &stocks, &n))
        return false;
    item->units = arena_array(units_arena(call, rings), struct ring_units, n);
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_node *node = snapshot_find(call->nodes, stocks[i].node);
        if (node != NULL)
            add_ring_units(call, item, node, &stocks[i].stock);
    }
    return true;
}

static bool read_ring(struct api_call *call, const struct rings *rings, struct ring_item *item)
{
    item->units = arena_array(units_arena(call, rings), struct ring_units, rings->nodes_n);
    for (size_t i = 0; i < rings->nodes_n; i++) {
        struct stock stock;
        if (!read_stock(call->answers, item->stock, call->api->view, rings->nodes_n, i, units_arena(call, rings),
                        &stock))
            return false;
        if (stock.exists)
            add_ring_units(call, item, &call->nodes->nodes[rings->nodes[i]], &stock);
    }
    return true;
}

static int compare_nodes_of_units(const void *a, const void *b)
{
    const struct ring_units *left = a, *right = b;
    return (left->node > right->node) - (left->node < right->node);
}

bool ring_item_read(struct api_call *call, const struct rings *rings, struct ring_item *item)
{
    if (!item->sized && !read_stock_size(call->answers, item->size, call->api->view, &item->fields))
        return false;
    item->sized = true;
    if (!item->ring_asked)
        return true;
    item->ring_asked = false;
    item->units_n = 0;
    if (!(item->whole ? read_whole(call, rings, item) : read_ring(call, rings, item)))
        return false;
    item->whole |= item->fields == 0;
    if (item->units_n > 1)
        qsort(item->units, item->units_n, sizeof(*item->units), compare_nodes_of_units);
    return true;
}

struct ring_units ring_item_units(const struct ring_item *item, uint32_t node)
{
    const struct ring_units wanted = {.node = node}, *found = NULL;
    if (item->units_n > 0)
        found = bsearch(&wanted, item->units, item->units_n, sizeof(wanted), compare_nodes_of_units);
    return found == NULL ? wanted : *found;
}
