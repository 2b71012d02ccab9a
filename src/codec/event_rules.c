/* The rules of events: each field that its type has is judged, and then which values must fit together. Which type has which
 * fields, and their bounds, says event_table.c. */
#include "event_values.h"

#include <stdlib.h>

#include "refuse.h"

#define BIT(name) FIELD_BIT(FIELD_##name)

static enum refusal judge_state(const struct judge *judge, const struct value *value, const char *field,
                                enum stock_state *ret_state)
{
    int index = 0;
    enum refusal refusal =
        judge_word(judge, value, field, REFUSAL_OUT_OF_RANGE, stock_state_names, STOCK_STATES, &index);
    *ret_state = (enum stock_state)index;
    return refusal;
}

static enum refusal judge_scope(const struct judge *judge, const struct value *value)
{
    int index = 0;
    enum refusal refusal =
        judge_word(judge, value, "scope", REFUSAL_OUT_OF_RANGE, count_scope_names, COUNT_SCOPES, &index);
    judge->event->scope = (enum count_scope)index;
    return refusal;
}

static enum refusal judge_missing(const struct judge *judge, const struct value *value)
{
    const struct document_field *row = &event_field_table[FIELD_MISSING];
    int index = 0;
    enum refusal refusal = judge_word(judge, value, row->name, REFUSAL_OUT_OF_RANGE, row->words, (int)row->max, &index);
    judge->event->keep = index == 1;
    return refusal;
}

static enum refusal judge_qty(const struct judge *judge, const struct value *value)
{
    struct event *event = judge->event;
    bool is_node_total = event->type == EVENT_COUNTED && event->scope == SCOPE_NODE;
    int64_t min = is_node_total ? -BOUND_QTY : event_type_table[event->type].qty_min;
    enum refusal refusal = judge_integer(judge, value, "qty", min, BOUND_QTY, &event->qty);
    if (refusal == REFUSAL_NONE && event->qty == 0 && event->type == EVENT_ADJUSTED)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "qty", NULL, "expected an integer other than 0");
    return refusal;
}

static enum refusal judge_seq(const struct judge *judge, const struct value *value)
{
    int64_t seq;
    enum refusal refusal = judge_integer(judge, value, "seq", 0, BOUND_SEQ, &seq);
    if (refusal != REFUSAL_NONE || judge->event->type == EVENT_CORRECTED)
        return refusal;
    judge->event->has_seq = true;
    judge->event->seq = seq;
    return REFUSAL_NONE;
}

static enum refusal judge_field(const struct judge *judge, enum event_field field)
{
    const struct value *value = &judge->fields->values[field];
    const char *name = event_field_table[field].name;
    size_t max = (size_t)event_field_table[field].max;
    struct event *event = judge->event;
    struct str reason;
    switch (field) {
    case FIELD_ID:
        return judge_name(judge, value, name, max, &event->id);
    case FIELD_SOURCE:
        return judge_name(judge, value, name, max, &event->source);
    case FIELD_TIME:
        return judge_time(judge, value, name, false, &event->time);
    case FIELD_SKU:
        return judge_name(judge, value, name, max, &event->sku);
    case FIELD_NODE:
        return judge_name(judge, value, name, max, &event->node);
    case FIELD_SEQ:
        return judge_seq(judge, value);
    case FIELD_QTY:
        return judge_qty(judge, value);
    case FIELD_SCOPE:
        return judge_scope(judge, value);
    case FIELD_PLACE:
        return judge_place(judge, value, name, &event->place);
    case FIELD_TO_PLACE:
        return judge_place(judge, value, name, &event->to_place);
    case FIELD_LINES:
        return judge_list(judge, value, name);
    case FIELD_MISSING:
        return judge_missing(judge, value);
    case FIELD_STATE:
    case FIELD_FROM_STATE:
        return judge_state(judge, value, name, &event->state);
    case FIELD_TO_STATE:
        return judge_state(judge, value, name, &event->to_state);
    case FIELD_TO_NODE:
        return judge_name(judge, value, name, max, &event->to_node);
    case FIELD_REF:
        return judge_name(judge, value, name, max, &event->ref);
    case FIELD_REF_TIME:
        return judge_time(judge, value, name, false, &event->ref_time);
    case FIELD_ETA:
        return judge_time(judge, value, name, true, &event->eta);
    case FIELD_RESERVATION:
        return judge_text(judge, value, name, max, &event->reservation);
    case FIELD_REASON:
        return judge_text(judge, value, name, max, &reason);
    case FIELD_TYPE:
    case FIELD_UNKNOWN:
        break;
    }
    return REFUSAL_NONE;
}

