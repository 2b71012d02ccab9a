/* Responsible for: the newest events of records that are busy just now, so that one that comes a moment out of order
 * (two tills, whole seconds), or behind a few others like those before it (a partition that catches up), needs no reading
 * of the record's whole window. Not for: what comes elsewhere (replay.c). Thread: the fold's.
 *
 *   what is shown = the record as it was at the tail's boundary + the events behind it, in canonical order
 *
 * That is the cut of base and window once more, at a later key time, and exact for the same reason: equal key times
 * never fall on two sides of it, so a repetition, or a mark's original, of what lies behind the boundary lies behind it
 * too. For that reason a tail also tells which history is late: what closes an event is at least as new as that event
 * (core/lateness.h), so what closes one behind the boundary is in the tail.
 *
 * An event in an hour before all that the record has in the journal is none for the tail: the base that the record
 * stands on rides in its oldest hour, which may settle alone, so it has to be written there again (replay.c).
 *
 * A tail is an entry of the cache beside its record's, under the node's name and TAIL_MARK: as bounded, as tentative
 * and void with the same generation. It counts only while the record's newest key time is what the tail knows: whatever
 * is folded without it moves that on, or comes through replay.c, which leaves a new tail. */
#include "tail.h"

#include <assert.h>

#include "journal_read.h"
#include "stockfold/codec/pack.h"

/* Events closer than CLOSE_MS begin a tail; so does one that is ahead of other partitions, which bring what happened
 * before. A tail that has begun is kept up while events are closer than LOOSE_MS. It holds all from BEFORE_MS before the
 * oldest new event, and BEFORE_EVENTS before that one at least: a partition that catches up, event by event, finds its
 * place in a tail that does not grow with the record's window. Of more than EVENTS_MAX the newest EVENTS_KEPT stay. */
enum { CLOSE_MS = 1000, LOOSE_MS = 10 * 1000, BEFORE_MS = 3600 * 1000, BEFORE_EVENTS = 32 };
enum { EVENTS_MAX = 512, EVENTS_KEPT = 256 };

/* No name holds control characters. */
#define TAIL_MARK '\1'

struct tail_key {
    uint32_t hash;
    struct str node; /* of bytes */
    char bytes[CACHE_NAME_MAX];
};

static bool key_of(const struct batch_record *record, struct tail_key *ret_key)
{
    if (record->sku.len > CACHE_NAME_MAX || record->node.len >= CACHE_NAME_MAX)
        return false; /* the cache takes no longer names */
    memcpy(ret_key->bytes, record->node.data, record->node.len);
    ret_key->bytes[record->node.len] = TAIL_MARK;
    ret_key->node = (struct str){ret_key->bytes, record->node.len + 1};
    ret_key->hash = record->hash * 0x9e3779b1u + 1;
    return true;
}

/* In bytes: newest key time and boundary, framed like a base; length of the record at the boundary, it, events. */
struct tail {
    int64_t newest_time, boundary;
    struct str record, events;
};

static bool parse_tail(struct str bytes, struct tail *ret_tail)
{
    size_t at = 0;
    uint64_t len;
    if (!base_unframe(bytes, &ret_tail->newest_time, &bytes) || !base_unframe(bytes, &ret_tail->boundary, &bytes) ||
        !unpack_varint(bytes, &at, &len) || len > bytes.len - at)
        return false;
    ret_tail->record = (struct str){bytes.data + at, len};
    ret_tail->events = (struct str){bytes.data + at + len, bytes.len - at - len};
    return true;
}

/* A base reaches at most into the oldest hour that its record has in the journal, and into that hour only if the sweep
 * has gone beyond it. An event before that hour takes the base along; a record with nothing in the journal is settled. */
static bool begins_in_base(const struct batch *batch, const struct batch_record *record)
{
    if (!record->hours.any)
        return true;
    int64_t hour = hour_of(record->oldest), journaled = hours_oldest(&record->hours);
    return hour < journaled || (hour == journaled && hour < batch->shard->settled);
}

bool tail_take(struct batch *batch, struct batch_record *record)
{
    int64_t newest_time = record->record.newest_time;
    struct tail_key key;
    struct str bytes;
    struct tail tail;
    if (!record->existed || record->lead_ms > LOOSE_MS || begins_in_base(batch, record) || !key_of(record, &key) ||
        !cache_get(batch->shard->engine->cache, batch->generation, key.hash, record->sku, key.node, &bytes))
        return false;
    bytes.data = arena_copy(&batch->arena, bytes.data, bytes.len);
    if (!parse_tail(bytes, &tail) || tail.newest_time != newest_time || record->oldest <= tail.boundary)
        return false;
    record->boundary = tail.boundary;
    bool whole = record_unpack(tail.record, 0, 0, &batch->arena, &record->record) &&
                 journal_read_events(batch, record, hour_of(newest_time), tail.events);
    assert(whole); /* our own bytes */
    return whole;
}

bool tail_is_wanted(const struct batch_record *record)
{
    return record->existed && (record->replay != REPLAY_NOTHING || record->lead_ms <= CLOSE_MS || record->ahead);
}

static size_t find_oldest_new(const struct batch_record *record)
{
    size_t i = 0;
    while (i + 1 < record->entries_n && !record->entries[i].fresh)
        i++;
    return i;
}

/* How many of the oldest events are left out of the tail. All, where too many have the same key time. */
static size_t count_before_tail(const struct batch_record *record)
{
    const struct fold_entry *entries = record->entries;
    size_t n = find_oldest_new(record);
    int64_t from = event_key_time(entries[n].event) - BEFORE_MS;
    n = n > BEFORE_EVENTS ? n - BEFORE_EVENTS : 0;
    while (n > 0 && event_key_time(entries[n - 1].event) >= from)
        n--;
    if (record->entries_n - n > EVENTS_MAX)
        n = record->entries_n - EVENTS_KEPT;
    while (n > 0 && event_key_time(entries[n].event) == event_key_time(entries[n - 1].event))
        n--;
    return record->entries_n - n <= EVENTS_MAX ? n : record->entries_n;
}

static void write_tail(struct batch *batch, const struct batch_record *record, size_t from, struct str tail_record,
                       int64_t boundary)
{
    struct engine *engine = batch->shard->engine;
    struct buffer *out = &engine->blob;
    int64_t newest_time = record->record.newest_time;
    struct tail_key key;
    if (!key_of(record, &key))
        return;
    out->len = 0;
    base_frame(newest_time, (struct str){0}, out);
    base_frame(boundary, (struct str){0}, out);
    pack_varint(out, tail_record.len);
    buffer_add(out, tail_record.data, tail_record.len);
    for (size_t i = from; i < record->entries_n; i++) {
        const struct fold_entry *entry = &record->entries[i];
        event_pack(entry->event, entry->kafka_time, entry->as_of, hour_of(newest_time), out);
    }
    cache_put(engine->cache, batch->generation, key.hash, record->sku, key.node, (struct str){out->data, out->len});
}

void tail_replay(struct batch *batch, struct batch_record *record)
{
    struct engine *engine = batch->shard->engine;
    size_t from = count_before_tail(record);
    fold_replay(&record->record, record->entries, from);
    int64_t boundary = record->record.newest_time > record->boundary ? record->record.newest_time : record->boundary;
    engine->plain.len = 0;
    record_pack(&record->record, &engine->plain);
    fold_replay(&record->record, record->entries + from, record->entries_n - from);
    write_tail(batch, record, from, (struct str){engine->plain.data, engine->plain.len}, boundary);
}
