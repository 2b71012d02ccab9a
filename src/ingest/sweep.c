/* Responsible for: settling: events that nothing can come before any more move from the journal into their record's
 * base. Not for: what may settle (core's may_settle). Thread: the fold's.
 *
 *   sweep_start            meta (everybody's progress), hours of the journal     -- replies -->
 *   read_chunks            the oldest hours, up to SLICE_EVENTS                  -- replies -->
 *   read_shown_and_bases   what is shown, and the base, of every record there    -- replies -->
 *   settle_slices          records in slices of SLICE_RECORDS: one commit each, which sets their bases and takes their
 *                          events out of the chunks; so whenever the process dies, each event is in one of the two
 *
 * A pass goes through the hours slice by slice, with batches in between (sweep_pass.c).
 *
 * A record of which everything is settled needs no base: what is shown is its base. */
#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>

#include "consumption.h"
#include "journal_read.h"
#include "progress.h"
#include "record_read.h"
#include "replay.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"
#include "stockfold/codec/pack.h"

enum { SLICE_EVENTS = 4000, SLICE_HOURS = 256, SLICE_RECORDS = 250 };
enum { PAUSE_US = 1000 * 1000, BEHIND_US = 30 * 1000 * 1000 };

/* Of progress, between sweeps for what was journaled behind the last one: each reads all that is there. */
#define BEHIND_MS (INT64_C(3600) * 1000)

/* A group of the journal, and whose. */
struct swept_group {
    size_t record;
    struct str base, events;
};

struct swept_hour {
    int64_t hour;
    uint64_t events;
    struct swept_group *groups;
    size_t groups_n, groups_cap;
};

struct sweep {
    int64_t before; /* hours below this one are over */
    int64_t progress;
    struct swept_hour *hours;
    size_t hours_n;
    bool more;            /* hours are left for the next slice */
    int64_t *settled_to;  /* per record: the last of its hours that settles, or TIME_NONE */
    size_t *settled_n;    /* per record: its entries up to then */
    struct record *shown; /* per record */
    size_t next;          /* record at which the next commit goes on */
};

/* --- when -------------------------------------------------------------------------------------------------------- */

/* An hour's events, none with a greater Kafka time, are left for a later P. */
static void expect_to_settle(struct shard *shard, int64_t hour, int64_t kafka_time)
{
    const struct fold_config *config = shard->engine->config;
    int64_t progress = settles_at(&config->view.rule, config->settle_slack_ms, hour, kafka_time);
    if (progress < shard->settle_next)
        shard->settle_next = progress;
}

/* Hours below this one were gone through. The view says so only where something settled; the pass that settled nothing is
 * remembered here, also when the shard is learned anew: events that others put behind it settle G later at the soonest. */
static int64_t swept_to(const struct shard *shard)
{
    return shard->settled > shard->pass.swept ? shard->settled : shard->pass.swept;
}

void sweep_note_behind(struct shard *shard, int64_t hour, int64_t kafka_time)
{
    if (hour < swept_to(shard))
        expect_to_settle(shard, hour, kafka_time);
}

bool sweep_is_here(const struct shard *shard)
{
    const struct engine *engine = shard->engine;
    int32_t partitions = 0;
    if (!shard_is_items(shard))
        return false;
    for (size_t i = 0; i < engine->inputs.n; i++)
        partitions += engine->inputs.rows[i].role == TOPIC_STORE;
    for (size_t i = 0; i < engine->inputs.n; i++)
        if (engine->inputs.rows[i].role == TOPIC_STORE && engine->inputs.rows[i].assigned &&
            (int32_t)shard->number % partitions == engine->inputs.rows[i].partition)
            return true;
    return false;
}