/* Whether `place` lies in the scope of the count, whose own place has the scope's components only. */
static bool place_in_scope(const struct event *count, struct str place)
{
    struct str scope = count->place;
    if (count->scope == SCOPE_NODE)
        return true;
    if (count->scope == SCOPE_PLACE || place.len <= scope.len)
        return str_equal(place, scope);
    return memcmp(place.data, scope.data, scope.len) == 0 && place.data[scope.len] == '\0';
}

static enum refusal judge_line(const struct judge *judge, const struct line_fields *fields, struct count_line *ret_line)
{
    *ret_line = (struct count_line){.state = STATE_SELLABLE};
    enum refusal refusal = REFUSAL_NONE;
    if (!fields->is_object)
        return refuse_as(judge->detail, REFUSAL_WRONG_TYPE, "lines[%d]: expected an object", judge->line);
    if (!(fields->present & BIT(QTY)))
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "qty", NULL, "missing; every line of a count needs it");
    refusal = judge_integer(judge, &fields->qty, "qty", 0, BOUND_QTY, &ret_line->qty);
    if (refusal == REFUSAL_NONE && (fields->present & BIT(PLACE)))
        refusal = judge_place(judge, &fields->place, "place", &ret_line->place);
    if (refusal == REFUSAL_NONE && (fields->present & BIT(STATE)))
        refusal = judge_state(judge, &fields->state, "state", &ret_line->state);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (!place_in_scope(judge->event, ret_line->place))
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "place", NULL, "expected a place in the scope of the count");
    if (ret_line->state == STATE_SELLABLE)
        return REFUSAL_NONE;
    if (judge->event->scope != SCOPE_NODE)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "state", NULL, "%s is for lines of a count of scope node",
                            stock_state_names[ret_line->state]);
    ret_line->place = (struct str){0};
    return REFUSAL_NONE;
}

static int compare_listed(const void *left, const void *right)
{
    const struct count_line *a = left, *b = right;
    int order = str_compare(a->place, b->place);
    return order != 0 ? order : (a->state > b->state) - (a->state < b->state);
}

/* Sorts the lines: duplicates then lie side by side, and the order in the document is no content. */
static enum refusal judge_lines(struct judge *judge, const struct value *value)
{
    struct count_line *lines = arena_array(judge->context->arena, struct count_line, value->lines_n);
    for (size_t i = 0; i < value->lines_n; i++) {
        judge->line = (int)i;
        enum refusal refusal = judge_line(judge, &value->lines[i], &lines[i]);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    judge->line = -1;
    qsort(lines, value->lines_n, sizeof(*lines), compare_listed);
    for (size_t i = 1; i < value->lines_n; i++)
        if (compare_listed(&lines[i - 1], &lines[i]) == 0)
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "lines", NULL,
                                "expected every place and state once at most");
    judge->event->lines = lines;
    judge->event->lines_n = (uint32_t)value->lines_n;
    return REFUSAL_NONE;
}

