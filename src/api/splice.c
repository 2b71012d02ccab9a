/* Documents as members of an answer: copied member by member, since numbers must stay as they were written. */
#include "splice.h"

#include <stdlib.h>

/* What answers say themselves beside a document: a producer's own members of these names stay out. */
static const struct str ours[] = {STR("as_of"),     STR("lag_ms"),      STR("open_now"), STR("opens_at"),
                                  STR("closes_at"), STR("distance_km"), STR("heard_at"), STR("stale")};

static void skip_bytes(struct str *rest, size_t n)
{
    *rest = (struct str){rest->data + n, rest->len - n};
}

static void skip_white_space(struct str *rest)
{
    while (rest->len > 0 && memchr(" \t\r\n", rest->data[0], 4) != NULL)
        skip_bytes(rest, 1);
}

static bool take_letter(struct str *rest, char wanted)
{
    skip_white_space(rest);
    if (rest->len == 0 || rest->data[0] != wanted)
        return false;
    skip_bytes(rest, 1);
    return true;
}

/* From behind its first quote to behind its last. */
static bool skip_string(struct str *rest)
{
    while (rest->len > 0 && rest->data[0] != '"')
        skip_bytes(rest, rest->data[0] == '\\' && rest->len > 1 ? 2 : 1);
    return take_letter(rest, '"');
}

/* Up to the comma or brace behind it. */
static bool skip_value(struct str *rest)
{
    const char *start = rest->data;
    for (size_t depth = 0; rest->len > 0;) {
        char byte = rest->data[0];
        if (depth == 0 && (byte == ',' || byte == '}'))
            return rest->data > start;
        depth += byte == '{' || byte == '[';
        depth -= depth > 0 && (byte == '}' || byte == ']');
        skip_bytes(rest, 1);
        if (byte == '"' && !skip_string(rest))
            return false;
    }
    return false;
}

/* One character of a name: itself, or \uXXXX. All others that an escape can stand for are in none of our names. */
static int take_character(struct str *rest)
{
    char hex[5] = "";
    if (rest->data[0] == '\\' && rest->len >= 6 && rest->data[1] == 'u') {
        memcpy(hex, rest->data + 2, 4);
        skip_bytes(rest, 6);
        return (int)strtol(hex, NULL, 16);
    }
    int character = (unsigned char)rest->data[0];
    skip_bytes(rest, 1);
    return character;
}

static bool names(struct str text, struct str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (text.len == 0 || take_character(&text) != word.data[i])
            return false;
    return text.len == 0;
}

static bool is_ours(struct str name)
{
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (names(name, ours[i]))
            return true;
    return false;
}

static bool take_member(struct str *rest, struct buffer *out)
{
    skip_white_space(rest);
    struct str member = *rest;
    if (!take_letter(rest, '"') || !skip_string(rest))
        return false;
    struct str name = {member.data + 1, member.len - rest->len - 2};
    if (!take_letter(rest, ':'))
        return false;
    skip_white_space(rest);
    if (!skip_value(rest))
        return false;
    member.len -= rest->len;
    if (is_ours(name))
        return true;
    buffer_add_byte(out, ',');
    buffer_add(out, member.data, member.len);
    return true;
}

bool splice_members(struct str document, struct buffer *out)
{
    struct str rest = document;
    if (!take_letter(&rest, '{'))
        return false;
    do {
        if (!take_member(&rest, out))
            return false;
    } while (take_letter(&rest, ','));
    bool closed = take_letter(&rest, '}');
    skip_white_space(&rest);
    return closed && rest.len == 0;
}
