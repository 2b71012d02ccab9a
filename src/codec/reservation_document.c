/* Reading reservations, as they are stored and sent: the table of their fields, and the reservation that they describe. */
#include <string.h>

#include "document.h"
#include "refuse.h"
#include "stockfold/codec/reservation_json.h"
#include "stockfold/codec/time_text.h"

/* RESERVATION_VERBS: none. */
static int verb_of(const json_t *value)
{
    struct str text = document_text(value);
    int verb = 0;
    while (verb < RESERVATION_VERBS && !str_equal(text, str_from(reservation_verbs[verb].name)))
        verb++;
    return verb;
}

static bool is_verb(const json_t *value)
{
    return verb_of(value) < RESERVATION_VERBS;
}

#define STATE(field) WORD(field, reservation_state_names, RESERVATION_STATES)
#define MOMENT(field) .name = field, .form = DOCUMENT_TIME
#define LABEL(field) NAME(field, BOUND_LABEL_ID)

static const struct document_field line_fields[] = {
    {NAME("sku", BOUND_SKU), .required = true},
    {INTEGER("qty", BOUND_QTY), .min = 1, .required = true},
    {INTEGER("held", BOUND_QTY)},
    {INTEGER("picked", BOUND_QTY)},
    {INTEGER("collected", BOUND_QTY)},
    {0},
};

static const struct document_field entry_fields[] = {
    {MOMENT("at"), .required = true},
    {SPECIAL("verb", is_verb, "a verb of reservations"), .required = true},
    {STATE("state"), .required = true},
    {LABEL("by")},
    {LABEL("channel")},
    {TEXT("reason", BOUND_REASON)},
    {MOMENT("made_at")},
    {0},
};

static const struct document_field request_fields[] = {
    {LABEL("request"), .required = true},
    {0},
};

static const struct document_field fields[] = {
    {LABEL("id"), .required = true},
    {INTEGER("version", BOUND_SEQ), .min = 1, .required = true},
    {STATE("state"), .required = true},
    {NAME("node", BOUND_NODE), .required = true},
    {WORD("type", reservation_type_names, RESERVATION_TYPES), .required = true},
    {BOOLEAN("paid")},
    {BOOLEAN("settled")},
    {BOOLEAN("sale_missing")},
    {LABEL("owner")},
    {LABEL("order")},
    {LABEL("channel")},
    {LABEL("picker")},
    {TEXT("code", RESERVATION_CODE)},
    {MOMENT("created_at"), .required = true},
    {MOMENT("updated_at"), .required = true},
    {MOMENT("confirmed_at")},
    {MOMENT("picking_since")},
    {MOMENT("ready_at")},
    {MOMENT("ended_at")},
    {MOMENT("expires_at"), .required = true},
    {MOMENT("ready_by")},
    {TEXT("no_pickup", BOUND_REASON)},
    {LABEL("replaces")},
    {.name = "lines", .form = DOCUMENT_LIST, .members = line_fields, .required = true},
    {.name = "history", .form = DOCUMENT_LIST, .members = entry_fields, .required = true},
    {.name = "requests", .form = DOCUMENT_LIST, .members = request_fields},
    {TEXT("digest", RESERVATION_DIGEST)},
    {TEXT("note", BOUND_NOTE)},
    {0},
};

/* --- parts ------------------------------------------------------------------------------------------------------- */

static int64_t read_moment(const json_t *object, const char *name)
{
    int64_t ms;
    return time_parse(document_text(json_object_get(object, name)), &ms) ? ms : TIME_NONE;
}

static int64_t line_units(const json_t *object, const char *name)
{
    int64_t units = document_integer(json_object_get(object, name));
    return units < 0 ? 0 : units;
}

static bool flag_is_set(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

static int read_word(const json_t *object, const char *name, const char *const *words, int64_t words_n)
{
    return document_word(words, words_n, json_object_get(object, name));
}

static void read_reservation_lines(const json_t *list, struct arena *arena, struct reservation *ret)
{
    ret->lines = arena_array(arena, struct reservation_line, RESERVATION_LINES);
    ret->lines_n = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < ret->lines_n; i++) {
        const json_t *line = json_array_get(list, i);
        ret->lines[i] = (struct reservation_line){.sku = document_copy(line, "sku", arena),
                                                  .qty = line_units(line, "qty"),
                                                  .held = line_units(line, "held"),
                                                  .picked = line_units(line, "picked"),
                                                  .collected = line_units(line, "collected")};
    }
}

