/* Responsible for: one batch of a shard, from its messages to its commit.
 * Not for: which messages are in it (shard.c), the journal's reading (replay.c), settling (sweep.c). Thread: the
 * fold's.
 *
 *   batch_start   cache, or ask the view, for every record    -- replies -->
 *   judge         late? out of order? dead letters, replay    -- replies, deliveries -->
 *   place         what falls into a settled base is late too  -- deliveries -->
 *   batch_fold    fold, pack, commit                          -- reply -->  committed
 *
 * Commits of a shard are chained: each expects the token of the one before, so one that fails fails those behind it.
 * Records packed here go to the cache at once, as tentative as the commit; a shard that forgets starts a new
 * generation, which voids them. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"
#include "stockfold/codec/pack.h"
#include "stockfold/store/journal.h"

enum { ARENA_KEPT = 256 * 1024 };

/* --- life ------------------------------------------------------------------------------------------------------- */

struct batch *batch_new(struct shard *shard, enum batch_kind kind)
{
    struct engine *engine = shard->engine;
    struct batch *batch = engine->free_batches;
    struct arena arena;
    if (batch != NULL) {
        engine->free_batches = batch->next_free;
        arena = batch->arena;
        arena_reset(&arena, ARENA_KEPT);
    } else {
        batch = malloc(sizeof(*batch));
        if (batch == NULL)
            abort();
        arena_init(&arena);
    }
    *batch = (struct batch){.shard = shard, .kind = kind, .generation = shard->generation, .arena = arena};
    return batch;
}

void batch_free(struct batch *batch)
{
    batch->next_free = batch->shard->engine->free_batches;
    batch->shard->engine->free_batches = batch;
}

void batches_done(struct engine *engine)
{
    while (engine->free_batches != NULL) {
        struct batch *batch = engine->free_batches;
        engine->free_batches = batch->next_free;
        arena_done(&batch->arena);
        free(batch);
    }
}

void batch_arrived(struct batch *batch)
{
    if (--batch->waiting > 0)
        return;
    if (batch->dead)
        batch_free(batch);
    else
        batch->next(batch);
}

