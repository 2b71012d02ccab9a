/* Reading JSON documents against a table of their fields. Not responsible for what the fields are
 * (item_document.c, node_document.c). */
#include "document.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "json_read.h"
#include "refuse.h"
#include "seen.h"
#include "stockfold/base/unconst.h"
#include "stockfold/codec/name.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/codec/utf8.h"

enum { PATH_MAX_BYTES = 80 };

/* Where in the document: "zones[3]." in front of a field of that zone. */
struct spot {
    char path[PATH_MAX_BYTES];
    char *detail;
};

/* "warehouse, store or ecommerce" */
static void describe_words(const struct document_field *field, char *ret_expected)
{
    int len = 0;
    for (int i = 0; i < field->max; i++) {
        const char *before = i == 0 ? "" : i == field->max - 1 ? " or " : ", ";
        len += snprintf(ret_expected + len, DOCUMENT_EXPECTED_MAX - (size_t)len, "%s%s", before, field->words[i]);
        assert(len < DOCUMENT_EXPECTED_MAX);
    }
}

void document_describe_field(const struct document_field *field, char ret_expected[DOCUMENT_EXPECTED_MAX])
{
    static const char *const words[] = {
        [DOCUMENT_TIME] = "a time as RFC 3339, from 1970 to 2100",
        [DOCUMENT_BOOLEAN] = "true or false",
        [DOCUMENT_OBJECT] = "an object",
        [DOCUMENT_MAP] = "an object",
        [DOCUMENT_LIST] = "an array of objects",
    };
    static const char *const spans[] = {
        [DOCUMENT_TEXT] = "a string of %lld to %lld bytes without control characters",
        [DOCUMENT_TEXTS] = "a string of %lld to %lld bytes without control characters, or such by language",
        [DOCUMENT_NAME] = "a name of %lld to %lld bytes",
        [DOCUMENT_INTEGER] = "an integer from %lld to %lld",
        [DOCUMENT_NUMBER] = "a number from %lld to %lld",
    };
    const char *span = field->form < sizeof(spans) / sizeof(spans[0]) ? spans[field->form] : NULL;
    if (field->form == DOCUMENT_WORD)
        describe_words(field, ret_expected);
    else if (field->form == DOCUMENT_SPECIAL)
        snprintf(ret_expected, DOCUMENT_EXPECTED_MAX, "%s", field->expected);
    else if (span != NULL)
        snprintf(ret_expected, DOCUMENT_EXPECTED_MAX, span, (long long)field->min, (long long)field->max);
    else
        snprintf(ret_expected, DOCUMENT_EXPECTED_MAX, "%s", words[field->form]);
}

/* A value as a detail quotes it. */
static const char *seen_json(const json_t *value, char ret_seen[SEEN_MAX])
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return seen_text(document_text(value), ret_seen);
    case JSON_INTEGER:
        return seen_number(json_integer_value(value), ret_seen);
    case JSON_REAL:
        snprintf(ret_seen, SEEN_MAX, "%g", json_real_value(value));
        return ret_seen;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    }
    return "";
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
    bool flawed = field->form == DOCUMENT_NAME ? name_flaw(text) != NULL : utf8_has_control(text);
    return len < field->min || len > field->max || flawed ? REFUSAL_OUT_OF_RANGE : REFUSAL_NONE;
}

static enum refusal judge_document_number(const struct document_field *field, const json_t *value)
{
    if (!json_is_number(value) || (field->form == DOCUMENT_INTEGER && !json_is_integer(value)))
        return REFUSAL_WRONG_TYPE;
    double number = json_number_value(value);
    return number < (double)field->min || number > (double)field->max ? REFUSAL_OUT_OF_RANGE : REFUSAL_NONE;
}

int document_word(const char *const *words, int64_t words_n, const json_t *value)
{
    for (int i = 0; i < words_n; i++)
        if (str_equal(document_text(value), str_from(words[i])))
            return i;
    return -1;
}

