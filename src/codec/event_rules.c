/* The rules of the event reference: which type has which fields, their bounds, and what must fit together. */
#include "event_fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "refuse.h"
#include "stockfold/codec/time_text.h"

const char *const event_field_names[EVENT_FIELDS] = {
    [FIELD_TYPE] = "type",
    [FIELD_ID] = "id",
    [FIELD_SOURCE] = "source",
    [FIELD_TIME] = "time",
    [FIELD_SKU] = "sku",
    [FIELD_NODE] = "node",
    [FIELD_SEQ] = "seq",
    [FIELD_SCOPE] = "scope",
    [FIELD_QTY] = "qty",
    [FIELD_PLACE] = "place",
    [FIELD_TO_PLACE] = "to_place",
    [FIELD_LINES] = "lines",
    [FIELD_MISSING] = "missing",
    [FIELD_STATE] = "state",
    [FIELD_FROM_STATE] = "from_state",
    [FIELD_TO_STATE] = "to_state",
    [FIELD_TO_NODE] = "to_node",
    [FIELD_REF] = "ref",
    [FIELD_REF_TIME] = "ref_time",
    [FIELD_ETA] = "eta",
    [FIELD_RESERVATION] = "reservation",
    [FIELD_REASON] = "reason",
};

enum { ID_MAX = 64, SOURCE_MAX = 32, SKU_MAX = 64, NODE_MAX = 32, REF_MAX = 64, REASON_MAX = 200 };

#define BIT(name) FIELD_BIT(FIELD_##name)
#define ALL_NEED (BIT(ID) | BIT(SOURCE) | BIT(TIME) | BIT(SKU) | BIT(NODE))
#define ALL_TAKE (BIT(SEQ) | BIT(REASON))

/* What a type needs and takes beyond what all need; other fields of ours are as good as unknown to it. */
static const struct type_rule {
    uint32_t needs, takes;
    int64_t qty_min; /* of a total of a node: -EVENT_QTY_MAX */
} type_rules[EVENT_TYPES] = {
    [EVENT_ADJUSTED] = {BIT(QTY), BIT(PLACE) | BIT(STATE), -EVENT_QTY_MAX},
    [EVENT_ARRIVED] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(REF), 1},
    [EVENT_CORRECTED] = {BIT(REF) | BIT(REF_TIME), BIT(TO_NODE), 0},
    [EVENT_COUNTED] = {BIT(SCOPE), BIT(QTY) | BIT(STATE) | BIT(PLACE) | BIT(LINES) | BIT(MISSING), 0},
    [EVENT_EXPECTED] = {BIT(QTY) | BIT(REF), BIT(ETA), 0},
    [EVENT_MOVED] = {BIT(QTY), BIT(PLACE) | BIT(TO_PLACE), 1},
    [EVENT_RECEIVED] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(REF), 1},
    [EVENT_RETURNED] = {BIT(QTY), BIT(PLACE) | BIT(STATE), 1},
    [EVENT_SHIPPED] = {BIT(QTY) | BIT(TO_NODE) | BIT(REF), BIT(PLACE) | BIT(STATE) | BIT(ETA), 1},
    [EVENT_SOLD] = {BIT(QTY), BIT(PLACE) | BIT(STATE) | BIT(RESERVATION), 1},
    [EVENT_STATE_CHANGED] = {BIT(QTY) | BIT(FROM_STATE) | BIT(TO_STATE), BIT(PLACE), 1},
};

static const char *const missing_names[] = {"zero", "keep"};

struct judge {
    const struct event_fields *fields;
    const struct event_context *context;
    struct event *event;
    char *detail;
    int line; /* of a count, or below 0 */
};

/* `part` is a component of the place in `field`, or NULL. */
static enum refusal refuse_field(const struct judge *judge, enum refusal refusal, const char *field, const char *part,
                                 const char *expected)
{
    char line[24] = "";
    if (judge->line >= 0)
        snprintf(line, sizeof(line), "lines[%d].", judge->line);
    return refuse_as(judge->detail, refusal, "%s%s%s%s: expected %s", line, field, part == NULL ? "" : ".",
                     part == NULL ? "" : part, expected);
}

static enum refusal judge_text(const struct judge *judge, const struct value *value, const char *field,
                               const char *part, size_t max, struct str *ret_text)
{
    bool is_string = value->kind == VALUE_STRING || value->kind == VALUE_CONTROLS;
    if (value->kind == VALUE_STRING && value->text.len > 0 && value->text.len <= max) {
        *ret_text = value->text;
        return REFUSAL_NONE;
    }
    char expected[80];
    snprintf(expected, sizeof(expected), "a string of 1 to %zu bytes without control characters", max);
    return refuse_field(judge, is_string ? REFUSAL_OUT_OF_RANGE : REFUSAL_WRONG_TYPE, field, part, expected);
}

