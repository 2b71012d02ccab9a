/* Pairs of item and node as a request's body lists them. */
#include "stockfold/codec/request_json.h"

#include <stdarg.h>
#include <stdio.h>

#include "json_read.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/utf8.h"

_Static_assert((int)REFUSAL_DETAIL_MAX <= (int)REQUEST_DETAIL_MAX, "details of loading must fit");

enum { SKU_MAX = 64, NODE_MAX = 32 };

struct reading {
    struct arena *arena;
    char *detail;
};

static bool wrong(const struct reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(const struct reading *reading, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reading->detail, REQUEST_DETAIL_MAX, format, args);
    va_end(args);
    return false;
}

/* `spot` is where it stands, for the detail. */
static bool read_text(const struct reading *reading, const json_t *value, size_t max, const char *spot,
                      struct str *ret_text)
{
    struct str text = {json_string_value(value), json_string_length(value)};
    if (text.len == 0 || text.len > max)
        return wrong(reading, "%s: expected a string of 1 to %zu bytes", spot, max);
    if (utf8_has_control(text))
        return wrong(reading, "%s: expected a string without control characters", spot);
    *ret_text = (struct str){arena_copy(reading->arena, text.data, text.len), text.len};
    return true;
}

static bool check_number(const struct reading *reading, size_t n)
{
    if (n >= 1 && n <= REQUEST_PAIRS_MAX)
        return true;
    return wrong(reading, "expected 1 to %d pairs, not %zu", REQUEST_PAIRS_MAX, n);
}

/* --- pairs ------------------------------------------------------------------------------------------------------- */

static bool read_pair(const struct reading *reading, const json_t *pair, size_t at, struct request_pair *ret_pair)
{
    char spot[40];
    if (json_array_size(pair) != 2)
        return wrong(reading, "pairs[%zu]: expected an array of sku and node", at);
    snprintf(spot, sizeof(spot), "pairs[%zu][0]", at);
    if (!read_text(reading, json_array_get(pair, 0), SKU_MAX, spot, &ret_pair->sku))
        return false;
    snprintf(spot, sizeof(spot), "pairs[%zu][1]", at);
    return read_text(reading, json_array_get(pair, 1), NODE_MAX, spot, &ret_pair->node);
}

static bool read_pairs(const struct reading *reading, const json_t *list, struct request_pair **ret_pairs,
                       size_t *ret_n)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list))
        return wrong(reading, "pairs: expected an array");
    if (!check_number(reading, n))
        return false;
    *ret_pairs = arena_array(reading->arena, struct request_pair, n);
    *ret_n = n;
    for (size_t i = 0; i < n; i++)
        if (!read_pair(reading, json_array_get(list, i), i, &(*ret_pairs)[i]))
            return false;
    return true;
}

/* --- each with each ---------------------------------------------------------------------------------------------- */

static bool read_names(const struct reading *reading, const json_t *list, const char *name, size_t max,
                       struct str **ret_names)
{
    size_t n = json_array_size(list);
    *ret_names = arena_array(reading->arena, struct str, n);
    for (size_t i = 0; i < n; i++) {
        char spot[40];
        snprintf(spot, sizeof(spot), "%s[%zu]", name, i);
        if (!read_text(reading, json_array_get(list, i), max, spot, &(*ret_names)[i]))
            return false;
    }
    return true;
}

static bool read_product(const struct reading *reading, const json_t *skus, const json_t *nodes,
                         struct request_pair **ret_pairs, size_t *ret_n)
{
    struct str *sku_names, *node_names;
    size_t skus_n = json_array_size(skus), nodes_n = json_array_size(nodes);
    if (!json_is_array(skus) || !json_is_array(nodes))
        return wrong(reading, "%s: expected an array", json_is_array(skus) ? "nodes" : "skus");
    /* Both are bounded by the body's length, so that this does not overflow. */
    if (!check_number(reading, skus_n * nodes_n) || !read_names(reading, skus, "skus", SKU_MAX, &sku_names) ||
        !read_names(reading, nodes, "nodes", NODE_MAX, &node_names))
        return false;
    *ret_pairs = arena_array(reading->arena, struct request_pair, skus_n * nodes_n);
    *ret_n = skus_n * nodes_n;
    for (size_t i = 0; i < *ret_n; i++)
        (*ret_pairs)[i] = (struct request_pair){sku_names[i / nodes_n], node_names[i % nodes_n]};
    return true;
}

static bool read_body(const struct reading *reading, const json_t *body, struct request_pair **ret_pairs, size_t *ret_n)
{
    const json_t *pairs = json_object_get(body, "pairs");
    const json_t *skus = json_object_get(body, "skus"), *nodes = json_object_get(body, "nodes");
    if (pairs != NULL && json_object_size(body) == 1)
        return read_pairs(reading, pairs, ret_pairs, ret_n);
    if (skus != NULL && nodes != NULL && json_object_size(body) == 2)
        return read_product(reading, skus, nodes, ret_pairs, ret_n);
    return wrong(reading, "expected one member pairs, or two members skus and nodes, and nothing else");
}

/* More values than REQUEST_PAIRS_MAX pairs can be are not taken apart: that would keep others waiting for a tenth of a
 * second, where counting their commas takes a few milliseconds. */
static bool is_too_much(struct str json)
{
    enum { COMMAS_MAX = 3 * REQUEST_PAIRS_MAX };
    size_t commas = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        if (json.data[i] == '"')
            quoted = !quoted;
        else if (json.data[i] == '\\')
            i++;
        else
            commas += json.data[i] == ',' && !quoted;
    }
    return commas > COMMAS_MAX;
}

bool pairs_read(struct str json, struct arena *arena, struct request_pair **ret_pairs, size_t *ret_n, char *ret_detail)
{
    const struct reading reading = {arena, ret_detail};
    json_t *body;
    if (is_too_much(json))
        return wrong(&reading, "expected 1 to %d pairs, not so many values", REQUEST_PAIRS_MAX);
    if (json_read_object(json, arena, &body, ret_detail) != REFUSAL_NONE)
        return false;
    bool read = read_body(&reading, body, ret_pairs, ret_n);
    json_decref(body);
    return read;
}
