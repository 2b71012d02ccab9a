/* Loading JSON through jansson, strictly: keys once, nothing behind it; the numbers that jansson cannot hold are made
 * to fit first, so that it is for whoever reads a field to refuse them, and of an unknown field nobody does. */
#include "json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "refuse.h"

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

/* NUL is let into strings, where it is a control character like any other. */
static json_t *load_document(struct str json, struct arena *arena, json_error_t *ret_error)
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
    return refuse_as(ret_detail, refusal, "at byte %d: %s", error->position, what);
}

enum refusal json_read_object(struct str json, struct arena *arena, json_t **ret_root, char *ret_detail)
{
    json_error_t error;
    json_t *root = load_document(json, arena, &error);
    if (root == NULL)
        return refuse_json(&error, ret_detail);
    if (!json_is_object(root)) {
        json_decref(root);
        return refuse_as(ret_detail, REFUSAL_MALFORMED, "expected one JSON object");
    }
    *ret_root = root;
    return REFUSAL_NONE;
}
