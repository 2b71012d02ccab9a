/* Generated streams of messages about one item at two nodes, "A" and "B": every event type, scope and state, transfers
 * between the two and from a third node, corrections, ties, repetitions and conflicting copies; history first, in files with quiet times
 * between them, then live messages and history out of order. */
#ifndef TEST_STREAMS_H
#define TEST_STREAMS_H

#include "driver.h"
#include "random.h"

enum { STREAM_MESSAGES = 96, STREAM_LINES = 4 * STREAM_MESSAGES };

struct stream {
    struct message messages[STREAM_MESSAGES]; /* history first, in order */
    size_t messages_n, history_n;
    int64_t loaded_until; /* Kafka time at which the history ends */
    bool has_strays;      /* what is refused depends on the order, and not only of repetitions */
    struct event events[2 * STREAM_MESSAGES];
    size_t events_n;
    struct count_line lines[STREAM_LINES];
    size_t lines_n;
    char ids[STREAM_MESSAGES][8];
};

#define STREAM_WINDOW_MS FOLD_WINDOW_MS_DEFAULT

/* Makes a stream in which nothing but a repetition or a stray can be late, whatever order stream_shuffle() gives it. */
void stream_make(struct stream *stream, struct random *random);

/* Makes a stream of well-behaved messages only, over 30 days of event time and Kafka time. */
void stream_make_month(struct stream *stream, struct random *random);

/* One order in which the messages may come: history to within the hour, all other messages anyhow. */
void stream_shuffle(const struct stream *stream, struct random *random,
                    const struct message *ret_order[STREAM_MESSAGES]);

#endif
