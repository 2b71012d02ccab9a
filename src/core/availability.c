/* What of a record can be promised. */
#include "stockfold/core/availability.h"

static int64_t at_least_0(int64_t qty)
{
    return qty > 0 ? qty : 0;
}

static bool is_closed(struct str place, const struct closed_zone *closed, size_t closed_n)
{
    struct str zone = place_zone(place);

    for (size_t i = 0; i < closed_n; i++)
        if (str_equal(zone, closed[i].zone))
            return true;
    return false;
}

static int64_t out_of_reach(const struct record *record, const struct closed_zone *closed, size_t closed_n)
{
    int64_t qty = 0;

    for (uint32_t i = 0; closed_n > 0 && i < record->places_n; i++)
        if (is_closed(record->places[i].place, closed, closed_n))
            qty += at_least_0(record->places[i].qty);
    return qty;
}

struct availability availability_of(const struct record *record, int64_t reserved, int64_t safety_stock,
                                    const struct closed_zone *closed, size_t closed_n)
{
    int64_t sellable = record_sellable(record);
    int64_t available = at_least_0(sellable - reserved - safety_stock);

    return (struct availability){
        .available = available,
        .available_for_pickup = at_least_0(available - out_of_reach(record, closed, closed_n)),
        .short_by = at_least_0(reserved - sellable),
    };
}

int64_t safety_stock_of(int64_t item_node, int64_t node, int64_t item_default, int64_t setting)
{
    if (item_node >= 0)
        return item_node;
    if (node >= 0)
        return node;
    return item_default >= 0 ? item_default : at_least_0(setting);
}
