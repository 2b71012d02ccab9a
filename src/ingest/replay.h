/* The whole window of records that an event came out of order for, and the base it stands on. */
#ifndef STOCKFOLD_SRC_INGEST_REPLAY_H
#define STOCKFOLD_SRC_INGEST_REPLAY_H

#include "batch.h"
#include "stockfold/store/journal.h"

/* A settled base as it lies in the view and in the journal: the key time up to which it is settled, then the packed
 * record. */
void base_frame(int64_t boundary, struct str packed, struct buffer *out);
bool base_unframe(struct str framed, int64_t *ret_boundary, struct str *ret_packed);

/* Asks for the bases and the whole journal of the batch's deep records; each answer adds to batch->waiting. */
void replay_read(struct batch *batch);
/* Asks for P:{K}:b of one record; the batch must get no new ones until it has come. */
void replay_ask_base(struct batch *batch, struct batch_record *record);
/* Picks the base of a record whose journal is in ->entries and ->bases: unpacked into ->record, with ->boundary and
 * ->ride set, and entries that the base holds already dropped. False when bytes are broken. */
bool replay_pick_base(struct batch *batch, struct batch_record *record);
/* Calls `each` for every group of an hour's chunk as the view answered it, unpacked into `arena`; false when it is
 * broken. */
bool replay_each_group(struct arena *arena, const struct reply *chunk,
                       void (*each)(void *context, const struct journal_group *group), void *context);
/* Unpacks a group's events into a record's entries; `bytes` must outlive the batch. False when they are broken. */
bool replay_add_events(struct batch *batch, struct batch_record *record, int64_t hour, struct str bytes);
void replay_add_base(struct batch *batch, struct batch_record *record, struct str framed);

#endif
