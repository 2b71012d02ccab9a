/* Pairs of item and node as a request's body lists them, read in one strict pass.
 *
 * A tree of 10,000 pairs would keep the other requests of a worker waiting for 6 ms, this pass for a fraction of one. */
#include "stockfold/codec/request_json.h"

#include <stdarg.h>
#include <stdio.h>

#include "json_scan.h"
#include "json_unescape.h"

enum { KEY_MAX = 5, ESCAPED = 6 /* bytes that a byte's escape takes at most */ };
enum { ESCAPED_MAX = (BOUND_SKU > BOUND_NODE ? BOUND_SKU : BOUND_NODE) * ESCAPED };

struct names {
    struct str *rows;
    size_t n;
};

struct reading {
    struct reader reader;
    struct str json;
    struct arena *arena;
    char *detail;
    /* Members; the rows of those not seen are NULL. */
    struct names skus, nodes;
    struct request_pair *pairs;
    size_t pairs_n;
};

/* A text's place in the body: list[at], or list[at][member] where that is not negative. */
struct spot {
    const char *list;
    size_t at;
    int member;
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

static bool no_json(const struct reading *reading)
{
    size_t at = (size_t)(reading->reader.at - (const unsigned char *)reading->json.data);
    return wrong(reading, "at byte %zu: not one JSON object", at + 1);
}

static bool no_such_body(const struct reading *reading)
{
    return wrong(reading, "expected one member pairs, or two members skus and nodes, and nothing else");
}

static bool not_so_many(const struct reading *reading)
{
    return wrong(reading, "expected 1 to %d pairs, not more", REQUEST_PAIRS_MAX);
}

/* --- strings ----------------------------------------------------------------------------------------------------- */

/* With its quotes; 0: it does not end. */
static size_t length_of_string(const struct reader *reader)
{
    size_t left = (size_t)(reader->end - reader->at), at = 1;
    while (at < left && reader->at[at] != '"')
        at += reader->at[at] == '\\' ? 2 : 1;
    return at < left ? at + 1 : 0;
}

/* A string that read_string() left. One that must be longer than `max` is returned with its escapes unread. */
static bool read_escaped(struct reading *reading, size_t max, struct str *ret_text)
{
    struct reader *reader = &reading->reader;
    size_t len = length_of_string(reader);
    if (len > max * ESCAPED + 2) {
        *ret_text = (struct str){(const char *)reader->at, len};
        reader->at += len;
        return true;
    }
    char text[ESCAPED_MAX];
    if (len < 2 || !json_unescape((struct str){(const char *)reader->at + 1, len - 2}, text, &ret_text->len))
        return no_json(reading);
    ret_text->data = arena_copy(reading->arena, text, ret_text->len);
    reader->at += len;
    return true;
}

static bool wrong_text(const struct reading *reading, struct spot spot, size_t max)
{
    char words[80];
    snprintf(words, sizeof(words), "expected a string of 1 to %zu bytes without control characters", max);
    if (spot.member < 0)
        return wrong(reading, "%s[%zu]: %s", spot.list, spot.at, words);
    return wrong(reading, "%s[%zu][%d]: %s", spot.list, spot.at, spot.member, words);
}

static bool read_name(struct reading *reading, size_t max, struct spot spot, struct str *ret_text)
{
    struct reader *reader = &reading->reader;
    bool is_string = reader->at < reader->end && *reader->at == '"', plain = read_string(reader, ret_text);
    if (is_string && !plain && !read_escaped(reading, max, ret_text))
        return false;
    if (!is_string || ret_text->len == 0 || ret_text->len > max)
        return wrong_text(reading, spot, max);
    return plain || !utf8_has_control(*ret_text) || wrong_text(reading, spot, max);
}

/* --- lists ------------------------------------------------------------------------------------------------------- */

enum item { ITEM, ITEM_NONE, ITEM_WRONG };

/* To the next of a list or an object, or behind the end of it. */
static enum item next_item(struct reading *reading, bool first, unsigned char end)
{
    struct reader *reader = &reading->reader;
    skip_spaces(reader);
    if (skip_byte(reader, end))
        return ITEM_NONE;
    if (!first && !skip_byte(reader, ',')) {
        no_json(reading);
        return ITEM_WRONG;
    }
    skip_spaces(reader);
    return ITEM;
}

/* Passes the byte, which may have space before it. */
static bool skip_to(struct reading *reading, unsigned char byte)
{
    skip_spaces(&reading->reader);
    return skip_byte(&reading->reader, byte);
}

/* How many there can be at most, of so many bytes each. */
static size_t room(const struct reading *reading, size_t bytes)
{
    size_t most = reading->json.len / bytes + 1;
    return most < REQUEST_PAIRS_MAX ? most : REQUEST_PAIRS_MAX;
}

static bool read_pair(struct reading *reading, size_t at, struct request_pair *ret_pair)
{
    bool right = skip_to(reading, '[');
    if (right) {
        skip_spaces(&reading->reader);
        if (!read_name(reading, BOUND_SKU, (struct spot){"pairs", at, 0}, &ret_pair->sku))
            return false;
        right = skip_to(reading, ',');
    }
    if (right) {
        skip_spaces(&reading->reader);
        if (!read_name(reading, BOUND_NODE, (struct spot){"pairs", at, 1}, &ret_pair->node))
            return false;
        right = skip_to(reading, ']');
    }
    return right || wrong(reading, "pairs[%zu]: expected an array of sku and node", at);
}

static bool read_pair_list(struct reading *reading)
{
    if (!skip_byte(&reading->reader, '['))
        return wrong(reading, "pairs: expected an array");
    reading->pairs = arena_array(reading->arena, struct request_pair, room(reading, strlen("[\"a\",\"b\"]")));
    enum item item;
    while ((item = next_item(reading, reading->pairs_n == 0, ']')) == ITEM) {
        if (reading->pairs_n == REQUEST_PAIRS_MAX)
            return not_so_many(reading);
        if (!read_pair(reading, reading->pairs_n, &reading->pairs[reading->pairs_n]))
            return false;
        reading->pairs_n++;
    }
    return item == ITEM_NONE;
}

static bool read_name_list(struct reading *reading, const char *list, size_t max, struct names *ret_names)
{
    if (!skip_byte(&reading->reader, '['))
        return wrong(reading, "%s: expected an array", list);
    ret_names->rows = arena_array(reading->arena, struct str, room(reading, strlen("\"a\"")));
    enum item item;
    while ((item = next_item(reading, ret_names->n == 0, ']')) == ITEM) {
        if (ret_names->n == REQUEST_PAIRS_MAX)
            return not_so_many(reading);
        if (!read_name(reading, max, (struct spot){list, ret_names->n, -1}, &ret_names->rows[ret_names->n]))
            return false;
        ret_names->n++;
    }
    return item == ITEM_NONE;
}

/* --- the body ---------------------------------------------------------------------------------------------------- */

static bool read_key(struct reading *reading, struct str *ret_key)
{
    struct reader *reader = &reading->reader;
    if (reader->at == reader->end || *reader->at != '"')
        return no_json(reading);
    if (!read_string(reader, ret_key) && !read_escaped(reading, KEY_MAX, ret_key))
        return false;
    if (!skip_to(reading, ':'))
        return no_json(reading);
    skip_spaces(reader);
    return true;
}

static bool read_member(struct reading *reading)
{
    struct str key;
    if (!read_key(reading, &key))
        return false;
    if (str_equal(key, STR("pairs")) && reading->pairs == NULL)
        return read_pair_list(reading);
    if (str_equal(key, STR("skus")) && reading->skus.rows == NULL)
        return read_name_list(reading, "skus", BOUND_SKU, &reading->skus);
    if (str_equal(key, STR("nodes")) && reading->nodes.rows == NULL)
        return read_name_list(reading, "nodes", BOUND_NODE, &reading->nodes);
    return no_such_body(reading);
}

static bool read_body(struct reading *reading)
{
    if (!skip_to(reading, '{'))
        return no_json(reading);
    enum item item;
    for (bool first = true; (item = next_item(reading, first, '}')) == ITEM; first = false)
        if (!read_member(reading))
            return false;
    if (item == ITEM_WRONG)
        return false;
    skip_spaces(&reading->reader);
    if (reading->reader.at < reading->reader.end)
        return no_json(reading);
    bool both = reading->skus.rows != NULL && reading->nodes.rows != NULL;
    bool any = reading->skus.rows != NULL || reading->nodes.rows != NULL;
    return (reading->pairs == NULL ? both : !any) || no_such_body(reading);
}

static void pair_each(struct reading *reading)
{
    reading->pairs = arena_array(reading->arena, struct request_pair, reading->pairs_n);
    for (size_t i = 0; i < reading->pairs_n; i++)
        reading->pairs[i] =
            (struct request_pair){reading->skus.rows[i / reading->nodes.n], reading->nodes.rows[i % reading->nodes.n]};
}

bool pairs_read(struct str json, struct arena *arena, struct request_pair **ret_pairs, size_t *ret_n, char *ret_detail)
{
    const unsigned char *begin = (const unsigned char *)json.data;
    struct reading reading = {.reader = {begin, begin + json.len}, .json = json, .arena = arena, .detail = ret_detail};
    if (!read_body(&reading))
        return false;
    if (reading.pairs == NULL)
        reading.pairs_n = reading.skus.n * reading.nodes.n;
    if (reading.pairs_n < 1 || reading.pairs_n > REQUEST_PAIRS_MAX)
        return wrong(&reading, "expected 1 to %d pairs, not %zu", REQUEST_PAIRS_MAX, reading.pairs_n);
    if (reading.pairs == NULL)
        pair_each(&reading);
    *ret_pairs = reading.pairs;
    *ret_n = reading.pairs_n;
    return true;
}
