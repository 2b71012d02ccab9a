/* Responsible for: writing reservations, for the view and for the log. Not for: reading them (reservation_document.c), nor
 * what is answered to clients. What is empty, 0, false or not known is left out: most of a reservation is, most of its
 * life. */
#include "digest.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/reservation_json.h"
#include "stockfold/codec/time_text.h"

/* `"name":`, behind a comma where something stands before it. */
static void put_name(const char *name, struct buffer *out)
{
    if (out->data[out->len - 1] != '{')
        buffer_add_byte(out, ',');
    buffer_add_byte(out, '"');
    buffer_add(out, name, strlen(name));
    buffer_add_literal(out, "\":");
}

static void put_string(const char *name, struct str text, struct buffer *out)
{
    if (text.len == 0)
        return;
    put_name(name, out);
    json_write_string(text, out);
}

static void put_moment(const char *name, int64_t ms, struct buffer *out)
{
    char text[TIME_TEXT_MAX];
    if (ms != TIME_NONE)
        put_string(name, (struct str){text, time_format(ms, text)}, out);
}

static void put_number(const char *name, int64_t number, struct buffer *out)
{
    if (number == 0)
        return;
    put_name(name, out);
    buffer_add_int(out, number);
}

static void put_flag(const char *name, bool flag, struct buffer *out)
{
    if (!flag)
        return;
    put_name(name, out);
    buffer_add_literal(out, "true");
}

/* --- parts ------------------------------------------------------------------------------------------------------- */

static void put_comma(struct buffer *out)
{
    if (out->data[out->len - 1] != '[')
        buffer_add_byte(out, ',');
}

static void put_lines(const struct reservation *reservation, struct buffer *out)
{
    put_name("lines", out);
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        const struct reservation_line *line = &reservation->lines[i];
        put_comma(out);
        buffer_add_byte(out, '{');
        put_string("sku", line->sku, out);
        put_number("qty", line->qty, out);
        put_number("held", line->held, out);
        put_number("picked", line->picked, out);
        put_number("collected", line->collected, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void put_history(const struct reservation *reservation, struct buffer *out)
{
    put_name("history", out);
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < reservation->history_n; i++) {
        const struct reservation_entry *entry = &reservation->history[i];
        put_comma(out);
        buffer_add_byte(out, '{');
        put_moment("at", entry->at_ms, out);
        put_string("verb", str_from(reservation_verbs[entry->verb].name), out);
        put_string("state", str_from(reservation_state_names[entry->state]), out);
        put_string("by", entry->by, out);
        put_string("channel", entry->channel, out);
        put_string("reason", entry->reason, out);
        put_moment("made_at", entry->made_at_ms, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void put_requests(const struct reservation *reservation, struct buffer *out)
{
    if (reservation->requests_n == 0)
        return;
    put_name("requests", out);
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < reservation->requests_n; i++) {
        put_comma(out);
        buffer_add_byte(out, '{');
        put_string("request", reservation->requests[i], out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void put_moments(const struct reservation *reservation, struct buffer *out)
{
    put_moment("created_at", reservation->created_ms, out);
    put_moment("updated_at", reservation->updated_ms, out);
    put_moment("confirmed_at", reservation->confirmed_ms, out);
    put_moment("picking_since", reservation->picking_ms, out);
    put_moment("ready_at", reservation->ready_ms, out);
    put_moment("ended_at", reservation->ended_ms, out);
    put_moment("expires_at", reservation->expires_ms, out);
    put_moment("ready_by", reservation->ready_by_ms, out);
}

/* All but the note, without a closing brace. */
static void write_members_sent(const struct reservation_document *document, struct buffer *out)
{
    const struct reservation *reservation = &document->reservation;
    buffer_add_byte(out, '{');
    put_string("id", reservation->id, out);
    put_number("version", reservation->version, out);
    put_string("state", str_from(reservation_state_names[reservation->state]), out);
    put_string("node", reservation->node, out);
    put_string("type", str_from(reservation_type_names[reservation->type]), out);
    put_flag("paid", reservation->paid, out);
    put_flag("settled", reservation->settled, out);
    put_flag("sale_missing", reservation->sale_missing, out);
    put_string("owner", reservation->owner, out);
    put_string("order", reservation->order, out);
    put_string("channel", reservation->channel, out);
    put_string("picker", reservation->picker, out);
    put_string("code", document->code, out);
    put_moments(reservation, out);
    put_string("no_pickup", document->no_pickup, out);
    put_string("replaces", document->replaces, out);
    put_lines(reservation, out);
    put_history(reservation, out);
    put_requests(reservation, out);
    put_string("digest", document->digest, out);
}

void reservation_write(const struct reservation_document *document, struct buffer *out)
{
    write_members_sent(document, out);
    put_string("note", document->note, out);
    buffer_add_byte(out, '}');
}

/* --- events ------------------------------------------------------------------------------------------------------ */

static void write_event_place(struct str place, struct buffer *out)
{
    struct str components[PLACE_COMPONENTS];
    if (place.len == 0)
        return;
    place_split(place, components);
    put_name("place", out);
    buffer_add_byte(out, '{');
    for (int i = 0; i < PLACE_COMPONENTS; i++)
        put_string(place_component_names[i], components[i], out);
    buffer_add_byte(out, '}');
}

static void write_event_id(const struct reservation *reservation, const struct event *event, uint32_t number,
                           struct buffer *out)
{
    char text[DIGEST_TEXT];
    digest128 digest = digest_start();
    digest_text(&digest, reservation->id);
    digest_int(&digest, reservation->version);
    digest_text(&digest, event->sku);
    digest_int(&digest, number);
    digest_hex(digest, text);
    put_string("id", (struct str){text, sizeof(text)}, out);
}

/* What a count of one place says is its quantity alone, also where that is 0. */
static void write_floor_event(const struct reservation *reservation, const struct event *event, uint32_t number,
                              struct buffer *out)
{
    buffer_add_byte(out, '{');
    write_event_id(reservation, event, number, out);
    put_string("source", STR("stockfold"), out);
    put_string("type", str_from(event_type_names[event->type]), out);
    put_moment("time", event->time, out);
    put_number("seq", event->seq, out);
    put_string("sku", event->sku, out);
    put_string("node", event->node, out);
    put_name("qty", out);
    buffer_add_int(out, event->qty);
    if (event->type == EVENT_COUNTED)
        put_string("scope", str_from(count_scope_names[event->scope]), out);
    if (event->type == EVENT_STATE_CHANGED) {
        put_string("from_state", str_from(stock_state_names[event->state]), out);
        put_string("to_state", str_from(stock_state_names[event->to_state]), out);
    } else if (event->type == EVENT_SOLD && event->state != STATE_SELLABLE) {
        put_string("state", str_from(stock_state_names[event->state]), out);
    }
    write_event_place(event->place, out);
    put_string("reservation", event->reservation, out);
    buffer_add_byte(out, '}');
}

void reservation_write_message(const struct reservation_document *document, const struct step_events *events,
                               struct buffer *out)
{
    write_members_sent(document, out);
    if (events->n > 0) {
        put_name("events", out);
        buffer_add_byte(out, '[');
        for (uint32_t i = 0; i < events->n; i++) {
            put_comma(out);
            write_floor_event(&document->reservation, &events->rows[i], i, out);
        }
        buffer_add_byte(out, ']');
    }
    buffer_add_byte(out, '}');
}
