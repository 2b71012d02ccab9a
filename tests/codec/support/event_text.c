#include "event_text.h"

#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"

static void write_text(const char *name, struct str text, struct buffer *out)
{
    if (text.len == 0)
        return;
    buffer_add_format(out, " %s=", name);
    json_write_string(text, out);
}

static void write_place(const char *name, struct str place, struct buffer *out)
{
    struct str components[PLACE_COMPONENTS];
    if (place.len == 0)
        return;
    place_split(place, components);
    buffer_add_format(out, " %s=", name);
    for (int i = 0; i < PLACE_COMPONENTS; i++) {
        buffer_add(out, i == 0 ? "" : "/", i == 0 ? 0 : 1);
        if (components[i].len > 0)
            json_write_string(components[i], out);
    }
}

static void write_time(const char *name, int64_t ms, struct buffer *out)
{
    char text[TIME_TEXT_MAX];
    if (ms != TIME_NONE)
        buffer_add_format(out, " %s=%.*s", name, (int)time_format(ms, text), text);
}

static void write_count(const struct event *event, struct buffer *out)
{
    buffer_add_format(out, " scope=%s%s%s", count_scope_names[event->scope], event->keep ? " keep" : "",
                      event->sellable ? " sellable" : "");
    if (event->lines == NULL)
        return;
    buffer_add_literal(out, " lines=");
    for (uint32_t i = 0; i < event->lines_n; i++) {
        const struct count_line *line = &event->lines[i];
        buffer_add_format(out, "[%lld", (long long)line->qty);
        if (line->state != STATE_SELLABLE)
            buffer_add_format(out, " %s", stock_state_names[line->state]);
        write_place("place", line->place, out);
        buffer_add_byte(out, ']');
    }
}

void event_write_text(const struct event *event, struct buffer *out)
{
    buffer_add_format(out, "%s%s", event_type_names[event->type], event->inbound ? " inbound" : "");
    write_time("time", event->time, out);
    write_text("id", event->id, out);
    write_text("source", event->source, out);
    write_text("sku", event->sku, out);
    write_text("node", event->node, out);
    if (event->has_seq)
        buffer_add_format(out, " seq=%lld", (long long)event->seq);
    if (event->qty != 0)
        buffer_add_format(out, " qty=%lld", (long long)event->qty);
    if (event->state != STATE_SELLABLE)
        buffer_add_format(out, " state=%s", stock_state_names[event->state]);
    if (event->to_state != STATE_SELLABLE)
        buffer_add_format(out, " to_state=%s", stock_state_names[event->to_state]);
    write_place("place", event->place, out);
    write_place("to_place", event->to_place, out);
    write_text("to_node", event->to_node, out);
    write_text("ref", event->ref, out);
    write_text("reservation", event->reservation, out);
    write_time("eta", event->eta, out);
    write_time("ref_time", event->ref_time, out);
    if (event->type == EVENT_COUNTED)
        write_count(event, out);
    else if (event->keep || event->sellable || event->lines != NULL)
        buffer_add_literal(out, " (fields of a count)");
}