void batch_step(struct batch *batch, void (*step)(struct batch *batch), void (*next)(struct batch *batch))
{
    batch->waiting = 1;
    batch->next = next;
    step(batch);
    batch_arrived(batch);
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static void table_grow(struct batch *batch)
{
    size_t size = batch->table == NULL ? 64 : (batch->table_mask + 1) * 2;
    batch->table = arena_array(&batch->arena, uint32_t, size);
    memset(batch->table, 0xff, size * sizeof(uint32_t));
    batch->table_mask = size - 1;
    for (uint32_t i = 0; i < batch->records_n; i++) {
        size_t at = batch->records[i].hash & batch->table_mask;
        while (batch->table[at] != UINT32_MAX)
            at = (at + 1) & batch->table_mask;
        batch->table[at] = i;
    }
}

/* Where in the table a record is, or would go. */
static size_t table_slot(const struct batch *batch, uint32_t hash, struct str sku, struct str node)
{
    size_t at = hash & batch->table_mask;
    for (; batch->table[at] != UINT32_MAX; at = (at + 1) & batch->table_mask) {
        const struct batch_record *record = &batch->records[batch->table[at]];
        if (record->hash == hash && str_equal(record->sku, sku) && str_equal(record->node, node))
            break;
    }
    return at;
}

static uint32_t record_hash(struct str sku, struct str node)
{
    return murmur2(sku) * 31 + murmur2(node);
}

struct batch_record *batch_find(struct batch *batch, struct str sku, struct str node)
{
    if (batch->table == NULL)
        return NULL;
    size_t at = table_slot(batch, record_hash(sku, node), sku, node);
    return batch->table[at] == UINT32_MAX ? NULL : &batch->records[batch->table[at]];
}

struct batch_record *batch_record(struct batch *batch, struct str sku, struct str node)
{
    if (batch->table == NULL || batch->records_n * 2 > batch->table_mask)
        table_grow(batch);
    uint32_t hash = record_hash(sku, node);
    size_t at = table_slot(batch, hash, sku, node);
    if (batch->table[at] != UINT32_MAX)
        return &batch->records[batch->table[at]];
    if (batch->records_n == batch->records_cap) {
        batch->records_cap = batch->records_cap == 0 ? 32 : batch->records_cap * 2;
        struct batch_record *records = arena_array(&batch->arena, struct batch_record, batch->records_cap);
        if (batch->records_n > 0)
            memcpy(records, batch->records, batch->records_n * sizeof(*records));
        batch->records = records;
    }
    batch->table[at] = (uint32_t)batch->records_n;
    struct batch_record *record = &batch->records[batch->records_n++];
    *record = (struct batch_record){.sku = sku, .node = node, .hash = hash, .oldest = INT64_MAX, .boundary = TIME_NONE};
    return record;
}

void batch_add_entry(struct batch *batch, struct batch_record *record, struct fold_entry entry)
{
    if (record->entries_n == record->entries_cap) {
        record->entries_cap = record->entries_cap == 0 ? 2 : record->entries_cap * 4;
        struct fold_entry *entries = arena_array(&batch->arena, struct fold_entry, record->entries_cap);
        if (record->entries_n > 0)
            memcpy(entries, record->entries, record->entries_n * sizeof(*entries));
        record->entries = entries;
    }
    record->entries[record->entries_n++] = entry;
}

/* The record of an event, and for a shipment (or its correction) the receiver's too; NULL where there is none. */
static void records_of(struct batch *batch, const struct event *event, struct batch_record *ret_records[2])
{
    ret_records[0] = batch_record(batch, event->sku, event->node);
    bool both = event->type == EVENT_SHIPPED || (event->type == EVENT_CORRECTED && event->to_node.len > 0);
    ret_records[1] = both ? batch_record(batch, event->sku, event->to_node) : NULL;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct asked {
    struct batch *batch;
    struct batch_record *record;
};

static void record_came(void *context, const struct reply *reply)
{
    struct asked *asked = context;
    struct batch *batch = asked->batch;
    enum reply_problem problem = reply_problem(reply);
    if (!batch->dead && problem != REPLY_OK)
        shard_trouble(batch->shard, problem, reply);
    if (!batch->dead && !reply_is_nil(reply)) {
        struct str packed = reply_text(reply);
        asked->record->packed = (struct str){arena_copy(&batch->arena, packed.data, packed.len), packed.len};
        asked->record->existed = true;
    }
    batch_arrived(batch);
}

void batch_ask_record(struct batch *batch, struct batch_record *record)
{
    struct engine *engine = batch->shard->engine;
    struct str packed;
    if (cache_get(engine->cache, batch->generation, record->sku, record->node, &packed)) {
        record->packed = (struct str){arena_copy(&batch->arena, packed.data, packed.len), packed.len};
        record->existed = true;
        return;
    }
    struct asked *asked = arena_alloc(&batch->arena, sizeof(*asked));
    *asked = (struct asked){batch, record};
    batch->waiting++;
    view_ask_record(&engine->view, batch->shard->number, record->sku, record->node, record_came, asked);
}

static void read_records(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++)
        batch_ask_record(batch, &batch->records[i]);
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static void judge(struct batch *batch);
static void place(struct batch *batch);

void batch_start(struct batch *batch)
{
    failpoint("batch_start");
    batch_step(batch, read_records, judge);
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

static bool judge_event(struct batch *batch, const struct event *event)
{
    struct batch_record *records[2];
    int64_t window_ms = batch->shard->engine->config->window_ms;
    int64_t key_time = event_key_time(event);
    records_of(batch, event, records);
    for (int i = 0; i < 2; i++)
        if (records[i] != NULL &&
            !fold_takes(records[i]->judged_time, records[i]->judged_kafka_time, key_time, event->kafka_time, window_ms))
            return false;
    for (int i = 0; i < 2; i++) {
        if (records[i] == NULL)
            continue;
        if (key_time > records[i]->judged_time) {
            records[i]->judged_time = key_time;
            records[i]->judged_kafka_time = event->kafka_time;
        }
        if (key_time < records[i]->oldest)
            records[i]->oldest = key_time;
    }
    return true;
}

static bool unpack_records(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (!record_unpack(record->packed, 0, 0, &batch->arena, &record->record)) {
            log_error(
                "record in the view is broken shard=%u sku=\"%.*s\" node=\"%.*s\" next=\"delete the view's keys and "
                "fold again\"",
                batch->shard->number, STR_ARG(record->sku), STR_ARG(record->node));
            return false;
        }
        record->judged_time = record->record.newest_time;
        record->judged_kafka_time = record->record.newest_kafka_time;
    }
    return true;
}

static void judge_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct message *message = batch->messages[i];
        batch->accepted[i] = true;
        if (message->refusal == REFUSAL_NONE && !judge_event(batch, &message->event)) {
            message->refusal = REFUSAL_LATE;
            message->detail = "time: older than the window, and than its record's newest event allows";
        }
        if (message->refusal != REFUSAL_NONE)
            refuse(batch, i);
    }
    bool deep = false;
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        record->deep = record->existed && record->oldest <= record->record.newest_time;
        deep = deep || record->deep;
    }
    if (deep)
        replay_read(batch);
}

static void judge(struct batch *batch)
{
    if (!unpack_records(batch)) {
        shard_forget(batch->shard, 5000);
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
        records_of(batch, &message->event, records);
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
            log_error("settled base in the view is broken shard=%u sku=\"%.*s\" node=\"%.*s\"", batch->shard->number,
                      STR_ARG(batch->records[i].sku), STR_ARG(batch->records[i].node));
            shard_forget(batch->shard, 5000);
            return;
        }
    batch_step(batch, refuse_settled, batch_fold);
}

/* --- folding ------------------------------------------------------------------------------------------------------ */

