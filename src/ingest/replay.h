/* The whole window of records that an event came out of order for, and the base it stands on. */
#ifndef STOCKFOLD_SRC_INGEST_REPLAY_H
#define STOCKFOLD_SRC_INGEST_REPLAY_H

#include "batch.h"

/* Asks for the bases and the whole journal of the batch's REPLAY_WINDOW records; each answer adds to batch->waiting. */
void replay_read(struct batch *batch);
/* For batch_damaged(). */
#define JOURNAL_DAMAGED "the journal in the view is broken, or lacks events"
#define BASE_DAMAGED "a settled base in the view is broken, or is gone"

/* Whether the journal had events of each REPLAY_WINDOW record in all hours in which it must have some. */
bool replay_is_whole(const struct batch *batch);
/* Picks the base of a record whose journal is in ->entries and ->bases: unpacked into ->record, with ->boundary and
 * ->ride set, and entries that the base holds already dropped. False when bytes are broken, or a base that must
 * be there is not. */
bool replay_pick_base(struct batch *batch, struct batch_record *record);

#endif
