/* Reading an event through jansson: takes whatever JSON there is, and says what is wrong with the rest. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "event_fields.h"
#include "refuse.h"
#include "utf8.h"

static enum value_kind string_kind(struct str text)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    for (; at < end; at++)
        if (utf8_control(at, end))
            return VALUE_CONTROLS;
    return VALUE_STRING;
}

/* False for null and for what is not there: no value. */
static bool read_value(const json_t *json, struct arena *arena, struct value *ret_value)
{
    switch (json == NULL ? JSON_NULL : json_typeof(json)) {
    case JSON_NULL:
        return false;
    case JSON_STRING:
        ret_value->text.len = json_string_length(json);
        ret_value->text.data = arena_copy(arena, json_string_value(json), ret_value->text.len);
        ret_value->kind = string_kind(ret_value->text);
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
    default:
        ret_value->kind = VALUE_OTHER;
        return true;
    }
}

static bool read_place(const json_t *json, struct arena *arena, struct value *ret_value)
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

static void read_line(const json_t *json, struct arena *arena, struct line_fields *ret_line)
{
    ret_line->is_object = json_is_object(json);
    ret_line->present = 0;
    if (read_value(json_object_get(json, "qty"), arena, &ret_line->qty))
        ret_line->present |= FIELD_BIT(FIELD_QTY);
    if (read_place(json_object_get(json, "place"), arena, &ret_line->place))
        ret_line->present |= FIELD_BIT(FIELD_PLACE);
    if (read_value(json_object_get(json, "state"), arena, &ret_line->state))
        ret_line->present |= FIELD_BIT(FIELD_STATE);
}

static bool read_lines(const json_t *json, struct arena *arena, struct value *ret_value)
{
    if (!read_value(json, arena, ret_value))
        return false;
    if (ret_value->kind != VALUE_ARRAY)
        return true;
    ret_value->lines = NULL;
    ret_value->lines_n = json_array_size(json);
    if (ret_value->lines_n > EVENT_LINES_MAX)
        return true;
    struct line_fields *lines = arena_array(arena, struct line_fields, ret_value->lines_n);
    for (size_t i = 0; i < ret_value->lines_n; i++)
        read_line(json_array_get(json, i), arena, &lines[i]);
    ret_value->lines = lines;
    return true;
}

static void read_fields(const json_t *json, struct arena *arena, struct event_fields *ret_fields)
{
    ret_fields->present = 0;
    for (int i = 0; i < EVENT_FIELDS; i++) {
        const json_t *member = json_object_get(json, event_field_names[i]);
        struct value *value = &ret_fields->values[i];
        bool there = i == FIELD_PLACE || i == FIELD_TO_PLACE ? read_place(member, arena, value)
                     : i == FIELD_LINES                      ? read_lines(member, arena, value)
                                                             : read_value(member, arena, value);
        if (there)
            ret_fields->present |= FIELD_BIT(i);
    }
}

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Makes a number fit where jansson has no room for it, without changing its length or its grammar: an integer beyond
 * 64 bits becomes the greatest, which no bound takes either; an exponent becomes 0, as a real is wrong anyway. */
static void fit_number(char *number, size_t len)
{
    static const char greatest[] = "9223372036854775807";
    const size_t digits = sizeof(greatest) - 1;
    char *exponent = memchr(number, 'e', len);
    if (exponent == NULL)
        exponent = memchr(number, 'E', len);
    if (exponent != NULL) {
        for (char *at = exponent + 1; at < number + len; at++)
            if (*at >= '0' && *at <= '9')
                *at = '0';
    } else if (memchr(number, '.', len) == NULL) {
        bool negative = number[0] == '-';
        if (len - negative < digits || number[negative] == '0')
            return;
        char *end;
        errno = 0;
        strtoll(number, &end, 10);
        if (errno != ERANGE || end != number + len)
            return;
        memset(number, ' ', len - digits - negative);
        memcpy(number + len - digits - negative, "-", negative);
        memcpy(number + len - digits, greatest, digits);
    }
}

static void fit_numbers(char *json, size_t len)
{
    bool in_string = false;
    for (size_t at = 0; at < len;) {
        if (in_string || !in_number(json[at])) {
            if (in_string && json[at] == '\\')
                at++;
            else if (json[at] == '"')
                in_string = !in_string;
            at++;
            continue;
        }
        size_t start = at;
        while (at < len && in_number(json[at]))
            at++;
        fit_number(json + start, at - start);
    }
}

static json_t *load(struct str json, struct arena *arena, json_error_t *ret_error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *root = json_loadb(json.data, json.len, flags, ret_error);
    if (root != NULL || json_error_code(ret_error) != json_error_numeric_overflow)
        return root;
    char *copy = arena_alloc(arena, json.len + 1);
    memcpy(copy, json.data, json.len);
    copy[json.len] = '\0';
    fit_numbers(copy, json.len);
    return json_loadb(copy, json.len, flags, ret_error);
}

static enum refusal refuse_json(const json_error_t *error, char *ret_detail)
{
    const char *what = "not one JSON object";
    enum refusal refusal = REFUSAL_MALFORMED;
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
        what = "not UTF-8";
        break;
    case json_error_duplicate_key:
        what = "a key is repeated";
        break;
    case json_error_numeric_overflow:
        what = "a number is too large";
        refusal = REFUSAL_OUT_OF_RANGE;
        break;
    default:
        break;
    }
    return refuse(ret_detail, refusal, "at byte %d: %s", error->position, what);
}

enum refusal event_decode_slow(struct str json, const struct event_context *context, struct event *ret_event,
                               char *ret_detail)
{
    json_error_t error;
    json_t *root = load(json, context->arena, &error);
    if (root == NULL)
        return refuse_json(&error, ret_detail);
    if (!json_is_object(root)) {
        json_decref(root);
        return refuse(ret_detail, REFUSAL_MALFORMED, "expected one JSON object");
    }
    struct event_fields fields;
    read_fields(root, context->arena, &fields);
    json_decref(root);
    return event_of_fields(&fields, context, ret_event, ret_detail);
}
