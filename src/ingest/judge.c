/* Responsible for: what becomes of each message of a batch: taken, refused, or deferred; and which records have to be
 * replayed. Not for: the rule of lateness (core/lateness.h), folding (fold_batch.c), what waits (deferred.c). Thread: the
 * fold's.
 *
 *   judge_start      asks for every record                          -- replies -->
 *   judge_by_record  what a record's newest events tell; asks for
 *                    the windows of those that need theirs          -- replies -->
 *   judge_by_window  the rest; takes out what waits; dead letters   -- deliveries -->
 *   fold_batch
 *
 * Every judgement is made by the records as they are before the batch: what could close an event of the batch came so
 * much earlier that P holds the event back until it is folded. */
#include "judge.h"

#include <inttypes.h>
#include <stdio.h>

#include "deferred.h"
#include "fold_batch.h"
#include "progress.h"
#include "record_read.h"
#include "refused.h"
#include "replay.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/time_text.h"
#include "tail.h"

static void judge_by_record(struct batch *batch);
static void judge_by_window(struct batch *batch);

static void read_shown(struct batch *batch)
{
    batch_prefetch(batch);
    for (size_t i = 0; i < batch->records_n; i++)
        record_read_shown(batch, &batch->records[i]);
}

void judge_start(struct batch *batch)
{
    failpoint("batch_start");
    batch_step(batch, read_shown, judge_by_record);
}

/* --- late messages ----------------------------------------------------------------------------------------------- */

static bool is_history(const struct batch *batch, const struct event *event)
{
    return lateness_is_history(&batch->shard->engine->config->view.rule, event_key_time(event), event->kafka_time);
}

/* The detail of the refusal: by how much, and what was there already. */
static void refuse_late(struct batch *batch, size_t index, bool repetition)
{
    const struct lateness_rule *rule = &batch->shard->engine->config->view.rule;
    struct message *message = batch->messages[index];
    int64_t key_time = event_key_time(&message->event);
    char time[TIME_TEXT_MAX], detail[REFUSAL_DETAIL_MAX], age[SPAN_TEXT_MAX], window[SPAN_TEXT_MAX],
        history[SPAN_TEXT_MAX];
    int len =
        snprintf(detail, sizeof(detail),
                 "%s: %.*s is %s before its Kafka time (window %s), and its record had one at least as new for over "
                 "%s; %s",
                 message->event.type == EVENT_CORRECTED ? "ref_time" : "time", (int)time_format(key_time, time), time,
                 span_text(message->kafka_time - key_time, age), span_text(rule->window_ms, window),
                 span_text(rule->history_ms, history),
                 repetition ? "it repeats an event that was taken" : "a repetition changes nothing");
    message->refusal = REFUSAL_LATE;
    message->detail =
        arena_copy(&message->block->arena, detail, (size_t)len < sizeof(detail) ? (size_t)len + 1 : sizeof(detail));
    batch->judgements[index] = JUDGED_REFUSED;
}

/* Of each input the batch has the oldest message that is in no commit yet. */
static void note_oldest(struct batch *batch)
{
    struct shard *shard = batch->shard;
    bool *noted = arena_array(&batch->arena, bool, shard->engine->inputs.n);
    memset(noted, 0, shard->engine->inputs.n * sizeof(*noted));
    for (size_t i = 0; i < batch->messages_n; i++) {
        if (!noted[batch->messages[i]->input])
            queue_note_oldest(shard, batch->messages[i]);
        noted[batch->messages[i]->input] = true;
    }
}

/* What an input brings after some of it had to wait is ahead of the others, although much of it never waits itself: memory
 * holds only its first. */
static void note_ahead(struct batch *batch, struct message *message)
{
    struct shard_input *input = &batch->shard->inputs[message->input];
    input->ahead = input->ahead && message->kafka_time > batch->progress;
    message->ahead = input->ahead;
}