static enum refusal judge_integer(const struct judge *judge, const struct value *value, const char *field, int64_t min,
                                  int64_t max, int64_t *ret_number)
{
    bool is_integer = value->kind == VALUE_INTEGER;
    if (is_integer && value->number >= min && value->number <= max) {
        *ret_number = value->number;
        return REFUSAL_NONE;
    }
    char expected[80];
    snprintf(expected, sizeof(expected), "an integer from %lld to %lld", (long long)min, (long long)max);
    return refuse_field(judge, is_integer ? REFUSAL_OUT_OF_RANGE : REFUSAL_WRONG_TYPE, field, NULL, expected);
}

static enum refusal judge_qty(const struct judge *judge, const struct value *value, int64_t *ret_qty)
{
    const struct event *event = judge->event;
    bool is_node_total = event->type == EVENT_COUNTED && event->scope == SCOPE_NODE;
    int64_t min = is_node_total ? -EVENT_QTY_MAX : type_rules[event->type].qty_min;
    enum refusal refusal = judge_integer(judge, value, "qty", min, EVENT_QTY_MAX, ret_qty);
    if (refusal == REFUSAL_NONE && *ret_qty == 0 && event->type == EVENT_ADJUSTED)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "qty", NULL, "an integer other than 0");
    return refusal;
}

/* `text` holds no zero byte. */
static int find_word(const char *const *names, int names_n, struct str text)
{
    for (int i = 0; i < names_n; i++)
        if (text.len > 0 && names[i][0] == text.data[0] && strncmp(names[i], text.data, text.len) == 0 &&
            names[i][text.len] == '\0')
            return i;
    return -1;
}

/* One of a few words. */
static enum refusal judge_word(const struct judge *judge, enum event_field field, const struct value *value,
                               const char *const *names, int names_n, int *ret_index)
{
    bool is_string = value->kind == VALUE_STRING || value->kind == VALUE_CONTROLS;
    int index = value->kind == VALUE_STRING ? find_word(names, names_n, value->text) : -1;
    if (index >= 0) {
        *ret_index = index;
        return REFUSAL_NONE;
    }
    char expected[80];
    size_t len = (size_t)snprintf(expected, sizeof(expected), "one of %s", names[0]);
    for (int i = 1; i < names_n; i++)
        len += (size_t)snprintf(expected + len, sizeof(expected) - len, ", %s", names[i]);
    return refuse_field(judge, is_string ? REFUSAL_OUT_OF_RANGE : REFUSAL_WRONG_TYPE, event_field_names[field], NULL,
                        expected);
}

static enum refusal judge_state(const struct judge *judge, enum event_field field, const struct value *value,
                                enum stock_state *ret_state)
{
    int index = 0;
    enum refusal refusal = judge_word(judge, field, value, stock_state_names, STOCK_STATES, &index);
    *ret_state = (enum stock_state)index;
    return refusal;
}

static enum refusal judge_time(const struct judge *judge, enum event_field field, const struct value *value,
                               int64_t *ret_time)
{
    const char *name = event_field_names[field];
    if (value->kind != VALUE_STRING && value->kind != VALUE_CONTROLS)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, name, NULL, "a string, the time as RFC 3339");
    if (!time_parse(value->text, ret_time))
        return refuse_field(judge, REFUSAL_BAD_TIME, name, NULL, "a time as RFC 3339, from 1970 to 2100");
    const struct event_context *context = judge->context;
    bool judged = context->future_max_ms >= 0 && field != FIELD_ETA;
    if (judged && *ret_time - context->future_max_ms > context->kafka_time)
        return refuse_field(judge, REFUSAL_FUTURE, name, NULL, "a time not ahead of the message's own");
    return REFUSAL_NONE;
}

static enum refusal judge_place(const struct judge *judge, enum event_field field, const struct value *value,
                                struct str *ret_place)
{
    const char *name = event_field_names[field];
    if (value->kind != VALUE_OBJECT)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, name, NULL, "an object");
    struct str components[PLACE_COMPONENTS] = {0};
    for (uint32_t left = value->place->present; left != 0; left &= left - 1) {
        int component = __builtin_ctz(left);
        enum refusal refusal =
            judge_text(judge, &value->place->components[component], name, place_component_names[component],
                       PLACE_COMPONENT_MAX, &components[component]);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    if (components[PLACE_FLOOR].len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, name, place_component_names[PLACE_FLOOR],
                            "the floor of the place");
    char bytes[PLACE_MAX];
    struct str place = place_join(components, bytes);
    *ret_place = (struct str){arena_copy(judge->context->arena, place.data, place.len), place.len};
    return REFUSAL_NONE;
}

