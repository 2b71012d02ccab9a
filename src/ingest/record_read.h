/* Reading the records of a batch. Each answer that is still to come adds to batch->waiting. */
#ifndef STOCKFOLD_SRC_INGEST_RECORD_READ_H
#define STOCKFOLD_SRC_INGEST_RECORD_READ_H

#include "batch.h"

/* Asks for the record as shown, unless it is in the cache. The batch must get no new records until it has come. */
void record_read_shown(struct batch *batch, struct batch_record *record);
/* Asks for P:{K}:b of the record; the same holds. */
void record_read_base(struct batch *batch, struct batch_record *record);

#endif
