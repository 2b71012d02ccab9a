/* Responsible for: a batch's life: its steps, its records, its commit and what the answer means.
 * Not for: which messages are in it (shard.c), what is done with them (judge.c, fold_batch.c, sweep.c). Thread: the
 * fold's.
 *
 * Commits of a shard are chained: each expects the token of the one before, so one that fails fails those behind it. */
#include "batch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/codec/pack.h"

enum { ARENA_KEPT = 512 * 1024 };

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
    engine->sweeps_n += kind == BATCH_SWEEP;
    *batch = (struct batch){.shard = shard, .kind = kind, .generation = shard->generation, .arena = arena};
    return batch;
}

void batch_free(struct batch *batch)
{
    struct engine *engine = batch->shard->engine;
    engine->records_in_flight -= batch->records_counted;
    engine->sweeps_n -= batch->kind == BATCH_SWEEP;
    batch->next_free = engine->free_batches;
    engine->free_batches = batch;
}

bool batch_is_dead(const struct batch *batch)
{
    return batch->generation != batch->shard->generation;
}

/* Tokens are never used twice: while the shard's is still the one behind which the batch read, nobody wrote meanwhile. */
static void take_token(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    struct shard *shard = batch->shard;
    batch->waiting = 0;
    if (batch_answered(batch, reply)) {
        if (str_equal(reply_text(reply), (struct str){shard->token, strlen(shard->token)}))
            shard_damaged(shard, batch->suspicion);
        else
            shard_conflict(shard, COMMIT_MISMATCH);
    }
    batch_free(batch);
}

void batch_damaged(struct batch *batch, const char *what)
{
    assert(batch->waiting == 0);
    batch->suspicion = what;
    batch->waiting = 1;
    view_ask_token(&batch->shard->engine->view, batch->shard->number, take_token, batch);
}

