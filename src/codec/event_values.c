/* One value of an event: its kind, its bounds, and the words of its refusal. */
#include "event_values.h"

#include <stdarg.h>
#include <stdio.h>

#include "refuse.h"
#include "seen.h"
#include "stockfold/base/nearest.h"
#include "stockfold/codec/name.h"
#include "stockfold/codec/time_text.h"

enum refusal refuse_field(const struct judge *judge, enum refusal refusal, const char *field, const char *part,
                          const char *format, ...)
{
    char line[24] = "", words[REFUSAL_DETAIL_MAX];
    if (judge->line >= 0)
        snprintf(line, sizeof(line), "lines[%d].", judge->line);
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    return refuse_as(judge->detail, refusal, "%s%s%s%s: %s", line, field, part == NULL ? "" : ".",
                     part == NULL ? "" : part, words);
}

static bool is_string(const struct value *value)
{
    return value->kind == VALUE_STRING || value->kind == VALUE_CONTROLS;
}

/* A value as a detail quotes it. */
static const char *seen_value(const struct value *value, char ret_seen[SEEN_MAX])
{
    switch (value->kind) {
    case VALUE_STRING:
    case VALUE_CONTROLS:
        return seen_text(value->text, ret_seen);
    case VALUE_INTEGER:
        return seen_number(value->number, ret_seen);
    case VALUE_REAL:
        return "a number with a fraction or an exponent";
    case VALUE_TRUE:
        return "true";
    case VALUE_FALSE:
        return "false";
    case VALUE_OBJECT:
        return "an object";
    case VALUE_ARRAY:
        return "an array";
    }
    return "";
}

static enum refusal refuse_length(const struct judge *judge, const struct value *value, const char *field,
                                  const char *part, size_t max)
{
    char seen[SEEN_MAX];
    return refuse_field(judge, is_string(value) ? REFUSAL_OUT_OF_RANGE : REFUSAL_WRONG_TYPE, field, part,
                        "expected a string of 1 to %zu bytes, not %s", max, seen_value(value, seen));
}

static bool is_of_length(const struct value *value, size_t max)
{
    return is_string(value) && value->text.len > 0 && value->text.len <= max;
}

/* True for most good names, found without reading every byte again; false decides nothing. */
static bool is_plain_name(const struct value *value, size_t max)
{
    struct str text = value->text;
    return value->kind == VALUE_STRING && value->ascii && text.len > 0 && text.len <= max && text.data[0] != ' ' &&
           text.data[text.len - 1] != ' ';
}

static enum refusal judge_rare_name(const struct judge *judge, const struct value *value, const char *field,
                                    const char *part, size_t max, struct str *ret_name)
{
    char seen[SEEN_MAX];
    if (!is_of_length(value, max))
        return refuse_length(judge, value, field, part, max);
    const char *flaw = name_flaw(value->text);
    if (flaw != NULL)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, field, part,
                            "%s %s; expected a name of visible characters, no white space at its ends",
                            seen_value(value, seen), flaw);
    *ret_name = value->text;
    return REFUSAL_NONE;
}

enum refusal judge_name(const struct judge *judge, const struct value *value, const char *field, size_t max,
                        struct str *ret_name)
{
    if (!is_plain_name(value, max))
        return judge_rare_name(judge, value, field, NULL, max, ret_name);
    *ret_name = value->text;
    return REFUSAL_NONE;
}

enum refusal judge_text(const struct judge *judge, const struct value *value, const char *field, size_t max,
                        struct str *ret_text)
{
    char seen[SEEN_MAX];
    if (!is_of_length(value, max))
        return refuse_length(judge, value, field, NULL, max);
    if (value->kind == VALUE_CONTROLS)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, field, NULL, "expected no control characters, not %s",
                            seen_value(value, seen));
    *ret_text = value->text;
    return REFUSAL_NONE;
}

enum refusal judge_integer(const struct judge *judge, const struct value *value, const char *field, int64_t min,
                           int64_t max, int64_t *ret_number)
{
    char seen[SEEN_MAX];
    bool is_integer = value->kind == VALUE_INTEGER;
    if (is_integer && value->number >= min && value->number <= max) {
        *ret_number = value->number;
        return REFUSAL_NONE;
    }
    return refuse_field(judge, is_integer ? REFUSAL_OUT_OF_RANGE : REFUSAL_WRONG_TYPE, field, NULL,
                        "expected an integer from %lld to %lld, not %s", (long long)min, (long long)max,
                        seen_value(value, seen));
}

static enum refusal refuse_future(const struct judge *judge, const char *field, int64_t time)
{
    const struct event_context *context = judge->context;
    char seen[TIME_TEXT_MAX], stamp[TIME_TEXT_MAX];
    int seen_len = (int)time_format(time, seen), stamp_len = (int)time_format(context->kafka_time, stamp);
    long long ahead_s = (time - context->kafka_time + 999) / 1000, max_s = context->future_max_ms / 1000;
    return refuse_field(judge, REFUSAL_FUTURE, field, NULL,
                        "%.*s is %lld s ahead of its message's Kafka timestamp %.*s; at most %lld s are taken",
                        seen_len, seen, ahead_s, stamp_len, stamp, max_s);
}

