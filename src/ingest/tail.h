/* The newest events of records that are busy just now, in memory. */
#ifndef STOCKFOLD_SRC_INGEST_TAIL_H
#define STOCKFOLD_SRC_INGEST_TAIL_H

#include "batch.h"

/* Replays a record that was judged from its tail, if that goes back far enough: its record as of ->boundary goes into
 * ->record, the tail's events into ->entries. */
bool tail_take(struct batch *batch, struct batch_record *record);
/* Whether the record should have a tail from now on; then tail_replay() instead of fold_replay(). One whose window is
 * replayed has to: a tail from before knows nothing of what came. */
bool tail_is_wanted(const struct batch_record *record);
void tail_replay(struct batch *batch, struct batch_record *record);

#endif
