/* Responsible for: waiting for a link's replies: for all of them, or for that to one command. */
#include "link_state.h"
#include "stockfold/base/clock.h"

bool link_drain(struct link *link, int timeout_ms)
{
    int64_t deadline_us = clock_steady_us() + (int64_t)timeout_ms * 1000;
    while (link->ring_n > 0 && link->stream.fd >= 0) {
        int left_ms = stream_left_ms(deadline_us);
        if (link_turn(link, left_ms) == 0 && left_ms == 0)
            break;
    }
    bool all = link->ring_n == 0 && link->stream.fd >= 0;
    if (!all)
        link_close(link);
    return all;
}

/* --- one command at a time -------------------------------------------------------------------------------------- */

static void keep_called(void *context, const struct reply *reply)
{
    struct link *link = context;
    link_keep(link);
    link->called = (const redisReply *)reply;
}

void link_call_begin(struct link *link, size_t words)
{
    reply_free((const struct reply *)link->called);
    link->called = NULL;
    link_begin(link, words, keep_called, link);
}

const struct reply *link_call(struct link *link, int timeout_ms)
{
    link_drain(link, timeout_ms);
    return (const struct reply *)link->called;
}
