/* Responsible for: the whole window of records that an event came out of order for, and the base it stands on.
 * Not for: folding it (fold_batch.c). Thread: the fold's.
 *
 * A record's base is, in this order:
 *   1. P:{K}:b, written by the sweep while later events of the record stay in the journal
 *   2. the oldest base that rides in the journal, if no journaled event is at or before its boundary
 *      (one with such an event before it rode along needlessly: its record was not settled then)
 *   3. nothing, when the journal holds events of the record
 *   4. what is shown, when it holds none: everything is settled */
#include "replay.h"

#include <stdlib.h>

#include "journal_read.h"
#include "record_read.h"
#include "stockfold/codec/pack.h"

enum { SCRATCH_KEPT = 1024 * 1024 };

/* --- reading ----------------------------------------------------------------------------------------------------- */

struct chunk_asked {
    struct batch *batch;
    int64_t hour;
    uint64_t events; /* that it must have */
};

static struct str keep_bytes(struct batch *batch, struct str bytes)
{
    return (struct str){arena_copy(&batch->arena, bytes.data, bytes.len), bytes.len};
}

static void keep_replayed_group(void *context, const struct journal_group *group)
{
    struct chunk_asked *asked = context;
    struct batch_record *record = batch_find(asked->batch, group->sku, group->node);
    if (record == NULL || record->replay != REPLAY_WINDOW)
        return;
    if (group->base.len > 0)
        journal_read_base(asked->batch, record, keep_bytes(asked->batch, group->base));
    hours_add(record->found, asked->hour);
    if (!journal_read_events(asked->batch, record, asked->hour, keep_bytes(asked->batch, group->events)))
        batch_suspect(asked->batch, JOURNAL_DAMAGED);
}

static void take_replayed_hour(void *context, const struct reply *reply)
{
    struct chunk_asked *asked = context;
    if (batch_answered(asked->batch, reply) && !reply_is_nil(reply))
        asked->events = (uint64_t)reply_int(reply);
    batch_arrived(asked->batch);
}

static void take_replayed_chunk(void *context, const struct reply *reply)
{
    struct chunk_asked *asked = context;
    struct batch *batch = asked->batch;
    struct arena *scratch = &batch->shard->engine->scratch;
    if (batch_answered(batch, reply) && !journal_read_groups(scratch, reply, asked->events, keep_replayed_group, asked))
        batch_suspect(batch, JOURNAL_DAMAGED);
    arena_reset(scratch, SCRATCH_KEPT);
    batch_arrived(batch);
}

static void ask_chunk(struct batch *batch, int64_t hour)
{
    struct chunk_asked *asked = arena_alloc(&batch->arena, sizeof(*asked));
    *asked = (struct chunk_asked){.batch = batch, .hour = hour};
    batch->waiting += 2;
    view_ask_hour(&batch->shard->engine->view, batch->shard->number, hour, take_replayed_hour, asked);
    view_ask_chunk(&batch->shard->engine->view, batch->shard->number, hour, take_replayed_chunk, asked);
}

static void take_replayed_hours(void *context, const struct reply *reply)
{
    struct batch *batch = context;
    if (batch_answered(batch, reply))
        for (size_t i = 0; i + 1 < reply_count(reply); i += 2)
            ask_chunk(batch, reply_int(reply_at(reply, i)));
    batch_arrived(batch);
}

/* The hours that any of the batch's records with a window to replay has events in. */
struct wanted {
    int64_t *hours;
    size_t n;
};

static void add_wanted_hour(void *context, int64_t hour)
{
    struct wanted *wanted = context;
    wanted->hours[wanted->n++] = hour;
}

static int compare_wanted_hours(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void ask_wanted(struct batch *batch, size_t windows_n)
{
    struct wanted wanted = {arena_array(&batch->arena, int64_t, windows_n * HOURS_MAX), 0};
    for (size_t i = 0; i < batch->records_n; i++)
        if (batch->records[i].replay == REPLAY_WINDOW)
            hours_each(&batch->records[i].hours, add_wanted_hour, &wanted);
    qsort(wanted.hours, wanted.n, sizeof(*wanted.hours), compare_wanted_hours);
    for (size_t i = 0; i < wanted.n; i++)
        if (i == 0 || wanted.hours[i] != wanted.hours[i - 1])
            ask_chunk(batch, wanted.hours[i]);
}

/* Only the hours that its records have events in, unless one may have some beyond what it knows of. */
void replay_read(struct batch *batch)
{
    size_t windows_n = 0;
    bool older = false;
    for (size_t i = 0; i < batch->records_n; i++) {
        if (batch->records[i].replay != REPLAY_WINDOW)
            continue;
        windows_n++;
        older = older || batch->records[i].hours.older;
        batch->records[i].found = arena_alloc(&batch->arena, sizeof(struct hours));
        *batch->records[i].found = (struct hours){0};
        record_read_base(batch, &batch->records[i]);
    }
    if (!older) {
        ask_wanted(batch, windows_n);
        return;
    }
    batch->waiting++;
    view_ask_hours(&batch->shard->engine->view, batch->shard->number, take_replayed_hours, batch);
}

bool replay_is_whole(const struct batch *batch)
{
    for (size_t i = 0; i < batch->records_n; i++)
        if (batch->records[i].replay == REPLAY_WINDOW &&
            !hours_are_among(&batch->records[i].hours, batch->records[i].found))
            return false;
    return true;
}

/* --- the base ---------------------------------------------------------------------------------------------------- */

static bool oldest_riding(const struct batch_record *record, struct str *ret_framed)
{
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < record->bases_n; i++) {
        int64_t boundary;
        struct str packed;
        if (!base_unframe(record->bases[i], &boundary, &packed))
            return false;
        if (boundary < oldest) {
            oldest = boundary;
            *ret_framed = record->bases[i];
        }
    }
    for (size_t i = 0; i < record->entries_n; i++)
        if (event_key_time(record->entries[i].event) <= oldest)
            *ret_framed = (struct str){0};
    return true;
}

static void drop_settled(struct batch_record *record)
{
    size_t kept = 0;
    for (size_t i = 0; i < record->entries_n; i++)
        if (event_key_time(record->entries[i].event) > record->boundary)
            record->entries[kept++] = record->entries[i];
    record->entries_n = kept;
}

bool replay_pick_base(struct batch *batch, struct batch_record *record)
{
    struct buffer *scratch = &batch->shard->engine->packed;
    struct str framed = record->base, packed = {0};
    if (framed.len == 0 && record->hours.based)
        return false;
    if (framed.len == 0) {
        if (!oldest_riding(record, &framed))
            return false;
        if (framed.len == 0 && record->entries_n == 0 && record->existed) {
            scratch->len = 0;
            base_frame(record->record.newest_time, record->packed, scratch);
            framed = keep_bytes(batch, (struct str){scratch->data, scratch->len});
        }
        record->ride = framed;
    }
    record->boundary = TIME_NONE;
    if (framed.len > 0 && !base_unframe(framed, &record->boundary, &packed))
        return false;
    drop_settled(record);
    return record_unpack(packed, 0, 0, &batch->arena, &record->record);
}
