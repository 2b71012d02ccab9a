/* librdkafka's mock broker, hosted for trying out: no durability, at most 5 MiB or 100,000 messages per partition, and
 * messages stamped by their producers. */
#ifndef STOCKFOLD_INGEST_MOCK_BROKER_H
#define STOCKFOLD_INGEST_MOCK_BROKER_H

#include "stockfold/ingest/kafka.h"

struct mock_broker;

/* Starts one broker on a free port of loopback, with every topic. NULL with ERROR_UNREACHABLE when it cannot. */
struct mock_broker *mock_broker_start(const struct kafka_config *config, int partitions,
                                      struct error *error) WARN_UNUSED;
/* host:port, as bootstrap.servers takes it. Lives as long as the broker. */
const char *mock_broker_address(const struct mock_broker *broker);
void mock_broker_stop(struct mock_broker *broker);

#endif