/* Only what can be said without the other fields; judge_lines() reads them. */
static enum refusal judge_lines_form(const struct judge *judge, const struct value *value)
{
    if (value->kind != VALUE_ARRAY)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, "lines", NULL, "an array");
    if (value->lines == NULL)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "lines", NULL, "at most 1000 of them");
    return REFUSAL_NONE;
}

static enum refusal judge_seq(const struct judge *judge, const struct value *value)
{
    int64_t seq;
    enum refusal refusal = judge_integer(judge, value, "seq", 0, EVENT_SEQ_MAX, &seq);
    if (refusal != REFUSAL_NONE || judge->event->type == EVENT_CORRECTED)
        return refusal;
    judge->event->has_seq = true;
    judge->event->seq = seq;
    return REFUSAL_NONE;
}

static enum refusal judge_field(const struct judge *judge, enum event_field field)
{
    const struct value *value = &judge->fields->values[field];
    const char *name = event_field_names[field];
    struct event *event = judge->event;
    struct str reason;
    int index = 0;
    enum refusal refusal = REFUSAL_NONE;
    switch (field) {
    case FIELD_ID:
        return judge_text(judge, value, name, NULL, ID_MAX, &event->id);
    case FIELD_SOURCE:
        return judge_text(judge, value, name, NULL, SOURCE_MAX, &event->source);
    case FIELD_TIME:
        return judge_time(judge, field, value, &event->time);
    case FIELD_SKU:
        return judge_text(judge, value, name, NULL, SKU_MAX, &event->sku);
    case FIELD_NODE:
        return judge_text(judge, value, name, NULL, NODE_MAX, &event->node);
    case FIELD_SEQ:
        return judge_seq(judge, value);
    case FIELD_QTY:
        return judge_qty(judge, value, &event->qty);
    case FIELD_SCOPE:
        refusal = judge_word(judge, field, value, count_scope_names, COUNT_SCOPES, &index);
        event->scope = (enum count_scope)index;
        return refusal;
    case FIELD_PLACE:
        return judge_place(judge, field, value, &event->place);
    case FIELD_TO_PLACE:
        return judge_place(judge, field, value, &event->to_place);
    case FIELD_LINES:
        return judge_lines_form(judge, value);
    case FIELD_MISSING:
        refusal = judge_word(judge, field, value, missing_names, 2, &index);
        event->keep = index == 1;
        return refusal;
    case FIELD_STATE:
    case FIELD_FROM_STATE:
        return judge_state(judge, field, value, &event->state);
    case FIELD_TO_STATE:
        return judge_state(judge, field, value, &event->to_state);
    case FIELD_TO_NODE:
        return judge_text(judge, value, name, NULL, NODE_MAX, &event->to_node);
    case FIELD_REF:
        return judge_text(judge, value, name, NULL, REF_MAX, &event->ref);
    case FIELD_REF_TIME:
        return judge_time(judge, field, value, &event->ref_time);
    case FIELD_ETA:
        return judge_time(judge, field, value, &event->eta);
    case FIELD_RESERVATION:
        return judge_text(judge, value, name, NULL, REF_MAX, &event->reservation);
    case FIELD_REASON:
        return judge_text(judge, value, name, NULL, REASON_MAX, &reason);
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
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "qty", NULL, "the quantity that was counted");
    refusal = judge_integer(judge, &fields->qty, "qty", 0, EVENT_QTY_MAX, &ret_line->qty);
    if (refusal == REFUSAL_NONE && (fields->present & BIT(PLACE)))
        refusal = judge_place(judge, FIELD_PLACE, &fields->place, &ret_line->place);
    if (refusal == REFUSAL_NONE && (fields->present & BIT(STATE)))
        refusal = judge_state(judge, FIELD_STATE, &fields->state, &ret_line->state);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (!place_in_scope(judge->event, ret_line->place))
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "place", NULL, "a place in the scope of the count");
    if (ret_line->state == STATE_SELLABLE)
        return REFUSAL_NONE;
    if (judge->event->scope != SCOPE_NODE)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "state", NULL, "sellable, or a count of scope node");
    ret_line->place = (struct str){0};
    return REFUSAL_NONE;
}

