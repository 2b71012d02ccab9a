/* Reading the common event in one strict pass, without a tree and without copying.
 *
 * The pass leaves everything unusual or wrong to event_slow.c: escapes, control characters, fractions, counts with
 * lines, nested values of unknown fields. It reads every other event exactly as event_slow.c would. */
#include "event_fields.h"
#include "json_scan.h"

enum { UNKNOWN_MAX = 8, DIGITS_MAX = 18 };

static bool read_integer(struct reader *reader, int64_t *ret_number)
{
    bool negative = skip_byte(reader, '-');
    const unsigned char *start = reader->at, *at = start;
    int64_t number = 0;
    for (; at < reader->end && *at >= '0' && *at <= '9' && at - start < DIGITS_MAX; at++)
        number = number * 10 + (*at - '0');
    if (at == start || (*start == '0' && at - start > 1) || at == reader->end)
        return false;
    if ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == 'E')
        return false;
    reader->at = at;
    *ret_number = negative ? -number : number;
    return true;
}

static bool read_literal(struct reader *reader, struct str literal)
{
    if ((size_t)(reader->end - reader->at) < literal.len || memcmp(reader->at, literal.data, literal.len) != 0)
        return false;
    reader->at += literal.len;
    return true;
}

enum step { STEP_KEY, STEP_END, STEP_LEAVE };

/* To the next member of an object: reads its key (read_name()) and stands at its value, or behind the object. */
static enum step next_member(struct reader *reader, bool *first, struct str *ret_key)
{
    skip_spaces(reader);
    if (skip_byte(reader, '}'))
        return STEP_END;
    if (!*first && !skip_byte(reader, ','))
        return STEP_LEAVE;
    *first = false;
    skip_spaces(reader);
    if (!read_name(reader, ret_key))
        return STEP_LEAVE;
    if (!skip_byte(reader, ':')) {
        skip_spaces(reader);
        if (!skip_byte(reader, ':'))
            return STEP_LEAVE;
    }
    skip_spaces(reader);
    return STEP_KEY;
}

#define IS(name) (memcmp(key.data, name, sizeof(name) - 1) == 0)

static int component_of(struct str key)
{
    switch (key.len) {
    case 3:
        return IS("bay") ? PLACE_BAY : -1;
    case 4:
        return IS("zone") ? PLACE_ZONE : -1;
    case 5:
        return IS("floor") ? PLACE_FLOOR : IS("aisle") ? PLACE_AISLE : IS("shelf") ? PLACE_SHELF : -1;
    case 8:
        return IS("position") ? PLACE_POSITION : -1;
    default:
        return -1;
    }
}

static enum event_field field_of_key(struct str key)
{
    switch (key.len) {
    case 2:
        return IS("id") ? FIELD_ID : FIELD_UNKNOWN;
    case 3:
        return IS("sku")   ? FIELD_SKU
               : IS("qty") ? FIELD_QTY
               : IS("ref") ? FIELD_REF
               : IS("seq") ? FIELD_SEQ
               : IS("eta") ? FIELD_ETA
                           : FIELD_UNKNOWN;
    case 4:
        return IS("type") ? FIELD_TYPE : IS("time") ? FIELD_TIME : IS("node") ? FIELD_NODE : FIELD_UNKNOWN;
    case 5:
        return IS("place")   ? FIELD_PLACE
               : IS("state") ? FIELD_STATE
               : IS("scope") ? FIELD_SCOPE
               : IS("lines") ? FIELD_LINES
                             : FIELD_UNKNOWN;
    case 6:
        return IS("source") ? FIELD_SOURCE : IS("reason") ? FIELD_REASON : FIELD_UNKNOWN;
    case 7:
        return IS("to_node") ? FIELD_TO_NODE : IS("missing") ? FIELD_MISSING : FIELD_UNKNOWN;
    case 8:
        return IS("to_place")   ? FIELD_TO_PLACE
               : IS("to_state") ? FIELD_TO_STATE
               : IS("ref_time") ? FIELD_REF_TIME
                                : FIELD_UNKNOWN;
    case 10:
        return IS("from_state") ? FIELD_FROM_STATE : FIELD_UNKNOWN;
    case 11:
        return IS("reservation") ? FIELD_RESERVATION : FIELD_UNKNOWN;
    default:
        return FIELD_UNKNOWN;
    }
}

