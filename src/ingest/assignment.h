/* Which partitions, and from where each is read. */
#ifndef STOCKFOLD_SRC_INGEST_ASSIGNMENT_H
#define STOCKFOLD_SRC_INGEST_ASSIGNMENT_H

#include "engine.h"
#include "input.h"
#include <librdkafka/rdkafka.h>

enum { SEEK_MS = 5000 };

struct assignment;

struct assignment *assignment_new(void);
void assignment_free(struct assignment *assignment);

/* To be destroyed by the caller. */
rd_kafka_topic_partition_list_t *assignment_list_of(const struct input *input, int64_t offset);
/* What the group gives and takes: librdkafka's rebalance_cb. `opaque` is the engine. */
void assignment_changed(rd_kafka_t *handle, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list,
                        void *opaque);

/* Reading begins, or begins again: notes where each shard stands, which the log must bear out. */
void assignment_expect_shards(struct engine *engine, size_t index);

/* Rewinds, pauses and resumes what wants it. */
void assignment_steer(struct engine *engine, int64_t now_us);
/* Which partitions are paused is decided at the next turn, whenever that was last done. */
void assignment_hurry(struct engine *engine);
/* Tells the group how far we are: a hint only. */
void assignment_hint(struct engine *engine);

#endif
