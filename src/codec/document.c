/* Reading JSON documents against a table of their fields. Not responsible for what the fields are
 * (item_document.c, node_document.c). */
#include "document.h"

#include <stdio.h>
#include <string.h>

#include "json_read.h"
#include "refuse.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/codec/utf8.h"

enum { PATH_MAX_BYTES = 80, EXPECTED_MAX_BYTES = 96 };

/* Where in the document: "zones[3]." in front of a field of that zone. */
struct spot {
    char path[PATH_MAX_BYTES];
    char *detail;
};

static void describe_field(const struct document_field *field, char *ret_expected)
{
    static const char *const words[] = {
        [DOCUMENT_TIME] = "a time as RFC 3339, from 1970 to 2100",
        [DOCUMENT_BOOLEAN] = "true or false",
        [DOCUMENT_OBJECT] = "an object",
        [DOCUMENT_MAP] = "an object",
        [DOCUMENT_LIST] = "an array of objects",
    };
    const char *format = field->form == DOCUMENT_TEXT      ? "a string of %lld to %lld bytes without control characters"
                         : field->form == DOCUMENT_INTEGER ? "an integer from %lld to %lld"
                                                           : "a number from %lld to %lld";
    if (field->form == DOCUMENT_SPECIAL)
        snprintf(ret_expected, EXPECTED_MAX_BYTES, "%s", field->expected);
    else if (field->form == DOCUMENT_TEXT || field->form == DOCUMENT_INTEGER || field->form == DOCUMENT_NUMBER)
        snprintf(ret_expected, EXPECTED_MAX_BYTES, format, (long long)field->min, (long long)field->max);
    else
        snprintf(ret_expected, EXPECTED_MAX_BYTES, "%s", words[field->form]);
}

static enum refusal judge_document_text(const struct document_field *field, const json_t *value)
{
    if (!json_is_string(value))
        return REFUSAL_WRONG_TYPE;
    struct str text = {json_string_value(value), json_string_length(value)};
    if (field->form == DOCUMENT_TIME) {
        int64_t time;
        return time_parse(text, &time) ? REFUSAL_NONE : REFUSAL_BAD_TIME;
    }
    int64_t len = (int64_t)text.len;
    return len < field->min || len > field->max || utf8_has_control(text) ? REFUSAL_OUT_OF_RANGE : REFUSAL_NONE;
}

static enum refusal judge_document_number(const struct document_field *field, const json_t *value)
{
    if (!json_is_number(value) || (field->form == DOCUMENT_INTEGER && !json_is_integer(value)))
        return REFUSAL_WRONG_TYPE;
    double number = json_number_value(value);
    return number < (double)field->min || number > (double)field->max ? REFUSAL_OUT_OF_RANGE : REFUSAL_NONE;
}

/* What can be said of a value without looking into it. */
static enum refusal judge_value(const struct document_field *field, const json_t *value)
{
    bool fits = false;
    switch (field->form) {
    case DOCUMENT_TEXT:
    case DOCUMENT_TIME:
        return judge_document_text(field, value);
    case DOCUMENT_INTEGER:
    case DOCUMENT_NUMBER:
        return judge_document_number(field, value);
    case DOCUMENT_BOOLEAN:
        fits = json_is_boolean(value);
        break;
    case DOCUMENT_OBJECT:
    case DOCUMENT_MAP:
        fits = json_is_object(value);
        break;
    case DOCUMENT_LIST:
        fits = json_is_array(value);
        break;
    case DOCUMENT_SPECIAL:
        if (!json_is_string(value) && !json_is_object(value))
            return REFUSAL_WRONG_TYPE;
        return field->accepts(value) ? REFUSAL_NONE : REFUSAL_OUT_OF_RANGE;
    }
    return fits ? REFUSAL_NONE : REFUSAL_WRONG_TYPE;
}

static enum refusal check_object(const struct spot *spot, const json_t *object, const struct document_field *fields);

static enum refusal check_list(const struct spot *spot, const json_t *list, const struct document_field *field)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct spot inner = {.detail = spot->detail};
        snprintf(inner.path, sizeof(inner.path), "%.40s%s[%zu].", spot->path, field->name, i);
        const json_t *entry = json_array_get(list, i);
        if (!json_is_object(entry))
            return refuse_as(spot->detail, REFUSAL_WRONG_TYPE, "%s%s[%zu]: expected an object", spot->path, field->name,
                             i);
        enum refusal refusal = check_object(&inner, entry, field->members);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return REFUSAL_NONE;
}

static enum refusal check_value(const struct spot *spot, const struct document_field *field, const json_t *value)
{
    enum refusal refusal = judge_value(field, value);
    if (refusal == REFUSAL_NONE)
        return REFUSAL_NONE;
    char expected[EXPECTED_MAX_BYTES];
    describe_field(field, expected);
    return refuse_as(spot->detail, refusal, "%s%s: expected %s", spot->path, field->name, expected);
}

static enum refusal check_map(const struct spot *spot, json_t *map, const struct document_field *field)
{
    struct spot inner = {.detail = spot->detail};
    snprintf(inner.path, sizeof(inner.path), "%.40s%s.", spot->path, field->name);
    enum refusal refusal = REFUSAL_NONE;
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value)
    {
        refusal = check_value(&inner, field->members, value);
        if (refusal != REFUSAL_NONE)
            break;
    }
    return refusal;
}

static enum refusal check_members(const struct spot *spot, json_t *value, const struct document_field *field)
{
    if (field->members == NULL)
        return REFUSAL_NONE;
    if (field->form == DOCUMENT_LIST)
        return check_list(spot, value, field);
    if (field->form == DOCUMENT_MAP)
        return check_map(spot, value, field);
    struct spot inner = {.detail = spot->detail};
    snprintf(inner.path, sizeof(inner.path), "%.40s%s.", spot->path, field->name);
    return check_object(&inner, value, field->members);
}

static enum refusal check_object(const struct spot *spot, const json_t *object, const struct document_field *fields)
{
    for (const struct document_field *field = fields; field->name != NULL; field++) {
        json_t *value = json_object_get(object, field->name);
        if (value == NULL || json_is_null(value)) {
            if (field->required)
                return refuse_as(spot->detail, REFUSAL_MISSING_FIELD, "%s%s: expected it", spot->path, field->name);
            continue;
        }
        enum refusal refusal = check_value(spot, field, value);
        if (refusal == REFUSAL_NONE)
            refusal = check_members(spot, value, field);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return REFUSAL_NONE;
}

static enum refusal document_check(const json_t *object, const struct document_field *fields, char *ret_detail)
{
    struct spot top = {.detail = ret_detail};
    return check_object(&top, object, fields);
}

enum refusal document_read(struct str json, const struct document_field *fields, struct arena *arena,
                           json_t **ret_document, char *ret_detail)
{
    json_t *document;
    enum refusal refusal = json_read_object(json, JSON_TO_ECHO, arena, &document, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    refusal = document_check(document, fields, ret_detail);
    if (refusal != REFUSAL_NONE)
        json_decref(document);
    else
        *ret_document = document;
    return refusal;
}

struct str document_text(const json_t *value)
{
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)} : (struct str){0};
}

struct str document_copy(const json_t *document, const char *name, struct arena *arena)
{
    struct str text = document_text(json_object_get(document, name));
    return text.len == 0 ? (struct str){0} : (struct str){arena_copy(arena, text.data, text.len), text.len};
}

int64_t document_integer(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

bool document_is_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}
