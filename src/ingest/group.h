/* The fold's part of stockfold/ingest/group.h: leaving notes, and looking for those of another view without waiting. */
#ifndef STOCKFOLD_SRC_INGEST_GROUP_H
#define STOCKFOLD_SRC_INGEST_GROUP_H

#include <librdkafka/rdkafka.h>

#include "input.h"
#include "stockfold/ingest/group.h"

/* Adds the note to an offset about to be committed. */
void group_note(rd_kafka_topic_partition_t *row, const char *view_id);

struct group_watch;
/* Of that handle's group; borrows all three for its life. */
struct group_watch *group_watch_new(rd_kafka_t *handle, const char *group, const char *view_id);
void group_watch_free(struct group_watch *watch);
/* Asks about the partitions every few seconds, takes answers that have come, and logs another view, once a minute. */
void group_watch_poll(struct group_watch *watch, const struct inputs *inputs, int64_t now_us);

#endif
