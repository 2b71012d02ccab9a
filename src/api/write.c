/* Pieces of JSON. */
#include "write.h"

#include <math.h>

#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"

void write_separator(struct buffer *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '[')
        buffer_add_byte(out, ',');
}

static void write_key(struct buffer *out, const char *name)
{
    buffer_add_literal(out, ",\"");
    buffer_add(out, name, strlen(name));
    buffer_add_literal(out, "\":");
}

void write_text(struct buffer *out, const char *name, struct str text)
{
    write_key(out, name);
    if (text.len == 0)
        buffer_add_literal(out, "null");
    else
        json_write_string(text, out);
}

void write_json(struct buffer *out, const char *name, struct str json)
{
    write_key(out, name);
    if (json.len == 0)
        buffer_add_literal(out, "null");
    else
        buffer_add(out, json.data, json.len);
}

void write_name(struct buffer *out, const char *name, const char *text)
{
    write_text(out, name, (struct str){text, text == NULL ? 0 : strlen(text)});
}

void write_integer(struct buffer *out, const char *name, int64_t number)
{
    write_key(out, name);
    buffer_add_int(out, number);
}

void write_boolean(struct buffer *out, const char *name, bool value)
{
    write_key(out, name);
    if (value)
        buffer_add_literal(out, "true");
    else
        buffer_add_literal(out, "false");
}

void write_decimal(struct buffer *out, const char *name, double number)
{
    int64_t thousandths = llround(number * 1000);
    char digits[] = {(char)('0' + thousandths / 100 % 10), (char)('0' + thousandths / 10 % 10),
                     (char)('0' + thousandths % 10)};
    write_integer(out, name, thousandths / 1000);
    buffer_add_byte(out, '.');
    buffer_add(out, digits, sizeof(digits));
}

void write_degrees(struct buffer *out, const char *name, double degrees)
{
    int64_t millionths = llround(fabs(degrees) * 1000000);
    write_key(out, name);
    if (degrees < 0 && millionths > 0)
        buffer_add_byte(out, '-');
    buffer_add_format(out, "%lld.%06lld", (long long)millionths / 1000000, (long long)millionths % 1000000);
}

static void write_quoted(struct buffer *out, const char *text, size_t len)
{
    buffer_add_byte(out, '"');
    buffer_add(out, text, len);
    buffer_add_byte(out, '"');
}

void write_time(struct buffer *out, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    write_key(out, name);
    if (ms == TIME_NONE)
        buffer_add_literal(out, "null");
    else
        write_quoted(out, text, time_format(ms, text));
}

void write_local_time(struct buffer *out, const char *name, int64_t ms, const struct snapshot_node *node)
{
    char text[LOCAL_TIME_TEXT_MAX];
    write_key(out, name);
    if (ms == TIME_NONE)
        buffer_add_literal(out, "null");
    else
        write_quoted(out, text, time_format_local(ms, node == NULL ? 0 : local_offset_s(&node->clock, ms), text));
}
