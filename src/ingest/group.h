/* The fold's part of stockfold/ingest/group.h: leaving notes, and looking for those of another view. */
#ifndef STOCKFOLD_SRC_INGEST_GROUP_H
#define STOCKFOLD_SRC_INGEST_GROUP_H

#include <librdkafka/rdkafka.h>

#include "input.h"
#include "stockfold/ingest/group.h"

/* Adds the note to an offset about to be committed. */
void group_note(rd_kafka_topic_partition_t *row, const char *view_id);

struct group_watch;
/* Of that consumer's group; borrows all three for its life. */
struct group_watch *group_watch_new(rd_kafka_t *consumer, const char *group, const char *view_id);
void group_watch_free(struct group_watch *watch);
/* Every few seconds, and only where others read partitions too: asks about those, which takes one answer of the group's
 * coordinator, and logs another view, once a minute. */
void group_watch_poll(struct group_watch *watch, const struct inputs *inputs, int64_t now_us);

#endif
