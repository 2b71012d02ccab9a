/* Where at a node an item probably stands, in walking order. Pure.
 *
 * likely: a sale that names no shelf is counted (`undrawn`) but left from nobody knows which place. It is taken here
 * from the places in the order in which the node's zones are drawn (zone.draw, then place), each down to 0. What is
 * left over is drawn from the units without place.
 *
 * confidence: the chance that nothing untold has happened to a place since it was last seen, times the share of its
 * units that are still likely there:
 *     confidence = 2^(-(now - seen_at) / half_life) * likely / qty         (0 when qty <= 0)
 * Untold losses and misplacements are taken as a Poisson process, as in Kang and Gershwin, "Information inaccuracy in
 * inventory systems: stock loss and stockout" (IIE Transactions 37, 2005): the chance of none in a time is exponential
 * in it. half_life is a setting.
 *
 * Walking order: zone.walk, then floor, zone, aisle, bay, shelf, position by bytes; those with likely > 0 before the
 * others. */
#ifndef STOCKFOLD_CORE_LOCATE_H
#define STOCKFOLD_CORE_LOCATE_H

#include "stockfold/core/node.h"
#include "stockfold/core/record.h"

struct located_place {
    const struct place_stock *stock;
    const struct zone *zone; /* NULL: not known */
    int64_t likely;          /* units, 0 ... qty */
    double confidence;       /* 0 ... 1 */
};

/* Fills `ret_places` (room for record->places_n) in walking order; `node` may be NULL, half_life_ms is above 0. */
void locate_places(const struct record *record, const struct node *node, int64_t now_ms, int64_t half_life_ms,
                   struct located_place *ret_places);

#endif
