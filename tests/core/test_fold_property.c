/* The property that must always hold: any interleaving of a log's partitions, any split into batches, settlement at any
 * moment that permits it and restarts give byte-identical records, those of a naive model that shares no code with the
 * fold, and refuse exactly what the contract's rule refuses.
 *
 * STOCKFOLD_STREAMS: how many logs (default 100,000). STOCKFOLD_SEED: of the first one; log i has seed + i. */
#include <stdio.h>
#include <stdlib.h>

#include "support/driver.h"
#include "support/naive_lateness.h"
#include "support/naive_model.h"
#include "support/streams.h"
#include "support/suite.h"

enum { ORDERS = 4, BATCH_MAX = 8 };

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* ---- reading a log ---- */

struct reader {
    const struct stream *stream;
    size_t order[DRIVER_PARTITIONS][STREAM_MESSAGES]; /* indexes of a partition's messages */
    size_t n[DRIVER_PARTITIONS], position[DRIVER_PARTITIONS];
    int64_t complete[DRIVER_PARTITIONS];
    bool taken[STREAM_MESSAGES];
};

static void reader_init(struct reader *reader, const struct stream *stream)
{
    *reader = (struct reader){.stream = stream};
    for (size_t i = 0; i < stream->messages_n; i++) {
        int p = stream->messages[i].partition;
        reader->order[p][reader->n[p]++] = i;
    }
    for (int p = 0; p < stream->partitions_n; p++)
        reader->complete[p] = reader->n[p] == 0 ? stream->published_until : TIME_NONE;
}

static int64_t progress_of(const struct reader *reader)
{
    int64_t progress = INT64_MAX;
    for (int p = 0; p < reader->stream->partitions_n; p++)
        if (reader->complete[p] < progress)
            progress = reader->complete[p];
    return progress;
}

static void complete_to(struct reader *reader, int partition, int64_t time)
{
    if (time > reader->complete[partition])
        reader->complete[partition] = time;
}

/* Up to `max` messages, of each partition a contiguous range. */
static size_t cut_batch(const struct reader *reader, struct random *random, size_t max, size_t *ret_batch)
{
    size_t ahead[DRIVER_PARTITIONS] = {0}, n = 0;
    for (size_t tries = 0; tries < 4 * max && n < max; tries++) {
        int p = (int)random_below(random, reader->stream->partitions_n);
        if (reader->position[p] + ahead[p] < reader->n[p])
            ret_batch[n++] = reader->order[p][reader->position[p] + ahead[p]++];
    }
    return n;
}

/* A partition moves on to what waits; a partition at its end is complete to the end of the log. */
static void move_on(struct reader *reader, const size_t *batch, const enum verdict *verdicts, size_t batch_n)
{
    for (size_t i = 0; i < batch_n; i++) {
        const struct message *message = &reader->stream->messages[batch[i]];
        int p = message->partition;
        if (verdicts[i] == WAITS) {
            if (reader->order[p][reader->position[p]] == batch[i])
                complete_to(reader, p, message->kafka_time - 1);
            continue;
        }
        reader->taken[batch[i]] = verdicts[i] == TAKEN;
        reader->position[p]++;
        complete_to(reader, p,
                    reader->position[p] == reader->n[p] ? reader->stream->published_until : message->kafka_time);
    }
}

static bool at_end(const struct reader *reader)
{
    for (int p = 0; p < reader->stream->partitions_n; p++)
        if (reader->position[p] < reader->n[p])
            return false;
    return true;
}

/* Folds the log in one random interleaving, with settlement and restarts; false when a restart gives another record. */
static bool fold_log(struct driver *driver, struct reader *reader, struct random *random)
{
    size_t batch_max = 1 + (size_t)random_below(random, BATCH_MAX);
    while (!at_end(reader)) {
        size_t batch[BATCH_MAX], batch_n = cut_batch(reader, random, batch_max, batch);
        const struct message *messages[BATCH_MAX];
        enum verdict verdicts[BATCH_MAX];
        for (size_t i = 0; i < batch_n; i++)
            messages[i] = &reader->stream->messages[batch[i]];
        driver_fold(driver, messages, batch_n, progress_of(reader), verdicts);
        move_on(reader, batch, verdicts, batch_n);
        if (random_one_in(random, 2))
            driver_settle(driver, progress_of(reader));
        if (random_one_in(random, 8) && !driver_restart(driver))
            return false;
    }
    return true;
}

/* ---- what must come out ---- */

static void expect_text(const struct stream *stream, const bool *taken, int record, char ret_text[NAIVE_TEXT_MAX])
{
    const struct event *events[STREAM_MESSAGES];
    size_t events_n = 0;

    for (size_t i = 0; i < stream->messages_n; i++)
        if (stream->messages[i].sides[record] != NULL && taken[i])
            events[events_n++] = stream->messages[i].sides[record];
    naive_text(events, events_n, ret_text);
}

/* Why this interleaving gives another result; NULL: it gives the same. */
static const char *difference(const struct driver *driver, const struct reader *reader, const bool *taken)
{
    char shown[RECORD_TEXT_MAX], expected[NAIVE_TEXT_MAX];
    static char why[RECORD_TEXT_MAX + NAIVE_TEXT_MAX + 64];

    for (size_t i = 0; i < reader->stream->messages_n; i++)
        if (reader->taken[i] != taken[i]) {
            snprintf(why, sizeof(why), "message %zu is %s", i, taken[i] ? "refused" : "taken");
            return why;
        }
    for (int record = 0; record < DRIVER_RECORDS; record++) {
        record_text(&driver->records[record].shown.record, shown);
        expect_text(reader->stream, taken, record, expected);
        if (strcmp(shown, expected) != 0) {
            snprintf(why, sizeof(why), "record %d\nshown:\n%sexpected:\n%s", record, shown, expected);
            return why;
        }
    }
    return NULL;
}

