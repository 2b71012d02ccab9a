/* Asks the brokers again and again for the ends of all input partitions, in a thread of its own, since librdkafka only
 * offers that question as a blocking one; and keeps what the brokers' clocks show, for which it asks them too: by one tiny
 * message to the topic of the clock, at the start and where a minute long nothing newer came, stamped by the broker. */
#ifndef STOCKFOLD_SRC_INGEST_ENDS_H
#define STOCKFOLD_SRC_INGEST_ENDS_H

#include "input.h"

struct ends;

/* Clocks are far apart from this part of fold.history on: a tenth of the half of it that they may differ by. */
enum { CLOCKS_APART_PART = 20 };

struct ends_config {
    const struct kafka_config *kafka;
    struct rd_kafka_s *consumer; /* reads committed messages: asked where an open transaction may hold a partition up */
    const char *id;              /* of this fold: key of its messages to the clock's topic */
    int64_t clocks_apart_max_ms; /* brokers' clocks that differ by more are said */
};

/* Starts the thread. What the configuration points to must outlive it. NULL: no handle can be made. */
struct ends *ends_start(const struct ends_config *config, struct error *error) WARN_UNUSED;
/* False: a question to a broker that is away has not ended in time; then the thread, what it uses and the consumer are left
 * to the end of the process. */
bool ends_stop(struct ends *ends);

/* Asks at once. */
void ends_hurry(struct ends *ends);

/* Much has come, and little more is fetched: librdkafka's fetching is kept awake for a moment. */
void ends_keep_fetching(struct ends *ends);

/* Whether anything is new since ends_copy() copied it. */
bool ends_are_new(struct ends *ends);
/* Copies what was heard into `inputs` (adding partitions that are new), and notes which of them seem to be held up by an
 * open transaction. Returns how many rounds were completed: 0 as long as not every topic's partitions were asked once. */
uint64_t ends_copy(struct ends *ends, struct inputs *inputs);

/* The input topics that did not exist when last asked, a bit for each role; -1: no broker has answered yet. */
int ends_missing_topics(struct ends *ends);

/* A message of that broker came just now. Returns by how many ms its stamp is ahead of its broker's clock; 0: it is not. */
int64_t ends_saw_stamp(struct ends *ends, int32_t broker, int64_t stamp_ms);

/* The brokers' clock now, at least: the least of those that were asked. TIME_NONE: nothing was heard of any. Kafka time. */
int64_t ends_clock(struct ends *ends);

#endif
