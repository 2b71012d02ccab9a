/* What a batch needs to know before it can fold: what is late, what is out of order. */
#ifndef STOCKFOLD_SRC_INGEST_JUDGE_H
#define STOCKFOLD_SRC_INGEST_JUDGE_H

#include "batch.h"

/* Starts folding the batch's messages. */
void judge_start(struct batch *batch);

#endif
