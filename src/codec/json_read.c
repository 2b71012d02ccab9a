/* Loading JSON through jansson, strictly: keys once, nothing behind it. A number that jansson cannot hold is made to
 * fit first: the reader of its field refuses it, and an unknown field has no reader.
 *
 * jansson 2.14 takes a NUL behind a number, true, false or null for the end of that token and drops it. The document,
 * which is no JSON, would be stored and sent on in answers. So no NUL ever reaches jansson. */
#include "json_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "refuse.h"

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* An exponent becomes 0. */
static void fit_real(char *exponent, const char *end)
{
    for (char *at = exponent; at < end; at++)
        if (*at >= '0' && *at <= '9')
            *at = '0';
}

/* An integer beyond 64 bits becomes the greatest, which no bound takes either. */
static void fit_integer(char *number, size_t len)
{
    static const char greatest[] = "9223372036854775807";
    const size_t digits = sizeof(greatest) - 1;
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

/* Makes a number fit where jansson has no room for it, without changing its length or its grammar. Whether a double
 * holds it as it was. */
static bool fit_number(char *number, size_t len)
{
    bool finite = isfinite(strtod(number, NULL));
    char *exponent = memchr(number, 'e', len);
    if (exponent == NULL)
        exponent = memchr(number, 'E', len);
    if (exponent != NULL)
        fit_real(exponent + 1, number + len);
    else if (memchr(number, '.', len) == NULL)
        fit_integer(number, len);
    return finite;
}

/* Whether a double holds each of them. */
static bool fit_numbers(char *json, size_t len)
{
    bool in_string = false, finite = true;
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
        finite = fit_number(json + start, at - start) && finite;
    }
    return finite;
}

/* An escaped NUL is let into strings, where it is a control character like any other. */
static json_t *load_document(struct str json, struct arena *arena, bool *ret_finite, json_error_t *ret_error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *root = json_loadb(json.data, json.len, flags, ret_error);
    *ret_finite = true;
    if (root != NULL || json_error_code(ret_error) != json_error_numeric_overflow)
        return root;
    char *copy = arena_alloc(arena, json.len + 1);
    memcpy(copy, json.data, json.len);
    copy[json.len] = '\0';
    *ret_finite = fit_numbers(copy, json.len);
    return json_loadb(copy, json.len, flags, ret_error);
}

/* Levels of objects and arrays; `json` is valid. */
static int depth_of(struct str json)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t at = 0; at < json.len; at++) {
        char c = json.data[at];
        if (c == '"')
            in_string = !in_string;
        else if (in_string)
            at += c == '\\';
        else if (c == '{' || c == '[')
            deepest = ++depth > deepest ? depth : deepest;
        else if (c == '}' || c == ']')
            depth--;
    }
    return deepest;
}

/* Without looking at strings: most documents have fewer brackets than they may have levels. */
static size_t brackets_of(struct str json)
{
    size_t n = 0;
    for (size_t at = 0; at < json.len; at++)
        n += (json.data[at] == '{') | (json.data[at] == '[');
    return n;
}

static enum refusal judge_echo(struct str json, bool finite, char *ret_detail)
{
    if (!finite)
        return refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE, "a number: expected one that a double holds");
    if (brackets_of(json) > BOUND_DEPTH && depth_of(json) > BOUND_DEPTH)
        return refuse_as(ret_detail, REFUSAL_MALFORMED, "nesting: expected at most %d levels", BOUND_DEPTH);
    return REFUSAL_NONE;
}

/* In valid JSON every number fits by now, so an overflow that is left means that the document is not valid. */
static enum refusal refuse_json(const json_error_t *error, char *ret_detail)
{
    const char *what = "not one JSON object";
    enum json_error_code code = json_error_code(error);
    if (code == json_error_invalid_utf8)
        what = "not UTF-8";
    else if (code == json_error_duplicate_key)
        what = "a key is repeated";
    return refuse_as(ret_detail, REFUSAL_MALFORMED, "at byte %d: %s", error->position, what);
}

static const char *find_nul(struct str json)
{
    return json.len == 0 ? NULL : memchr(json.data, '\0', json.len);
}

enum refusal json_read_object(struct str json, enum json_use use, struct arena *arena, json_t **ret_root,
                              char *ret_detail)
{
    json_error_t error;
    bool finite;
    const char *nul = find_nul(json);
    if (nul != NULL)
        return refuse_as(ret_detail, REFUSAL_MALFORMED, "at byte %zu: a zero byte", (size_t)(nul - json.data) + 1);
    json_t *root = load_document(json, arena, &finite, &error);
    if (root == NULL)
        return refuse_json(&error, ret_detail);
    enum refusal refusal = REFUSAL_NONE;
    if (!json_is_object(root))
        refusal = refuse_as(ret_detail, REFUSAL_MALFORMED, "expected one JSON object");
    else if (use == JSON_TO_ECHO)
        refusal = judge_echo(json, finite, ret_detail);
    if (refusal != REFUSAL_NONE)
        json_decref(root);
    else
        *ret_root = root;
    return refusal;
}

json_t *json_read_string(struct str json)
{
    if (find_nul(json) != NULL || json.len == 0 || json.data[0] != '"')
        return NULL;
    return json_loadb(json.data, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}
