/* The input partitions: what each is read up to. Plain values of the fold's one thread; ends.h fills in what a broker
 * says of their ends. */
#ifndef STOCKFOLD_SRC_INGEST_INPUT_H
#define STOCKFOLD_SRC_INGEST_INPUT_H

#include "stockfold/core/watermark.h"
#include "stockfold/ingest/kafka.h"

struct message;

struct input {
    enum topic_role role;
    const char *topic; /* borrowed from the configuration */
    int32_t partition;
    bool assigned;     /* to this consumer */
    bool paused;       /* for running ahead of the others */
    bool broken;       /* a gap or a topic made again: not read until an operator decides */
    bool gap_accepted; /* which he did, at the start */
    bool rereading;    /* compacted, and read whole: not complete before its keys were compared (reread.c) */

    int64_t position;                   /* next offset to take; after an end of partition, that end */
    int64_t last_offset;                /* newest message read, -1 */
    uint64_t last_digest;               /* of it */
    int64_t last_time;                  /* its Kafka time, TIME_NONE */
    const struct message *last_message; /* during one poll: the message that last_digest is still to be taken of */
    int64_t heard_us;                   /* steady clock: when something was last read */

    int64_t verify_offset; /* the message that must still be there as it was, -1: nothing to verify */
    uint64_t verify_digest;
    int64_t rewind; /* offset to read again from, -1: none */

    int64_t begin, end;   /* of the partition, when last asked; -1 unknown */
    int64_t end_asked_ms; /* wall clock at which that question was sent */
    int64_t target;       /* the end seen when the fold started, -1 unknown */
};

/* The rows of one topic's partitions, by their numbers; SIZE_MAX: not known yet. */
struct partition_rows {
    size_t *rows;
    size_t n;
};

struct inputs {
    struct input *rows;
    size_t n, cap;
    struct partition_rows of_topic[TOPIC_INPUTS];
    const char *topics[TOPIC_INPUTS]; /* names, once a partition of them is known; borrowed from the configuration */
};

void inputs_done(struct inputs *inputs);

/* The index of a partition, added when it is new. */
size_t inputs_index(struct inputs *inputs, const struct kafka_config *config, enum topic_role role, int32_t partition);

/* The index of a known partition; SIZE_MAX: of none. */
size_t inputs_find(const struct inputs *inputs, struct str topic, int32_t partition);

/* TOPIC:PARTITION */
void input_name(const struct input *input, char *ret_name, size_t room);

/* Everything up to the end last heard of has been read. */
bool input_at_end(const struct input *input);

/* The watermark that stands for "read up to position": what a checkpoint writes where nothing is queued. */
struct watermark input_watermark(const struct input *input);

/* The digest by which a message is known again: of key, value and Kafka time. */
uint64_t message_digest(struct str key, struct str value, int64_t kafka_time);

#endif
