/* What the peers that read Kafka share: a consumer with the fold's own settings, on all partitions of some topics, from
 * a moment of Kafka time to the ends that the partitions had when it was opened. */
#ifndef STOCKFOLD_BENCH_TOPICS_H
#define STOCKFOLD_BENCH_TOPICS_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

struct topics {
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    int open; /* partitions whose end has not been reached */
};

/* `names` are separated by commas and taken apart. Ends the program when Kafka says no. */
void topics_open(struct topics *ret_topics, const char *brokers, char *names, int64_t since_ms);
/* To be told of every message with an error: an end reached; anything else ends the program. */
void topics_take_error(struct topics *topics, const rd_kafka_message_t *message);
void topics_close(struct topics *topics);

_Noreturn void fail(const char *what, const char *why);

#endif