void batch_suspect(struct batch *batch, const char *what)
{
    if (batch->suspicion == NULL)
        batch->suspicion = what;
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

void batch_give_up(struct batch *batch)
{
    batch->shard->preparing = false;
    batch_free(batch);
}

void batch_arrived(struct batch *batch)
{
    if (--batch->waiting > 0)
        return;
    if (batch_is_dead(batch))
        batch_free(batch);
    else if (batch->suspicion != NULL)
        batch_damaged(batch, batch->suspicion);
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

bool batch_answered(struct batch *batch, const struct reply *reply)
{
    enum reply_problem problem = reply_problem(reply);
    if (!batch_is_dead(batch) && problem != REPLY_OK)
        shard_trouble(batch->shard, problem, reply);
    return !batch_is_dead(batch);
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

/* All skus of a shard are alike in the hash's low bits, so those are mixed with the high ones. */
uint32_t batch_hash(uint32_t sku_hash, uint32_t node_hash)
{
    uint32_t hash = (sku_hash ^ node_hash * 0x85ebca6bu) * 0x9e3779b1u;
    return hash ^ hash >> 15;
}

static uint64_t last_bytes(struct str text)
{
    uint64_t bytes = 0;
    if (text.len >= sizeof(bytes))
        memcpy(&bytes, text.data + text.len - sizeof(bytes), sizeof(bytes));
    else if (text.len > 0)
        memcpy(&bytes, text.data, text.len);
    return bytes;
}

/* Which bit of batch->named, from the names' ends alone: most of what lies in the journal is of other records, and is
 * not worth a hash of all its bytes. */
static uint32_t named_bit(struct str sku, struct str node)
{
    uint64_t mixed = (last_bytes(sku) ^ last_bytes(node) * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32) % NAMED_BITS;
}

struct batch_record *batch_find(struct batch *batch, struct str sku, struct str node)
{
    uint32_t bit = named_bit(sku, node);
    if ((batch->named[bit / 64] >> bit % 64 & 1) == 0)
        return NULL;
    size_t at = table_slot(batch, batch_hash(murmur2(sku), murmur2(node)), sku, node);
    return batch->table[at] == UINT32_MAX ? NULL : &batch->records[batch->table[at]];
}

uint32_t batch_record(struct batch *batch, uint32_t sku_hash, struct str sku, struct str node)
{
    if (batch->table == NULL || batch->records_n * 2 > batch->table_mask)
        table_grow(batch);
    uint32_t node_hash = murmur2(node), hash = batch_hash(sku_hash, node_hash);
    size_t at = table_slot(batch, hash, sku, node);
    if (batch->table[at] != UINT32_MAX)
        return batch->table[at];
    if (batch->records_n == batch->records_cap) {
        batch->records_cap = batch->records_cap == 0 ? 32 : batch->records_cap * 2;
        struct batch_record *records = arena_array(&batch->arena, struct batch_record, batch->records_cap);
        if (batch->records_n > 0)
            memcpy(records, batch->records, batch->records_n * sizeof(*records));
        batch->records = records;
    }
    uint32_t bit = named_bit(sku, node);
    batch->named[bit / 64] |= UINT64_C(1) << bit % 64;
    batch->table[at] = (uint32_t)batch->records_n;
    batch->records[batch->records_n] = (struct batch_record){.sku = sku,
                                                             .node = node,
                                                             .hash = hash,
                                                             .node_hash = node_hash,
                                                             .oldest = INT64_MAX,
                                                             .heard_at = TIME_NONE,
                                                             .boundary = TIME_NONE};
    return (uint32_t)batch->records_n++;
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

void batch_name_records(struct batch *batch, size_t index)
{
    const struct message *message = batch->messages[index];
    const struct event *event = &message->event;
    bool both = event->type == EVENT_SHIPPED || (event->type == EVENT_CORRECTED && event->to_node.len > 0);
    batch->records_of[index][0] = batch_record(batch, message->sku_hash, event->sku, event->node);
    batch->records_of[index][1] =
        both ? batch_record(batch, message->sku_hash, event->sku, event->to_node) : RECORD_NONE;
}

bool batch_unpack(struct batch *batch, struct batch_record *record)
{
    return record_value_read(record->value, &batch->arena, &record->hours, &record->packed, &record->record);
}

bool batch_write_record(struct batch *batch, struct batch_record *record, const struct record *shown)
{
    struct engine *engine = batch->shard->engine;
    engine->packed.len = 0;
    record_value_write(&record->hours, shown, &engine->packed);
    struct str value = {engine->packed.data, engine->packed.len};
    if (record->existed && str_equal(value, record->value))
        return false;
    commit_record(&engine->commit, record->sku, record->node, value, record->existed);
    cache_put(engine->cache, batch->generation, record->hash, record->sku, record->node, value);
    return true;
}

/* Waiting for memory would be most of what a batch does with the cache. */
void batch_prefetch(const struct batch *batch)
{
    const struct cache *cache = batch->shard->engine->cache;
    for (size_t i = 0; i < batch->records_n; i++)
        cache_prefetch_slot(cache, batch->records[i].hash);
    for (size_t i = 0; i < batch->records_n; i++)
        cache_prefetch_entry(cache, batch->records[i].hash);
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

/* --- committing --------------------------------------------------------------------------------------------------- */

static void advance(struct batch *batch, size_t index, const struct message *last)
{
    struct engine *engine = batch->shard->engine;
    const struct input *input = &engine->inputs.rows[index];
    struct shard_input *shard_input = &batch->shard->inputs[index];
    struct watermark next = shard_input->known;
    watermark_pass(&next, last->offset, message_digest(last->key, last->value, last->kafka_time), last->kafka_time);
    watermark_complete(&next, last->kafka_time);
    commit_watermark(&engine->commit, (struct str){input->topic, strlen(input->topic)}, input->partition,
                     shard_input->stored ? &shard_input->known : NULL, &next);
    shard_input->known = next;
    shard_input->stored = true;
}

/* Every input that the batch has messages of, up to the last of them. */
static void advance_watermarks(struct batch *batch)
{
    size_t inputs_n = batch->shard->engine->inputs.n;
    const struct message **last = arena_array(&batch->arena, const struct message *, inputs_n);
    memset(last, 0, inputs_n * sizeof(struct message *));
    for (size_t i = 0; i < batch->messages_n; i++)
        last[batch->messages[i]->input] = batch->messages[i];
    for (size_t index = 0; index < inputs_n; index++)
        if (last[index] != NULL)
            advance(batch, index, last[index]);
}

void batch_commit_start(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    char token[VIEW_TOKEN_MAX];
    assert(batch_check(batch));
    batch->number = ++engine->commit_number;
    int len = snprintf(token, sizeof(token), "%s.%" PRIu64, engine->start_id, batch->number);
    commit_start(&engine->commit, shard->number, (struct str){shard->token, strlen(shard->token)},
                 (struct str){token, (size_t)len});
    memcpy(shard->token, token, (size_t)len + 1);
    advance_watermarks(batch);
}

void batch_conclude(struct batch *batch, enum reply_problem problem, const struct reply *reply,
                    enum commit_answer answer)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    batch->waiting = 0;
    if (batch_is_dead(batch)) {
        batch_free(batch);
        return;
    }
    if (answer != COMMIT_OK) {
        if (answer == COMMIT_FAILED)
            shard_trouble(shard, problem, reply);
        else
            shard_conflict(shard, answer);
        batch_free(batch);
        return;
    }
    failpoint("commit_acknowledged");
    int64_t now_us = clock_steady_us();
    times_add(&engine->totals.commit, now_us - batch->sent_us);
    if (batch->messages_n > 0)
        times_add(&engine->totals.batch, now_us - batch->messages[0]->block->came_us);
    totals_add(&engine->totals, &batch->totals);
    engine->totals.commits++;
    shard_acknowledge(shard, batch->messages_n);
    batch_free(batch);
}

void batch_committed(void *context, const struct reply *reply)
{
    enum reply_problem problem = reply_problem(reply);
    batch_conclude(context, problem, reply, problem == REPLY_OK ? commit_answer(reply) : COMMIT_FAILED);
}

void batch_in_flight(struct batch *batch)
{
    struct shard *shard = batch->shard;
    batch->waiting = 1;
    batch->sent_us = clock_steady_us();
    shard->preparing = false;
    shard->in_flight_n++;
}

void batch_commit_send(struct batch *batch)
{
    struct engine *engine = batch->shard->engine;
    struct link *link = view_link(&engine->view, batch->shard->number);
    failpoint("commit_send");
    batch_in_flight(batch);
    commit_send(&engine->commit, batch_committed, batch);
    link_flush(link); /* Redis works on it while the next one is folded */
    failpoint("commit_sent");
}

/* --- invariants ---------------------------------------------------------------------------------------------------
 *
 *   1. a batch of messages has no more than it may, those of each input in their order
 *   2. every event that may be taken has its record, a shipment two
 *   3. arrays hold no more than they have room for */
static bool has_its_records(const struct batch *batch, size_t index)
{
    const uint32_t *of = batch->records_of[index];
    return batch->kind != BATCH_EVENTS || batch->messages[index]->refusal != REFUSAL_NONE ||
           (of[0] < batch->records_n && (of[1] == RECORD_NONE || of[1] < batch->records_n));
}

static bool is_behind(const struct batch *batch, size_t index)
{
    const struct message *before = batch->messages[index - 1], *message = batch->messages[index];
    return before->input != message->input || before->offset <= message->offset;
}

bool batch_check(const struct batch *batch)
{
    bool good = batch->messages_n <= batch->messages_max && batch->records_n <= batch->records_cap &&
                batch->records_counted <= batch->records_n;
    for (size_t i = 0; i < batch->messages_n && good; i++)
        good = has_its_records(batch, i) && (i == 0 || is_behind(batch, i));
    for (size_t i = 0; i < batch->records_n && good; i++)
        good = batch->records[i].entries_n <= batch->records[i].entries_cap &&
               batch->records[i].bases_n <= batch->records[i].bases_cap;
    return good;
}
