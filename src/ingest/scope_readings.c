/* The readings of a scope, and how each is written. */
#include "scope_readings.h"

#include "stockfold/base/buffer.h"

size_t scope_reading(const struct publish_scope *scope, unsigned joined, struct str ret_names[SCOPE_NAMES_MAX])
{
    size_t n = 0;
    unsigned slash = JOINED_FIRST, seen = 0;
    if (scope->encoded)
        return 0;
    ret_names[n++] = (struct str){scope->text, 0};
    for (const char *at = scope->text; *at != '\0'; at++) {
        bool separates = *at == '/' && (joined & slash) == 0;
        seen |= *at == '/' ? slash : 0;
        slash <<= *at == '/';
        if (separates)
            ret_names[n++] = (struct str){at + 1, 0};
        else
            ret_names[n - 1].len++;
    }
    for (size_t i = 0; i < n; i++)
        if (ret_names[i].len > (i == 0 ? BOUND_NODE : BOUND_PLACE_COMPONENT))
            return 0;
    return (seen & joined) == joined ? n : 0;
}

/* Appends the scope as it is written when the "/" of `joined` are parts of names; of none, its first letter is encoded,
 * since that says that every "/" separates. */
static void write_scope_text(const char *text, unsigned joined, struct buffer *out)
{
    unsigned slash = JOINED_FIRST;
    if (joined == 0)
        buffer_add_format(out, "%%%02X", (unsigned char)*text++);
    for (; *text != '\0'; text++) {
        if (*text == '/' && (joined & slash) != 0)
            buffer_add_literal(out, "%2F");
        else
            buffer_add_byte(out, *text);
        slash <<= *text == '/';
    }
}

/* floor B of node A, then write %41/B */
static void describe_reading(const struct publish_scope *scope, unsigned joined, struct buffer *out)
{
    struct str names[SCOPE_NAMES_MAX];
    size_t n = scope_reading(scope, joined, names);
    if (n > 2)
        buffer_add_format(out, "zone %.*s on ", STR_ARG(names[2]));
    if (n > 1)
        buffer_add_format(out, "floor %.*s of ", STR_ARG(names[1]));
    buffer_add_format(out, "node %.*s, then write ", STR_ARG(names[0]));
    write_scope_text(scope->text, joined, out);
}

int scope_refuse_reading(const struct publish_scope *scope, unsigned joined, struct error *error)
{
    struct buffer text;
    buffer_init(&text);
    describe_reading(scope, 0, &text);
    buffer_add_literal(&text, ", or ");
    describe_reading(scope, joined, &text);
    int code = error_set(error, ERROR_USAGE, "--complete %s could name two things: %.*s", scope->text, (int)text.len,
                         text.data);
    buffer_done(&text);
    return code;
}
