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
    bool assigned;      /* to this consumer */
    bool paused;        /* for running ahead of the others */
    size_t deferred_n;  /* its messages that wait for the log, in all shards */
    bool broken;        /* a gap or a topic made again: not read until an operator decides */
    bool restarting;    /* which he did: not read until every shard stands in this log (gap.c) */
    int64_t fits_below; /* then: what shards read last fits where it lies below this offset */
    bool gap_over;      /* the log fitted once, here or elsewhere: --accept-gap does not count for it any more */
    bool rereading;     /* compacted, and read whole: not complete before its keys were compared (reread.c) */

    struct watermark read;              /* how far it was read: moved by the functions below alone, all of it at once */
    const struct message *last_message; /* during one poll: the message that read.digest is still to be taken of */
    int32_t broker;                     /* that the newest message came from, -1: not known */
    int64_t heard_us;                   /* steady clock: when something was last read */

    int64_t verify_offset; /* read.last_offset while that message must be seen again as it was; -1: nothing to verify */
    int64_t stood_to;      /* the highest position that a shard had when reading began: the log must reach so far */
    uint64_t stood_round;  /* of questions about ends: one that began after that */
    int64_t compare_at; /* the next offset below stood_to at which some shard's last message must be seen; INT64_MAX */
    int64_t rewind;     /* offset that librdkafka still has to be told to read from, -1: it reads where we are */

    int64_t begin;           /* of the partition, when last asked; -1 unknown */
    int64_t end;             /* its high watermark, when last asked; -1 unknown */
    int64_t end_complete_to; /* its broker's clock at least when that was asked, Kafka time; TIME_NONE: not known */
    bool reached_end;        /* a read came to the end of what can be read, and nothing was read since */
    bool awaited;            /* not ours, and a shard waits for it: noted anew each time that ends are copied */
    int64_t stable_end;      /* how far committed messages go, when last asked; -1 never */
    uint64_t stable_round;   /* round of questions after which that was asked */
    bool held_up_logged;
    int64_t
        complete_written; /* the view's time of it, as completeness.c wrote it; TIME_NONE: none since it was assigned */
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
/* The same by its name, TOPIC:PARTITION. */
size_t inputs_find_named(const struct inputs *inputs, struct str name);

/* --- moving `read` ----------------------------------------------------------------------------------------------- */

/* Reading begins, or begins again, where the view stands. Of a stock topic the last message before that must be seen
 * first, unchanged. Returns the offset to read from. */
int64_t input_stand_at(struct input *input, const struct watermark *from);
/* A shard stands at `known`: where reading has not come so far, its last message is to be seen on the way, unchanged.
 * `round` of questions about ends begins after that was learned. */
void input_expect(struct input *input, const struct watermark *known, uint64_t round);
/* The log holds all that the view has of it, as far as that can be told by reading. */
bool input_fits(const struct input *input);
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
/* `end` was heard anew, and the broker's clock when it was asked. */
void input_hear_end(struct input *input, int64_t end, int64_t complete_to);

/* TOPIC:PARTITION */
void input_name(const struct input *input, char ret_name[INPUT_NAME_MAX]);

/* Everything up to the end last heard of has been read: up to the high watermark, since behind the last stable offset an
 * open transaction may hide messages that are older than those yet to come. */
bool input_at_end(const struct input *input);
/* Nothing more can be read just now although something lies behind; what it is, the last stable offset tells. */
bool input_seems_held_up(const struct input *input);
/* Everything has been read but what an open transaction holds up, as known from after that round of questions. */
bool input_is_held_up(const struct input *input, uint64_t round);

/* The watermark that stands for "read up to position": what a checkpoint writes where nothing is queued. */
struct watermark input_watermark(const struct input *input);

#endif