/* Judges a value by itself, without its members. */
static enum refusal judge_value(const struct document_field *field, const json_t *value)
{
    bool fits = false;
    switch (field->form) {
    case DOCUMENT_TEXTS:
        if (json_is_object(value))
            return json_object_size(value) > 0 ? REFUSAL_NONE : REFUSAL_OUT_OF_RANGE;
        return judge_document_text(field, value);
    case DOCUMENT_TEXT:
    case DOCUMENT_NAME:
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
    case DOCUMENT_WORD:
        if (!json_is_string(value))
            return REFUSAL_WRONG_TYPE;
        return document_word(field->words, field->max, value) < 0 ? REFUSAL_OUT_OF_RANGE : REFUSAL_NONE;
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
        char seen[SEEN_MAX];
        if (!json_is_object(entry))
            return refuse_as(spot->detail, REFUSAL_WRONG_TYPE, "%s%s[%zu]: expected an object, not %s", spot->path,
                             field->name, i, seen_json(entry, seen));
        enum refusal refusal = check_object(&inner, entry, field->members);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    return REFUSAL_NONE;
}

/* A text's flaw in words, for fields whose expectation alone would not explain the refusal; else NULL. */
static const char *value_flaw(const struct document_field *field, const json_t *value)
{
    struct str text = document_text(value);
    if (field->form == DOCUMENT_TIME && json_is_string(value))
        return time_flaw(text);
    return field->form == DOCUMENT_NAME && text.len > 0 && (int64_t)text.len <= field->max ? name_flaw(text) : NULL;
}

static enum refusal check_value(const struct spot *spot, const struct document_field *field, const json_t *value)
{
    enum refusal refusal = judge_value(field, value);
    if (refusal == REFUSAL_NONE)
        return REFUSAL_NONE;
    char expected[DOCUMENT_EXPECTED_MAX], seen[SEEN_MAX];
    const char *flaw = value_flaw(field, value);
    if (flaw != NULL)
        return refuse_as(spot->detail, refusal, "%s%s: %s %s", spot->path, field->name, seen_json(value, seen), flaw);
    document_describe_field(field, expected);
    if (field->form == DOCUMENT_SPECIAL && json_is_object(value)) /* the form is right, a member is wrong */
        return refuse_as(spot->detail, refusal, "%s%s: expected %s", spot->path, field->name, expected);
    return refuse_as(spot->detail, refusal, "%s%s: expected %s, not %s", spot->path, field->name, expected,
                     seen_json(value, seen));
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

/* A tag as BCP 47 has them: en, es-MX, zh-Hant. */
static bool is_language(const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < len; i++) {
        char letter = (char)(key[i] | 0x20);
        if (key[i] != '-' && !(letter >= 'a' && letter <= 'z') && !(key[i] >= '0' && key[i] <= '9'))
            return false;
    }
    return len >= BOUND_LANGUAGE_MIN && len <= BOUND_LANGUAGE;
}

static enum refusal check_texts(const struct spot *spot, json_t *texts, const struct document_field *field)
{
    struct spot inner = {.detail = spot->detail};
    struct document_field text = {.form = DOCUMENT_TEXT, .min = field->min, .max = field->max};
    enum refusal refusal = REFUSAL_NONE;
    char seen[SEEN_MAX];
    json_t *value;
    snprintf(inner.path, sizeof(inner.path), "%.40s%s.", spot->path, field->name);
    json_object_foreach(texts, text.name, value)
    {
        if (!is_language(text.name))
            return refuse_as(spot->detail, REFUSAL_OUT_OF_RANGE, "%s%s: expected languages such as en or es-MX, not %s",
                             spot->path, field->name, seen_text(str_from(text.name), seen));
        refusal = check_value(&inner, &text, value);
        if (refusal != REFUSAL_NONE)
            break;
    }
    return refusal;
}

static enum refusal check_members(const struct spot *spot, json_t *value, const struct document_field *field)
{
    if (field->form == DOCUMENT_TEXTS && json_is_object(value))
        return check_texts(spot, value, field);
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
                return refuse_as(spot->detail, REFUSAL_MISSING_FIELD, "%s%s: missing, and needed", spot->path,
                                 field->name);
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

static struct text_in_language copy_language_text(const char *language, const json_t *value, struct arena *arena)
{
    struct str text = document_text(value);
    size_t len = strlen(language);
    return (struct text_in_language){.language = {arena_copy(arena, language, len), len},
                                     .text = {arena_copy(arena, text.data, text.len), text.len}};
}

void document_texts(const json_t *value, struct arena *arena, struct texts *ret_texts)
{
    json_t *object = unconst(value), *text;
    const char *language;
    *ret_texts = (struct texts){0};
    if (!json_is_object(value) && document_text(value).len == 0)
        return;
    struct text_in_language *texts = arena_array(arena, struct text_in_language, 1 + json_object_size(value));
    if (json_is_string(value))
        texts[ret_texts->n++] = copy_language_text("", value, arena);
    json_object_foreach(object, language, text)
    {
        texts[ret_texts->n++] = copy_language_text(language, text, arena);
    }
    ret_texts->text = texts;
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

struct str document_copy_object(const json_t *object, struct arena *arena)
{
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(12);
    if (!json_is_object(object))
        return (struct str){0};
    size_t len = json_dumpb(object, NULL, 0, flags);
    char *text = arena_alloc(arena, len);
    return (struct str){text, json_dumpb(object, text, len, flags)};
}
