/* Responsible for: units that live sales of reservations took, new minus old, line by line. Not for: what becomes of
 * the reservations. Thread: the fold's. */
#include "consumption.h"

void consumption_add(struct batch *batch, const struct batch_record *record, const struct fold_entry *entries, size_t n,
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

void consumption_take_back(struct batch *batch, const struct batch_record *record)
{
    if (!any_reservation(record->entries, record->entries_n))
        return;
    struct fold_entry *old = arena_array(&batch->arena, struct fold_entry, record->entries_n);
    size_t n = 0;
    for (size_t i = 0; i < record->entries_n; i++)
        if (!record->entries[i].fresh)
            old[n++] = record->entries[i];
    n = fold_unique(old, n, NULL);
    consumption_add(batch, record, old, n, -1);
}
