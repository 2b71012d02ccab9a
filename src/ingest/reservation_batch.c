/* Responsible for: documents of reservations on their way into the view. Not for: the events that come with them
 * (reservation_log.c), or bringing reservations into Kafka (relay.c). Thread: the fold's.
 *
 * Each message is one change, which moves the watermark behind it; those of a batch go in one trip, each expecting the
 * watermark of the one before. A document is written where the view has none of that version or a newer one: the log has it
 * once or more, and a view that lost nothing has it already. */
#include "reservation_batch.h"

#include "refused.h"
#include "stockfold/base/log.h"
#include "stockfold/store/reservation_rows.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* By it a document that comes back from the log is looked at again; whoever does that goes by the settings. */
static const struct reservation_policy policy = {
    .sale_missing_ms = 24 * HOUR_MS, .keep_ended_ms = 30 * 24 * HOUR_MS, .keep_unconfirmed_ms = HOUR_MS};

/* A batch on its way. */
struct applying {
    struct batch *batch;
    struct trip *trip;
    struct change *changes; /* of each message */
    uint32_t changes_n;
};

/* --- the answers -------------------------------------------------------------------------------------------------- */

static enum commit_answer take_change(const struct applying *applying, const struct answers *answers, uint32_t index)
{
    struct change_answer answer;
    if (!read_change(answers, index, &applying->changes[index], &applying->batch->arena, &answer))
        return COMMIT_FAILED;
    if (answer.outcome == CHANGE_OK)
        return COMMIT_OK;
    return answer.outcome == CHANGE_STALE ? COMMIT_MISMATCH : COMMIT_FAILED;
}

/* The first that was not applied says what of the whole batch: those behind it expected its watermark. */
static void take_applied(void *context, const struct answers *answers)
{
    const struct applying *applying = context;
    struct trip *trip = applying->trip;
    enum commit_answer answer = COMMIT_OK;
    uint32_t at = 0;
    for (uint32_t i = 0; i < applying->changes_n && answer == COMMIT_OK; i++) {
        at = i;
        answer = take_change(applying, answers, i);
    }
    batch_conclude(applying->batch, reply_problem(answers->replies[at]), answers->replies[at], answer);
    trip_done(trip);
}

/* --- the changes -------------------------------------------------------------------------------------------------- */

static struct str copy_document(struct batch *batch, const struct reservation_document *document)
{
    struct buffer *plain = &batch->shard->engine->plain;
    plain->len = 0;
    reservation_write(document, plain);
    return (struct str){arena_copy(&batch->arena, plain->data, plain->len), plain->len};
}

static void fill_change(struct batch *batch, const struct message *message, struct change *change)
{
    struct reservation_document document;
    char detail[REFUSAL_DETAIL_MAX];
    if (message->refusal != REFUSAL_NONE ||
        reservation_read(message->value, &batch->arena, &document, detail) != REFUSAL_NONE)
        return;
    struct change_document *row = arena_alloc(&batch->arena, sizeof(*row));
    struct reservation_rows *rows = arena_alloc(&batch->arena, sizeof(*rows));
    reservation_rows_fill(&document, &policy, &batch->arena, rows);
    *row = (struct change_document){.id = document.reservation.id,
                                    .seen = CHANGE_OLDER,
                                    .from_ms = TIME_NONE,
                                    .before_ms = TIME_NONE,
                                    .version = document.reservation.version,
                                    .text = copy_document(batch, &document)};
    change->documents = row;
    change->holds = rows->holds;
    change->indexes = rows->indexes;
    change->due = &rows->due;
    change->documents_n = change->due_n = 1;
    change->holds_n = rows->holds_n;
    change->indexes_n = rows->indexes_n;
    batch->totals.reservations++;
}

/* Moves what is known behind the message, in its change and here. */
static void pass_message(struct batch *batch, const struct message *message, struct change *change)
{
    const struct input *input = &batch->shard->engine->inputs.rows[message->input];
    struct shard_input *shard_input = &batch->shard->inputs[message->input];
    struct change_watermark *row = arena_alloc(&batch->arena, sizeof(*row));
    struct watermark *steps = arena_array(&batch->arena, struct watermark, 2);
    steps[0] = shard_input->known;
    watermark_pass(&shard_input->known, message->offset,
                   message_digest(message->key, message->value, message->kafka_time), message->kafka_time);
    watermark_complete(&shard_input->known, message->kafka_time);
    steps[1] = shard_input->known;
    *row = (struct change_watermark){.topic = str_from(input->topic),
                                     .partition = input->partition,
                                     .expected = shard_input->stored ? &steps[0] : NULL,
                                     .next = &steps[1]};
    shard_input->stored = true;
    change->watermarks = row;
    change->watermarks_n = 1;
}

static void apply_documents(struct batch *batch)
{
    struct view *view = &batch->shard->engine->view;
    struct applying *applying = arena_alloc(&batch->arena, sizeof(*applying));
    struct plan plan;
    *applying = (struct applying){.batch = batch, .changes_n = (uint32_t)batch->messages_n};
    applying->changes = arena_array(&batch->arena, struct change, batch->messages_n);
    plan_init(&plan);
    for (size_t i = 0; i < batch->messages_n; i++) {
        applying->changes[i] = (struct change){.applies = true};
        fill_change(batch, batch->messages[i], &applying->changes[i]);
        pass_message(batch, batch->messages[i], &applying->changes[i]);
        ask_change(&plan, view, &applying->changes[i]);
    }
    batch->totals.read = (int64_t)batch->messages_n;
    batch_in_flight(batch);
    applying->trip = trip_start(view, &plan, take_applied, applying);
    plan_done(&plan);
}

void reservation_batch_start(struct batch *batch)
{
    batch_step(batch, refuser_send_bad, apply_documents);
}
