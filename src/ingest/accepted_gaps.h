/* Whether what --accept-gap names is there. */
#ifndef STOCKFOLD_SRC_INGEST_ACCEPTED_GAPS_H
#define STOCKFOLD_SRC_INGEST_ACCEPTED_GAPS_H

#include "stockfold/ingest/fold.h"

/* ERROR_USAGE, naming what the fold reads, unless each of config->accept_gaps is an input topic or a partition of one.
 * Partitions are compared where Kafka answers within its timeout and has the topic: a fold waits for either. */
int accepted_gaps_check(const struct fold_config *config, struct error *error) WARN_UNUSED;

#endif
