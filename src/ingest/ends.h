/* Asks the broker for the ends of all input partitions, again and again, in a thread of its own, since librdkafka
 * only offers that question as a blocking one. */
#ifndef STOCKFOLD_SRC_INGEST_ENDS_H
#define STOCKFOLD_SRC_INGEST_ENDS_H

#include "input.h"

struct ends;

/* Starts the thread; `handle` must outlive it. */
struct ends *ends_start(struct rd_kafka_s *handle, const struct kafka_config *config);
/* False: a question to a broker that is away does not end, whatever its time-out; then the thread, what it uses and
 * `handle` are left to the end of the process. */
bool ends_stop(struct ends *ends);

/* Asks at once. */
void ends_hurry(struct ends *ends);

/* Copies what was heard into `inputs` (adding partitions that are new). Returns how many rounds were completed: 0 as
 * long as not every existing topic was asked once. */
uint64_t ends_copy(struct ends *ends, struct inputs *inputs);

/* How many of the input topics exist, when last asked; -1 before that. */
int ends_topics(struct ends *ends);

#endif
