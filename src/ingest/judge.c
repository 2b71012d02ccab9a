/* Responsible for: what a batch needs to know before it can fold: its records, what is late, what is out of order.
 * Not for: folding (fold_batch.c). Thread: the fold's.
 *
 *   batch_start   cache, or ask the view, for every record    -- replies -->
 *   judge         late? out of order? dead letters, replay    -- replies, deliveries -->
 *   place         what falls into a settled base is late too  -- deliveries -->
 *   batch_fold
 *
 * Lateness is judged in the order of arrival, on each record's newest event as it moves. */
#include "judge.h"

#include "fold_batch.h"
#include "record_read.h"
#include "refused.h"
#include "replay.h"
#include "stockfold/base/failpoint.h"
#include "tail.h"

static void read_shown(struct batch *batch)
{
    batch_prefetch(batch);
    for (size_t i = 0; i < batch->records_n; i++)
        batch_ask_record(batch, &batch->records[i]);
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static void judge(struct batch *batch);
static void place(struct batch *batch);

void batch_start(struct batch *batch)
{
    failpoint("batch_start");
    batch_step(batch, read_shown, judge);
}

static void refuse(struct batch *batch, size_t index)
{
    struct engine *engine = batch->shard->engine;
    struct message *message = batch->messages[index];
    batch->accepted[index] = false;
    batch->totals.refused[message->refusal]++;
    batch->waiting++;
    refuser_send(engine->refuser, &engine->inputs.rows[message->input], message, batch);
}

static bool judge_event(struct batch *batch, size_t index)
{
    const struct event *event = &batch->messages[index]->event;
    struct batch_record *records[2];
    int64_t window_ms = batch->shard->engine->config->window_ms;
    int64_t key_time = event_key_time(event);
    batch_records_of(batch, index, records);
    for (int i = 0; i < 2; i++)
        if (records[i] != NULL && !fold_takes(&records[i]->judged, key_time, event->kafka_time, window_ms))
            return false;
    for (int i = 0; i < 2; i++) {
        if (records[i] == NULL)
            continue;
        fold_judge_move(&records[i]->judged, key_time, event->kafka_time, window_ms);
        if (key_time < records[i]->oldest)
            records[i]->oldest = key_time;
    }
    return true;
}

static bool unpack_records(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (!batch_unpack(batch, record))
            return false;
        record->judged = fold_lateness(&record->record);
    }
    return true;
}

/* In order: onto what is shown. Else onto the tail, or the base. */
static void choose_replay(struct batch *batch, struct batch_record *record)
{
    if (!record->existed || record->oldest == INT64_MAX)
        return;
    record->lead_ms = record->oldest - record->record.newest_time;
    record->recent = tail_take(batch, record);
    record->deep = record->lead_ms <= 0 && !record->recent;
}

static void judge_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct message *message = batch->messages[i];
        batch->accepted[i] = true;
        if (message->refusal == REFUSAL_NONE && !judge_event(batch, i)) {
            message->refusal = REFUSAL_LATE;
            message->detail = "time: older than the window, and than its record's newest event allows";
        }
        if (message->refusal != REFUSAL_NONE)
            refuse(batch, i);
    }
    bool deep = false;
    for (size_t i = 0; i < batch->records_n; i++) {
        choose_replay(batch, &batch->records[i]);
        deep = deep || batch->records[i].deep;
    }
    if (deep)
        replay_read(batch);
}

static void judge(struct batch *batch)
{
    if (!unpack_records(batch)) {
        batch_damaged(batch, "a record in the view is broken");
        return;
    }
    batch_step(batch, judge_all, place);
}

/* What reaches into a settled base cannot be placed exactly any more; only a clock that stepped back makes such. */
static void refuse_settled(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct message *message = batch->messages[i];
        if (!batch->accepted[i])
            continue;
        struct batch_record *records[2];
        batch_records_of(batch, i, records);
        for (int k = 0; k < 2 && batch->accepted[i]; k++)
            if (records[k] != NULL && records[k]->deep && event_key_time(&message->event) <= records[k]->boundary) {
                message->refusal = REFUSAL_LATE;
                message->detail = "time: what happened then is settled already";
                refuse(batch, i);
            }
    }
}

static void place(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++)
        if (batch->records[i].deep && !replay_pick_base(batch, &batch->records[i])) {
            batch_damaged(batch, "a settled base in the view is broken");
            return;
        }
    batch_step(batch, refuse_settled, batch_fold);
}