/* Every W/8 of progress, and for what was journaled behind the last sweep. */
void sweep_consider(struct shard *shard, int64_t now_us)
{
    struct engine *engine = shard->engine;
    const struct fold_config *config = engine->config;
    if (shard->sweep_due || now_us < shard->sweep_at_us || !sweep_is_here(shard))
        return;
    int64_t progress = progress_of_assigned(shard);
    if (progress == TIME_NONE)
        return;
    int64_t before = settles_before(&config->view.rule, config->settle_slack_ms, progress);
    int64_t step = config->view.rule.window_ms / (8 * 3600 * 1000);
    bool behind = shard->settle_next <= progress - BEHIND_MS && now_us - shard->pass.began_us >= BEHIND_US;
    if (before < shard->pass.swept)
        shard->pass.swept = TIME_NONE; /* the shard was cleared, or its view set back */
    int64_t swept = swept_to(shard);
    shard->sweep_due = swept == TIME_NONE || before - swept >= (step > 0 ? step : 1) || behind;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static void take_progress(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    struct shard_meta meta;
    if (batch_answered(batch, reply)) {
        const struct fold_config *config = batch->shard->engine->config;
        struct sweep *sweep = batch->sweep;
        sweep->progress = TIME_NONE;
        if (view_parse_meta(reply, &batch->arena, &meta))
            sweep->progress = progress_in_meta(batch->shard->engine, &meta);
        sweep->before = sweep->progress == TIME_NONE
                            ? TIME_NONE
                            : settles_before(&config->view.rule, config->settle_slack_ms, sweep->progress);
    }
    batch_arrived(batch);
}

static int compare_hours(const void *a, const void *b)
{
    const struct swept_hour *left = a, *right = b;
    return (left->hour > right->hour) - (left->hour < right->hour);
}

static void take_swept_hours(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    if (batch_answered(batch, reply)) {
        struct sweep *sweep = batch->sweep;
        sweep->hours = arena_array(&batch->arena, struct swept_hour, reply_count(reply) / 2 + 1);
        for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
            struct swept_hour hour = {.hour = reply_int(reply_at(reply, i)),
                                      .events = (uint64_t)reply_int(reply_at(reply, i + 1))};
            if (hour.hour < sweep->before && hour.hour >= batch->shard->pass.from)
                sweep->hours[sweep->hours_n++] = hour;
        }
        qsort(sweep->hours, sweep->hours_n, sizeof(*sweep->hours), compare_hours);
        uint64_t events = 0;
        size_t n = 0;
        while (n < sweep->hours_n && n < SLICE_HOURS && (n == 0 || events < SLICE_EVENTS))
            events += sweep->hours[n++].events;
        sweep->more = n < sweep->hours_n;
        sweep->hours_n = n;
    }
    batch_arrived(batch);
}

struct chunk_asked {
    struct batch *batch;
    struct swept_hour *hour;
};

static void keep_swept_group(void *context, const struct journal_group *group)
{
    struct chunk_asked *asked = context;
    struct batch *batch = asked->batch;
    struct swept_hour *hour = asked->hour;
    size_t record = batch_record(batch, murmur2(group->sku), group->sku, group->node);
    if (hour->groups_n == hour->groups_cap) {
        hour->groups_cap = hour->groups_cap == 0 ? 16 : hour->groups_cap * 2;
        struct swept_group *groups = arena_array(&batch->arena, struct swept_group, hour->groups_cap);
        if (hour->groups_n > 0)
            memcpy(groups, hour->groups, hour->groups_n * sizeof(*groups));
        hour->groups = groups;
    }
    hour->groups[hour->groups_n++] = (struct swept_group){record, group->base, group->events};
}

static void take_swept_chunk(void *context, const struct reply *reply)
{
    struct chunk_asked *asked = context;
    struct batch *batch = asked->batch;
    if (batch_answered(batch, reply) &&
        !journal_read_groups(&batch->arena, reply, asked->hour->events, keep_swept_group, asked))
        batch_suspect(batch, JOURNAL_DAMAGED);
    batch_arrived(batch);
}

