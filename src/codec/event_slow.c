/* Reading an event through jansson: accepts any JSON object and refuses, with a reason, everything that is none. */
#include "event_fields.h"
#include "json_read.h"
#include "stockfold/codec/utf8.h"

/* False for null and for an absent member: no value. */
static bool read_value(const json_t *json, struct arena *arena, struct value *ret_value)
{
    switch (json == NULL ? JSON_NULL : json_typeof(json)) {
    case JSON_NULL:
        return false;
    case JSON_STRING:
        ret_value->text.len = json_string_length(json);
        ret_value->text.data = arena_copy(arena, json_string_value(json), ret_value->text.len);
        ret_value->kind = utf8_has_control(ret_value->text) ? VALUE_CONTROLS : VALUE_STRING;
        ret_value->ascii = false;
        return true;
    case JSON_INTEGER:
        ret_value->kind = VALUE_INTEGER;
        ret_value->number = json_integer_value(json);
        return true;
    case JSON_OBJECT:
        ret_value->kind = VALUE_OBJECT;
        return true;
    case JSON_ARRAY:
        ret_value->kind = VALUE_ARRAY;
        return true;
    case JSON_REAL:
        ret_value->kind = VALUE_REAL;
        return true;
    case JSON_TRUE:
        ret_value->kind = VALUE_TRUE;
        return true;
    case JSON_FALSE:
        ret_value->kind = VALUE_FALSE;
        return true;
    }
    return false;
}

static bool tree_place(const json_t *json, struct arena *arena, struct value *ret_value)
{
    if (!read_value(json, arena, ret_value))
        return false;
    if (ret_value->kind != VALUE_OBJECT)
        return true;
    struct place_fields *place = arena_alloc(arena, sizeof(*place));
    place->present = 0;
    for (int i = 0; i < PLACE_COMPONENTS; i++)
        if (read_value(json_object_get(json, place_component_names[i]), arena, &place->components[i]))
            place->present |= 1u << i;
    ret_value->place = place;
    return true;
}

static void tree_line(const json_t *json, struct arena *arena, struct line_fields *ret_line)
{
    ret_line->is_object = json_is_object(json);
    ret_line->present = 0;
    if (read_value(json_object_get(json, "qty"), arena, &ret_line->qty))
        ret_line->present |= FIELD_BIT(FIELD_QTY);
    if (tree_place(json_object_get(json, "place"), arena, &ret_line->place))
        ret_line->present |= FIELD_BIT(FIELD_PLACE);
    if (read_value(json_object_get(json, "state"), arena, &ret_line->state))
        ret_line->present |= FIELD_BIT(FIELD_STATE);
}

static bool tree_lines(const json_t *json, struct arena *arena, struct value *ret_value)
{
    if (!read_value(json, arena, ret_value))
        return false;
    if (ret_value->kind != VALUE_ARRAY)
        return true;
    ret_value->lines = NULL;
    ret_value->lines_n = json_array_size(json);
    if (ret_value->lines_n > BOUND_LINES)
        return true;
    struct line_fields *lines = arena_array(arena, struct line_fields, ret_value->lines_n);
    for (size_t i = 0; i < ret_value->lines_n; i++)
        tree_line(json_array_get(json, i), arena, &lines[i]);
    ret_value->lines = lines;
    return true;
}

static void read_fields(const json_t *json, struct arena *arena, struct event_fields *ret_fields)
{
    ret_fields->present = 0;
    for (int i = 0; i < EVENT_FIELDS; i++) {
        const json_t *member = json_object_get(json, event_field_table[i].name);
        struct value *value = &ret_fields->values[i];
        bool there = i == FIELD_PLACE || i == FIELD_TO_PLACE ? tree_place(member, arena, value)
                     : i == FIELD_LINES                      ? tree_lines(member, arena, value)
                                                             : read_value(member, arena, value);
        if (there)
            ret_fields->present |= FIELD_BIT(i);
    }
}

enum refusal event_decode_slow(struct str json, const struct event_context *context, struct event *ret_event,
                               char *ret_detail)
{
    json_t *root;
    enum refusal refusal = json_read_object(json, JSON_TO_READ, context->arena, &root, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    struct event_fields fields;
    read_fields(root, context->arena, &fields);
    json_decref(root);
    return event_of_fields(&fields, context, ret_event, ret_detail);
}
