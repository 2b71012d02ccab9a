/* The fold as a driver uses it, in memory. */
#include "driver.h"

#include <assert.h>
#include <stdio.h>

static void hold_nothing(struct held_record *held)
{
    record_init(&held->record, held->places, DRIVER_PLACES, held->incoming, DRIVER_INCOMING);
}

static void hold_copy(struct held_record *to, const struct held_record *from)
{
    to->record = from->record;
    to->record.places = to->places;
    to->record.incoming = to->incoming;
    memcpy(to->places, from->places, from->record.places_n * sizeof(from->places[0]));
    memcpy(to->incoming, from->incoming, from->record.incoming_n * sizeof(from->incoming[0]));
}

/* Replays with no more room than fold_room() asks for, so that it is held to its word. */
static void replay(struct held_record *held, const struct fold_entry *entries, size_t entries_n, int64_t window_ms)
{
    uint32_t places, incoming;
    fold_room(entries, entries_n, &places, &incoming);
    assert(held->record.places_n + places <= DRIVER_PLACES && held->record.incoming_n + incoming <= DRIVER_INCOMING);
    held->record.places_cap = held->record.places_n + places;
    held->record.incoming_cap = held->record.incoming_n + incoming;
    fold_replay(&held->record, entries, entries_n, window_ms);
    assert(record_check(&held->record));
}

void driver_init(struct driver *driver, int64_t window_ms)
{
    for (int i = 0; i < DRIVER_RECORDS; i++) {
        hold_nothing(&driver->records[i].shown);
        driver->records[i].has_base = false;
        driver->records[i].journal_n = 0;
    }
    driver->window_ms = window_ms;
    driver->tally = (struct driver_tally){0};
}

/* ---- taking ---- */

/* A message is taken by all records that it concerns or by none; lateness[] moves with what is taken. */
static bool take(const struct driver *driver, const struct message *message, struct lateness lateness[DRIVER_RECORDS])
{
    for (int i = 0; i < DRIVER_RECORDS; i++) {
        const struct event *event = message->sides[i];
        if (event != NULL && !fold_takes(&lateness[i], event_key_time(event), event->kafka_time, driver->window_ms))
            return false;
    }
    for (int i = 0; i < DRIVER_RECORDS; i++) {
        const struct event *event = message->sides[i];
        if (event != NULL)
            fold_judge_move(&lateness[i], event_key_time(event), event->kafka_time, driver->window_ms);
    }
    return true;
}

/* ---- folding ---- */

static void journal(struct driven_record *driven, const struct fold_entry *entries, size_t entries_n)
{
    for (size_t i = 0; i < entries_n; i++) {
        if (!entries[i].fresh)
            continue;
        assert(driven->journal_n < DRIVER_JOURNAL);
        driven->journal[driven->journal_n] = entries[i];
        driven->journal[driven->journal_n++].fresh = false;
    }
}

static void fold_in_order(struct driver *driver, struct driven_record *driven, struct fold_entry *fresh, size_t fresh_n)
{
    if (!driven->has_base)
        hold_copy(&driven->base, &driven->shown);
    driven->has_base = true;
    fresh_n = fold_unique(fresh, fresh_n, &driver->tally.fold);
    replay(&driven->shown, fresh, fresh_n, driver->window_ms);
    journal(driven, fresh, fresh_n);
    driver->tally.in_order++;
}

static void fold_out_of_order(struct driver *driver, struct driven_record *driven, const struct fold_entry *fresh,
                              size_t fresh_n)
{
    struct fold_entry all[2 * DRIVER_JOURNAL];
    size_t all_n = driven->journal_n;
    assert(driven->has_base);

    memcpy(all, driven->journal, all_n * sizeof(all[0]));
    memcpy(all + all_n, fresh, fresh_n * sizeof(all[0]));
    all_n = fold_unique(all, all_n + fresh_n, &driver->tally.fold);
    hold_copy(&driven->shown, &driven->base);
    replay(&driven->shown, all, all_n, driver->window_ms);
    journal(driven, all, all_n);
    driver->tally.out_of_order++;
}

static void fold_record(struct driver *driver, struct driven_record *driven, struct fold_entry *fresh, size_t fresh_n)
{
    bool in_order = true;

    if (fresh_n == 0)
        return;
    for (size_t i = 0; i < fresh_n; i++)
        in_order = in_order && event_key_time(fresh[i].event) > driven->shown.record.newest_time;
    if (in_order)
        fold_in_order(driver, driven, fresh, fresh_n);
    else
        fold_out_of_order(driver, driven, fresh, fresh_n);
}

