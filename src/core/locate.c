/* Where an item probably stands: missing units drawn down scope by scope, what was seen long ago believed less.
 *
 * A record's places stand by bytes, so those of a floor stand together, and on it those without zone come first and then
 * each zone's:   locate_places ──► settle_node ──► settle_floor ──► settle_zone */
#include "stockfold/core/locate.h"

#include <assert.h>
#include <math.h>

static int64_t draw_of(const struct located_place *place)
{
    return place->zone == NULL ? INT64_MAX : place->zone->draw;
}

static int64_t walk_of(const struct located_place *place)
{
    return place->zone == NULL ? INT64_MAX : place->zone->walk;
}

/* Places stand in their record by bytes. */
static bool drawn_before(const struct located_place *a, const struct located_place *b)
{
    return draw_of(a) != draw_of(b) ? draw_of(a) < draw_of(b) : a->stock < b->stock;
}

static bool walked_before(const struct located_place *a, const struct located_place *b)
{
    if ((a->likely > 0) != (b->likely > 0))
        return a->likely > 0;
    return walk_of(a) != walk_of(b) ? walk_of(a) < walk_of(b) : a->stock < b->stock;
}

/* Shell's, with Knuth's gaps: a record has few places, but nothing bounds them. */
static void sort_located(struct located_place *places, size_t n,
                         bool (*is_before)(const struct located_place *a, const struct located_place *b))
{
    size_t gap = 1;

    while (gap < n / 3)
        gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3)
        for (size_t i = gap; i < n; i++) {
            struct located_place moving = places[i];
            size_t to = i;
            for (; to >= gap && is_before(&moving, &places[to - gap]); to -= gap)
                places[to] = places[to - gap];
            places[to] = moving;
        }
}

/* --- missing units ----------------------------------------------------------------------------------------------- */

/* Takes `missing` units off the places in their order; returns how many are left over. */
static int64_t draw_down(struct located_place *places, size_t n, int64_t missing)
{
    for (size_t i = 0; i < n && missing > 0; i++) {
        int64_t drawn = missing < places[i].likely ? missing : places[i].likely;
        places[i].likely -= drawn;
        missing -= drawn;
    }
    return missing;
}

/* The same in the order of the zones' draw. */
static int64_t draw_from_zones(struct located_place *places, size_t n, int64_t missing)
{
    if (missing <= 0)
        return 0;
    sort_located(places, n, drawn_before);
    return draw_down(places, n, missing);
}

/* How many places from the first on lie in the same scope: place_floor or place_zone. */
static size_t scope_len(const struct located_place *places, size_t n, struct str (*scope)(struct str place))
{
    struct str first = scope(places[0].stock->place);
    size_t len = 1;

    while (len < n && str_equal(scope(places[len].stock->place), first))
        len++;
    return len;
}

/* Each settles its places among themselves and returns what is missing beyond them. Places by bytes; settle_floor and
 * settle_node leave them in any order. */
static int64_t settle_zone(struct located_place *places, size_t n)
{
    int64_t missing = 0;

    for (size_t i = 0; i < n; i++)
        missing += places[i].stock->qty < 0 ? -places[i].stock->qty : 0;
    return place_has_zone(places[0].stock->place) ? draw_down(places, n, missing) : missing;
}

static int64_t settle_floor(struct located_place *places, size_t n)
{
    int64_t missing = 0;

    for (size_t i = 0, len; i < n; i += len) {
        len = scope_len(places + i, n - i, place_zone);
        missing += settle_zone(places + i, len);
    }
    return draw_from_zones(places, n, missing);
}

static int64_t settle_node(struct located_place *places, size_t n, int64_t undrawn)
{
    int64_t missing = undrawn > 0 ? undrawn : 0;

    for (size_t i = 0, len; i < n; i += len) {
        len = scope_len(places + i, n - i, place_floor);
        missing += settle_floor(places + i, len);
    }
    return draw_from_zones(places, n, missing);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static double confidence_of(const struct located_place *place, int64_t now_ms, int64_t half_life_ms)
{
    int64_t age_ms = now_ms - place->stock->seen_at;

    if (place->likely <= 0)
        return 0;
    if (age_ms < 0)
        age_ms = 0;
    return exp2(-(double)age_ms / (double)half_life_ms) * (double)place->likely / (double)place->stock->qty;
}

void locate_places(const struct record *record, const struct node *node, int64_t now_ms, int64_t half_life_ms,
                   struct located_place *ret_places)
{
    size_t n = record->places_n;

    assert(half_life_ms > 0);
    for (size_t i = 0; i < n; i++) {
        const struct place_stock *stock = &record->places[i];
        ret_places[i] = (struct located_place){
            .stock = stock,
            .zone = node == NULL ? NULL : node_zone(node, stock->place),
            .likely = stock->qty > 0 ? stock->qty : 0,
        };
    }
    settle_node(ret_places, n, record->undrawn);
    for (size_t i = 0; i < n; i++)
        ret_places[i].confidence = confidence_of(&ret_places[i], now_ms, half_life_ms);
    sort_located(ret_places, n, walked_before);
}
