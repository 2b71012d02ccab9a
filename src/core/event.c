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

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static bool is_mark(const struct event *event)
{
    return event->type == EVENT_CORRECTED;
}

/* Of the events of one millisecond: a source that gives no order has its counts after its deltas; one that does says
 * itself which came first. */
static int moment_class(const struct event *event)
{
    if (event->has_seq)
        return 1;
    return event->type == EVENT_COUNTED ? 2 : 0;
}

static int compare_seqs(const struct event *a, const struct event *b)
{
    int order = a->has_seq - b->has_seq;
    return order != 0 || !a->has_seq ? order : compare_int64(a->seq, b->seq);
}

/* Marks after events, marks by the nodes that they name. Both orders end with this, so both are total. */
static int compare_marks(const struct event *a, const struct event *b)
{
    int order = is_mark(a) - is_mark(b);
    if (order == 0 && is_mark(a))
        order = str_compare(a->node, b->node);
    if (order == 0 && is_mark(a))
        order = str_compare(a->to_node, b->to_node);
    return order;
}

int event_order(const struct event *a, const struct event *b)
{
    int order = compare_int64(event_key_time(a), event_key_time(b));
    if (order == 0)
        order = moment_class(a) - moment_class(b);
    if (order == 0)
        order = str_compare(a->source, b->source);
    if (order == 0)
        order = compare_seqs(a, b);
    if (order == 0)
        order = str_compare(event_key_id(a), event_key_id(b));
    return order != 0 ? order : compare_marks(a, b);
}

int event_identity(const struct event *a, const struct event *b)
{
    int order = compare_int64(event_key_time(a), event_key_time(b));
    if (order == 0)
        order = str_compare(a->source, b->source);
    if (order == 0)
        order = str_compare(event_key_id(a), event_key_id(b));
    return order != 0 ? order : compare_marks(a, b);
}

bool event_is_struck_by(const struct event *event, const struct event *mark)
{
    return !is_mark(event) && event->time == mark->ref_time && str_equal(event->source, mark->source) &&
           str_equal(event->id, mark->ref) && str_equal(event->node, mark->node) &&
           str_equal(event->to_node, mark->to_node);
}

static int compare_words(const char *a, const char *b)
{
    return str_compare((struct str){a, strlen(a)}, (struct str){b, strlen(b)});
}

enum { DECIMAL_MAX = 20 };

static struct str decimal(int64_t number, char buffer[DECIMAL_MAX])
{
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    char *start = buffer + DECIMAL_MAX;
    do
        *--start = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--start = '-';
    return (struct str){start, (size_t)(buffer + DECIMAL_MAX - start)};
}

/* As the digits stand in a message: 10 before 9. */
static int compare_digits(int64_t a, int64_t b)
{
    char of_a[DECIMAL_MAX], of_b[DECIMAL_MAX];
    return str_compare(decimal(a, of_a), decimal(b, of_b));
}

static int compare_states(enum stock_state a, enum stock_state b)
{
    return compare_words(stock_state_names[a], stock_state_names[b]);
}

static int compare_count_lines(const struct event *a, const struct event *b)
{
    int order = (a->lines != NULL) - (b->lines != NULL);
    uint32_t shorter = a->lines_n < b->lines_n ? a->lines_n : b->lines_n;

    for (uint32_t i = 0; order == 0 && i < shorter; i++) {
        const struct count_line *left = &a->lines[i], *right = &b->lines[i];
        order = str_compare(left->place, right->place);
        if (order == 0)
            order = compare_states(left->state, right->state);
        if (order == 0)
            order = compare_digits(left->qty, right->qty);
    }
    return order != 0 ? order : compare_int64(a->lines_n, b->lines_n);
}

static int compare_texts(const struct event *a, const struct event *b)
{
    int order = str_compare(a->node, b->node);
    if (order == 0)
        order = str_compare(a->place, b->place);
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
    int order = compare_int64(a->type, b->type);
    if (order == 0)
        order = compare_states(a->state, b->state);
    if (order == 0)
        order = compare_states(a->to_state, b->to_state);
    if (order == 0)
        order = compare_digits(a->qty, b->qty);
    if (order == 0)
        order = a->has_seq - b->has_seq;
    if (order == 0 && a->has_seq)
        order = compare_digits(a->seq, b->seq);
    if (order == 0)
        order = compare_texts(a, b);
    if (order == 0)
        order = compare_int64(a->eta, b->eta);
    if (order == 0)
        order = compare_int64(a->ref_time, b->ref_time);
    if (order == 0)
        order = compare_words(count_scope_names[a->scope], count_scope_names[b->scope]);
    if (order == 0)
        order = b->keep - a->keep; /* "keep", "zero" */
    if (order == 0)
        order = a->sellable - b->sellable;
    if (order == 0)
        order = compare_count_lines(a, b);
    return order != 0 ? order : a->inbound - b->inbound;
}
