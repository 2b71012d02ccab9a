/* Item and node documents on their way from Kafka into the view. */
#ifndef STOCKFOLD_SRC_INGEST_MASTER_H
#define STOCKFOLD_SRC_INGEST_MASTER_H

#include "batch.h"

void master_start(struct batch *batch);
/* Checks a master document; fills refusal and detail. Returns the shard it goes to. */
struct shard *master_route(struct engine *engine, struct message *message);

#endif
