/* Responsible for: units that live sales of reservations took, new minus old, line by line; and that they are forgotten in
 * time. Not for: what becomes of the reservations. Thread: the fold's. */
#include "consumption.h"

#include <stdio.h>
#include <stdlib.h>

#include "stockfold/store/consumed.h"

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

/* --- forgetting ---------------------------------------------------------------------------------------------------- */

struct forgetting {
    struct view *view;
    uint32_t shard;
    int64_t before_ms;
    char cursor[CONSUMED_CURSOR_MAX];
};

/* The next page. What goes wrong is done by the next sweep. */
static void forget_more(void *context, const struct reply *reply)
{
    struct forgetting *forgetting = context;
    struct str cursor = reply_text(reply);
    if (reply_problem(reply) != REPLY_OK || str_equal(cursor, STR("0")) || cursor.len >= CONSUMED_CURSOR_MAX) {
        free(forgetting);
        return;
    }
    snprintf(forgetting->cursor, sizeof(forgetting->cursor), "%.*s", STR_ARG(cursor));
    view_forget_consumed(forgetting->view, forgetting->shard, forgetting->before_ms, forgetting->cursor, forget_more,
                         forgetting);
}

void consumption_forget(struct shard *shard, int64_t progress)
{
    struct forgetting *forgetting = calloc(1, sizeof(*forgetting));
    if (forgetting == NULL)
        error_out_of_memory();
    *forgetting = (struct forgetting){&shard->engine->view, shard->number, progress - CONSUMED_KEPT_MS, "0"};
    view_forget_consumed(forgetting->view, forgetting->shard, forgetting->before_ms, forgetting->cursor, forget_more,
                         forgetting);
}