/* History that is not late: taken, or it waits for P, and with it all behind it in its partition. */
static enum judgement accept_history(struct batch *batch, struct message *message)
{
    const struct shard *shard = batch->shard;
    if (batch->progress == PROGRESS_UNKNOWN) {
        note_oldest(batch);
        batch->progress = progress_of_shard(shard);
    }
    note_ahead(batch, message);
    return lateness_may_accept(&shard->engine->config->view.rule, batch->progress, message->kafka_time) ? JUDGED_TAKEN
                                                                                                        : JUDGED_WAITS;
}

/* --- by records as shown ----------------------------------------------------------------------------------------- */

static bool unpack_records(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (!batch_unpack(batch, record))
            return false;
        record->newest = (struct lateness_mark){record->record.newest_time, record->record.newest_kafka_time};
    }
    return true;
}

static bool is_closed_by_record(const struct lateness_rule *rule, const struct batch_record *record, int64_t key_time,
                                int64_t kafka_time)
{
    bool closed = lateness_closes(rule, &record->newest, key_time, kafka_time);
    for (int i = 0; i < record->hours.past.marks_n && !closed; i++)
        closed = lateness_closes(rule, &record->hours.past.marks[i], key_time, kafka_time);
    return closed;
}

static void judge_history(struct batch *batch, size_t index)
{
    struct message *message = batch->messages[index];
    int64_t key_time = event_key_time(&message->event);
    struct batch_record *records[2];
    batch_records_of(batch, index, records);
    bool unsure = false;
    for (int i = 0; i < 2; i++) {
        if (records[i] == NULL || key_time > records[i]->newest.key_time)
            continue;
        if (is_closed_by_record(&batch->shard->engine->config->view.rule, records[i], key_time, message->kafka_time)) {
            refuse_late(batch, index, false);
            return;
        }
        unsure = true;
    }
    for (int i = 0; i < 2 && unsure; i++)
        if (records[i] != NULL)
            records[i]->unsure = records[i]->unsure || key_time <= records[i]->newest.key_time;
    batch->judgements[index] = unsure ? JUDGED_UNSURE : accept_history(batch, message);
}

/* The oldest event that each record may get. */
static void find_oldest(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++)
        batch->records[i].oldest = INT64_MAX;
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct batch_record *records[2];
        if (batch->judgements[i] != JUDGED_TAKEN && batch->judgements[i] != JUDGED_UNSURE)
            continue;
        batch_records_of(batch, i, records);
        for (int k = 0; k < 2; k++)
            if (records[k] != NULL && event_key_time(&batch->messages[i]->event) < records[k]->oldest)
                records[k]->oldest = event_key_time(&batch->messages[i]->event);
    }
}

/* In order: onto what is shown. Else onto the tail, or the base. */
static void choose_replay(struct batch *batch, struct batch_record *record)
{
    if (!record->existed || record->oldest == INT64_MAX)
        return;
    record->lead_ms = record->oldest - record->newest.key_time;
    if (tail_take(batch, record))
        record->replay = REPLAY_TAIL;
    else if (record->unsure || record->lead_ms <= 0)
        record->replay = REPLAY_WINDOW;
}

static void read_windows(struct batch *batch)
{
    bool any = false;
    for (size_t i = 0; i < batch->records_n; i++) {
        choose_replay(batch, &batch->records[i]);
        any = any || batch->records[i].replay == REPLAY_WINDOW;
    }
    if (any)
        replay_read(batch);
}

static void judge_by_record(struct batch *batch)
{
    if (!unpack_records(batch)) {
        batch_damaged(batch, "a record in the view is broken");
        return;
    }
    batch->progress = PROGRESS_UNKNOWN;
    for (size_t i = 0; i < batch->messages_n; i++) {
        const struct message *message = batch->messages[i];
        batch->judgements[i] = message->refusal == REFUSAL_NONE ? JUDGED_TAKEN : JUDGED_REFUSED;
        if (message->refusal == REFUSAL_NONE && is_history(batch, &message->event))
            judge_history(batch, i);
    }
    find_oldest(batch);
    batch_step(batch, read_windows, judge_by_window);
}

