/* Where at a node an item probably stands, in walking order. Pure.
 *
 * likely: units that are missing left from some place, and a count of the whole scope does not say from which. Each
 * place starts with max(0, qty); then missing units are taken off, in the narrowest scope first:
 *     zone    what is negative at its places, off its places
 *     floor   what its zones have left over, and what is negative at its places without zone, off its places
 *     node    what its floors have left over, and max(0, undrawn), off all places
 * In each scope places are taken from in the order of zone.draw, then by bytes, each down to 0. Places of one floor and
 * zone are in that zone whether or not the node's document knows it. So
 *     sum of likely + unplaced + staged = sellable
 * unless more is missing than stands at places, or undrawn is below 0 (then it is more).
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