static void read_chunks(struct batch *batch)
{
    struct sweep *sweep = batch->sweep;
    for (size_t i = 0; i < sweep->hours_n; i++) {
        struct chunk_asked *asked = arena_alloc(&batch->arena, sizeof(*asked));
        *asked = (struct chunk_asked){batch, &sweep->hours[i]};
        batch->waiting++;
        view_ask_chunk(&batch->shard->engine->view, batch->shard->number, sweep->hours[i].hour, take_swept_chunk,
                       asked);
    }
}

static void read_shown_and_bases(struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++) {
        record_read_shown(batch, &batch->records[i]);
        record_read_base(batch, &batch->records[i]);
    }
}

/* --- settling ---------------------------------------------------------------------------------------------------- */

/* Unpacks the groups of an hour; finds the newest Kafka time that each record has in it. */
static bool unpack_hour(struct batch *batch, const struct swept_hour *hour, int64_t *newest_kafka)
{
    for (size_t k = 0; k < hour->groups_n; k++)
        newest_kafka[hour->groups[k].record] = TIME_NONE;
    for (size_t k = 0; k < hour->groups_n; k++) {
        struct batch_record *record = &batch->records[hour->groups[k].record];
        size_t from = record->entries_n;
        if (!journal_read_events(batch, record, hour->hour, hour->groups[k].events))
            return false;
        for (; from < record->entries_n; from++)
            if (record->entries[from].kafka_time > newest_kafka[hour->groups[k].record])
                newest_kafka[hour->groups[k].record] = record->entries[from].kafka_time;
    }
    return true;
}

/* Each record that the journal has events of is there, and knows of them. */
static bool is_known_to_records(const struct batch *batch, const struct swept_hour *hour)
{
    for (size_t k = 0; k < hour->groups_n; k++) {
        const struct batch_record *record = &batch->records[hour->groups[k].record];
        if (!record->existed || !hours_has(&record->hours, hour->hour))
            return false;
    }
    return true;
}

/* A record whose hour does not settle is skipped from there on, in this pass. */
static void settle_hour(struct batch *batch, const struct swept_hour *hour, const int64_t *newest_kafka)
{
    const struct fold_config *config = batch->shard->engine->config;
    struct sweep *sweep = batch->sweep;
    for (size_t k = 0; k < hour->groups_n; k++) {
        size_t index = hour->groups[k].record;
        const struct batch_record *record = &batch->records[index];
        if (sweep_pass_is_skipped(&batch->shard->pass, record->hash))
            continue;
        if (may_settle(&config->view.rule, config->settle_slack_ms, sweep->progress, hour->hour, newest_kafka[index])) {
            sweep->settled_to[index] = hour->hour;
            sweep->settled_n[index] = record->entries_n;
        } else {
            sweep_pass_skip(&batch->shard->pass, record->hash);
            expect_to_settle(batch->shard, hour->hour, newest_kafka[index]);
        }
    }
}

/* Up to which of the slice's hours, the oldest first, each record settles. Its entries are then those that do. */
static bool find_settled(struct batch *batch)
{
    struct sweep *sweep = batch->sweep;
    int64_t *newest_kafka = arena_array(&batch->arena, int64_t, batch->records_n + 1);
    for (size_t i = 0; i < sweep->hours_n; i++) {
        if (!unpack_hour(batch, &sweep->hours[i], newest_kafka))
            return false;
        settle_hour(batch, &sweep->hours[i], newest_kafka);
    }
    for (size_t i = 0; i < batch->records_n; i++)
        batch->records[i].entries_n = sweep->settled_n[i];
    return true;
}

static void gather_bases(struct batch *batch)
{
    struct sweep *sweep = batch->sweep;
    for (size_t i = 0; i < sweep->hours_n; i++)
        for (size_t k = 0; k < sweep->hours[i].groups_n; k++) {
            const struct swept_group *group = &sweep->hours[i].groups[k];
            if (group->base.len > 0 && sweep->hours[i].hour <= sweep->settled_to[group->record])
                journal_read_base(batch, &batch->records[group->record], group->base);
        }
}