void driver_fold(struct driver *driver, const struct message *const *messages, size_t messages_n, bool *ret_taken)
{
    struct fold_entry fresh[DRIVER_RECORDS][DRIVER_JOURNAL];
    struct lateness lateness[DRIVER_RECORDS];
    size_t fresh_n[DRIVER_RECORDS] = {0};

    for (int i = 0; i < DRIVER_RECORDS; i++)
        lateness[i] = fold_lateness(&driver->records[i].shown.record);
    for (size_t m = 0; m < messages_n; m++) {
        ret_taken[m] = take(driver, messages[m], lateness);
        driver->tally.refused += !ret_taken[m];
        for (int i = 0; ret_taken[m] && i < DRIVER_RECORDS; i++)
            if (messages[m]->sides[i] != NULL)
                fresh[i][fresh_n[i]++] = fold_entry_of(messages[m]->sides[i], true);
    }
    for (int i = 0; i < DRIVER_RECORDS; i++)
        fold_record(driver, &driver->records[i], fresh[i], fresh_n[i]);
}

/* ---- settling ---- */

static bool entry_settles(const struct driver *driver, const struct driven_record *driven,
                          const struct fold_entry *entry, int64_t progress)
{
    const struct record *shown = &driven->shown.record;
    return may_settle(hour_of(event_key_time(entry->event)), shown->newest_time, shown->newest_kafka_time, progress,
                      driver->window_ms, SETTLE_SLACK_MS_DEFAULT);
}

static void settle_record(struct driver *driver, struct driven_record *driven, int64_t progress)
{
    struct fold_entry settling[DRIVER_JOURNAL];
    size_t settling_n = 0, staying_n = 0;

    for (size_t i = 0; i < driven->journal_n; i++) {
        if (entry_settles(driver, driven, &driven->journal[i], progress))
            settling[settling_n++] = driven->journal[i];
        else
            driven->journal[staying_n++] = driven->journal[i];
    }
    if (settling_n == 0)
        return;
    driven->journal_n = staying_n;
    settling_n = fold_unique(settling, settling_n, &driver->tally.fold);
    replay(&driven->base, settling, settling_n, driver->window_ms);
    driver->tally.settled += settling_n;
    if (staying_n == 0) {
        assert(record_equal(&driven->base.record, &driven->shown.record));
        driven->has_base = false;
    }
}

void driver_settle(struct driver *driver, int64_t progress)
{
    for (int i = 0; i < DRIVER_RECORDS; i++)
        settle_record(driver, &driver->records[i], progress);
}

bool driver_restart(struct driver *driver)
{
    bool same = true;

    for (int i = 0; i < DRIVER_RECORDS; i++) {
        struct driven_record *driven = &driver->records[i];
        struct fold_entry all[DRIVER_JOURNAL];
        struct held_record again;
        if (!driven->has_base)
            continue;
        memcpy(all, driven->journal, driven->journal_n * sizeof(all[0]));
        size_t all_n = fold_unique(all, driven->journal_n, NULL);
        hold_copy(&again, &driven->base);
        replay(&again, all, all_n, driver->window_ms);
        same = same && record_equal(&again.record, &driven->shown.record);
        hold_copy(&driven->shown, &again);
    }
    driver->tally.restarts++;
    return same;
}

/* ---- printing ---- */

void record_text(const struct record *record, char ret_text[RECORD_TEXT_MAX])
{
    char *to = ret_text;

    to += sprintf(to, "as_of %lld newest %lld %lld floor %lld unplaced %lld undrawn %lld states %lld %lld %lld\n",
                  (long long)record->as_of, (long long)record->newest_time, (long long)record->newest_kafka_time,
                  (long long)record->floor_time, (long long)record->unplaced, (long long)record->undrawn,
                  (long long)record->states[STATE_DAMAGED], (long long)record->states[STATE_QUALITY_HOLD],
                  (long long)record->states[STATE_STAGED]);
    for (uint32_t i = 0; i < record->places_n; i++) {
        const struct place_stock *at = &record->places[i];
        struct str components[PLACE_COMPONENTS];
        place_split(at->place, components);
        for (int c = 0; c < PLACE_COMPONENTS; c++)
            to += sprintf(to, "%.*s/", STR_ARG(components[c]));
        to +=
            sprintf(to, " %lld seen %lld by %.*s\n", (long long)at->qty, (long long)at->seen_at, STR_ARG(at->seen_by));
    }
    for (uint32_t i = 0; i < record->incoming_n; i++) {
        const struct incoming_line *line = &record->incoming[i];
        to += sprintf(to, "incoming %.*s %lld eta %lld\n", STR_ARG(line->ref), (long long)line->qty,
                      (long long)line->eta);
    }
}
