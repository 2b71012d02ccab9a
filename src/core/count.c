/* A count's effect on a record: it sets the counted places, then reconciles the change with units whose place was not
 * known.
 *
 *   count_apply ─ of the node ─┬─ by lines   count_node_lines
 *                              └─ by qty     count_node_qty
 *               └ of a place, zone or floor  set_lines | set_total, then reconcile
 *
 * Units found are those that had no place; units missing are those that left from no known place. */
#include "record_parts.h"

static int64_t smaller_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t positive_part(int64_t qty)
{
    return qty > 0 ? qty : 0;
}

/* The places that a count covers: neighbours in the record, because a scope is a prefix. */
struct covered {
    enum count_scope scope;
    struct str place; /* the place that has only the scope's components; of the node empty */
};

static struct covered covered_by(const struct event *event)
{
    switch (event->scope) {
    case SCOPE_ZONE:
        return (struct covered){SCOPE_ZONE, place_zone(event->place)};
    case SCOPE_FLOOR:
        return (struct covered){SCOPE_FLOOR, place_floor(event->place)};
    case SCOPE_PLACE:
        return (struct covered){SCOPE_PLACE, event->place};
    case SCOPE_NODE:
    case COUNT_SCOPES:
        break;
    }
    return (struct covered){SCOPE_NODE, STR("")};
}

static bool scope_covers(const struct covered *covered, struct str place)
{
    switch (covered->scope) {
    case SCOPE_ZONE:
        return str_equal(place_zone(place), covered->place);
    case SCOPE_FLOOR:
        return str_equal(place_floor(place), covered->place);
    case SCOPE_PLACE:
        return str_equal(place, covered->place);
    case SCOPE_NODE:
    case COUNT_SCOPES:
        break;
    }
    return true;
}

/* Units at the places that are covered. */
static int64_t covered_qty(const struct record *record, const struct covered *covered)
{
    int64_t qty = 0;
    uint32_t i = record_place_index(record, covered->place);

    for (; i < record->places_n && scope_covers(covered, record->places[i].place); i++)
        qty += record->places[i].qty;
    return qty;
}

static void forget_covered(struct record *record, const struct covered *covered)
{
    uint32_t first = record_place_index(record, covered->place), end = first;

    while (end < record->places_n && scope_covers(covered, record->places[end].place))
        end++;
    if (end == first)
        return;
    memmove(&record->places[first], &record->places[end], (record->places_n - end) * sizeof(record->places[0]));
    record->places_n -= end - first;
}

/* Sets the listed places; other covered places become 0 unless the count keeps them. */
static void set_lines(struct record *record, const struct event *event, const struct covered *covered)
{
    if (!event->keep)
        forget_covered(record, covered);
    for (uint32_t i = 0; i < event->lines_n; i++)
        if (event->lines[i].place.len > 0)
            record_set_place(record, event->lines[i].place, event->lines[i].qty, event);
}

/* The place that has only the scope's components gets the total less all other covered places. */
static void set_total(struct record *record, const struct event *event, const struct covered *covered)
{
    const struct place_stock *at = record_place(record, covered->place);
    int64_t others = covered_qty(record, covered) - (at == NULL ? 0 : at->qty);

    record_set_place(record, covered->place, event->qty - others, event);
}

/* How much of a gain a quantity of units without (exact) place explains, and of a loss its negative. */
static int64_t explained(int64_t gain, int64_t qty)
{
    return gain > 0 ? smaller_of(gain, positive_part(qty)) : -smaller_of(-gain, positive_part(-qty));
}

/* Reconciles the gain with a coarser place, whose seen_at stays; returns the rest of the gain. */
static int64_t reconcile_place(struct record *record, struct str place, int64_t gain)
{
    struct place_stock *at = record_place(record, place);
    if (at == NULL)
        return gain;

    int64_t units = explained(gain, at->qty);
    at->qty -= units;
    if (at->qty == 0)
        record_forget_place(record, (uint32_t)(at - record->places));
    return gain - units;
}

/* Reconciles the covered places' gain in all: first with the coarser places above them, then with units
 * without place. */
static void reconcile(struct record *record, const struct covered *covered, int64_t gain)
{
    struct str zone = place_zone(covered->place), floor = place_floor(covered->place);

    if (!scope_covers(covered, zone))
        gain = reconcile_place(record, zone, gain);
    if (!scope_covers(covered, floor) && !str_equal(floor, zone))
        gain = reconcile_place(record, floor, gain);

    if (gain > 0)
        record->unplaced -= explained(gain, record->unplaced);
    else
        record->undrawn += explained(gain, -record->undrawn);
}

static void count_node_lines(struct record *record, const struct event *event, const struct covered *covered)
{
    set_lines(record, event, covered);
    if (!event->keep)
        record->unplaced = record->undrawn = 0;

    for (uint32_t i = 0; i < event->lines_n; i++) {
        const struct count_line *line = &event->lines[i];
        if (line->state != STATE_SELLABLE) {
            record->states[line->state] = line->qty;
        } else if (line->place.len == 0) {
            record->unplaced = line->qty;
            record->undrawn = 0;
        }
    }
}

static void count_node_qty(struct record *record, const struct event *event, const struct covered *covered)
{
    int64_t known = covered_qty(record, covered) + record->states[STATE_STAGED];
    if (!event->sellable)
        known += record->states[STATE_DAMAGED] + record->states[STATE_QUALITY_HOLD];
    int64_t left = event->qty - known;

    record->unplaced = positive_part(left);
    record->undrawn = positive_part(-left);
}

void count_apply(struct record *record, const struct event *event)
{
    struct covered covered = covered_by(event);

    if (event->scope == SCOPE_NODE) {
        if (event->lines != NULL)
            count_node_lines(record, event, &covered);
        else
            count_node_qty(record, event, &covered);
        return;
    }

    int64_t before = covered_qty(record, &covered);
    if (event->lines != NULL)
        set_lines(record, event, &covered);
    else
        set_total(record, event, &covered);
    reconcile(record, &covered, covered_qty(record, &covered) - before);
}
