/* Documents of reservations, from the log into the view. */
#ifndef STOCKFOLD_SRC_INGEST_RESERVATION_BATCH_H
#define STOCKFOLD_SRC_INGEST_RESERVATION_BATCH_H

#include "batch.h"

/* Messages in one batch: about 1 ms of Redis. */
enum { RESERVATION_BATCH_MAX = 48 };

/* Starts applying the batch's documents. */
void reservation_batch_start(struct batch *batch);

#endif