/* Cuts a count's place down to the components of its scope. */
static enum refusal narrow_scope(const struct judge *judge)
{
    struct event *event = judge->event;
    if (event->scope == SCOPE_NODE) {
        event->place = (struct str){0};
        return REFUSAL_NONE;
    }
    if (event->place.len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", NULL, "missing; a count of scope %s needs it",
                            count_scope_names[event->scope]);
    struct str components[PLACE_COMPONENTS];
    place_split(event->place, components);
    if (event->scope == SCOPE_ZONE && components[PLACE_ZONE].len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", "zone", "missing; a count of scope zone needs it");
    if (event->scope == SCOPE_ZONE)
        event->place = place_zone(event->place);
    if (event->scope == SCOPE_FLOOR)
        event->place = place_floor(event->place);
    return REFUSAL_NONE;
}

static enum refusal finish_count(struct judge *judge)
{
    enum refusal refusal = narrow_scope(judge);
    if (refusal != REFUSAL_NONE)
        return refusal;
    bool has_qty = judge->fields->present & BIT(QTY), has_lines = judge->fields->present & BIT(LINES);
    if (has_qty && has_lines)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "lines", NULL, "expected either qty or lines, not both");
    if (!has_qty && !has_lines)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "qty", NULL, "missing; a count has either qty or lines");
    if (judge->event->state != STATE_SELLABLE)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "state", NULL, "%s is for lines of a count of scope node",
                            stock_state_names[judge->event->state]);
    if (has_lines)
        return judge_lines(judge, &judge->fields->values[FIELD_LINES]);
    judge->event->keep = false; /* a total says nothing about single places */
    judge->event->sellable = judge->event->scope == SCOPE_NODE && (judge->fields->present & BIT(STATE));
    return REFUSAL_NONE;
}

/* Checks fields against each other, and clears a field that another one makes meaningless. */
static enum refusal finish_event(struct judge *judge)
{
    struct event *event = judge->event;
    bool at_place = event->state == STATE_SELLABLE;
    switch (event->type) {
    case EVENT_COUNTED:
        return finish_count(judge);
    case EVENT_MOVED:
        if (event->place.len == 0 && event->to_place.len == 0)
            return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", NULL,
                                "missing; a moved event has place, to_place or both");
        if (str_equal(event->place, event->to_place))
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_place", NULL, "expected another place than place");
        break;
    case EVENT_STATE_CHANGED:
        if (event->state == event->to_state)
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_state", NULL,
                                "expected another state than from_state, not %s", stock_state_names[event->to_state]);
        at_place = event->state == STATE_SELLABLE || event->to_state == STATE_SELLABLE;
        break;
    case EVENT_SHIPPED:
    case EVENT_CORRECTED:
        if (str_equal(event->node, event->to_node))
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_node", NULL, "expected another node than node");
        break;
    case EVENT_RECEIVED:
    case EVENT_SOLD:
    case EVENT_RETURNED:
    case EVENT_ADJUSTED:
    case EVENT_ARRIVED:
    case EVENT_EXPECTED:
    case EVENT_TYPES:
        break;
    }
    if (!at_place)
        event->place = (struct str){0};
    return REFUSAL_NONE;
}

static enum refusal judge_type(const struct judge *judge)
{
    int index = 0;
    if (!(judge->fields->present & BIT(TYPE)))
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "type", NULL, "missing; every event needs it");
    enum refusal refusal = judge_word(judge, &judge->fields->values[FIELD_TYPE], "type", REFUSAL_UNKNOWN_TYPE,
                                      event_type_names, EVENT_TYPES, &index);
    judge->event->type = (enum event_type)index;
    return refusal;
}

static enum refusal refuse_missing(const struct judge *judge, uint32_t missing)
{
    const char *name = event_field_table[__builtin_ctz(missing)].name, *type = event_type_names[judge->event->type];
    if (missing & EVENT_NEEDS)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, name, NULL, "missing; every event needs it");
    return refuse_field(judge, REFUSAL_MISSING_FIELD, name, NULL, "missing; an event of type %s needs it", type);
}

enum refusal event_of_fields(const struct event_fields *fields, const struct event_context *context,
                             struct event *ret_event, char *ret_detail)
{
    struct judge judge = {fields, context, ret_event, ret_detail, -1};
    *ret_event = (struct event){.kafka_time = context->kafka_time, .eta = TIME_NONE, .ref_time = TIME_NONE};
    enum refusal refusal = judge_type(&judge);
    if (refusal != REFUSAL_NONE)
        return refusal;
    const struct event_type_row *row = &event_type_table[ret_event->type];
    uint32_t needed = EVENT_NEEDS | row->needs, missing = needed & ~fields->present;
    if (missing != 0)
        return refuse_missing(&judge, missing);
    for (uint32_t left = (needed | row->takes | EVENT_TAKES) & fields->present; left != 0; left &= left - 1) {
        refusal = judge_field(&judge, (enum event_field)__builtin_ctz(left));
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return finish_event(&judge);
}
