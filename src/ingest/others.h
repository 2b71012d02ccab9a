/* The partitions that other consumers of the group read: whether --until-end, which ended here, is the end of the whole. */
#ifndef STOCKFOLD_SRC_INGEST_OTHERS_H
#define STOCKFOLD_SRC_INGEST_OTHERS_H

#include "engine.h"

/* Asks the view, waiting for its answers, for some seconds. ERROR_NO unless each partition is committed to its target,
 * the end when this fold started; names the first that is not. Says so in the log when they are. */
int others_check(struct engine *engine, struct error *error) WARN_UNUSED;

#endif
