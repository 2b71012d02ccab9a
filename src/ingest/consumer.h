/* What consumer.c and assignment.c share: the handle's own state, and asking Kafka about one partition. */
#ifndef STOCKFOLD_INGEST_CONSUMER_H
#define STOCKFOLD_INGEST_CONSUMER_H

#include <librdkafka/rdkafka.h>

#include "engine.h"

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

/* To be destroyed by the caller. */
rd_kafka_topic_partition_list_t *list_of_one(const struct input *input, int64_t offset);
/* What the group gives and takes: librdkafka's rebalance_cb. `opaque` is the engine. */
void assignment_changed(rd_kafka_t *handle, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                        void *opaque);

#endif