static void add_tally(struct driver_tally *to, const struct driver_tally *from)
{
    to->in_order += from->in_order;
    to->out_of_order += from->out_of_order;
    to->settled += from->settled;
    to->refused += from->refused;
    to->refused_unread += from->refused_unread;
    to->waited += from->waited;
    to->restarts += from->restarts;
    to->fold.repeated += from->fold.repeated;
    to->fold.conflicting += from->fold.conflicting;
    to->fold.unmatched += from->fold.unmatched;
    to->fold.struck += from->fold.struck;
}

static const struct lateness_rule rule = {LATENESS_WINDOW_MS_DEFAULT, LATENESS_HISTORY_MS_DEFAULT};

/* Why some interleaving of a log, folded by this rule and slack, differs from the contract; NULL: none does. */
static const char *check_log(const struct stream *stream, const struct lateness_rule *by, int64_t slack_ms,
                             struct random *random, struct driver_tally *tally)
{
    static struct driver driver;
    struct reader reader;
    bool taken[STREAM_MESSAGES];
    const char *why = NULL;

    naive_taken(stream->messages, stream->messages_n, rule.window_ms, rule.history_ms, taken);
    for (int i = 0; i < ORDERS && why == NULL; i++) {
        reader_init(&reader, stream);
        driver_init(&driver, by);
        driver.slack_ms = slack_ms;
        if (!fold_log(&driver, &reader, random))
            return "a restart gives another record";
        why = difference(&driver, &reader, taken);
        add_tally(tally, &driver.tally);
    }
    return why;
}

START_TEST(any_interleaving_batching_settlement_and_restart_gives_what_the_log_says)
{
    uint64_t streams = setting("STOCKFOLD_STREAMS", 100000), seed = setting("STOCKFOLD_SEED", 1);
    struct driver_tally tally = {0};
    uint64_t types[EVENT_TYPES] = {0};
    static struct stream stream;

    for (uint64_t i = 0; i < streams; i++) {
        struct random random = {seed + i};
        stream_make(&stream, &random);
        for (size_t e = 0; e < stream.events_n; e++)
            types[stream.events[e].type]++;
        const char *why = check_log(&stream, &rule, SETTLE_SLACK_MS_DEFAULT, &random, &tally);
        if (why != NULL)
            ck_abort_msg("seed %llu: %s", (unsigned long long)(seed + i), why);
    }

    printf(
        "logs %llu from seed %llu, %d interleavings each: in_order=%llu out_of_order=%llu settled=%llu restarts=%llu "
        "refused=%llu (%llu without the window) waited=%llu repeated=%llu conflicting=%llu struck=%llu "
        "unmatched=%llu\n",
        (unsigned long long)streams, (unsigned long long)seed, ORDERS, (unsigned long long)tally.in_order,
        (unsigned long long)tally.out_of_order, (unsigned long long)tally.settled, (unsigned long long)tally.restarts,
        (unsigned long long)tally.refused, (unsigned long long)tally.refused_unread, (unsigned long long)tally.waited,
        (unsigned long long)tally.fold.repeated, (unsigned long long)tally.fold.conflicting,
        (unsigned long long)tally.fold.struck, (unsigned long long)tally.fold.unmatched);
    if (streams < 1000)
        return;
    for (int type = 0; type < EVENT_TYPES; type++)
        ck_assert_msg(types[type] > streams / 100, "hardly any %s", event_type_names[type]);
    ck_assert(tally.in_order > streams && tally.out_of_order > streams && tally.settled > streams);
    ck_assert(tally.restarts > streams && tally.refused > streams / 10 && tally.waited > streams / 10);
    ck_assert(tally.refused_unread > streams / 100 && tally.refused > tally.refused_unread);
    ck_assert(tally.fold.repeated > streams / 10 && tally.fold.conflicting > streams / 10);
    ck_assert(tally.fold.struck > streams / 10 && tally.fold.unmatched > 0);
}
END_TEST

/* How many of some logs differ when they are folded by another rule. */
static int differing(struct lateness_rule by, int64_t slack_ms)
{
    static struct stream stream;
    struct driver_tally tally = {0};
    int n = 0;

    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct random random = {seed};
        stream_make(&stream, &random);
        n += check_log(&stream, &by, slack_ms, &random, &tally) != NULL;
    }
    return n;
}

START_TEST(broken_rule_is_noticed)
{
    struct lateness_rule wide = rule, sooner = rule, later = rule;
    wide.window_ms += 1;
    sooner.history_ms -= 1;
    later.history_ms += 1;

    ck_assert_int_eq(differing(rule, SETTLE_SLACK_MS_DEFAULT), 0);
    ck_assert_int_gt(differing(wide, SETTLE_SLACK_MS_DEFAULT), 0);
    ck_assert_int_gt(differing(sooner, SETTLE_SLACK_MS_DEFAULT), 0);
    ck_assert_int_gt(differing(later, SETTLE_SLACK_MS_DEFAULT), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        any_interleaving_batching_settlement_and_restart_gives_what_the_log_says,
        broken_rule_is_noticed,
    };
    return SUITE_RUN("fold property", tests);
}
