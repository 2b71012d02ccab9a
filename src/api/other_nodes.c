/* Whether items are available at other nodes than those asked from. */
#include "other_nodes.h"

/* Nodes of the first ring: most items in stock are in stock at one of them. */
enum { RING_FIRST = 4 };

/* The first of the nodes that has a position; else any place where there are nodes, since the order hardly matters. */
static struct geo_point find_center(const struct api_call *call, const struct str *nodes, size_t nodes_n)
{
    for (size_t i = 0; i < nodes_n; i++) {
        const struct snapshot_node *node = snapshot_find(call->nodes, nodes[i]);
        if (node != NULL && node->node.positioned)
            return node->point;
    }
    return call->nodes->positions_n > 0 ? call->nodes->positions[0].point : geo_point_of(0, 0);
}

void other_nodes_init(struct other_nodes *ret_others, struct api_call *call, const struct str *nodes, size_t nodes_n,
                      struct elsewhere_item *items, size_t items_n)
{
    *ret_others =
        (struct other_nodes){.nodes = nodes, .nodes_n = nodes_n, .items = items, .items_n = items_n, .more = true};
    ret_others->from = ret_others->to = items_n;
    rings_init(&ret_others->rings, call, find_center(call, nodes, nodes_n), false, 1);
    ret_others->rings.size = RING_FIRST;
    ret_others->rings.units = &call->part;
}

void other_nodes_note(struct elsewhere_item *item, const struct snapshot_node *node, int64_t available)
{
    if (available <= 0 || !snapshot_is_documented(node) || node == item->first || item->second != NULL)
        return;
    if (item->first == NULL)
        item->first = node;
    else
        item->second = node;
}

static bool is_asked_from(const struct other_nodes *others, const struct snapshot_node *node)
{
    for (size_t i = 0; i < others->nodes_n; i++)
        if (str_equal(others->nodes[i], node->node.id))
            return true;
    return false;
}

/* Two nodes have it, or one from which nobody asks. */
static bool is_settled(const struct other_nodes *others, const struct elsewhere_item *item)
{
    return item->stock.whole || item->second != NULL || (item->first != NULL && !is_asked_from(others, item->first));
}

/* Returns what it asked for, in fields. */
static size_t ask_other_nodes(struct other_nodes *others, struct api_call *call, struct elsewhere_item *item)
{
    item->asked = false;
    item->settled = item->settled || is_settled(others, item);
    if (item->settled)
        return 0;
    if (others->more) {
        item->asked = ring_item_ask(call, &others->rings, &item->stock);
    } else {
        ring_item_ask_whole(call, &item->stock); /* nodes without a position are in no ring */
        item->asked = true;
    }
    return item->asked ? ring_item_cost(&others->rings, &item->stock) : 0;
}

bool other_nodes_ask(struct other_nodes *others, struct api_call *call)
{
    size_t fields = 0;
    call_begin_portion(call);
    others->from = others->to;
    while (fields == 0) {
        if (others->to == others->items_n) {
            if (!others->more)
                return false;
            others->more = rings_next(&others->rings, call);
            others->from = others->to = 0;
        }
        while (others->to < others->items_n && fields < RING_PORTION)
            fields += ask_other_nodes(others, call, &others->items[others->to++]);
    }
    return true;
}

bool other_nodes_read(struct other_nodes *others, struct api_call *call)
{
    for (size_t i = others->from; i < others->to; i++) {
        struct elsewhere_item *item = &others->items[i];
        if (!item->asked)
            continue;
        if (!ring_item_read(call, &others->rings, &item->stock))
            return false;
        for (size_t k = 0; k < item->stock.units_n; k++)
            other_nodes_note(item, &call->nodes->nodes[item->stock.units[k].node], item->stock.units[k].available);
    }
    return true;
}

bool is_elsewhere(const struct elsewhere_item *item, const struct snapshot_node *node)
{
    return item->second != NULL || (item->first != NULL && item->first != node);
}
