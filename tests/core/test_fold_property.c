/* The property that must always hold: any order, repetition, splitting into batches, settlement and restart gives
 * byte-identical records, and those of a naive model that shares no code with the fold.
 *
 * STOCKFOLD_STREAMS: how many streams (default 100,000). STOCKFOLD_SEED: of the first one; stream i has seed + i. */
#include <stdio.h>
#include <stdlib.h>

#include "support/driver.h"
#include "support/naive_model.h"
#include "support/streams.h"
#include "support/suite.h"

enum { ORDERS = 4 };

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* What the naive model says of a record after these messages; `taken` NULL: all of them. */
static void expect_text(const struct message *const *messages, const bool *taken, size_t messages_n, int record,
                        char ret_text[NAIVE_TEXT_MAX])
{
    const struct event *events[STREAM_MESSAGES];
    size_t events_n = 0;

    for (size_t i = 0; i < messages_n; i++)
        if (messages[i]->sides[record] != NULL && (taken == NULL || taken[i]))
            events[events_n++] = messages[i]->sides[record];
    naive_text(events, events_n, STREAM_WINDOW_MS, ret_text);
}

static void assert_shown(const struct driver *driver, int record, const char *expected, uint64_t seed, int order)
{
    char text[RECORD_TEXT_MAX];
    record_text(&driver->records[record].shown.record, text);
    if (strcmp(text, expected) != 0)
        ck_abort_msg("seed %llu order %d record %d\nshown:\n%sexpected:\n%s", (unsigned long long)seed, order, record,
                     text, expected);
}

/* The Kafka time from which on messages still come. */
static int64_t earliest_to_come(const struct message *const *messages, size_t messages_n)
{
    int64_t earliest = INT64_MAX / 2;

    for (size_t i = 0; i < messages_n; i++)
        if (messages[i]->kafka_time < earliest)
            earliest = messages[i]->kafka_time;
    return earliest;
}

static void settle_somewhere(struct driver *driver, int64_t limit, struct random *random)
{
    int64_t back = random_one_in(random, 2) ? 0 : random_below(random, 2 * STREAM_WINDOW_MS);

    if (random_one_in(random, 2))
        driver_settle(driver, limit - back);
}

/* Folds one order of a stream in random batches, with settlement and restarts between them; ret_taken[i] says whether
 * order[i] was taken, which must be so without settlement too. */
static void run(struct driver *driver, const struct message *const *order, size_t order_n, struct random *random,
                uint64_t seed, bool *ret_taken)
{
    static struct driver unsettled;
    int64_t batch_max = 1 + random_below(random, 8);
    bool watched = random_one_in(random, 16);
    bool taken_unsettled[STREAM_MESSAGES];
    char expected[NAIVE_TEXT_MAX];

    driver_init(driver, STREAM_WINDOW_MS);
    driver_init(&unsettled, STREAM_WINDOW_MS);
    for (size_t i = 0, end; i < order_n; i = end) {
        end = i + 1 + (size_t)random_below(random, batch_max);
        end = end < order_n ? end : order_n;
        driver_fold(driver, order + i, end - i, ret_taken + i);
        driver_fold(&unsettled, order + i, end - i, taken_unsettled + i);
        for (size_t m = i; m < end; m++)
            if ((!ret_taken[m] && !order[m]->may_late) || ret_taken[m] != taken_unsettled[m])
                ck_abort_msg("seed %llu: %s", (unsigned long long)seed, ret_taken[m] ? "taken" : "refused");
        settle_somewhere(driver, earliest_to_come(order + end, order_n - end), random);
        if (random_one_in(random, 4) && !driver_restart(driver))
            ck_abort_msg("seed %llu: restart", (unsigned long long)seed);
        for (int record = 0; watched && record < DRIVER_RECORDS; record++) {
            expect_text(order, ret_taken, end, record, expected);
            assert_shown(driver, record, expected, seed, -1);
        }
    }
}

static void add_tally(struct driver_tally *to, const struct driver_tally *from)
{
    to->in_order += from->in_order;
    to->out_of_order += from->out_of_order;
    to->settled += from->settled;
    to->refused += from->refused;
    to->restarts += from->restarts;
    to->fold.repeated += from->fold.repeated;
    to->fold.conflicting += from->fold.conflicting;
    to->fold.unmatched += from->fold.unmatched;
    to->fold.struck += from->fold.struck;
}

static void check_stream(uint64_t seed, struct driver_tally *tally, uint64_t types[EVENT_TYPES])
{
    static struct stream stream;
    static struct driver driver;
    const struct message *order[STREAM_MESSAGES];
    char expected[DRIVER_RECORDS][NAIVE_TEXT_MAX];
    bool taken[STREAM_MESSAGES];
    struct random random = {seed};

    stream_make(&stream, &random);
    for (size_t i = 0; i < stream.events_n; i++)
        types[stream.events[i].type]++;
    stream_shuffle(&stream, &random, order);
    for (int record = 0; record < DRIVER_RECORDS; record++)
        expect_text(order, NULL, stream.messages_n, record, expected[record]);

    for (int i = 0; i < ORDERS; i++) {
        run(&driver, order, stream.messages_n, &random, seed, taken);
        for (int record = 0; record < DRIVER_RECORDS; record++) {
            if (stream.has_strays)
                expect_text(order, taken, stream.messages_n, record, expected[record]);
            assert_shown(&driver, record, expected[record], seed, i);
        }
        add_tally(tally, &driver.tally);
        stream_shuffle(&stream, &random, order);
    }
}

START_TEST(any_order_batching_settlement_and_restart_gives_the_record_of_the_naive_model)
{
    uint64_t streams = setting("STOCKFOLD_STREAMS", 100000), seed = setting("STOCKFOLD_SEED", 1);
    struct driver_tally tally = {0};
    uint64_t types[EVENT_TYPES] = {0};

    for (uint64_t i = 0; i < streams; i++)
        check_stream(seed + i, &tally, types);

    printf("streams %llu from seed %llu, %d orders each: in_order=%llu out_of_order=%llu settled=%llu restarts=%llu "
           "refused=%llu repeated=%llu conflicting=%llu struck=%llu unmatched=%llu\n",
           (unsigned long long)streams, (unsigned long long)seed, ORDERS, (unsigned long long)tally.in_order,
           (unsigned long long)tally.out_of_order, (unsigned long long)tally.settled,
           (unsigned long long)tally.restarts, (unsigned long long)tally.refused,
           (unsigned long long)tally.fold.repeated, (unsigned long long)tally.fold.conflicting,
           (unsigned long long)tally.fold.struck, (unsigned long long)tally.fold.unmatched);
    if (streams < 1000)
        return;
    for (int type = 0; type < EVENT_TYPES; type++)
        ck_assert_msg(types[type] > streams / 100, "hardly any %s", event_type_names[type]);
    ck_assert(tally.in_order > streams && tally.out_of_order > streams && tally.settled > streams);
    ck_assert(tally.restarts > streams && tally.refused > streams / 100 && tally.fold.repeated > streams / 10);
    ck_assert(tally.fold.conflicting > streams / 10 && tally.fold.struck > streams / 10 && tally.fold.unmatched > 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {any_order_batching_settlement_and_restart_gives_the_record_of_the_naive_model};
    return SUITE_RUN("fold property", tests);
}
