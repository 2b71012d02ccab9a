/* What lies in the journal, taken apart: groups of events, and the settled bases that ride with them. */
#ifndef STOCKFOLD_SRC_INGEST_JOURNAL_READ_H
#define STOCKFOLD_SRC_INGEST_JOURNAL_READ_H

#include "batch.h"
#include "stockfold/store/journal.h"

/* A settled base as it lies in the view and in the journal: the key time up to which it is settled, then the packed
 * record. */
void base_frame(int64_t boundary, struct str packed, struct buffer *out);
bool base_unframe(struct str framed, int64_t *ret_boundary, struct str *ret_packed);

/* Calls `each` for every group of an hour's chunk as the view answered it, unpacked into `arena`. False when it is broken,
 * or has other than `events` events in all. */
bool journal_read_groups(struct arena *arena, const struct reply *chunk, uint64_t events,
                         void (*each)(void *context, const struct journal_group *group), void *context);
/* How many events a group has. */
uint64_t journal_count_events(struct str events);
/* Unpacks a group's events into a record's entries; `bytes` must outlive the batch. False when they are broken. */
bool journal_read_events(struct batch *batch, struct batch_record *record, int64_t hour, struct str bytes);
void journal_read_base(struct batch *batch, struct batch_record *record, struct str framed);

#endif
