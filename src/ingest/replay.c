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

/* Of all that are asked; comes before any of their chunks. */
static void take_replayed_counts(void *context, const struct reply *reply)
{
    struct chunk_asked *asked = context;
    struct batch *batch = asked->batch;
    size_t n = batch_answered(batch, reply) ? reply_count(reply) : 0;
    for (size_t i = 0; i < n; i++)
        asked[i].events = reply_is_nil(reply_at(reply, i)) ? 0 : (uint64_t)reply_int(reply_at(reply, i));
    batch_arrived(batch);
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

static void ask_chunks(struct batch *batch, const int64_t *hours, size_t n)
{
    struct view *view = &batch->shard->engine->view;
    struct chunk_asked *asked = arena_array(&batch->arena, struct chunk_asked, n);
    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        asked[i] = (struct chunk_asked){.batch = batch, .hour = hours[i]};
    batch->waiting += n + 1;
    view_ask_some_hours(view, batch->shard->number, hours, n, take_replayed_counts, asked);
    for (size_t i = 0; i < n; i++)
        view_ask_chunk(view, batch->shard->number, hours[i], take_replayed_chunk, &asked[i]);
}

/* --- which hours ------------------------------------------------------------------------------------------------- */

struct hour_range {
    int64_t first, last;
};

/* The hours in which any of the batch's records with a window to replay has events, or may have some: sorted, each once. */
struct wanted {
    struct batch *batch;
    struct hour_range *ranges;
    size_t n;
    bool exact; /* each range is one hour */
};

static void add_wanted_range(void *context, int64_t first, int64_t last)
{
    struct wanted *wanted = context;
    wanted->ranges[wanted->n++] = (struct hour_range){first, last};
    wanted->exact = wanted->exact && first == last;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct hour_range *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

static void merge_ranges(struct wanted *wanted)
{
    size_t n = 0;
    qsort(wanted->ranges, wanted->n, sizeof(*wanted->ranges), compare_ranges);
    for (size_t i = 0; i < wanted->n; i++) {
        struct hour_range range = wanted->ranges[i];
        if (n == 0 || range.first > wanted->ranges[n - 1].last)
            wanted->ranges[n++] = range;
        else if (range.last > wanted->ranges[n - 1].last)
            wanted->ranges[n - 1].last = range.last;
    }
    wanted->n = n;
}

static bool is_wanted_hour(const struct wanted *wanted, int64_t hour)
{
    size_t low = 0, high = wanted->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wanted->ranges[middle].last < hour)
            low = middle + 1;
        else
            high = middle;
    }
    return low < wanted->n && wanted->ranges[low].first <= hour;
}

/* Those of the journal's hours that are wanted. */
static void take_replayed_hours(void *context, const struct reply *reply)
{
    struct wanted *wanted = context;
    struct batch *batch = wanted->batch;
    size_t count = batch_answered(batch, reply) ? reply_count(reply) : 0, n = 0;
    int64_t *hours = arena_array(&batch->arena, int64_t, count / 2 + 1);
    for (size_t i = 0; i + 1 < count; i += 2)
        if (is_wanted_hour(wanted, reply_int(reply_at(reply, i))))
            hours[n++] = reply_int(reply_at(reply, i));
    ask_chunks(batch, hours, n);
    batch_arrived(batch);
}

static void ask_exactly(struct batch *batch, const struct wanted *wanted)
{
    int64_t *hours = arena_array(&batch->arena, int64_t, wanted->n + 1);
    for (size_t i = 0; i < wanted->n; i++)
        hours[i] = wanted->ranges[i].first;
    ask_chunks(batch, hours, wanted->n);
}

void replay_read(struct batch *batch)
{
    struct wanted *wanted = arena_alloc(&batch->arena, sizeof(*wanted));
    *wanted = (struct wanted){.batch = batch, .exact = true};
    size_t windows_n = 0;
    for (size_t i = 0; i < batch->records_n; i++)
        windows_n += batch->records[i].replay == REPLAY_WINDOW;
    wanted->ranges = arena_array(&batch->arena, struct hour_range, windows_n * HOURS_RANGES_MAX);
    for (size_t i = 0; i < batch->records_n; i++) {
        struct batch_record *record = &batch->records[i];
        if (record->replay != REPLAY_WINDOW)
            continue;
        record->found = arena_alloc(&batch->arena, sizeof(struct hours));
        *record->found = (struct hours){0};
        record_read_base(batch, record);
        hours_each(&record->hours, add_wanted_range, wanted);
    }
    merge_ranges(wanted);
    if (wanted->exact) {
        ask_exactly(batch, wanted);
        return;
    }
    batch->waiting++;
    view_ask_hours(&batch->shard->engine->view, batch->shard->number, take_replayed_hours, wanted);
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
