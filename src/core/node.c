/* Nodes: what their documents say of the zone and the floor that a place lies in. */
#include "stockfold/core/node.h"

const char *const node_kind_names[NODE_KINDS] = {
    [NODE_WAREHOUSE] = "warehouse", [NODE_STORE] = "store", [NODE_ECOMMERCE] = "ecommerce"};

const struct zone *node_zone(const struct node *node, struct str place)
{
    struct str wanted = place_zone(place);
    size_t low = 0, high = node->zones_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(node->zones[middle].place, wanted);
        if (order == 0)
            return &node->zones[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct str node_floor_name(const struct node *node, struct str place, struct str language)
{
    struct str floor = place_floor(place);

    for (size_t i = 0; i < node->floors_n; i++)
        if (str_equal(node->floors[i].floor, floor))
            return texts_choose(&node->floors[i].name, language);
    return (struct str){0};
}
