/* Three topics over a month, read in step of Kafka time, and again one topic after the other as a rebuild might: the
 * same bytes, and nothing late in either.
 *
 * Progress comes from the topics' watermarks alone, as in the fold. */
#include <stdio.h>

#include "support/driver.h"
#include "support/naive_model.h"
#include "support/streams.h"
#include "support/suite.h"

enum { TOPICS = 3, STREAMS = 20000 };

struct topic {
    const struct message *messages[STREAM_MESSAGES]; /* by Kafka time */
    size_t messages_n, read_n;
    struct watermark watermark;
};

/* Every source writes to a topic of its own. */
static int topic_of(const struct message *message)
{
    const struct event *event = message->sides[0] != NULL ? message->sides[0] : message->sides[1];
    return str_equal(event->source, STR("p")) ? 0 : str_equal(event->source, STR("pos")) ? 1 : 2;
}

static void publish(const struct stream *stream, struct topic topics[TOPICS])
{
    for (int t = 0; t < TOPICS; t++)
        topics[t] = (struct topic){.watermark = watermark_none};
    for (size_t i = 0; i < stream->messages_n; i++) {
        const struct message *message = &stream->messages[i];
        struct topic *topic = &topics[topic_of(message)];
        size_t to = topic->messages_n++;
        for (; to > 0 && topic->messages[to - 1]->kafka_time > message->kafka_time; to--)
            topic->messages[to] = topic->messages[to - 1];
        topic->messages[to] = message;
    }
}

static bool at_end(const struct topic *topic)
{
    return topic->read_n == topic->messages_n;
}

/* The unread topic with the earliest message. */
static int next_in_step(const struct topic topics[TOPICS])
{
    int next = -1;

    for (int t = 0; t < TOPICS; t++)
        if (!at_end(&topics[t]) && (next < 0 || topics[t].messages[topics[t].read_n]->kafka_time <
                                                    topics[next].messages[topics[next].read_n]->kafka_time))
            next = t;
    return next;
}

static int next_in_turn(const struct topic topics[TOPICS])
{
    for (int t = 0; t < TOPICS; t++)
        if (!at_end(&topics[t]))
            return t;
    return -1;
}

/* A topic at its end is complete to the moment of asking, which is after everything that was ever published. */
static void move_watermark(struct topic *topic, int64_t published_until)
{
    struct watermark next = {.next = (int64_t)topic->read_n, .last_offset = (int64_t)topic->read_n - 1};

    next.complete_to = topic->read_n == 0 ? TIME_NONE : topic->messages[topic->read_n - 1]->kafka_time;
    if (at_end(topic))
        next.complete_to = published_until;
    ck_assert(watermark_advance(&topic->watermark, &next));
}

static int64_t progress(const struct topic topics[TOPICS])
{
    struct watermark watermarks[TOPICS];

    for (int t = 0; t < TOPICS; t++)
        watermarks[t] = topics[t].watermark;
    return watermark_progress(watermarks, TOPICS);
}

/* Reads everything; `next` says which topic is read from. Settles after every message. */
static void read_all(struct driver *driver, const struct stream *stream, int (*next)(const struct topic *topics),
                     uint64_t seed)
{
    struct topic topics[TOPICS];
    int64_t published_until = 0;

    publish(stream, topics);
    driver_init(driver, STREAM_WINDOW_MS);
    for (size_t i = 0; i < stream->messages_n; i++)
        if (stream->messages[i].kafka_time > published_until)
            published_until = stream->messages[i].kafka_time;
    for (int t = next(topics); t >= 0; t = next(topics)) {
        bool taken;
        driver_fold(driver, &topics[t].messages[topics[t].read_n++], 1, &taken);
        if (!taken)
            ck_abort_msg("seed %llu: late", (unsigned long long)seed);
        move_watermark(&topics[t], published_until);
        driver_settle(driver, progress(topics));
    }
}

static void expect(const struct stream *stream, int record, char ret_text[NAIVE_TEXT_MAX])
{
    const struct event *events[STREAM_MESSAGES];
    size_t events_n = 0;

    for (size_t i = 0; i < stream->messages_n; i++)
        if (stream->messages[i].sides[record] != NULL)
            events[events_n++] = stream->messages[i].sides[record];
    naive_text(events, events_n, STREAM_WINDOW_MS, ret_text);
}

START_TEST(topics_read_in_step_or_one_after_the_other_give_the_same_bytes_and_nothing_is_late)
{
    static struct stream stream;
    static struct driver in_step, in_turn;
    uint64_t settled_in_step = 0, settled_in_turn = 0;

    for (uint64_t seed = 1; seed <= STREAMS; seed++) {
        struct random random = {seed};
        stream_make_month(&stream, &random);
        read_all(&in_step, &stream, next_in_step, seed);
        read_all(&in_turn, &stream, next_in_turn, seed);
        for (int record = 0; record < DRIVER_RECORDS; record++) {
            char expected[NAIVE_TEXT_MAX], one[RECORD_TEXT_MAX], other[RECORD_TEXT_MAX];
            expect(&stream, record, expected);
            record_text(&in_step.records[record].shown.record, one);
            record_text(&in_turn.records[record].shown.record, other);
            if (strcmp(one, expected) != 0 || strcmp(other, expected) != 0)
                ck_abort_msg("seed %llu record %d:\n%s%s%s", (unsigned long long)seed, record, one, other, expected);
        }
        settled_in_step += in_step.tally.settled;
        settled_in_turn += in_turn.tally.settled;
    }
    printf("streams %d, 30 days, 3 topics: settled=%llu in step, %llu one after the other, late=0\n", STREAMS,
           (unsigned long long)settled_in_step, (unsigned long long)settled_in_turn);
    ck_assert(settled_in_step > STREAMS && settled_in_turn > STREAMS);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {topics_read_in_step_or_one_after_the_other_give_the_same_bytes_and_nothing_is_late};
    return SUITE_RUN("topics", tests);
}