enum refusal judge_time(const struct judge *judge, const struct value *value, const char *field, bool may_be_ahead,
                        int64_t *ret_time)
{
    const struct event_context *context = judge->context;
    char seen[SEEN_MAX];
    int64_t time;
    if (!is_string(value))
        return refuse_field(judge, REFUSAL_WRONG_TYPE, field, NULL, "expected a string, a time as RFC 3339, not %s",
                            seen_value(value, seen));
    if (!time_parse(value->text, &time))
        return refuse_field(judge, REFUSAL_BAD_TIME, field, NULL, "%s %s; expected RFC 3339, as 2026-11-21T10:02:11Z",
                            seen_value(value, seen), time_flaw(value->text));
    if (!may_be_ahead && context->future_max_ms >= 0 && time - context->future_max_ms > context->kafka_time)
        return refuse_future(judge, field, time);
    *ret_time = time;
    return REFUSAL_NONE;
}

enum refusal judge_place(const struct judge *judge, const struct value *value, const char *field, struct str *ret_place)
{
    char seen[SEEN_MAX];
    if (value->kind != VALUE_OBJECT)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, field, NULL, "expected an object, not %s",
                            seen_value(value, seen));
    struct str components[PLACE_COMPONENTS] = {0};
    for (uint32_t left = value->place->present; left != 0; left &= left - 1) {
        int component = __builtin_ctz(left);
        const struct value *name = &value->place->components[component];
        enum refusal refusal = REFUSAL_NONE;
        if (is_plain_name(name, BOUND_PLACE_COMPONENT))
            components[component] = name->text;
        else
            refusal = judge_rare_name(judge, name, field, place_component_names[component], BOUND_PLACE_COMPONENT,
                                      &components[component]);
        if (refusal != REFUSAL_NONE)
            return refusal;
    }
    if (components[PLACE_FLOOR].len == 0)
        return refuse_field(judge, REFUSAL_MISSING_FIELD, field, place_component_names[PLACE_FLOOR],
                            "missing; every place has a floor");
    char bytes[PLACE_MAX];
    struct str place = place_join(components, bytes);
    *ret_place = (struct str){arena_copy(judge->context->arena, place.data, place.len), place.len};
    return REFUSAL_NONE;
}

enum refusal judge_list(const struct judge *judge, const struct value *value, const char *field)
{
    char seen[SEEN_MAX];
    if (value->kind != VALUE_ARRAY)
        return refuse_field(judge, REFUSAL_WRONG_TYPE, field, NULL, "expected an array, not %s",
                            seen_value(value, seen));
    if (value->lines == NULL)
        return refuse_field(judge, REFUSAL_OUT_OF_RANGE, field, NULL, "expected at most %d of them, not %zu",
                            BOUND_LINES, value->lines_n);
    return REFUSAL_NONE;
}

/* "; nearest is ..." where one of the words is near enough to have been meant. */
static void propose_word(struct str seen, const char *const *words, int words_n, char ret_words[REFUSAL_DETAIL_MAX])
{
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "%.*s", STR_ARG(seen));
    struct nearest nearest = {.wanted = wanted};
    for (int i = 0; i < words_n; i++)
        nearest_offer(&nearest, words[i]);
    ret_words[0] = '\0';
    if (nearest_is_near(&nearest))
        snprintf(ret_words, REFUSAL_DETAIL_MAX, "; nearest is \"%s\"", nearest.word);
}

static enum refusal refuse_word(const struct judge *judge, const struct value *value, const char *field,
                                enum refusal refusal, const char *const *words, int words_n)
{
    char seen[SEEN_MAX], known[REFUSAL_DETAIL_MAX] = "", proposal[REFUSAL_DETAIL_MAX];
    if (!is_string(value))
        return refuse_field(judge, REFUSAL_WRONG_TYPE, field, NULL, "expected a string, not %s",
                            seen_value(value, seen));
    for (int i = 0, len = 0; i < words_n; i++)
        len += snprintf(known + len, sizeof(known) - (size_t)len, "%s%s", i == 0 ? "" : ", ", words[i]);
    propose_word(value->text, words, words_n, proposal);
    return refuse_field(judge, refusal, field, NULL, "%s is none of %s%s", seen_value(value, seen), known, proposal);
}

enum refusal judge_word(const struct judge *judge, const struct value *value, const char *field, enum refusal refusal,
                        const char *const *words, int words_n, int *ret_index)
{
    struct str text = value->kind == VALUE_STRING ? value->text : (struct str){0};
    for (int i = 0; text.len > 0 && i < words_n; i++) {
        if (words[i][0] == text.data[0] && str_equal(text, str_from(words[i]))) {
            *ret_index = i;
            return REFUSAL_NONE;
        }
    }
    return refuse_word(judge, value, field, refusal, words, words_n);
}
