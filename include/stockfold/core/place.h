/* A place inside a node: floor, zone, aisle, bay, shelf, position, the last five as far as known.
 *
 * A place is one str: its components joined by '\0', trailing missing ones cut off, a missing one in the middle empty
 * ("2\0women\0A04", or "0\0\0\0\0S3" for a small shop with floor and shelf only). Components hold no control
 * characters, so comparing places by bytes compares them component by component, a missing one first; a scope is a
 * prefix. The empty str is "no place". */
#ifndef STOCKFOLD_CORE_PLACE_H
#define STOCKFOLD_CORE_PLACE_H

#include "stockfold/core/bounds.h"
#include "stockfold/core/str.h"

enum place_component { PLACE_FLOOR, PLACE_ZONE, PLACE_AISLE, PLACE_BAY, PLACE_SHELF, PLACE_POSITION, PLACE_COMPONENTS };

/* Bytes of a place at most. */
enum { PLACE_MAX = PLACE_COMPONENTS * BOUND_PLACE_COMPONENT + PLACE_COMPONENTS - 1 };

extern const char *const place_component_names[PLACE_COMPONENTS];

/* Joins components (empty = missing) into ret_bytes, which has room for PLACE_MAX; returns the place in it.
 * Each component must be at most BOUND_PLACE_COMPONENT long. All empty gives the empty place. */
struct str place_join(const struct str components[PLACE_COMPONENTS], char *ret_bytes);

/* The reverse; every missing component becomes an empty str. Views into `place`. */
void place_split(struct str place, struct str ret_components[PLACE_COMPONENTS]);

/* The coarser place that has this one's floor only, and the one that has its floor and zone only: views into
 * `place`. Of a place without a zone both are its floor. */
struct str place_floor(struct str place);
struct str place_zone(struct str place);
/* False: it names no zone, only its floor (and maybe what is below). */
bool place_has_zone(struct str place);

#endif
