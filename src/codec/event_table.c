/* Events as tables: which fields there are, and which type has which. */
#include "event_fields.h"

static const struct document_field place_table[] = {
    {NAME("floor", BOUND_PLACE_COMPONENT), .required = true},
    {NAME("zone", BOUND_PLACE_COMPONENT)},
    {NAME("aisle", BOUND_PLACE_COMPONENT)},
    {NAME("bay", BOUND_PLACE_COMPONENT)},
    {NAME("shelf", BOUND_PLACE_COMPONENT)},
    {NAME("position", BOUND_PLACE_COMPONENT)},
    {0},
};

static const struct document_field line_table[] = {
    {OBJECT("place", place_table), .component = "Place",
     .help = "In the scope of the count; without one, and without a state, units that are at no place."},
    {INTEGER("qty", BOUND_QTY), .required = true},
    {WORD("state", stock_state_names, STOCK_STATES),
     .help = "Another than sellable only in a count of the node: the units of that state."},
    {0},
};

static const char *const missing_words[] = {"zero", "keep"};

const struct document_field event_field_table[EVENT_FIELDS + 1] = {
    [FIELD_TYPE] = {WORD("type", event_type_names, EVENT_TYPES),
                    .help = "Says what happened, and which fields there are."},
    [FIELD_ID] = {NAME("id", BOUND_ID), .help = "Unique for its source: an event that comes again changes nothing."},
    [FIELD_SOURCE] = {NAME("source", BOUND_SOURCE), .help = "The system that says so."},
    [FIELD_TIME] = {.name = "time", .form = DOCUMENT_TIME, .help = "When it happened, by the source's clock."},
    [FIELD_SKU] = {NAME("sku", BOUND_SKU), .help = "The item."},
    [FIELD_NODE] = {NAME("node", BOUND_NODE), .help = "The node that holds the stock."},
    [FIELD_SEQ] = {INTEGER("seq", BOUND_SEQ),
                   .help = "The source's own order among its events of one moment: for clocks that know only seconds."},
    [FIELD_SCOPE] = {WORD("scope", count_scope_names, COUNT_SCOPES), .help = "How far the count goes."},
    [FIELD_QTY] = {INTEGER("qty", BOUND_QTY), .min = -BOUND_QTY, .help = "Units."},
    [FIELD_PLACE] = {OBJECT("place", place_table), .component = "Place",
                     .help = "Where in the node; without one, nowhere in particular."},
    [FIELD_TO_PLACE] = {OBJECT("to_place", place_table), .component = "Place",
                        .help = "Another place than `place`; without one, nowhere in particular."},
    [FIELD_LINES] = {.name = "lines",
                     .form = DOCUMENT_LIST,
                     .max = BOUND_LINES,
                     .members = line_table,
                     .component = "CountLine",
                     .help = "What was found: each place and state once at most."},
    [FIELD_MISSING] = {WORD("missing", missing_words, 2),
                       .help = "What becomes of places in the scope that no line names: 0 (zero, unless given), or "
                               "what they are (keep)."},
    [FIELD_STATE] = {WORD("state", stock_state_names, STOCK_STATES),
                     .help = "Of the units: sellable unless given. Units in another state are at no place. Beside the "
                             "total of a count only sellable."},
    [FIELD_FROM_STATE] = {WORD("from_state", stock_state_names, STOCK_STATES), .help = "The state that they leave."},
    [FIELD_TO_STATE] = {WORD("to_state", stock_state_names, STOCK_STATES), .help = "Another one, which they enter."},
    [FIELD_TO_NODE] = {NAME("to_node", BOUND_NODE), .help = "Another node, to which it was sent."},
    [FIELD_REF] = {NAME("ref", BOUND_REF),
                   .help = "Order or transfer; of `corrected` the id of the event that is struck out."},
    [FIELD_REF_TIME] = {.name = "ref_time", .form = DOCUMENT_TIME, .help = "The time of the event that is struck out."},
    [FIELD_ETA] = {.name = "eta", .form = DOCUMENT_TIME, .help = "By when it is expected."},
    [FIELD_RESERVATION] = {ID("reservation", BOUND_RESERVATION), .help = "The reservation whose line it consumes."},
    [FIELD_REASON] = {ID("reason", BOUND_REASON), .help = "For people: nothing depends on it."},
};

#define BIT(name) FIELD_BIT(FIELD_##name)
#define IS_AN_OBJECT(field) "{\"properties\":{\"" field "\":{\"type\":\"object\"}},\"required\":[\"" field "\"]}"

const struct event_type_row event_type_table[EVENT_TYPES] = {
    [EVENT_ADJUSTED] = {BIT(QTY), BIT(PLACE) | BIT(STATE), -BOUND_QTY,
                        "somebody corrected the number, by `qty` up or down",
                        "\"not\":{\"properties\":{\"qty\":{\"const\":0}}}"},
    [EVENT_ARRIVED] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(REF), 1,
                       "a shipment is there; `ref` lowers that incoming line", NULL},
    [EVENT_CORRECTED] = {BIT(REF) | BIT(REF_TIME), BIT(TO_NODE), 0,
                         "strikes out the event of that id and time of the same source, sku, node and `to_node`: a "
                         "shipment, which has one, in both its records",
                         NULL},
    [EVENT_COUNTED] = {BIT(SCOPE), BIT(QTY) | BIT(STATE) | BIT(PLACE) | BIT(LINES) | BIT(MISSING), 0,
                       "sets a place, zone, floor or the node: by `lines`, or to a total, `qty`. A total of the node "
                       "may be below 0; with `\"state\":\"sellable\"` it is of units that may be sold",
                       "\"oneOf\":[{\"properties\":{\"qty\":{\"type\":\"integer\"}},\"required\":[\"qty\"]},"
                       "{\"properties\":{\"lines\":{\"type\":\"array\"}},\"required\":[\"lines\"]}],"
                       "\"if\":{\"not\":{\"properties\":{\"scope\":{\"const\":\"node\"}}}},\"then\":{\"properties\":{"
                       "\"qty\":{\"minimum\":0},\"place\":{\"type\":\"object\"}},\"required\":[\"place\"]}"},
    [EVENT_EXPECTED] = {BIT(QTY) | BIT(REF), BIT(ETA), 0,
                        "still to come at that time, absolute for its `ref`; 0 cancels", NULL},
    [EVENT_MOVED] = {BIT(QTY), BIT(PLACE) | BIT(TO_PLACE), 1,
                     "from place to place; without one of the two, from or to nowhere in particular",
                     "\"anyOf\":[" IS_AN_OBJECT("place") "," IS_AN_OBJECT("to_place") "]"},
    [EVENT_RECEIVED] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(REF), 1, "units came; `ref` lowers that incoming line",
                        NULL},
    [EVENT_RETURNED] = {BIT(QTY), BIT(PLACE) | BIT(STATE), 1, "units came back", NULL},
    [EVENT_SHIPPED] = {BIT(QTY) | BIT(TO_NODE) | BIT(REF), BIT(PLACE) | BIT(STATE) | BIT(ETA), 1,
                       "left for another node, where it is incoming", NULL},
    [EVENT_SOLD] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(RESERVATION), 1,
                    "units left; a `reservation` consumes its line", NULL},
    [EVENT_STATE_CHANGED] = {BIT(QTY) | BIT(FROM_STATE) | BIT(TO_STATE), BIT(PLACE), 1,
                             "units go from one state to another", NULL},
};