static bool scan_text(struct reader *reader, struct value *ret_value)
{
    ret_value->kind = VALUE_STRING;
    return read_ascii_or_string(reader, &ret_value->text, &ret_value->ascii);
}

static bool scan_place(struct reader *reader, struct place_fields *ret_place)
{
    ret_place->present = 0;
    if (!skip_byte(reader, '{'))
        return false;
    struct str key;
    bool first = true;
    enum step step;
    while ((step = next_member(reader, &first, &key)) == STEP_KEY) {
        int component = component_of(key);
        if (component < 0 || (ret_place->present & 1u << component))
            return false;
        ret_place->present |= 1u << component;
        if (!scan_text(reader, &ret_place->components[component]))
            return false;
    }
    return step == STEP_END;
}

/* A value that is no object or array; null is not present. */
static bool read_scalar(struct reader *reader, struct value *ret_value, bool *ret_present)
{
    *ret_present = true;
    switch (reader->at < reader->end ? *reader->at : '\0') {
    case '"':
        return scan_text(reader, ret_value);
    case 'n':
        *ret_present = false;
        return read_literal(reader, STR("null"));
    case 't':
        ret_value->kind = VALUE_TRUE;
        return read_literal(reader, STR("true"));
    case 'f':
        ret_value->kind = VALUE_FALSE;
        return read_literal(reader, STR("false"));
    default:
        ret_value->kind = VALUE_INTEGER;
        return read_integer(reader, &ret_value->number);
    }
}

struct unknown_keys {
    struct str keys[UNKNOWN_MAX];
    int n;
};

/* Passes over an unknown field. They are few, so a repeated key is looked for one by one. */
static bool skip_unknown(struct reader *reader, struct str key, struct unknown_keys *unknown)
{
    if (unknown->n == UNKNOWN_MAX || !is_plain(key))
        return false;
    for (int i = 0; i < unknown->n; i++)
        if (str_equal(unknown->keys[i], key))
            return false;
    unknown->keys[unknown->n++] = key;
    struct value value;
    bool present;
    return read_scalar(reader, &value, &present);
}

static bool read_known(struct reader *reader, enum event_field field, struct place_fields *places,
                       struct event_fields *fields)
{
    struct value *value = &fields->values[field];
    bool present = true;
    if ((field == FIELD_PLACE || field == FIELD_TO_PLACE) && reader->at < reader->end && *reader->at == '{') {
        struct place_fields *place = &places[field == FIELD_TO_PLACE];
        value->kind = VALUE_OBJECT;
        value->place = place;
        if (!scan_place(reader, place))
            return false;
    } else if (!read_scalar(reader, value, &present)) {
        return false;
    }
    if (present)
        fields->present |= FIELD_BIT(field);
    return true;
}

static bool read_event(struct reader *reader, struct place_fields *places, struct event_fields *ret_fields)
{
    ret_fields->present = 0;
    skip_spaces(reader);
    if (!skip_byte(reader, '{'))
        return false;
    struct unknown_keys unknown;
    unknown.n = 0;
    uint32_t seen = 0;
    struct str key;
    bool first = true;
    enum step step;
    while ((step = next_member(reader, &first, &key)) == STEP_KEY) {
        enum event_field field = field_of_key(key);
        if (field == FIELD_UNKNOWN) {
            if (!skip_unknown(reader, key, &unknown))
                return false;
            continue;
        }
        if ((seen & FIELD_BIT(field)) || !read_known(reader, field, places, ret_fields))
            return false;
        seen |= FIELD_BIT(field);
    }
    skip_spaces(reader);
    return step == STEP_END && reader->at == reader->end;
}

bool event_decode_fast(struct str json, const struct event_context *context, struct event *ret_event)
{
    struct reader reader = {(const unsigned char *)json.data, (const unsigned char *)json.data + json.len};
    struct place_fields places[2];
    struct event_fields fields;
    char detail[REFUSAL_DETAIL_MAX];
    return read_event(&reader, places, &fields) && event_of_fields(&fields, context, ret_event, detail) == REFUSAL_NONE;
}