/* Applies what settles to the record's base; sets the base in the commit, or deletes it when nothing else is left. */
static void settle_record(struct batch *batch, size_t index, const struct record *shown)
{
    struct engine *engine = batch->shard->engine;
    struct sweep *sweep = batch->sweep;
    struct batch_record *record = &batch->records[index];
    struct fold_tally tally = {0};
    record->entries_n = fold_unique(record->entries, record->entries_n, &tally);
    batch_make_room(batch, &record->record, record->entries, record->entries_n);
    fold_replay(&record->record, record->entries, record->entries_n);
    batch->totals.unmatched += (int64_t)tally.unmatched;
    batch->totals.settled += (int64_t)record->entries_n;

    int64_t boundary = record->record.newest_time;
    hours_drop(&record->hours, sweep->settled_to[index]);
    record->hours.based = record->hours.any;
    batch_write_record(batch, record, &shown[index]);
    if (shown[index].newest_time > boundary) {
        struct str packed;
        engine->plain.len = 0;
        record_pack(&record->record, &engine->plain);
        packed = (struct str){engine->plain.data, engine->plain.len};
        engine->packed.len = 0;
        base_frame(boundary, packed, &engine->packed);
        commit_base(&engine->commit, record->sku, record->node, (struct str){engine->packed.data, engine->packed.len});
        return;
    }
    if (!record_equal(&record->record, &shown[index])) {
        batch->totals.drift++;
        log_error("a settled record differs from what is shown shard=%u sku=\"%.*s\" node=\"%.*s\" next=\"delete the "
                  "view's keys and fold again; report this\"",
                  batch->shard->number, STR_ARG(record->sku), STR_ARG(record->node));
    }
    if (record->base.len > 0)
        commit_base(&engine->commit, record->sku, record->node, (struct str){0});
}

/* Puts the chunks into the commit without the groups of records below `end` that settled. */
static void write_chunks(struct batch *batch, size_t begin, size_t end)
{
    struct engine *engine = batch->shard->engine;
    struct sweep *sweep = batch->sweep;
    for (size_t i = 0; i < sweep->hours_n; i++) {
        struct swept_hour *hour = &sweep->hours[i];
        uint64_t left = 0;
        bool changed = false;
        engine->plain.len = 0;
        for (size_t k = 0; k < hour->groups_n; k++) {
            const struct swept_group *group = &hour->groups[k];
            const struct batch_record *record = &batch->records[group->record];
            bool settles = hour->hour <= sweep->settled_to[group->record];
            changed = changed || (settles && group->record >= begin && group->record < end);
            if (settles && group->record < end)
                continue;
            struct journal_group kept = {record->sku, record->node, group->base, group->events};
            journal_add_group(&kept, &engine->plain);
            left += journal_count_events(group->events);
        }
        if (!changed)
            continue;
        engine->blob.len = 0;
        if (left > 0)
            journal_seal((struct str){engine->plain.data, engine->plain.len}, &engine->blob);
        commit_chunk(&engine->commit, hour->hour, (struct str){engine->blob.data, engine->blob.len}, left);
    }
}

static void settle_slices(struct batch *batch);
static void finish_slice(struct batch *batch);

static void prepare_slices(struct batch *batch)
{
    struct sweep *sweep = batch->sweep;
    struct record *shown = arena_array(&batch->arena, struct record, batch->records_n + 1);
    sweep->settled_to = arena_array(&batch->arena, int64_t, batch->records_n + 1);
    sweep->settled_n = arena_array(&batch->arena, size_t, batch->records_n + 1);
    bool good = true;
    for (size_t i = 0; i < batch->records_n && good; i++) {
        good = batch_unpack(batch, &batch->records[i]);
        shown[i] = batch->records[i].record;
        sweep->settled_to[i] = TIME_NONE;
        sweep->settled_n[i] = 0;
    }
    for (size_t i = 0; i < sweep->hours_n && good; i++)
        good = is_known_to_records(batch, &sweep->hours[i]);
    if (!good || !find_settled(batch)) {
        batch_damaged(batch, JOURNAL_DAMAGED);
        return;
    }
    gather_bases(batch);
    sweep->shown = shown;
    settle_slices(batch);
}

