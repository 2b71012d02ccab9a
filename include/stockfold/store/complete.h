/* Up to which Kafka time all shards of items together hold everything: one number of the whole view.
 *
 * Each fold moves on the partitions that it reads, many times a second, in one small call, where a checkpoint of every
 * shard would be long work for Redis. A shard is complete to the later of this and of its own meta's `complete`.
 *
 * A time may be written only while all that its partition brought up to then is acknowledged in every shard; and whoever
 * finds that a shard went back behind that takes the times of its partitions back before it commits anything to it. So
 * they hold for every shard that is open: it opens only when each partition's own writer has brought it further. */
#ifndef STOCKFOLD_STORE_COMPLETE_H
#define STOCKFOLD_STORE_COMPLETE_H

#include "stockfold/store/view.h"

/* A topic that items are made of, and how many partitions it has. */
struct fed_topic {
    struct str topic;
    size_t partitions;
};

struct partition_complete {
    struct str topic;
    int32_t partition;
    int64_t time; /* Kafka time, ms; TIME_NONE: taken back */
};

/* Writes the partitions' times, and the least of all that are there; none while one of the topics' partitions has none. */
void complete_write(struct view *view, const struct fed_topic *topics, size_t topics_n,
                    const struct partition_complete *rows, size_t rows_n, link_reply_fn *fn, void *context);

#endif