static void read_entries(const json_t *list, struct arena *arena, struct reservation *ret)
{
    ret->history = arena_array(arena, struct reservation_entry, RESERVATION_HISTORY);
    ret->history_n = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < ret->history_n; i++) {
        const json_t *entry = json_array_get(list, i);
        int state = read_word(entry, "state", reservation_state_names, RESERVATION_STATES);
        ret->history[i] =
            (struct reservation_entry){.at_ms = read_moment(entry, "at"),
                                       .verb = (enum reservation_verb)verb_of(json_object_get(entry, "verb")),
                                       .state = (enum reservation_state)state,
                                       .by = document_copy(entry, "by", arena),
                                       .channel = document_copy(entry, "channel", arena),
                                       .reason = document_copy(entry, "reason", arena),
                                       .made_at_ms = read_moment(entry, "made_at")};
    }
}

static void read_request_ids(const json_t *list, struct arena *arena, struct reservation *ret)
{
    ret->requests = arena_array(arena, struct str, RESERVATION_REQUESTS);
    ret->requests_n = (uint32_t)json_array_size(list);
    for (uint32_t i = 0; i < ret->requests_n; i++)
        ret->requests[i] = document_copy(json_array_get(list, i), "request", arena);
}

static void read_moments(const json_t *object, struct reservation *ret)
{
    ret->created_ms = read_moment(object, "created_at");
    ret->updated_ms = read_moment(object, "updated_at");
    ret->confirmed_ms = read_moment(object, "confirmed_at");
    ret->picking_ms = read_moment(object, "picking_since");
    ret->ready_ms = read_moment(object, "ready_at");
    ret->ended_ms = read_moment(object, "ended_at");
    ret->expires_ms = read_moment(object, "expires_at");
    ret->ready_by_ms = read_moment(object, "ready_by");
}

static void read_reservation_members(const json_t *object, struct arena *arena, struct reservation_document *ret)
{
    struct reservation *reservation = &ret->reservation;
    int state = read_word(object, "state", reservation_state_names, RESERVATION_STATES);
    int type = read_word(object, "type", reservation_type_names, RESERVATION_TYPES);
    *reservation = (struct reservation){.id = document_copy(object, "id", arena),
                                        .node = document_copy(object, "node", arena),
                                        .owner = document_copy(object, "owner", arena),
                                        .order = document_copy(object, "order", arena),
                                        .channel = document_copy(object, "channel", arena),
                                        .picker = document_copy(object, "picker", arena),
                                        .type = (enum reservation_type)type,
                                        .state = (enum reservation_state)state,
                                        .paid = flag_is_set(object, "paid"),
                                        .settled = flag_is_set(object, "settled"),
                                        .sale_missing = flag_is_set(object, "sale_missing"),
                                        .version = document_integer(json_object_get(object, "version"))};
    read_moments(object, reservation);
    read_reservation_lines(json_object_get(object, "lines"), arena, reservation);
    read_entries(json_object_get(object, "history"), arena, reservation);
    read_request_ids(json_object_get(object, "requests"), arena, reservation);
    ret->note = document_copy(object, "note", arena);
    ret->digest = document_copy(object, "digest", arena);
    ret->code = document_copy(object, "code", arena);
    ret->no_pickup = document_copy(object, "no_pickup", arena);
    ret->replaces = document_copy(object, "replaces", arena);
}

/* --- documents --------------------------------------------------------------------------------------------------- */

static bool fits_arrays(const json_t *object)
{
    return json_array_size(json_object_get(object, "lines")) <= RESERVATION_LINES &&
           json_array_size(json_object_get(object, "history")) <= RESERVATION_HISTORY &&
           json_array_size(json_object_get(object, "requests")) <= RESERVATION_REQUESTS;
}

enum refusal reservation_read(struct str json, struct arena *arena, struct reservation_document *ret_document,
                              char *ret_detail)
{
    json_t *object;
    enum refusal refusal = document_read(json, fields, arena, &object, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    if (!fits_arrays(object))
        refusal = refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE, "too many lines, history entries or requests");
    if (refusal == REFUSAL_NONE) {
        read_reservation_members(object, arena, ret_document);
        if (!reservation_check(&ret_document->reservation))
            refusal = refuse_as(ret_detail, REFUSAL_OUT_OF_RANGE,
                                "units, states or times that no reservation has: seen one that does not fit itself");
    }
    json_decref(object);
    return refusal;
}