static bool has_settling_hours(const struct sweep *sweep, size_t record)
{
    return sweep->settled_to[record] != TIME_NONE;
}

/* One commit of the sweep; the batch is what waits for its answer. */
static void slice_committed(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    if (batch_answered(batch, reply) && commit_answer(reply) != COMMIT_OK)
        shard_conflict(batch->shard, commit_answer(reply));
    batch_arrived(batch);
}

static void settle_slices(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    struct sweep *sweep = batch->sweep;
    size_t begin = sweep->next, end = begin, taken = 0;
    while (end < batch->records_n && taken < SLICE_RECORDS)
        taken += has_settling_hours(sweep, end++);
    sweep->next = end;
    if (taken == 0) {
        finish_slice(batch);
        return;
    }
    for (size_t i = begin; i < end; i++)
        if (has_settling_hours(sweep, i) && !replay_pick_base(batch, &batch->records[i])) {
            batch_damaged(batch, BASE_DAMAGED);
            return;
        }
    batch->messages_n = 0;
    batch_commit_start(batch);
    for (size_t i = begin; i < end; i++)
        if (has_settling_hours(sweep, i))
            settle_record(batch, i, sweep->shown);
    write_chunks(batch, begin, end);
    shard_note_settled(shard, sweep->before);
    commit_settled(&engine->commit, shard->settled);
    failpoint("sweep_send");
    batch->waiting = 1;
    batch->next = settle_slices;
    commit_send(&engine->commit, slice_committed, batch);
    failpoint("sweep_sent");
}

static void finish_slice(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct sweep *sweep = batch->sweep;
    totals_add(&shard->engine->totals, &batch->totals);
    shard->sweep_due = sweep->more;
    if (shard->sweep_due) {
        shard->pass.from = sweep->hours[sweep->hours_n - 1].hour + 1;
    } else {
        sweep_pass_end(&shard->pass);
        if (sweep->before > shard->pass.swept)
            shard->pass.swept = sweep->before; /* what lies before it may not settle yet */
        if (sweep->progress != TIME_NONE)
            consumption_forget(shard, sweep->progress);
    }
    shard->sweep_at_us = clock_steady_us() + PAUSE_US;
    shard->preparing = false;
    batch_free(batch);
}

static void ask_swept_records(struct batch *batch)
{
    batch_step(batch, read_shown_and_bases, prepare_slices);
}

static void ask_swept_chunks(struct batch *batch)
{
    batch_step(batch, read_chunks, ask_swept_records);
}

static void ask_meta_and_hours(struct batch *batch)
{
    struct shard *shard = batch->shard;
    batch->waiting += 2;
    view_ask_meta(&shard->engine->view, shard->number, take_progress, batch);
    view_ask_hours(&shard->engine->view, shard->number, take_swept_hours, batch);
}

/* What this pass leaves says when the next is worth while. */
static void begin_pass(struct shard *shard)
{
    sweep_pass_begin(&shard->pass, clock_steady_us());
    shard->settle_next = INT64_MAX;
}

void sweep_start(struct shard *shard)
{
    struct batch *batch = batch_new(shard, BATCH_SWEEP);
    batch->sweep = arena_alloc(&batch->arena, sizeof(struct sweep));
    *batch->sweep = (struct sweep){.before = TIME_NONE, .progress = TIME_NONE};
    shard->preparing = true;
    if (!sweep_pass_is_on(&shard->pass))
        begin_pass(shard);
    batch_step(batch, ask_meta_and_hours, ask_swept_chunks);
}