/* --- by their windows -------------------------------------------------------------------------------------------- */

static bool pick_bases(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++)
        if (batch->records[i].replay == REPLAY_WINDOW && !replay_pick_base(batch, &batch->records[i]))
            return false;
    return true;
}

/* The events of its window, or of its tail, as a table: a tail has all that can close what lies behind its boundary. */
static void tabulate_window(struct batch *batch, struct batch_record *record)
{
    record->window_n = record->entries_n;
    record->window = arena_array(&batch->arena, struct lateness_mark, record->window_n);
    for (size_t i = 0; i < record->window_n; i++)
        record->window[i] =
            (struct lateness_mark){event_key_time(record->entries[i].event), record->entries[i].kafka_time};
    lateness_table(record->window, record->window_n);
}

static bool is_closed_by_window(const struct lateness_rule *rule, const struct batch_record *record, int64_t key_time,
                                int64_t kafka_time)
{
    if (!record->unsure || key_time > record->newest.key_time)
        return false;
    return key_time <= record->boundary ||
           key_time <= lateness_closed_up_to(rule, record->window, record->window_n, kafka_time);
}

static bool is_in_window(const struct batch_record *record, const struct event *event)
{
    for (size_t i = 0; i < record->window_n; i++)
        if (event_identity(record->entries[i].event, event) == 0)
            return true;
    return false;
}

static void judge_unsure(struct batch *batch, size_t index)
{
    struct message *message = batch->messages[index];
    int64_t key_time = event_key_time(&message->event);
    struct batch_record *records[2];
    batch_records_of(batch, index, records);
    bool closed = false;
    for (int i = 0; i < 2; i++)
        closed = closed || (records[i] != NULL && is_closed_by_window(&batch->shard->engine->config->view.rule,
                                                                      records[i], key_time, message->kafka_time));
    if (closed)
        refuse_late(batch, index, is_in_window(records[0], &message->event));
    else
        batch->judgements[index] = accept_history(batch, message);
}

/* An event within its window that falls into what has settled: only a clock that stepped back further than settle_slack
 * makes such. It cannot be placed exactly any more. */
static void refuse_settled(struct batch *batch, size_t index)
{
    struct message *message = batch->messages[index];
    struct batch_record *records[2];
    batch_records_of(batch, index, records);
    for (int i = 0; i < 2; i++)
        if (records[i] != NULL && records[i]->replay == REPLAY_WINDOW &&
            event_key_time(&message->event) <= records[i]->boundary) {
            message->refusal = REFUSAL_LATE;
            message->detail = "time: what happened then is settled already: Kafka's clock went back by more than "
                              "fold.settle_slack";
            batch->judgements[index] = JUDGED_REFUSED;
        }
}

static void send_refused(struct batch *batch)
{
    struct engine *engine = batch->shard->engine;
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct message *message = batch->messages[i];
        if (batch->judgements[i] != JUDGED_REFUSED)
            continue;
        batch->totals.refused[message->refusal]++;
        batch->waiting++;
        refuser_send(engine->refuser, &engine->inputs.rows[message->input], message, batch);
    }
}

static void judge_by_window(struct batch *batch)
{
    if (!replay_is_whole(batch)) {
        batch_damaged(batch, JOURNAL_DAMAGED);
        return;
    }
    if (!pick_bases(batch)) {
        batch_damaged(batch, BASE_DAMAGED);
        return;
    }
    for (size_t i = 0; i < batch->records_n; i++)
        if (batch->records[i].unsure)
            tabulate_window(batch, &batch->records[i]);
    for (size_t i = 0; i < batch->messages_n; i++) {
        if (batch->judgements[i] == JUDGED_UNSURE)
            judge_unsure(batch, i);
        if (batch->judgements[i] == JUDGED_TAKEN)
            refuse_settled(batch, i);
    }
    deferred_take_out(batch);
    find_oldest(batch);
    if (batch->messages_n == 0) {
        batch_give_up(batch);
        return;
    }
    batch_step(batch, send_refused, fold_batch);
}
