/* Responsible for: folding a batch whose events are judged: records, journal, consumption, into one commit.
 * Not for: what reaches it (judge.c), or the commit's fate (batch.c). Thread: the fold's.
 *
 * Records packed here go to the cache at once, as tentative as the commit; a shard that forgets starts a new
 * generation, which voids them. */
#include "fold_batch.h"

#include <assert.h>
#include <stdlib.h>

#include "batch.h"
#include "replay.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/codec/pack.h"
#include "stockfold/store/journal.h"
#include "sweep.h"
#include "tail.h"

static void gather(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        if (!batch->accepted[i])
            continue;
        struct event *event = &batch->messages[i]->event;
        struct batch_record *records[2];
        batch_records_of(batch, i, records);
        batch_add_entry(batch, records[0], fold_entry_of(event, true));
        if (records[0]->heard_at < event->time)
            records[0]->heard_at = event->time;
        if (records[1] != NULL) {
            struct event *inbound = arena_copy(&batch->arena, event, sizeof(*event));
            inbound->inbound = true;
            batch_add_entry(batch, records[1], fold_entry_of(inbound, true));
            if (records[1]->heard_at < HEARD_NEVER)
                records[1]->heard_at = HEARD_NEVER;
        }
    }
}

/* Struck events and corrections count too: who sends one is there. */
static void note_heard(const struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        const struct batch_record *record = &batch->records[i];
        if (record->heard_at != TIME_NONE)
            heard_note(batch->shard->engine->heard, record->node_hash, record->node, record->heard_at);
    }
}

/* Units that live sales of one reservation took, new minus old, line by line. */
static void consume(struct batch *batch, const struct batch_record *record, const struct fold_entry *entries, size_t n,
                    int64_t sign)
{
    for (size_t i = 0; i < n; i++) {
        const struct event *event = entries[i].event;
        if (event->type == EVENT_SOLD && event->reservation.len > 0 && !entries[i].struck)
            commit_consumed(&batch->shard->engine->commit, event->reservation, record->sku, record->node,
                            sign * event->qty, event->time);
    }
}

static bool any_reservation(const struct fold_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (entries[i].event->type == EVENT_SOLD && entries[i].event->reservation.len > 0)
            return true;
    return false;
}

/* What the window had consumed before this batch: a correction or a late event may change it. */
static void unconsume(struct batch *batch, const struct batch_record *record)
{
    struct fold_entry *old = arena_array(&batch->arena, struct fold_entry, record->entries_n);
    size_t n = 0;
    for (size_t i = 0; i < record->entries_n; i++)
        if (!record->entries[i].fresh)
            old[n++] = record->entries[i];
    n = fold_unique(old, n, NULL);
    consume(batch, record, old, n, -1);
}

void batch_make_room(struct batch *batch, struct record *record, const struct fold_entry *entries, size_t n)
{
    uint32_t places, incoming;
    fold_room(entries, n, &places, &incoming);
    if (record->places_cap < record->places_n + places) {
        record->places_cap = record->places_n + places;
        struct place_stock *grown = arena_array(&batch->arena, struct place_stock, record->places_cap);
        if (record->places_n > 0)
            memcpy(grown, record->places, record->places_n * sizeof(*grown));
        record->places = grown;
    }
    if (record->incoming_cap < record->incoming_n + incoming) {
        record->incoming_cap = record->incoming_n + incoming;
        struct incoming_line *grown = arena_array(&batch->arena, struct incoming_line, record->incoming_cap);
        if (record->incoming_n > 0)
            memcpy(grown, record->incoming, record->incoming_n * sizeof(*grown));
        record->incoming = grown;
    }
}

/* A run of one record's new events in one hour of event time, on its way into the journal. */
struct journal_row {
    int64_t hour;
    const struct batch_record *record;
    size_t from, to;
    struct str ride;
};

struct journal_rows {
    struct journal_row *rows;
    size_t n, cap;
};

static struct journal_row *add_row(struct batch *batch, struct journal_rows *rows)
{
    if (rows->n == rows->cap) {
        rows->cap = rows->cap == 0 ? 64 : rows->cap * 2;
        struct journal_row *grown = arena_array(&batch->arena, struct journal_row, rows->cap);
        if (rows->n > 0)
            memcpy(grown, rows->rows, rows->n * sizeof(*grown));
        rows->rows = grown;
    }
    return &rows->rows[rows->n++];
}

/* The new events of a record, hour by hour; and the hours that are the record's from now on: of one whose window was
 * replayed, exactly those of its events. */
