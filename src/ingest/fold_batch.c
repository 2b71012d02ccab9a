/* Responsible for: folding a batch whose events are judged: records, journal, consumption, into one commit.
 * Not for: what reaches it (judge.c), or the commit's fate (batch.c). Thread: the fold's.
 *
 * Records packed here go to the cache at once, as tentative as the commit; a shard that forgets starts a new
 * generation, which voids them. */
#include "fold_batch.h"

#include <assert.h>

#include "consumption.h"
#include "journal_read.h"
#include "journal_rows.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/codec/pack.h"
#include "tail.h"

static void add_new_event(struct batch *batch, struct batch_record *record, const struct message *message,
                          const struct event *event)
{
    int64_t heard_at = event->inbound ? HEARD_NEVER : event->time;
    batch_add_entry(batch, record, fold_entry_of(event, true));
    record->ahead = record->ahead || message->ahead;
    if (record->heard_at < heard_at)
        record->heard_at = heard_at;
}

static void gather_new_events(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        if (batch->judgements[i] != JUDGED_TAKEN)
            continue;
        const struct message *message = batch->messages[i];
        struct batch_record *records[2];
        batch_records_of(batch, i, records);
        add_new_event(batch, records[0], message, &message->event);
        if (records[1] != NULL) {
            struct event *inbound = arena_copy(&batch->arena, &message->event, sizeof(*inbound));
            inbound->inbound = true;
            add_new_event(batch, records[1], message, inbound);
        }
    }
}

/* Struck events and corrections count too: who sends one is there. */
static void note_heard(const struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        const struct batch_record *record = &batch->records[i];
        if (record->heard_at != TIME_NONE)
            last_heard_note(batch->shard->engine->last_heard, record->node_hash, record->node, record->heard_at);
    }
}

/* The state before its first event in the journal rides with that event, so that no write of its own is needed. */
static void pick_ride(struct batch *batch, struct batch_record *record)
{
    if (record->replay != REPLAY_NOTHING || !record->existed || record->hours.any)
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
    if (record->hours.any)
        lateness_remember(&record->hours.past, &engine->config->view.rule, record->newest);
    if (record->replay != REPLAY_NOTHING)
        consumption_take_back(batch, record);
    struct fold_tally tally = {0};
    record->entries_n = fold_unique(record->entries, record->entries_n, &tally);
    batch_make_room(batch, &record->record, record->entries, record->entries_n);
    if (tail_is_wanted(record))
        tail_replay(batch, record);
    else
        fold_replay(&record->record, record->entries, record->entries_n);
    assert(record_check(&record->record));
    consumption_add(batch, record, record->entries, record->entries_n, 1);
    batch->totals.conflicting += (int64_t)tally.conflicting;
    batch->totals.struck += (int64_t)tally.struck;
    journal_rows_add(batch, record, rows);

    return batch_write_record(batch, record, &record->record);
}

/* A message counts as folded when an entry of its own came through, as a duplicate otherwise. Those of reservations are
 * counted as read where their documents are applied. */
static void count_messages(struct batch *batch)
{
    const struct input *inputs = batch->shard->engine->inputs.rows;
    int64_t read = 0, taken = 0, kept = 0;
    for (size_t i = 0; i < batch->messages_n; i++) {
        read += inputs[batch->messages[i]->input].role != TOPIC_RESERVATIONS;
        taken += batch->judgements[i] == JUDGED_TAKEN;
    }
    for (size_t i = 0; i < batch->records_n; i++)
        for (size_t k = 0; k < batch->records[i].entries_n; k++)
            kept += batch->records[i].entries[k].fresh && !batch->records[i].entries[k].event->inbound;
    batch->totals.read = read;
    batch->totals.folded = kept;
    batch->totals.duplicate = taken - kept;
}

void fold_batch(struct batch *batch)
{
    struct journal_rows rows = {0};
    failpoint("batch_fold");
    batch_prefetch(batch);
    gather_new_events(batch);
    note_heard(batch);
    batch_commit_start(batch);
    size_t written = 0;
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (record->oldest == INT64_MAX || record->entries_n == 0)
            continue;
        batch->totals.replays += record->replay == REPLAY_WINDOW;
        written += fold_record(batch, record, &rows);
    }
    journal_rows_write(batch, &rows);
    count_messages(batch);
    batch->totals.records = (int64_t)written;
    batch_commit_send(batch);
}
