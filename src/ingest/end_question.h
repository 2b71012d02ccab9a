/* Where the partitions of the input topics end: one question to each broker for all that it leads. Asked one by one on a
 * handle that fetches, 320 partitions take 18 s; so, some milliseconds. Blocking; any thread. */
#ifndef STOCKFOLD_SRC_INGEST_END_QUESTION_H
#define STOCKFOLD_SRC_INGEST_END_QUESTION_H

#include "stockfold/ingest/positions.h"

struct partition_end_list {
    struct partition_end *rows;
    size_t n, cap;
    int missing; /* input topics that do not exist: a bit for each role */
};

void partition_ends_done(struct partition_end_list *list);

/* Which partitions there are, and who leads them; what was known of their ends stays. False: nobody answers. */
bool partition_ends_find(struct rd_kafka_s *handle, const struct kafka_config *config, int timeout_ms,
                         struct partition_end_list *list);
/* The broker that leads each partition of a topic, in the order of their numbers: at most `room`; -1: nobody. Returns how
 * many partitions it has; 0: it does not exist; -1: nobody answers. */
int topic_leaders(struct rd_kafka_s *handle, const char *topic, int timeout_ms, int32_t *ret_leaders, int room);

/* Asks the leaders of the rows. Where the handle reads uncommitted messages, an end is the
 * high watermark, else the last stable offset. Rows whose leader does not answer in time stay as they are. Returns whether
 * all were answered. */
bool partition_ends_ask(struct rd_kafka_s *handle, const struct kafka_config *config, int timeout_ms,
                        struct partition_end *rows, size_t n);

#endif