static void gather(struct batch *batch)
{
    for (size_t i = 0; i < batch->messages_n; i++) {
        if (!batch->accepted[i])
            continue;
        struct event *event = &batch->messages[i]->event;
        struct batch_record *records[2];
        records_of(batch, event, records);
        batch_add_entry(batch, records[0], fold_entry_of(event, true));
        if (records[1] != NULL) {
            struct event *inbound = arena_copy(&batch->arena, event, sizeof(*event));
            inbound->inbound = true;
            batch_add_entry(batch, records[1], fold_entry_of(inbound, true));
        }
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

static void add_rows(struct batch *batch, const struct batch_record *record, struct journal_rows *rows)
{
    struct str ride = record->ride;
    for (size_t i = 0; i < record->entries_n;) {
        int64_t hour = hour_of(event_key_time(record->entries[i].event));
        size_t from = i;
        bool fresh = false;
        for (; i < record->entries_n && hour_of(event_key_time(record->entries[i].event)) == hour; i++)
            fresh = fresh || record->entries[i].fresh;
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

static uint64_t pack_row(struct engine *engine, const struct journal_row *row)
{
    uint64_t events = 0;
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
            events += pack_row(engine, &rows->rows[i]);
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
    if (record->deep || !record->existed || hour_of(record->record.newest_time) >= batch->shard->settled)
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
    if (record->deep && any_reservation(record->entries, record->entries_n))
        unconsume(batch, record);
    struct fold_tally tally = {0};
    record->entries_n = fold_unique(record->entries, record->entries_n, &tally);
    batch_make_room(batch, &record->record, record->entries, record->entries_n);
    fold_replay(&record->record, record->entries, record->entries_n);
    assert(record_check(&record->record));
    consume(batch, record, record->entries, record->entries_n, 1);
    batch->totals.conflicting += (int64_t)tally.conflicting;
    batch->totals.struck += (int64_t)tally.struck;
    add_rows(batch, record, rows);

    engine->packed.len = 0;
    record_pack(&record->record, &engine->packed);
    struct str packed = {engine->packed.data, engine->packed.len};
    if (record->existed && str_equal(packed, record->packed))
        return false;
    commit_record(&engine->commit, record->sku, record->node, packed, record->existed);
    cache_put(engine->cache, batch->generation, record->sku, record->node, packed);
    return true;
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
    gather(batch);
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

/* --- committing --------------------------------------------------------------------------------------------------- */

static void advance_watermarks(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    for (size_t index = 0; index < engine->inputs.n; index++) {
        const struct message *last = NULL;
        for (size_t i = batch->messages_n; i > 0 && last == NULL; i--)
            if (batch->messages[i - 1]->input == index)
                last = batch->messages[i - 1];
        if (last == NULL)
            continue;
        const struct input *input = &engine->inputs.rows[index];
        struct shard_input *shard_input = &shard->inputs[index];
        struct watermark next = {.next = last->offset + 1,
                                 .last_offset = last->offset,
                                 .digest = message_digest(last->key, last->value, last->kafka_time),
                                 .complete_to = last->kafka_time};
        if (next.complete_to < shard_input->known.complete_to)
            next.complete_to = shard_input->known.complete_to;
        commit_watermark(&engine->commit, (struct str){input->topic, strlen(input->topic)}, input->partition,
                         shard_input->stored ? &shard_input->known : NULL, &next);
        shard_input->known = next;
        shard_input->stored = true;
    }
}

void batch_commit_start(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    char token[VIEW_TOKEN_MAX];
    batch->number = ++engine->commit_number;
    int len = snprintf(token, sizeof(token), "%s.%" PRIu64, engine->start_id, batch->number);
    commit_start(&engine->commit, shard->number, (struct str){shard->token, strlen(shard->token)},
                 (struct str){token, (size_t)len});
    memcpy(shard->token, token, (size_t)len + 1);
    advance_watermarks(batch);
}

void engine_add_totals(struct engine *engine, const struct totals *more)
{
    int64_t *sum = (int64_t *)&engine->totals;
    const int64_t *part = (const int64_t *)more;
    for (size_t i = 0; i < sizeof(*more) / sizeof(int64_t); i++)
        sum[i] += part[i];
}

void batch_committed(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    engine->records_in_flight -= batch->records_n;
    batch->waiting = 0;
    if (batch->dead) {
        batch_free(batch);
        return;
    }
    enum reply_problem problem = reply_problem(reply);
    enum commit_answer answer = problem == REPLY_OK ? commit_answer(reply) : COMMIT_FAILED;
    if (answer != COMMIT_OK) {
        if (problem != REPLY_OK)
            shard_trouble(shard, problem, reply);
        else
            shard_conflict(shard, answer);
        return;
    }
    failpoint("commit_acknowledged");
    engine_add_totals(engine, &batch->totals);
    engine->totals.commits++;
    shard_acknowledge(shard, batch);
    batch_free(batch);
}

void batch_in_flight(struct batch *batch)
{
    struct shard *shard = batch->shard;
    batch->waiting = 1;
    shard->engine->records_in_flight += batch->records_n;
    shard->preparing = NULL;
    shard->in_flight[shard->in_flight_n++] = batch;
}

void batch_commit_send(struct batch *batch)
{
    struct engine *engine = batch->shard->engine;
    failpoint("commit_send");
    batch_in_flight(batch);
    commit_send(&engine->commit, batch_committed, batch);
    failpoint("commit_sent");
}
