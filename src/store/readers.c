/* Responsible for: noticing that stock is looked up. Not for: what the fold does then (fold.c).
 *
 * Redis counts the calls of each command. Every lookup asks for its shards' state with HMGET (reading.c); a fold calls
 * it at most once in each FCALL, and not otherwise. So what HMGET has above the FCALLs is lookups, whoever folds. */
#include "stockfold/store/readers.h"

#include <stdlib.h>

enum { ASK_US = 100 * 1000, READING_US = 1000 * 1000, READS_PER_S = 500 };

static int64_t calls_of(const struct reply *reply, const char *name)
{
    static const char calls[] = "calls=";
    size_t len = sizeof(calls) - 1;
    struct str value = reply_info(reply, name);
    return value.len > len && memcmp(value.data, calls, len) == 0 ? strtoll(value.data + len, NULL, 10) : 0;
}

static void answered(void *context, const struct reply *reply)
{
    struct readers *readers = context;
    readers->asked = false;
    if (reply_problem(reply) != REPLY_OK)
        return;
    int64_t reads =
        calls_of(reply, "cmdstat_hmget") - calls_of(reply, "cmdstat_fcall") - calls_of(reply, "cmdstat_fcall_ro");
    if (readers->heard_us != 0 &&
        (reads - readers->reads) * 1000000 > READS_PER_S * (readers->asked_us - readers->heard_us))
        readers->reading_until_us = readers->asked_us + READING_US;
    readers->heard_us = readers->asked_us;
    readers->reads = reads;
}

void readers_tend(struct readers *readers, struct link *link, int64_t now_us)
{
    if (readers->asked || now_us - readers->asked_us < ASK_US || !link_is_open(link))
        return;
    readers->asked = true;
    readers->asked_us = now_us;
    link_begin(link, 2, answered, readers);
    link_word(link, STR("INFO"));
    link_word(link, STR("commandstats"));
}

bool readers_there(const struct readers *readers, int64_t now_us)
{
    return now_us < readers->reading_until_us;
}
