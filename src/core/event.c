/* Events: their names, and the three orders they stand in. */
#include "stockfold/core/event.h"

const char *const event_type_names[EVENT_TYPES] = {
    [EVENT_ADJUSTED] = "adjusted",
    [EVENT_ARRIVED] = "arrived",
    [EVENT_CORRECTED] = "corrected",
    [EVENT_COUNTED] = "counted",
    [EVENT_EXPECTED] = "expected",
    [EVENT_MOVED] = "moved",
    [EVENT_RECEIVED] = "received",
    [EVENT_RETURNED] = "returned",
    [EVENT_SHIPPED] = "shipped",
    [EVENT_SOLD] = "sold",
    [EVENT_STATE_CHANGED] = "state_changed",
};

const char *const stock_state_names[STOCK_STATES] = {
    [STATE_SELLABLE] = "sellable",
    [STATE_DAMAGED] = "damaged",
    [STATE_QUALITY_HOLD] = "quality_hold",
    [STATE_STAGED] = "staged",
};

const char *const count_scope_names[COUNT_SCOPES] = {
    [SCOPE_PLACE] = "place",
    [SCOPE_ZONE] = "zone",
    [SCOPE_FLOOR] = "floor",
    [SCOPE_NODE] = "node",
};

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static bool is_mark(const struct event *event)
{
    return event->type == EVENT_CORRECTED;
}

/* Source, key id, marks after events: what both orders end with. */
static int compare_names(const struct event *a, const struct event *b)
{
    int order = str_compare(a->source, b->source);
    if (order == 0)
        order = str_compare(event_key_id(a), event_key_id(b));
    return order != 0 ? order : is_mark(a) - is_mark(b);
}

int event_order(const struct event *a, const struct event *b)
{
    int order = compare(event_key_time(a), event_key_time(b));
    if (order == 0)
        order = (a->type == EVENT_COUNTED) - (b->type == EVENT_COUNTED);
    return order != 0 ? order : compare_names(a, b);
}

int event_identity(const struct event *a, const struct event *b)
{
    int order = compare(event_key_time(a), event_key_time(b));
    return order != 0 ? order : compare_names(a, b);
}

static int compare_lines(const struct event *a, const struct event *b)
{
    int order = (a->lines != NULL) - (b->lines != NULL);
    uint32_t shorter = a->lines_n < b->lines_n ? a->lines_n : b->lines_n;

    for (uint32_t i = 0; order == 0 && i < shorter; i++) {
        const struct count_line *left = &a->lines[i], *right = &b->lines[i];
        order = str_compare(left->place, right->place);
        if (order == 0)
            order = compare(left->state, right->state);
        if (order == 0)
            order = compare(left->qty, right->qty);
    }
    return order != 0 ? order : compare(a->lines_n, b->lines_n);
}

static int compare_texts(const struct event *a, const struct event *b)
{
    int order = str_compare(a->place, b->place);
    if (order == 0)
        order = str_compare(a->to_place, b->to_place);
    if (order == 0)
        order = str_compare(a->to_node, b->to_node);
    if (order == 0)
        order = str_compare(a->ref, b->ref);
    return order != 0 ? order : str_compare(a->reservation, b->reservation);
}

int event_content(const struct event *a, const struct event *b)
{
    int order = compare(a->type, b->type);
    if (order == 0)
        order = compare(a->state, b->state);
    if (order == 0)
        order = compare(a->to_state, b->to_state);
    if (order == 0)
        order = compare(a->qty, b->qty);
    if (order == 0)
        order = compare_texts(a, b);
    if (order == 0)
        order = compare(a->eta, b->eta);
    if (order == 0)
        order = compare(a->ref_time, b->ref_time);
    if (order == 0)
        order = compare(a->scope, b->scope);
    if (order == 0)
        order = a->keep - b->keep;
    if (order == 0)
        order = compare_lines(a, b);
    return order != 0 ? order : a->inbound - b->inbound;
}
