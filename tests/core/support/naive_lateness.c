/* What is taken, straight from the contract. */
#include "naive_lateness.h"

#include <assert.h>

enum { MESSAGES_MAX = 256 };

static int64_t time_in_order(const struct event *event)
{
    return event->type == EVENT_CORRECTED ? event->ref_time : event->time;
}

/* Some accepted event of a record of `message`, at least as new, came at least history_ms earlier. */
static bool is_closed(const struct message *message, const struct message *messages, const bool *taken,
                      size_t messages_n, int64_t history_ms)
{
    for (size_t i = 0; i < messages_n; i++)
        for (int r = 0; r < DRIVER_RECORDS; r++) {
            const struct event *event = message->sides[r], *other = messages[i].sides[r];
            if (event != NULL && other != NULL && taken[i] &&
                messages[i].kafka_time <= message->kafka_time - history_ms &&
                time_in_order(other) >= time_in_order(event))
                return true;
        }
    return false;
}

/* What can decide about a message has a smaller Kafka time, so those are decided first. */
void naive_taken(const struct message *messages, size_t messages_n, int64_t window_ms, int64_t history_ms,
                 bool *ret_taken)
{
    bool decided[MESSAGES_MAX] = {false};

    assert(messages_n <= MESSAGES_MAX);
    for (size_t i = 0; i < messages_n; i++)
        ret_taken[i] = false;
    for (size_t n = 0; n < messages_n; n++) {
        size_t next = messages_n;
        for (size_t i = 0; i < messages_n; i++)
            if (!decided[i] && (next == messages_n || messages[i].kafka_time < messages[next].kafka_time))
                next = i;
        const struct message *message = &messages[next];
        const struct event *event = message->sides[0] != NULL ? message->sides[0] : message->sides[1];
        ret_taken[next] = time_in_order(event) >= message->kafka_time - window_ms ||
                          !is_closed(message, messages, ret_taken, messages_n, history_ms);
        decided[next] = true;
    }
}