static void add_rows(struct batch *batch, struct batch_record *record, struct journal_rows *rows)
{
    struct str ride = record->ride;
    if (record->deep)
        record->hours = (struct hours){0};
    for (size_t i = 0; i < record->entries_n;) {
        int64_t hour = hour_of(event_key_time(record->entries[i].event));
        size_t from = i;
        bool fresh = false;
        for (; i < record->entries_n && hour_of(event_key_time(record->entries[i].event)) == hour; i++)
            fresh = fresh || record->entries[i].fresh;
        if (fresh || record->deep)
            hours_add(&record->hours, hour);
        if (!fresh)
            continue;
        *add_row(batch, rows) = (struct journal_row){hour, record, from, i, ride};
        ride = (struct str){0};
    }
}

static int by_hour(const void *a, const void *b)
{
    const struct journal_row *left = a, *right = b;
    if (left->hour != right->hour)
        return left->hour < right->hour ? -1 : 1;
    return (left->record > right->record) - (left->record < right->record);
}

static uint64_t write_row(struct shard *shard, const struct journal_row *row)
{
    struct engine *engine = shard->engine;
    uint64_t events = 0;
    sweep_passed(shard, row->hour, row->record);
    engine->packed.len = 0;
    for (size_t i = row->from; i < row->to; i++) {
        const struct fold_entry *entry = &row->record->entries[i];
        if (!entry->fresh)
            continue;
        event_pack(entry->event, entry->kafka_time, entry->as_of, row->hour, &engine->packed);
        events++;
    }
    struct journal_group group = {.sku = row->record->sku,
                                  .node = row->record->node,
                                  .base = row->ride,
                                  .events = {engine->packed.data, engine->packed.len}};
    journal_add_group(&group, &engine->plain);
    return events;
}

static void write_journal(struct batch *batch, struct journal_rows *rows)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    if (rows->n > 1)
        qsort(rows->rows, rows->n, sizeof(*rows->rows), by_hour);
    for (size_t i = 0; i < rows->n;) {
        int64_t hour = rows->rows[i].hour;
        uint64_t events = 0;
        engine->plain.len = 0;
        for (; i < rows->n && rows->rows[i].hour == hour; i++)
            events += write_row(shard, &rows->rows[i]);
        engine->blob.len = 0;
        journal_seal((struct str){engine->plain.data, engine->plain.len}, &engine->blob);
        commit_journal(&engine->commit, hour, (struct str){engine->blob.data, engine->blob.len}, events);
        if (hour < shard->settled)
            shard->behind += events;
    }
}

/* The state before its first event in the journal rides with that event, so that no write of its own is needed. */
static void pick_ride(struct batch *batch, struct batch_record *record)
{
    if (record->deep || record->recent || !record->existed ||
        hour_of(record->record.newest_time) >= batch->shard->settled)
        return;
    struct buffer *packed = &batch->shard->engine->packed;
    packed->len = 0;
    base_frame(record->record.newest_time, record->packed, packed);
    record->ride = (struct str){arena_copy(&batch->arena, packed->data, packed->len), packed->len};
}

static bool fold_record(struct batch *batch, struct batch_record *record, struct journal_rows *rows)
{
    struct engine *engine = batch->shard->engine;
    pick_ride(batch, record);
    if ((record->deep || record->recent) && any_reservation(record->entries, record->entries_n))
        unconsume(batch, record);
    struct fold_tally tally = {0};
    record->entries_n = fold_unique(record->entries, record->entries_n, &tally);
    batch_make_room(batch, &record->record, record->entries, record->entries_n);
    if (tail_is_wanted(record))
        tail_replay(batch, record);
    else
        fold_replay(&record->record, record->entries, record->entries_n, engine->config->window_ms);
    assert(record_check(&record->record));
    consume(batch, record, record->entries, record->entries_n, 1);
    batch->totals.conflicting += (int64_t)tally.conflicting;
    batch->totals.struck += (int64_t)tally.struck;
    add_rows(batch, record, rows);

    return batch_write_record(batch, record, &record->record);
}

/* A message counts as folded when an entry of its own came through, as a duplicate otherwise. */
static void count_messages(struct batch *batch)
{
    int64_t taken = 0, kept = 0;
    for (size_t i = 0; i < batch->messages_n; i++)
        taken += batch->accepted[i];
    for (size_t i = 0; i < batch->records_n; i++)
        for (size_t k = 0; k < batch->records[i].entries_n; k++)
            kept += batch->records[i].entries[k].fresh && !batch->records[i].entries[k].event->inbound;
    batch->totals.read = (int64_t)batch->messages_n;
    batch->totals.folded = kept;
    batch->totals.duplicate = taken - kept;
}

void batch_fold(struct batch *batch)
{
    struct journal_rows rows = {0};
    failpoint("batch_fold");
    batch_prefetch(batch);
    gather(batch);
    note_heard(batch);
    batch_commit_start(batch);
    size_t written = 0;
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (record->oldest == INT64_MAX || record->entries_n == 0)
            continue;
        batch->totals.replays += record->deep;
        written += fold_record(batch, record, &rows);
    }
    write_journal(batch, &rows);
    count_messages(batch);
    batch->totals.records = (int64_t)written;
    batch_commit_send(batch);
}
