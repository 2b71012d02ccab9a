/* Canonical JSON: one spelling for each string and each record. */
#include "stockfold/codec/record_json.h"

#include <stdlib.h>

#include "stockfold/base/arena.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/codec/utf8.h"

/* The escape of a byte that cannot stand for itself: two characters where JSON has them. */
static void write_escape(unsigned char byte, struct buffer *out)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the byte, its letter */
    for (size_t i = 0; i < sizeof(shorts) - 1; i += 2)
        if (byte == (unsigned char)shorts[i]) {
            buffer_add_byte(out, '\\');
            buffer_add_byte(out, shorts[i + 1]);
            return;
        }
    buffer_add_format(out, "\\u%04x", byte);
}

/* ASCII that stands for itself. */
static bool stands_for_itself(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

void json_write_string(struct str text, struct buffer *out)
{
    const unsigned char *at = (const unsigned char *)text.data, *end = at + text.len;
    buffer_add_byte(out, '"');
    while (at < end) {
        const unsigned char *plain = at;
        while (at < end && stands_for_itself(*at))
            at++;
        buffer_add(out, plain, (size_t)(at - plain));
        if (at == end)
            break;
        size_t len = utf8_length(at, end);
        if (len == 0) {
            buffer_add_literal(out, "\xef\xbf\xbd"); /* U+FFFD */
            len = 1;
        } else if (len == 1) {
            write_escape(*at, out);
        } else {
            buffer_add(out, at, len);
        }
        at += len;
    }
    buffer_add_byte(out, '"');
}

static void write_time_or_null(int64_t ms, struct buffer *out)
{
    char text[TIME_TEXT_MAX];
    if (ms == TIME_NONE) {
        buffer_add_literal(out, "null");
        return;
    }
    buffer_add_byte(out, '"');
    buffer_add(out, text, time_format(ms, text));
    buffer_add_byte(out, '"');
}

/* `,"name":number` */
static void write_number(const char *name, int64_t number, struct buffer *out)
{
    buffer_add_literal(out, ",\"");
    buffer_add(out, name, strlen(name));
    buffer_add_literal(out, "\":");
    buffer_add_int(out, number);
}

static void write_place_stock(const struct place_stock *place, struct buffer *out)
{
    struct str components[PLACE_COMPONENTS];
    place_split(place->place, components);
    buffer_add_byte(out, '{');
    for (int i = 0; i < PLACE_COMPONENTS; i++) {
        if (components[i].len == 0)
            continue;
        buffer_add_byte(out, '"');
        buffer_add(out, place_component_names[i], strlen(place_component_names[i]));
        buffer_add_literal(out, "\":");
        json_write_string(components[i], out);
        buffer_add_byte(out, ',');
    }
    buffer_add_literal(out, "\"qty\":");
    buffer_add_int(out, place->qty);
    buffer_add_literal(out, ",\"seen_at\":");
    write_time_or_null(place->seen_at, out);
    buffer_add_literal(out, ",\"seen_by\":");
    json_write_string(place->seen_by, out);
    buffer_add_byte(out, '}');
}

static void write_place_list(const struct record *record, struct buffer *out)
{
    buffer_add_literal(out, ",\"places\":[");
    for (uint32_t i = 0; i < record->places_n; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        write_place_stock(&record->places[i], out);
    }
    buffer_add_byte(out, ']');
}

static void write_incoming_line(const struct incoming_line *line, struct buffer *out)
{
    buffer_add_literal(out, "{\"ref\":");
    json_write_string(line->ref, out);
    write_number("qty", line->qty, out);
    if (line->eta != TIME_NONE) {
        buffer_add_literal(out, ",\"eta\":");
        write_time_or_null(line->eta, out);
    }
    buffer_add_byte(out, '}');
}

/* By eta, those without one last, then by ref. */
static int compare_incoming(const void *left, const void *right)
{
    const struct incoming_line *a = *(const struct incoming_line *const *)left;
    const struct incoming_line *b = *(const struct incoming_line *const *)right;
    if (a->eta == b->eta)
        return str_compare(a->ref, b->ref);
    if (a->eta == TIME_NONE || b->eta == TIME_NONE)
        return a->eta == TIME_NONE ? 1 : -1;
    return a->eta < b->eta ? -1 : 1;
}

static void write_incoming_list(const struct record *record, struct buffer *out)
{
    if (record->incoming_n == 0) {
        buffer_add_literal(out, ",\"incoming\":[]");
        return;
    }
    struct arena arena;
    arena_init(&arena);
    const struct incoming_line **shown = arena_array(&arena, const struct incoming_line *, record->incoming_n);
    size_t shown_n = 0;
    for (uint32_t i = 0; i < record->incoming_n; i++)
        if (record->incoming[i].qty > 0)
            shown[shown_n++] = &record->incoming[i];
    qsort(shown, shown_n, sizeof(*shown), compare_incoming);
    buffer_add_literal(out, ",\"incoming\":[");
    for (size_t i = 0; i < shown_n; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        write_incoming_line(shown[i], out);
    }
    buffer_add_byte(out, ']');
    arena_done(&arena);
}

void record_write_json(const struct record *record, const struct record_context *context, struct buffer *out)
{
    buffer_add_literal(out, "{\"sku\":");
    json_write_string(context->sku, out);
    buffer_add_literal(out, ",\"node\":");
    json_write_string(context->node, out);
    buffer_add_literal(out, ",\"as_of\":");
    write_time_or_null(record->as_of, out);
    write_number("on_hand", record_on_hand(record), out);
    write_number("damaged", record->states[STATE_DAMAGED], out);
    write_number("quality_hold", record->states[STATE_QUALITY_HOLD], out);
    write_number("staged", record->states[STATE_STAGED], out);
    write_number("unplaced", record->unplaced, out);
    write_number("undrawn", record->undrawn, out);
    write_number("reserved", context->reserved, out);
    write_number("short_by", context->availability.short_by, out);
    write_number("safety_stock", context->safety_stock, out);
    write_number("available", context->availability.available, out);
    write_number("available_for_pickup", context->availability.available_for_pickup, out);
    write_place_list(record, out);
    write_incoming_list(record, out);
    buffer_add_byte(out, '}');
}
