/* Reading the records of a batch: from the cache, or from the view. */
#ifndef STOCKFOLD_SRC_INGEST_RECORD_READ_H
#define STOCKFOLD_SRC_INGEST_RECORD_READ_H

#include "batch.h"

/* Asks for the record as shown, unless it is in the cache. */
void batch_ask_record(struct batch *batch, struct batch_record *record);

#endif
