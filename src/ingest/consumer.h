/* Kafka -> blocks of messages, decoded, each to its shard's queue. */
#ifndef STOCKFOLD_SRC_INGEST_CONSUMER_H
#define STOCKFOLD_SRC_INGEST_CONSUMER_H

#include "engine.h"

/* A byte is written to `wake_descriptor` when there is something to poll for. */
int consumer_open(struct engine *engine, int wake_descriptor, struct error *error) WARN_UNUSED;
/* Leaves the group. False: that is not done in time, and the handle has to be left to the end of the process. */
bool consumer_close(struct engine *engine, int timeout_ms);
/* Reads up to one block and hands its messages to their shards. Returns how many messages came. */
size_t consumer_poll(struct engine *engine, int timeout_ms);

#endif
