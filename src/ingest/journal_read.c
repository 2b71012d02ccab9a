/* Responsible for: taking chunks of the journal apart. Not for: which of them are read (replay.c, sweep.c), or how they
 * are written (journal_rows.c). Thread: the fold's. */
#include "journal_read.h"

#include "stockfold/codec/pack.h"

/* --- framed bases ------------------------------------------------------------------------------------------------- */

void base_frame(int64_t boundary, struct str packed, struct buffer *out)
{
    pack_signed(out, boundary);
    buffer_add(out, packed.data, packed.len);
}

bool base_unframe(struct str framed, int64_t *ret_boundary, struct str *ret_packed)
{
    size_t position = 0;
    if (!unpack_signed(framed, &position, ret_boundary))
        return false;
    *ret_packed = (struct str){framed.data + position, framed.len - position};
    return true;
}

/* --- groups of the journal --------------------------------------------------------------------------------------- */

uint64_t journal_count_events(struct str events)
{
    uint64_t n = 0, len;
    for (size_t position = 0; unpack_varint(events, &position, &len) && len <= events.len - position; n++)
        position += len;
    return n;
}

bool journal_read_groups(struct arena *arena, const struct reply *chunk, uint64_t events,
                         void (*each)(void *context, const struct journal_group *group), void *context)
{
    uint64_t found = 0;
    for (size_t i = 0; i < reply_count(chunk); i++) {
        struct str blob = reply_text(reply_at(chunk, i)), plain;
        blob.data = arena_copy(arena, blob.data, blob.len); /* a plain blob is its own plain bytes */
        if (!journal_unseal(blob, arena, &plain))
            return false;
        size_t position = 0;
        struct journal_group group;
        while (journal_next(plain, &position, &group)) {
            found += journal_count_events(group.events);
            each(context, &group);
        }
        if (position == SIZE_MAX)
            return false;
    }
    return found == events;
}

bool journal_read_events(struct batch *batch, struct batch_record *record, int64_t hour, struct str bytes)
{
    size_t position = 0;
    while (position < bytes.len) {
        struct event *event = arena_alloc(&batch->arena, sizeof(*event));
        if (!event_unpack(bytes, &position, hour, record->sku, &batch->arena, event))
            return false;
        event->node = event->inbound ? event->node : record->node;
        batch_add_entry(batch, record, fold_entry_of(event, false));
    }
    return true;
}

void journal_read_base(struct batch *batch, struct batch_record *record, struct str framed)
{
    if (record->bases_n == record->bases_cap) {
        record->bases_cap = record->bases_cap == 0 ? 2 : record->bases_cap * 2;
        struct str *bases = arena_array(&batch->arena, struct str, record->bases_cap);
        if (record->bases_n > 0)
            memcpy(bases, record->bases, record->bases_n * sizeof(*bases));
        record->bases = bases;
    }
    record->bases[record->bases_n++] = framed;
}
