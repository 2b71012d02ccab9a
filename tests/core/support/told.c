/* Short ways to tell a record events and to say what it must then be. */
#include "told.h"

#include <check.h>
#include <stdio.h>

struct event told_event(struct event event)
{
    if (event.id.len == 0)
        event.id = STR("1");
    if (event.source.len == 0)
        event.source = STR("pos");
    if (event.node.len == 0)
        event.node = STR("A");
    if (event.eta == 0)
        event.eta = TIME_NONE;
    if (event.ref_time == 0)
        event.ref_time = TIME_NONE;
    event.sku = STR("shirt");
    return event;
}

static char *print_places(char *to, const struct record *record)
{
    for (uint32_t i = 0; i < record->places_n; i++) {
        struct str place = record->places[i].place;
        for (size_t c = 0; c < place.len; c++)
            *to++ = place.data[c] == '\0' ? '/' : place.data[c];
        to += sprintf(to, ":%lld ", (long long)record->places[i].qty);
    }
    return to;
}

static char *print_number(char *to, const char *name, int64_t qty)
{
    return qty == 0 ? to : to + sprintf(to, "%s:%lld ", name, (long long)qty);
}

static void print_record(char *to, const struct record *record)
{
    *to = '\0';
    to = print_places(to, record);
    to = print_number(to, "unplaced", record->unplaced);
    to = print_number(to, "undrawn", record->undrawn);
    for (int state = STATE_DAMAGED; state < STOCK_STATES; state++)
        to = print_number(to, stock_state_names[state], record->states[state]);
    for (uint32_t i = 0; i < record->incoming_n; i++) {
        const struct incoming_line *line = &record->incoming[i];
        to += sprintf(to, "<%.*s:%lld ", STR_ARG(line->ref), (long long)line->qty);
        if (line->eta != TIME_NONE)
            to += sprintf(to - 1, "@%lld ", (long long)line->eta) - 1;
    }
}

void told(const char *file, int line, const char *expected, struct event *events, size_t events_n)
{
    struct place_stock places[32];
    struct incoming_line incoming[8];
    struct record record;
    char text[2048];

    record_init(&record, places, 0, incoming, 0);
    for (size_t i = 0; i < events_n; i++) {
        uint32_t more_places, more_incoming;
        record_room(&events[i], &more_places, &more_incoming);
        record.places_cap = record.places_n + more_places;
        record.incoming_cap = record.incoming_n + more_incoming;
        if (events[i].time == 0)
            events[i].time = (int64_t)i + 1;
        record_apply(&record, &events[i], false);
        ck_assert_msg(record_check(&record), "%s:%d: event %zu breaks the record", file, line, i);
    }
    print_record(text, &record);
    size_t len = strlen(text);
    if (len > 0)
        text[len - 1] = '\0';
    ck_assert_msg(strcmp(text, expected) == 0, "%s:%d: is \"%s\", must be \"%s\"", file, line, text, expected);
}
