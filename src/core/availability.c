/* What of a record can be promised. */
#include "stockfold/core/availability.h"

static int64_t or_zero(int64_t qty)
{
    return qty > 0 ? qty : 0;
}

/* Units in zones that are not pickable. Places stand by bytes, so those of a zone stand together. */
static int64_t out_of_reach(const struct record *record, const struct node *node)
{
    const struct zone *closed = NULL; /* the zone that `in_zone` is counted of */
    int64_t qty = 0, in_zone = 0;

    if (node == NULL || node->zones_n == 0)
        return 0;
    for (uint32_t i = 0; i < record->places_n; i++) {
        const struct zone *zone = node_zone(node, record->places[i].place);
        if (zone == NULL || zone->pickable)
            continue;
        if (zone != closed) {
            qty += or_zero(in_zone);
            in_zone = 0;
            closed = zone;
        }
        in_zone += record->places[i].qty;
    }
    return qty + or_zero(in_zone);
}

struct availability availability_of(const struct record *record, int64_t reserved, int64_t safety_stock,
                                    const struct node *node)
{
    int64_t sellable = record_sellable(record);
    int64_t available = or_zero(sellable - reserved - safety_stock);

    return (struct availability){
        .available = available,
        .available_for_pickup = or_zero(available - out_of_reach(record, node)),
        .short_by = or_zero(reserved - sellable),
    };
}

int64_t safety_stock_of(int64_t item_node, int64_t node, int64_t item_default, int64_t setting)
{
    if (item_node >= 0)
        return item_node;
    if (node >= 0)
        return node;
    return item_default >= 0 ? item_default : or_zero(setting);
}
