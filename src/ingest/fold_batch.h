/* Folding a batch whose events are judged, into its commit. */
#ifndef STOCKFOLD_SRC_INGEST_FOLD_BATCH_H
#define STOCKFOLD_SRC_INGEST_FOLD_BATCH_H

#include "batch.h"

/* Judged, read and (where out of order) replayed: folds and commits. */
void fold_batch(struct batch *batch);

#endif