static int compare_listed(const void *left, const void *right)
{
    const struct count_line *a = left, *b = right;
    int order = str_compare(a->place, b->place);
    return order != 0 ? order : (a->state > b->state) - (a->state < b->state);
}

/* Lines are sorted, so that what is listed twice lies together; it also makes them the same content in any order. */
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
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "lines", NULL, "every place and state once at most");
    judge->event->lines = lines;
    judge->event->lines_n = (uint32_t)value->lines_n;
    return REFUSAL_NONE;
}

/* Leaves of a count's place what its scope has of it. */
static enum refusal narrow_scope(const struct judge *judge)
{
    struct event *event = judge->event;
    if (event->scope == SCOPE_NODE) {
        event->place = (struct str){0};
        return REFUSAL_NONE;
    }
    if (event->place.len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", NULL, "the place that was counted");
    struct str components[PLACE_COMPONENTS];
    place_split(event->place, components);
    if (event->scope == SCOPE_ZONE && components[PLACE_ZONE].len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", "zone", "the zone that was counted");
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
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "lines", NULL, "either qty or lines, not both");
    if (!has_qty && !has_lines)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "qty", NULL, "either qty or lines");
    if (judge->event->state != STATE_SELLABLE)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "state", NULL, "sellable, or a line of that state");
    if (has_lines)
        return judge_lines(judge, &judge->fields->values[FIELD_LINES]);
    judge->event->keep = false; /* a total says nothing about single places */
    judge->event->sellable = judge->event->scope == SCOPE_NODE && (judge->fields->present & BIT(STATE));
    return REFUSAL_NONE;
}

/* What must fit together, and what is ignored because of another field. */
static enum refusal finish_event(struct judge *judge)
{
    struct event *event = judge->event;
    bool at_place = event->state == STATE_SELLABLE;
    switch (event->type) {
    case EVENT_COUNTED:
        return finish_count(judge);
    case EVENT_MOVED:
        if (event->place.len == 0 && event->to_place.len == 0)
            return refuse_field(judge, REFUSAL_MISSING_FIELD, "place", NULL, "place, to_place or both");
        if (str_equal(event->place, event->to_place))
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_place", NULL, "another place than place");
        break;
    case EVENT_STATE_CHANGED:
        if (event->state == event->to_state)
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_state", NULL, "another state than from_state");
        at_place = event->state == STATE_SELLABLE || event->to_state == STATE_SELLABLE;
        break;
    case EVENT_SHIPPED:
    case EVENT_CORRECTED:
        if (str_equal(event->node, event->to_node))
            return refuse_field(judge, REFUSAL_OUT_OF_RANGE, "to_node", NULL, "another node than node");
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
    const struct value *value = &judge->fields->values[FIELD_TYPE];
    if (!(judge->fields->present & BIT(TYPE)))
        return refuse_field(judge, REFUSAL_MISSING_FIELD, "type", NULL, "the type of the event");
    if (value->kind != VALUE_STRING && value->kind != VALUE_CONTROLS)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, "type", NULL, "a string");
    int type = value->kind == VALUE_STRING ? find_word(event_type_names, EVENT_TYPES, value->text) : -1;
    if (type < 0)
        return refuse_field(judge, REFUSAL_UNKNOWN_TYPE, "type", NULL, "one of the types of the event reference");
    judge->event->type = (enum event_type)type;
    return REFUSAL_NONE;
}

enum refusal event_of_fields(const struct event_fields *fields, const struct event_context *context,
                             struct event *ret_event, char *ret_detail)
{
    struct judge judge = {fields, context, ret_event, ret_detail, -1};
    *ret_event = (struct event){.kafka_time = context->kafka_time, .eta = TIME_NONE, .ref_time = TIME_NONE};
    enum refusal refusal = judge_type(&judge);
    if (refusal != REFUSAL_NONE)
        return refusal;
    const struct type_rule *rule = &type_rules[ret_event->type];
    uint32_t needed = ALL_NEED | rule->needs, missing = needed & ~fields->present;
    if (missing != 0)
        return refuse_field(&judge, REFUSAL_MISSING_FIELD, event_field_names[__builtin_ctz(missing)], NULL,
                            "it, as this type needs it");
    for (uint32_t left = (needed | rule->takes | ALL_TAKE) & fields->present; left != 0; left &= left - 1) {
        refusal = judge_field(&judge, (enum event_field)__builtin_ctz(left));
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return finish_event(&judge);
}
