/* Generated logs of messages about one item at two nodes, "A" and "B": every event type, scope and state, transfers
 * between the two and from a third node, corrections, ties, repetitions and conflicting copies; events of any age on partitions that brokers
 * with different clocks stamp, with gaps of Kafka time between them. */
#ifndef TEST_STREAMS_H
#define TEST_STREAMS_H

#include "driver.h"
#include "random.h"

enum { STREAM_MESSAGES = 48, STREAM_LINES = 4 * STREAM_MESSAGES };

struct stream {
    struct message messages[STREAM_MESSAGES]; /* of each partition in order of its offsets */
    size_t messages_n;
    int partitions_n;
    int64_t published_until; /* greatest Kafka time */
    struct event events[2 * STREAM_MESSAGES];
    size_t events_n;
    struct count_line lines[STREAM_LINES];
    size_t lines_n;
    char ids[STREAM_MESSAGES][8];
};

/* By how much a broker's clock may be ahead of another's, and may step back: twice that is within the slack of
 * settlement. */
#define STREAM_BACK_MS (INT64_C(20) * 60 * 1000)

void stream_make(struct stream *stream, struct random *random);

#endif
