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
static void replay(struct held_record *held, const struct fold_entry *entries, size_t entries_n)
{
    uint32_t places, incoming;
    fold_room(entries, entries_n, &places, &incoming);
    assert(held->record.places_n + places <= DRIVER_PLACES && held->record.incoming_n + incoming <= DRIVER_INCOMING);
    held->record.places_cap = held->record.places_n + places;
    held->record.incoming_cap = held->record.incoming_n + incoming;
    fold_replay(&held->record, entries, entries_n);
    assert(record_check(&held->record));
}

void driver_init(struct driver *driver, const struct lateness_rule *rule)
{
    for (int i = 0; i < DRIVER_RECORDS; i++) {
        hold_nothing(&driver->records[i].shown);
        driver->records[i].has_base = false;
        driver->records[i].journal_n = 0;
        driver->records[i].past.marks_n = 0;
    }
    driver->rule = *rule;
    driver->slack_ms = SETTLE_SLACK_MS_DEFAULT;
    driver->tally = (struct driver_tally){0};
}

/* ---- judging ---- */

static struct lateness_mark newest_of(const struct driven_record *driven)
{
    return (struct lateness_mark){driven->shown.record.newest_time, driven->shown.record.newest_kafka_time};
}

/* Late, as far as can be told without the window. */
static bool closed_by_memory(const struct driver *driver, const struct driven_record *driven, const struct event *event)
{
    struct lateness_mark newest = newest_of(driven);
    bool closed = lateness_closes(&driver->rule, &newest, event_key_time(event), event->kafka_time);

    for (int i = 0; i < driven->past.marks_n; i++)
        closed =
            closed || lateness_closes(&driver->rule, &driven->past.marks[i], event_key_time(event), event->kafka_time);
    return closed;
}

static bool closed_by_window(const struct driver *driver, const struct driven_record *driven, const struct event *event)
{
    struct lateness_mark table[DRIVER_JOURNAL];

    if (driven->has_base && event_key_time(event) <= driven->base.record.newest_time)
        return true;
    for (size_t i = 0; i < driven->journal_n; i++)
        table[i] = (struct lateness_mark){event_key_time(driven->journal[i].event), driven->journal[i].kafka_time};
    lateness_table(table, driven->journal_n);
    return event_key_time(event) <= lateness_closed_up_to(&driver->rule, table, driven->journal_n, event->kafka_time);
}

/* A message is taken by all records that it concerns or by none. */
static enum verdict judge(struct driver *driver, const struct message *message, int64_t progress)
{
    bool history = false, by_memory = false, by_window = false;

    for (int i = 0; i < DRIVER_RECORDS; i++) {
        const struct event *event = message->sides[i];
        const struct driven_record *driven = &driver->records[i];
        if (event == NULL || !lateness_is_history(&driver->rule, event_key_time(event), event->kafka_time))
            continue;
        history = true;
        by_memory = by_memory || closed_by_memory(driver, driven, event);
        if (event_key_time(event) <= driven->shown.record.newest_time)
            by_window = by_window || closed_by_window(driver, driven, event);
    }
    driver->tally.refused_unread += by_memory;
    if (by_memory || by_window)
        return LATE;
    return !history || lateness_may_accept(&driver->rule, progress, message->kafka_time) ? TAKEN : WAITS;
}

/* ---- folding ---- */

