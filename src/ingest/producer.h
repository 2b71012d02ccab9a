/* Messages -> Kafka, each once and in the order given, for the one-shot commands. Says of each message that its broker
 * takes for too large which one it was.
 *
 * A broker refuses whole batches, so none is made larger than the smallest max.message.bytes of the topics: a message
 * that is larger than that goes alone. One thread; librdkafka sends in its own. */
#ifndef STOCKFOLD_SRC_INGEST_PRODUCER_H
#define STOCKFOLD_SRC_INGEST_PRODUCER_H

#include "stockfold/core/str.h"
#include "stockfold/ingest/kafka.h"

/* A message that is too large; `tag` is that of producer_send(). Called from within producer_send() and
 * producer_finish(). */
typedef void producer_refused_fn(void *context, uint64_t tag, const char *detail);

struct producer;
struct rd_kafka_headers_s;

/* `config` is copied, what it points at borrowed. With `topic`, every message goes there. ERROR_STATE when a topic is
 * missing: its messages would only fail after a time-out. */
struct producer *producer_new(const struct kafka_config *config, const char *topic, producer_refused_fn *refused,
                              void *context, struct error *error) WARN_UNUSED;
/* What is not delivered yet is dropped. */
void producer_free(struct producer *producer);

/* Gives a message to librdkafka, which copies it; without data the value is null, a tombstone. `headers` may be NULL and
 * stay the caller's. ERROR_UNREACHABLE when this one, or one before it, cannot be delivered. */
int producer_send(struct producer *producer, enum topic_role role, struct str key, struct str value,
                  const struct rd_kafka_headers_s *headers, uint64_t tag, struct error *error) WARN_UNUSED;
/* Waits until everything is acknowledged; ERROR_UNREACHABLE with the first failure when something is not. */
int producer_finish(struct producer *producer, struct error *error) WARN_UNUSED;
/* Messages given to librdkafka, without those that were refused. */
int64_t producer_sent(const struct producer *producer);

#endif
