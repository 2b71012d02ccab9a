/* Each event's effect on a record; counts are in count.c.
 *
 * A delta adds at its place or to the state it names. Without place, a delta that adds units raises `unplaced` and one
 * that takes units raises `undrawn`: they are two numbers because a count of a shelf explains the second and not the
 * first. */
#include "stockfold/core/record.h"

#include <assert.h>

#include "record_parts.h"

void record_init(struct record *ret_record, struct place_stock *places, uint32_t places_cap,
                 struct incoming_line *incoming, uint32_t incoming_cap)
{
    *ret_record = (struct record){
        .as_of = TIME_NONE,
        .newest_time = TIME_NONE,
        .newest_kafka_time = TIME_NONE,
        .places = places,
        .places_cap = places_cap,
        .incoming = incoming,
        .incoming_cap = incoming_cap,
    };
}

void record_room(const struct event *event, uint32_t *ret_places, uint32_t *ret_incoming)
{
    bool sets_scope = event->type == EVENT_COUNTED && event->scope != SCOPE_NODE;
    bool names_place = event->place.len > 0 || sets_scope;
    bool adds_line = event->type == EVENT_EXPECTED || (event->type == EVENT_SHIPPED && event->inbound) ||
                     (event->type == EVENT_ARRIVED && event->ref.len > 0);

    *ret_places = event->lines_n + (names_place ? 1 : 0) + (event->to_place.len > 0 ? 1 : 0);
    *ret_incoming = adds_line ? 1 : 0;
}

/* ---- places ---- */

