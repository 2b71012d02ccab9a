/* Whose turn it is. */
#ifndef STOCKFOLD_SRC_INGEST_TURN_H
#define STOCKFOLD_SRC_INGEST_TURN_H

#include "engine.h"

/* Lets commits in flight be answered, at most so long. */
void engine_wait_in_flight(struct engine *engine, int64_t timeout_ms);

#endif