static void journal(struct driven_record *driven, const struct fold_entry *entries, size_t entries_n)
{
    for (size_t i = 0; i < entries_n; i++) {
        if (!entries[i].fresh)
            continue;
        assert(!driven->has_base || event_key_time(entries[i].event) > driven->base.record.newest_time);
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
    replay(&driven->shown, fresh, fresh_n);
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
    replay(&driven->shown, all, all_n);
    journal(driven, all, all_n);
    driver->tally.out_of_order++;
}

static void fold_record(struct driver *driver, struct driven_record *driven, struct fold_entry *fresh, size_t fresh_n)
{
    bool in_order = true;

    if (fresh_n == 0)
        return;
    lateness_remember(&driven->past, &driver->rule, newest_of(driven));
    for (size_t i = 0; i < fresh_n; i++)
        in_order = in_order && event_key_time(fresh[i].event) > driven->shown.record.newest_time;
    if (in_order)
        fold_in_order(driver, driven, fresh, fresh_n);
    else
        fold_out_of_order(driver, driven, fresh, fresh_n);
}

void driver_fold(struct driver *driver, const struct message *const *messages, size_t messages_n, int64_t progress,
                 enum verdict *ret_verdicts)
{
    struct fold_entry fresh[DRIVER_RECORDS][DRIVER_JOURNAL];
    size_t fresh_n[DRIVER_RECORDS] = {0};
    bool waits[DRIVER_PARTITIONS] = {false};

    for (size_t m = 0; m < messages_n; m++) {
        ret_verdicts[m] = waits[messages[m]->partition] ? WAITS : judge(driver, messages[m], progress);
        waits[messages[m]->partition] = ret_verdicts[m] == WAITS;
        driver->tally.refused += ret_verdicts[m] == LATE;
        driver->tally.waited += ret_verdicts[m] == WAITS;
        for (int i = 0; ret_verdicts[m] == TAKEN && i < DRIVER_RECORDS; i++)
            if (messages[m]->sides[i] != NULL)
                fresh[i][fresh_n[i]++] = fold_entry_of(messages[m]->sides[i], true);
    }
    for (int i = 0; i < DRIVER_RECORDS; i++)
        fold_record(driver, &driver->records[i], fresh[i], fresh_n[i]);
}

/* ---- settling ---- */

static int by_hour(const struct fold_entry *a, const struct fold_entry *b)
{
    int64_t left = hour_of(event_key_time(a->event)), right = hour_of(event_key_time(b->event));
    return (left > right) - (left < right);
}

/* The last hour that settles: hours settle in order, each whole. */
static int64_t settled_hour(const struct driver *driver, const struct fold_entry *journal, size_t journal_n,
                            int64_t progress)
{
    int64_t settled = INT64_MIN;

    for (size_t i = 0, end; i < journal_n; i = end) {
        int64_t hour = hour_of(event_key_time(journal[i].event)), newest_kafka = TIME_NONE;
        for (end = i; end < journal_n && hour_of(event_key_time(journal[end].event)) == hour; end++)
            if (journal[end].kafka_time > newest_kafka)
                newest_kafka = journal[end].kafka_time;
        if (!may_settle(&driver->rule, driver->slack_ms, progress, hour, newest_kafka))
            break;
        settled = hour;
    }
    return settled;
}

static void settle_record(struct driver *driver, struct driven_record *driven, int64_t progress)
{
    size_t settling_n = 0;

    for (size_t i = 1; i < driven->journal_n; i++) {
        struct fold_entry entry = driven->journal[i];
        size_t to = i;
        for (; to > 0 && by_hour(&driven->journal[to - 1], &entry) > 0; to--)
            driven->journal[to] = driven->journal[to - 1];
        driven->journal[to] = entry;
    }
    int64_t hour = settled_hour(driver, driven->journal, driven->journal_n, progress);
    while (settling_n < driven->journal_n && hour_of(event_key_time(driven->journal[settling_n].event)) <= hour)
        settling_n++;
    if (settling_n == 0)
        return;
    size_t unique_n = fold_unique(driven->journal, settling_n, &driver->tally.fold);
    replay(&driven->base, driven->journal, unique_n);
    driver->tally.settled += unique_n;
    driven->journal_n -= settling_n;
    memmove(driven->journal, driven->journal + settling_n, driven->journal_n * sizeof(driven->journal[0]));
    if (driven->journal_n == 0) {
        assert(record_equal(&driven->base.record, &driven->shown.record));
        driven->has_base = false;
        driven->past.marks_n = 0;
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
        replay(&again, all, all_n);
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

    to += sprintf(to, "as_of %lld newest %lld %lld unplaced %lld undrawn %lld states %lld %lld %lld\n",
                  (long long)record->as_of, (long long)record->newest_time, (long long)record->newest_kafka_time,
                  (long long)record->unplaced, (long long)record->undrawn, (long long)record->states[STATE_DAMAGED],
                  (long long)record->states[STATE_QUALITY_HOLD], (long long)record->states[STATE_STAGED]);
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
