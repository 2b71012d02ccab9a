/* Responsible for: which of a batch's events go into the journal, and into which hour. Not for: folding them
 * (fold_batch.c). Thread: the fold's. */
#include "journal_rows.h"

#include <stdlib.h>

#include "stockfold/codec/pack.h"
#include "stockfold/store/journal.h"
#include "sweep.h"

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

void journal_rows_add(struct batch *batch, struct batch_record *record, struct journal_rows *rows)
{
    struct str ride = record->ride;
    if (record->replay == REPLAY_WINDOW)
        record->hours = (struct hours){.based = record->hours.based, .past = record->hours.past};
    for (size_t i = 0; i < record->entries_n;) {
        int64_t hour = hour_of(event_key_time(record->entries[i].event));
        size_t from = i;
        bool fresh = false;
        for (; i < record->entries_n && hour_of(event_key_time(record->entries[i].event)) == hour; i++)
            fresh = fresh || record->entries[i].fresh;
        if (fresh || record->replay == REPLAY_WINDOW)
            hours_add(&record->hours, hour);
        if (!fresh)
            continue;
        *add_row(batch, rows) = (struct journal_row){hour, record, from, i, ride};
        ride = (struct str){0};
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct journal_row *left = a, *right = b;
    if (left->hour != right->hour)
        return left->hour < right->hour ? -1 : 1;
    return (left->record > right->record) - (left->record < right->record);
}

/* Adds the row's number of events, and the smallest of their Kafka times. */
static void write_row(struct shard *shard, const struct journal_row *row, uint64_t *events, int64_t *kafka_time)
{
    struct engine *engine = shard->engine;
    sweep_pass_add_event(&shard->pass, row->hour, row->record->hash);
    engine->packed.len = 0;
    for (size_t i = row->from; i < row->to; i++) {
        const struct fold_entry *entry = &row->record->entries[i];
        if (!entry->fresh)
            continue;
        event_pack(entry->event, entry->kafka_time, entry->as_of, row->hour, &engine->packed);
        (*events)++;
        if (entry->kafka_time < *kafka_time)
            *kafka_time = entry->kafka_time;
    }
    struct journal_group group = {.sku = row->record->sku,
                                  .node = row->record->node,
                                  .base = row->ride,
                                  .events = {engine->packed.data, engine->packed.len}};
    journal_add_group(&group, &engine->plain);
}

void journal_rows_write(struct batch *batch, struct journal_rows *rows)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    if (rows->n > 1)
        qsort(rows->rows, rows->n, sizeof(*rows->rows), compare_rows);
    for (size_t i = 0; i < rows->n;) {
        int64_t hour = rows->rows[i].hour;
        uint64_t events = 0;
        int64_t kafka_time = INT64_MAX;
        engine->plain.len = 0;
        for (; i < rows->n && rows->rows[i].hour == hour; i++)
            write_row(shard, &rows->rows[i], &events, &kafka_time);
        engine->blob.len = 0;
        journal_seal((struct str){engine->plain.data, engine->plain.len}, &engine->blob);
        commit_journal(&engine->commit, hour, (struct str){engine->blob.data, engine->blob.len}, events);
        sweep_note_behind(shard, hour, kafka_time);
    }
}
