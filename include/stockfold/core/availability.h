/* What of a record can be promised. Pure.
 *
 *   available            = max(0, sellable - reserved - safety stock)
 *   available_for_pickup = max(0, available - sum over the zones that are not pickable of max(0, units in the zone))
 *   short_by             = max(0, reserved - sellable) */
#ifndef STOCKFOLD_CORE_AVAILABILITY_H
#define STOCKFOLD_CORE_AVAILABILITY_H

#include "stockfold/core/node.h"
#include "stockfold/core/record.h"

struct availability {
    int64_t available, available_for_pickup, short_by;
};

/* Units in a zone: what all its places come to, negatives included, so that a zone counted as empty withholds nothing.
 * `node` says which zones are not pickable; NULL: nothing is known of it, and a zone that is not known is pickable. */
struct availability availability_of(const struct record *record, int64_t reserved, int64_t safety_stock,
                                    const struct node *node);

/* Safety stock: the first that is present of item and node, node, item default, setting; negative = not present. */
int64_t safety_stock_of(int64_t item_node, int64_t node, int64_t item_default, int64_t setting);

#endif
