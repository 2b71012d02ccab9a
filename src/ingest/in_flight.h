/* What is on its way to Redis, and to the topic of refused messages. */
#ifndef STOCKFOLD_SRC_INGEST_IN_FLIGHT_H
#define STOCKFOLD_SRC_INGEST_IN_FLIGHT_H

#include "engine.h"

/* Lets it arrive, at most so long: no shard has a batch under way then, or the connection is gone, or time is up. */
void in_flight_wait(struct engine *engine, int64_t timeout_ms);

#endif
