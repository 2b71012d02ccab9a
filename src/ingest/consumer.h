/* Kafka -> blocks of messages, decoded, each to its shard's queue. */
#ifndef STOCKFOLD_SRC_INGEST_CONSUMER_H
#define STOCKFOLD_SRC_INGEST_CONSUMER_H

#include "engine.h"
#include <librdkafka/rdkafka.h>

enum { SEEK_MS = 5000 };

struct consumer {
    rd_kafka_queue_t *queue;
    rd_kafka_topic_partition_list_t *assigning; /* waits until every shard has learned */
    const rd_kafka_topic_t *last_topic;         /* of the message before: most come in runs */
    int32_t last_partition;
    size_t last_input;
    int64_t tend_us, complained_us;
    int seeks_failed; /* in a row */
};

/* A byte is written to `wake_descriptor` when there is something to poll for. */
int consumer_open(struct engine *engine, int wake_descriptor, struct error *error) WARN_UNUSED;
/* Leaves the group. False: that is not done in time, and the handle has to be left to the end of the process. */
bool consumer_close(struct engine *engine, int timeout_ms);
/* Reads up to one block and hands its messages to their shards. Returns how many messages came. */
size_t consumer_poll(struct engine *engine, int timeout_ms);
/* A partition is not what it was: says so once, stops reading it, closes the shards. */
void consumer_break(struct engine *engine, size_t input, const char *why);

#endif