uint32_t record_place_index(const struct record *record, struct str place)
{
    uint32_t low = 0, high = record->places_n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_compare(record->places[middle].place, place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct record *record, uint32_t index, struct str place)
{
    return index < record->places_n && str_equal(record->places[index].place, place);
}

struct place_stock *record_place(struct record *record, struct str place)
{
    uint32_t index = record_place_index(record, place);
    return is_at(record, index, place) ? &record->places[index] : NULL;
}

void record_forget_place(struct record *record, uint32_t index)
{
    struct place_stock *at = &record->places[index];
    memmove(at, at + 1, (--record->places_n - index) * sizeof(*at));
}

/* Sets the place that is, or belongs, at `index`. */
static void set_at(struct record *record, uint32_t index, struct str place, int64_t qty, const struct event *event)
{
    struct place_stock *at = &record->places[index];
    bool known = is_at(record, index, place);

    if (qty == 0) {
        if (known)
            record_forget_place(record, index);
        return;
    }
    if (!known) {
        assert(record->places_n < record->places_cap);
        memmove(at + 1, at, (record->places_n++ - index) * sizeof(*at));
        at->place = place;
    }
    at->qty = qty;
    at->seen_at = event->time;
    at->seen_by = event->source;
}

void record_set_place(struct record *record, struct str place, int64_t qty, const struct event *event)
{
    set_at(record, record_place_index(record, place), place, qty, event);
}

static void add_to_place(struct record *record, struct str place, int64_t qty, const struct event *event)
{
    uint32_t index = record_place_index(record, place);
    int64_t before = is_at(record, index, place) ? record->places[index].qty : 0;
    set_at(record, index, place, before + qty, event);
}

/* ---- incoming lines ---- */

static uint32_t incoming_index(const struct record *record, struct str ref)
{
    uint32_t index = 0;

    while (index < record->incoming_n && str_compare(record->incoming[index].ref, ref) < 0)
        index++;
    return index;
}

/* The line of `ref`, or an empty one. */
static struct incoming_line incoming_of(const struct record *record, struct str ref)
{
    uint32_t index = incoming_index(record, ref);

    if (index < record->incoming_n && str_equal(record->incoming[index].ref, ref))
        return record->incoming[index];
    return (struct incoming_line){.ref = ref, .qty = 0, .eta = TIME_NONE};
}

static void set_incoming(struct record *record, struct incoming_line line)
{
    uint32_t index = incoming_index(record, line.ref);
    struct incoming_line *at = &record->incoming[index];
    bool known = index < record->incoming_n && str_equal(at->ref, line.ref);

    if (line.qty == 0) {
        if (known)
            memmove(at, at + 1, (--record->incoming_n - index) * sizeof(*at));
        return;
    }
    if (!known) {
        assert(record->incoming_n < record->incoming_cap);
        memmove(at + 1, at, (record->incoming_n++ - index) * sizeof(*at));
    }
    *at = line;
}

/* The receiving node's side of a shipment: units that are on their way here. */
static void ship_inbound(struct record *record, const struct event *event)
{
    struct incoming_line line = incoming_of(record, event->ref);

    line.qty += event->qty;
    if (event->eta != TIME_NONE)
        line.eta = event->eta;
    set_incoming(record, line);
}

/* `arrived` may come before its shipment's event, so its line may stand below 0; `received` takes at most the line. */
static void take_incoming(struct record *record, const struct event *event)
{
    struct incoming_line line = incoming_of(record, event->ref);

    if (event->type == EVENT_RECEIVED && line.qty <= event->qty)
        line.qty = line.qty < 0 ? line.qty : 0;
    else
        line.qty -= event->qty;
    set_incoming(record, line);
}

/* ---- events ---- */

/* Adds `qty` units, or takes them when negative. */
static void add_state_units(struct record *record, enum stock_state state, int64_t qty, const struct event *event)
{
    if (state != STATE_SELLABLE)
        record->states[state] += qty;
    else if (event->place.len > 0)
        add_to_place(record, event->place, qty, event);
    else if (qty > 0)
        record->unplaced += qty;
    else
        record->undrawn -= qty;
}

static void receive_units(struct record *record, const struct event *event)
{
    add_state_units(record, event->state, event->qty, event);
    if (event->ref.len > 0)
        take_incoming(record, event);
}

static void move_units(struct record *record, const struct event *event)
{
    if (event->place.len > 0)
        add_to_place(record, event->place, -event->qty, event);
    else
        record->unplaced -= event->qty;
    if (event->to_place.len > 0)
        add_to_place(record, event->to_place, event->qty, event);
    else
        record->undrawn -= event->qty;
}

static void change_state(struct record *record, const struct event *event)
{
    bool from_staged_to_nowhere =
        event->state == STATE_STAGED && event->to_state == STATE_SELLABLE && event->place.len == 0;

    add_state_units(record, event->state, -event->qty, event);
    if (from_staged_to_nowhere)
        record->undrawn -= event->qty; /* the till's sale follows, and raises it again */
    else
        add_state_units(record, event->to_state, event->qty, event);
}

static void apply_effect(struct record *record, const struct event *event)
{
    switch (event->type) {
    case EVENT_SOLD:
        add_state_units(record, event->state, -event->qty, event);
        break;
    case EVENT_RETURNED:
    case EVENT_ADJUSTED:
        add_state_units(record, event->state, event->qty, event);
        break;
    case EVENT_RECEIVED:
    case EVENT_ARRIVED:
        receive_units(record, event);
        break;
    case EVENT_SHIPPED:
        if (event->inbound)
            ship_inbound(record, event);
        else
            add_state_units(record, event->state, -event->qty, event);
        break;
    case EVENT_MOVED:
        move_units(record, event);
        break;
    case EVENT_STATE_CHANGED:
        change_state(record, event);
        break;
    case EVENT_COUNTED:
        count_apply(record, event);
        break;
    case EVENT_EXPECTED:
        set_incoming(record, (struct incoming_line){.ref = event->ref, .qty = event->qty, .eta = event->eta});
        break;
    case EVENT_CORRECTED:
    case EVENT_TYPES:
        break;
    }
}

void record_apply_effect(struct record *record, const struct event *event, int64_t as_of)
{
    if (as_of > record->as_of)
        record->as_of = as_of;
    apply_effect(record, event);
}

void record_apply(struct record *record, const struct event *event, bool struck)
{
    record->newest_time = event_key_time(event);
    record->newest_kafka_time = event->kafka_time;
    if (!struck)
        record_apply_effect(record, event, event->time);
}

/* ---- the whole record ---- */

int64_t record_sellable(const struct record *record)
{
    int64_t qty = record->unplaced - record->undrawn + record->states[STATE_STAGED];

    for (uint32_t i = 0; i < record->places_n; i++)
        qty += record->places[i].qty;
    return qty;
}

int64_t record_on_hand(const struct record *record)
{
    return record_sellable(record) + record->states[STATE_DAMAGED] + record->states[STATE_QUALITY_HOLD];
}

static bool equal_places(const struct place_stock *a, const struct place_stock *b)
{
    return str_equal(a->place, b->place) && a->qty == b->qty && a->seen_at == b->seen_at &&
           str_equal(a->seen_by, b->seen_by);
}

static bool equal_incoming(const struct incoming_line *a, const struct incoming_line *b)
{
    return str_equal(a->ref, b->ref) && a->qty == b->qty && a->eta == b->eta;
}

bool record_equal(const struct record *a, const struct record *b)
{
    if (a->as_of != b->as_of || a->newest_time != b->newest_time || a->newest_kafka_time != b->newest_kafka_time)
        return false;
    if (a->unplaced != b->unplaced || a->undrawn != b->undrawn || memcmp(a->states, b->states, sizeof(a->states)) != 0)
        return false;
    if (a->places_n != b->places_n || a->incoming_n != b->incoming_n)
        return false;
    for (uint32_t i = 0; i < a->places_n; i++)
        if (!equal_places(&a->places[i], &b->places[i]))
            return false;
    for (uint32_t i = 0; i < a->incoming_n; i++)
        if (!equal_incoming(&a->incoming[i], &b->incoming[i]))
            return false;
    return true;
}

bool record_check(const struct record *record)
{
    for (uint32_t i = 0; i < record->places_n; i++) {
        const struct place_stock *at = &record->places[i];
        if (at->qty == 0 || at->place.len == 0 || (i > 0 && str_compare(at[-1].place, at->place) >= 0))
            return false;
    }
    for (uint32_t i = 0; i < record->incoming_n; i++) {
        const struct incoming_line *line = &record->incoming[i];
        if (line->qty == 0 || (i > 0 && str_compare(line[-1].ref, line->ref) >= 0))
            return false;
    }
    return record->states[STATE_SELLABLE] == 0 && (record->newest_time != TIME_NONE || record->as_of == TIME_NONE);
}
