/* The input partitions: what each is read up to. Plain values of the fold's one thread; ends.h fills in what a broker
 * says of their ends. */
#ifndef STOCKFOLD_SRC_INGEST_INPUT_H
#define STOCKFOLD_SRC_INGEST_INPUT_H

#include "stockfold/core/watermark.h"
#include "stockfold/ingest/kafka.h"

struct message;

/* TOPIC:PARTITION, with its end. */
enum { INPUT_NAME_MAX = KAFKA_TOPIC_NAME_MAX + sizeof(":2147483647") };

struct input {
    enum topic_role role;
    const char *topic; /* borrowed from the configuration */
    int32_t partition;
    bool assigned;     /* to this consumer */
    bool paused;       /* for running ahead of the others */
    size_t deferred_n; /* its messages that wait for the log, in all shards */
    bool broken;       /* a gap or a topic made again: not read until an operator decides */
    bool gap_accepted; /* which he did, at the start */
    bool rereading;    /* compacted, and read whole: not complete before its keys were compared (reread.c) */

    struct watermark read;              /* how far it was read: moved by the functions below alone, all of it at once */
    const struct message *last_message; /* during one poll: the message that read.digest is still to be taken of */
    int64_t heard_us;                   /* steady clock: when something was last read */

    int64_t verify_offset; /* read.last_offset while that message must be seen again as it was; -1: nothing to verify */
    int64_t rewind;        /* offset that librdkafka still has to be told to read from, -1: it reads where we are */

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

/* --- moving `read` ----------------------------------------------------------------------------------------------- */

/* Reading begins, or begins again, where the view stands. Of a stock topic the last message before that must be seen
 * first, unchanged. Returns the offset to read from. */
int64_t input_stand_at(struct input *input, const struct watermark *from);
/* The same where reading goes on already: back to `to`, when that lies behind; librdkafka is to be told (`rewind`). */
void input_go_back(struct input *input, const struct watermark *to);
/* Where an operator accepted that the past is lost: the log is read from `begin`, and nothing before is verified. */
void input_begin_at(struct input *input, int64_t begin);
/* The last message has to be seen again before anything else is taken. */
void input_verify_again(struct input *input);
/* The next message, which is borrowed until input_digest(). */
void input_take(struct input *input, const struct message *message);
/* Takes the digest of the newest message; once a poll, or when it is needed. False: there was nothing new. */
bool input_digest(struct input *input);
/* A read that came to the end of what can be read, at `offset`. */
void input_reach_end(struct input *input, int64_t offset);

/* TOPIC:PARTITION */
void input_name(const struct input *input, char ret_name[INPUT_NAME_MAX]);

/* Everything up to the end last heard of has been read. */
bool input_at_end(const struct input *input);

/* The watermark that stands for "read up to position": what a checkpoint writes where nothing is queued. */
struct watermark input_watermark(const struct input *input);

#endif
