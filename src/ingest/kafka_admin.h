/* One request of librdkafka's admin interface: its options, and waiting for its answer. */
#ifndef STOCKFOLD_SRC_INGEST_KAFKA_ADMIN_H
#define STOCKFOLD_SRC_INGEST_KAFKA_ADMIN_H

#include <librdkafka/rdkafka.h>

#include "stockfold/ingest/kafka.h"

/* Owned by the caller: rd_kafka_AdminOptions_destroy(). */
rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *handle, rd_kafka_admin_op_t op, int timeout_ms);

/* The answer that `queue` gets, to be destroyed by the caller. NULL with ERROR_UNREACHABLE, which names `request`, when
 * none came or the request failed as a whole. */
rd_kafka_event_t *kafka_admin_await(rd_kafka_queue_t *queue, const struct kafka_config *config, const char *request,
                                    struct error *error);

#endif
