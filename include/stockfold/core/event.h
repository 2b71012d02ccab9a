/* A stock-change event, decoded: what the fold reads.
 *
 * Plain values; every str and the lines are borrowed from the memory that the event was decoded into.
 * Bounds: bounds.h, kept by every struct event that the codec hands out; meaning: the event reference in the README. */
#ifndef STOCKFOLD_CORE_EVENT_H
#define STOCKFOLD_CORE_EVENT_H

#include <stdint.h>

#include "stockfold/core/place.h"

/* Alphabetical: of two events with one key, the smaller content stays, and the type is its first field. */
enum event_type {
    EVENT_ADJUSTED,
    EVENT_ARRIVED,
    EVENT_CORRECTED,
    EVENT_COUNTED,
    EVENT_EXPECTED,
    EVENT_MOVED,
    EVENT_RECEIVED,
    EVENT_RETURNED,
    EVENT_SHIPPED,
    EVENT_SOLD,
    EVENT_STATE_CHANGED,
    EVENT_TYPES
};
extern const char *const event_type_names[EVENT_TYPES];

/* The state of units. Those that are not sellable are at no place. */
enum stock_state { STATE_SELLABLE, STATE_DAMAGED, STATE_QUALITY_HOLD, STATE_STAGED, STOCK_STATES };
extern const char *const stock_state_names[STOCK_STATES];

enum count_scope { SCOPE_PLACE, SCOPE_ZONE, SCOPE_FLOOR, SCOPE_NODE, COUNT_SCOPES };
extern const char *const count_scope_names[COUNT_SCOPES];

/* "No time given": before every time an event can have. */
#define TIME_NONE INT64_MIN

/* One line of a count: of a place, of a state (then `place` is empty), or, with neither, of the unplaced units. */
struct count_line {
    struct str place;
    enum stock_state state; /* STATE_SELLABLE unless the line names another */
    int64_t qty;
};

struct event {
    enum event_type type;
    bool inbound;       /* the receiving node's side of a `shipped`, or of its correction: the record is to_node's */
    bool has_seq;       /* never of a `corrected`: it is a mark, and stands in no order */
    int64_t seq;        /* the source's own order among its events of one moment; only where has_seq */
    int64_t time;       /* ms since 1970: event_time, the source's clock */
    int64_t kafka_time; /* ms since 1970: the broker's timestamp of its message */
    struct str id, source, sku, node;

    int64_t qty;                /* units; of a count only when `lines` is NULL */
    enum stock_state state;     /* of a delta; of `state_changed` the state the units leave */
    enum stock_state to_state;  /* `state_changed` */
    struct str place, to_place; /* empty: none; already empty where the contract says that a place is ignored */
    struct str to_node;         /* `shipped`, and the `corrected` of one; else empty */
    struct str ref;             /* order or transfer; of `corrected` the id of the event it strikes out */
    struct str reservation;     /* `sold` */
    int64_t eta;                /* `shipped`, `expected`: ms since 1970, or TIME_NONE */
    int64_t ref_time;           /* `corrected`: event_time of the event it strikes out; else TIME_NONE */

    enum count_scope scope;         /* `counted` */
    bool keep;                      /* `counted`: "missing":"keep" */
    bool sellable;                  /* `counted` of the node by qty: the total is of sellable units */
    const struct count_line *lines; /* `counted` by lines (not NULL, even when there are none), else NULL: by qty */
    uint32_t lines_n;
};

/* The key an event stands at in its record's order: a correction is a mark on the key of the event it strikes out. */
static inline int64_t event_key_time(const struct event *event)
{
    return event->type == EVENT_CORRECTED ? event->ref_time : event->time;
}

static inline struct str event_key_id(const struct event *event)
{
    return event->type == EVENT_CORRECTED ? event->ref : event->id;
}

/* The node whose record this event belongs to. */
static inline struct str event_record_node(const struct event *event)
{
    return event->inbound ? event->to_node : event->node;
}

/* Canonical order: key time; then, of one millisecond, deltas without seq, events with seq, counts without seq; then
 * source, seq, key id. <0, 0, >0. */
int event_order(const struct event *a, const struct event *b);

/* Identity order: key time, source, key id, marks after events, marks by the node and to_node that they name; 0 for
 * repetitions of one event. Marks that name one event are repetitions, whatever their own id and time. */
int event_identity(const struct event *a, const struct event *b);

/* Whether `mark` (a `corrected`) names `event`: equal source, id, time, node and to_node, "absent" being equal to
 * "absent" only. So the mark of a shipment strikes it in both of its records, and any other mark in neither. */
bool event_is_struck_by(const struct event *event, const struct event *mark);

/* Order of content for two events of one identity: field by field from the type on, each by its bytes as a message has
 * them (words by their letters, quantities by their digits). Kafka time is no content. */
int event_content(const struct event *a, const struct event *b);

#endif
