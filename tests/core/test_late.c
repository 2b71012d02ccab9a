/* What is taken and what is refused as late. */
#include "support/driver.h"
#include "support/suite.h"
#include "support/told.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WINDOW LATENESS_WINDOW_MS_DEFAULT
#define HISTORY LATENESS_HISTORY_MS_DEFAULT
#define NOW (1000 * DAY) /* Kafka time at which these tests happen */
#define OLD (NOW - 9 * DAY)

static const struct lateness_rule rule = {WINDOW, HISTORY};

START_TEST(only_what_is_older_than_the_window_is_history)
{
    ck_assert(!lateness_is_history(&rule, NOW - WINDOW, NOW));
    ck_assert(lateness_is_history(&rule, NOW - WINDOW - 1, NOW));
    ck_assert(!lateness_is_history(&rule, NOW + MINUTE, NOW));
}
END_TEST

START_TEST(history_is_closed_by_what_is_as_new_and_came_long_enough_before)
{
    static const struct {
        const char *what;
        struct lateness_mark mark;
        bool closes;
    } rows[] = {
        {"as new, and G before", {OLD, NOW - HISTORY}, true},
        {"newer", {OLD + 1, NOW - HISTORY}, true},
        {"older", {OLD - 1, NOW - HISTORY}, false},
        {"as new, but a millisecond less than G before", {OLD, NOW - HISTORY + 1}, false},
        {"nothing", {TIME_NONE, TIME_NONE}, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(lateness_closes(&rule, &rows[i].mark, OLD, NOW) == rows[i].closes, "%s", rows[i].what);
}
END_TEST

START_TEST(history_waits_until_all_that_could_close_it_has_been_judged)
{
    ck_assert(!lateness_may_accept(&rule, TIME_NONE, NOW));
    ck_assert(!lateness_may_accept(&rule, NOW - HISTORY / 2, NOW));
    ck_assert(lateness_may_accept(&rule, NOW - HISTORY / 2 + 1, NOW));
}
END_TEST

START_TEST(table_says_up_to_where_history_is_closed)
{
    struct lateness_mark marks[] = {{OLD + 2, NOW + 2}, {OLD, NOW}, {OLD - 5, NOW + 1}, {OLD + 9, NOW + 3}};

    lateness_table(marks, 4);
    ck_assert_int_eq(lateness_closed_up_to(&rule, marks, 4, NOW + HISTORY - 1), TIME_NONE);
    ck_assert_int_eq(lateness_closed_up_to(&rule, marks, 4, NOW + HISTORY), OLD);
    ck_assert_int_eq(lateness_closed_up_to(&rule, marks, 4, NOW + HISTORY + 1), OLD);
    ck_assert_int_eq(lateness_closed_up_to(&rule, marks, 4, NOW + HISTORY + 2), OLD + 2);
    ck_assert_int_eq(lateness_closed_up_to(&rule, marks, 4, NOW + 9 * DAY), OLD + 9);
    ck_assert_int_eq(lateness_closed_up_to(&rule, NULL, 0, NOW), TIME_NONE);
}
END_TEST

START_TEST(record_remembers_its_newest_event_of_a_day_and_of_two_days_ago)
{
    struct lateness_past past = {.marks_n = 0};

    lateness_remember(&past, &rule, (struct lateness_mark){TIME_NONE, TIME_NONE});
    ck_assert_int_eq(past.marks_n, 0);
    for (int64_t hour = 0; hour <= 240; hour++) {
        lateness_remember(&past, &rule, (struct lateness_mark){NOW + hour * HOUR, NOW + hour * HOUR});
        if (hour < 48)
            continue;
        ck_assert_int_eq(past.marks_n, 2);
        ck_assert_int_le(past.marks[1].kafka_time, NOW + hour * HOUR - HISTORY);
        ck_assert_int_gt(past.marks[1].kafka_time, NOW + hour * HOUR - 2 * HISTORY);
    }
}
END_TEST

/* ---- through a driver ---- */

struct story {
    struct driver driver;
    struct event events[64];
    int events_n;
};

static struct story *begin(void)
{
    static struct story story;
    driver_init(&story.driver, &rule);
    story.events_n = 0;
    return &story;
}

static const struct event *keep(struct story *story, struct event event, int64_t kafka_time)
{
    event.kafka_time = kafka_time;
    story->events[story->events_n] = event;
    return &story->events[story->events_n++];
}

/* What becomes of an event at node A, and at B when it ships there, at this Kafka time and progress. */
static enum verdict judged(struct story *story, struct event event, int64_t kafka_time, int64_t progress)
{
    struct message message = {.kafka_time = kafka_time}, *messages = &message;
    enum verdict verdict;

    message.sides[0] = keep(story, event, kafka_time);
    event.inbound = true;
    if (event.to_node.len > 0)
        message.sides[1] = keep(story, event, kafka_time);
    driver_fold(&story->driver, (const struct message *const *)&messages, 1, progress, &verdict);
    return verdict;
}

static enum verdict at(struct story *story, struct event event, int64_t kafka_time)
{
    return judged(story, event, kafka_time, kafka_time);
}

/* The same at node B. */
static enum verdict at_b(struct story *story, struct event event, int64_t kafka_time)
{
    struct message message = {.kafka_time = kafka_time}, *messages = &message;
    enum verdict verdict;

    message.sides[1] = keep(story, event, kafka_time);
    driver_fold(&story->driver, (const struct message *const *)&messages, 1, kafka_time, &verdict);
    return verdict;
}

static const struct record *shown(const struct story *story, int record)
{
    return &story->driver.records[record].shown.record;
}

#define SALE(name, when) EVENT(SOLD, .qty = 1, .id = STR(name), .time = (when))

START_TEST(history_of_one_day_may_come_in_any_order)
{
    static const int64_t days[] = {30, 10, 200, 11, 9, 300, 4};
    struct story *story = begin();

    for (int i = 0; i < 7; i++) {
        struct event sale = SALE("", NOW - days[i] * DAY);
        sale.id = (struct str){.data = "abcdefgh" + i, .len = 1};
        ck_assert_int_eq(at(story, sale, NOW + i * HOUR), TAKEN);
    }
    ck_assert_int_eq(shown(story, 0)->undrawn, 7);
}
END_TEST

START_TEST(history_of_the_next_day_must_be_newer)
{
    struct story *story = begin();

    ck_assert_int_eq(at(story, SALE("a", OLD), NOW), TAKEN);
    ck_assert_int_eq(at(story, SALE("b", OLD - 1), NOW + HISTORY - 1), TAKEN);
    ck_assert_int_eq(at(story, SALE("c", OLD - 2), NOW + HISTORY), LATE);
    ck_assert_int_eq(at(story, SALE("d", OLD), NOW + HISTORY), LATE);
    ck_assert_int_eq(at(story, SALE("e", OLD + 1), NOW + HISTORY), TAKEN);
    ck_assert_int_eq(shown(story, 0)->undrawn, 3);
}
END_TEST

START_TEST(history_waits_for_slow_partitions_but_a_refusal_does_not)
{
    struct story *story = begin();

    ck_assert_int_eq(judged(story, SALE("a", OLD), NOW, NOW - HISTORY), WAITS);
    ck_assert_int_eq(judged(story, SALE("a", OLD), NOW, NOW), TAKEN);
    ck_assert_int_eq(judged(story, SALE("b", OLD - 1), NOW + 2 * HISTORY, NOW), LATE);
    ck_assert_int_eq(judged(story, SALE("c", OLD + 1), NOW + 2 * HISTORY, NOW), WAITS);
    ck_assert_int_eq(judged(story, SALE("d", NOW), NOW + 2 * HISTORY, NOW), TAKEN);
}
END_TEST

START_TEST(mark_is_judged_by_its_ref_time)
{
    struct story *story = begin();
    struct event old = EVENT(CORRECTED, .id = STR("fix"), .ref = STR("1"), .ref_time = NOW - 9 * DAY, .time = NOW);

    ck_assert_int_eq(at(story, SALE("1", NOW), NOW), TAKEN);
    ck_assert_int_eq(at(story, old, NOW + HISTORY), LATE);
    old.ref_time = NOW - WINDOW;
    ck_assert_int_eq(at(story, old, NOW), TAKEN);
}
END_TEST

START_TEST(struck_events_and_marks_close_too)
{
    struct story *story = begin();
    struct event mark = EVENT(CORRECTED, .id = STR("fix"), .ref = STR("1"), .ref_time = OLD, .time = OLD);

    ck_assert_int_eq(at(story, mark, NOW), TAKEN);
    ck_assert_int_eq(at(story, SALE("0", OLD - DAY), NOW + HISTORY), LATE);
    ck_assert_int_eq(at(story, SALE("1", OLD), NOW + HISTORY - 1), TAKEN);
    ck_assert_int_eq(shown(story, 0)->undrawn, 0);
}
END_TEST

START_TEST(shipment_is_taken_by_both_its_records_or_by_none)
{
    struct story *story = begin();
    struct event shipment = EVENT(SHIPPED, .qty = 4, .to_node = STR("B"), .ref = STR("T"), .time = OLD, .id = STR("s"));

    ck_assert_int_eq(at_b(story, SALE("1", NOW), NOW), TAKEN);
    ck_assert_int_eq(at(story, shipment, NOW + HISTORY), LATE);
    ck_assert_int_eq(shown(story, 0)->newest_time, TIME_NONE);
    ck_assert_uint_eq(shown(story, 1)->incoming_n, 0);

    shipment.time = NOW + HISTORY - WINDOW;
    ck_assert_int_eq(at(story, shipment, NOW + HISTORY), TAKEN);
    ck_assert_int_eq(shown(story, 0)->undrawn, 4);
    ck_assert_int_eq(shown(story, 1)->incoming[0].qty, 4);
}
END_TEST

START_TEST(file_of_last_month_published_again_changes_nothing)
{
    static const int64_t times[] = {0, 30 * MINUTE, 20 * MINUTE, 5 * HOUR, 5 * HOUR, 3 * DAY, 3 * DAY + HOUR - 1};
    struct story *story = begin();
    char before[RECORD_TEXT_MAX], after[RECORD_TEXT_MAX];

    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(at(story, EVENT(SOLD, .qty = 1 + i, .time = NOW - 30 * DAY + times[i]), NOW + i), TAKEN);
    record_text(shown(story, 0), before);
    for (int again = 0; again < 4; again++) {
        int64_t kafka_time = NOW + again * 2 * DAY;
        for (int i = 0; i < 7; i++)
            at(story, EVENT(SOLD, .qty = 1 + i, .time = NOW - 30 * DAY + times[i]), kafka_time + i);
        driver_settle(&story->driver, kafka_time);
        ck_assert(driver_restart(&story->driver));
        record_text(shown(story, 0), after);
        ck_assert_str_eq(before, after);
    }
}
END_TEST

START_TEST(fate_of_history_does_not_depend_on_what_has_settled)
{
    char text[2][RECORD_TEXT_MAX];

    for (int settling = 0; settling < 2; settling++) {
        struct story *story = begin();
        ck_assert_int_eq(at(story, SALE("a", OLD - 30 * MINUTE), NOW), TAKEN);
        ck_assert_int_eq(at(story, SALE("b", OLD), NOW), TAKEN);
        if (settling)
            driver_settle(&story->driver, NOW + 2 * DAY);
        ck_assert_uint_eq(story->driver.tally.settled, settling ? 2 : 0);

        ck_assert_int_eq(at(story, SALE("c", OLD + 2), NOW + 2 * DAY), TAKEN);
        ck_assert_int_eq(at(story, SALE("b", OLD), NOW + 2 * DAY), LATE);
        ck_assert_int_eq(at(story, SALE("d", OLD - 10 * MINUTE), NOW + 2 * DAY), LATE);
        ck_assert_int_eq(at(story, SALE("e", OLD + 1), NOW + 2 * DAY), TAKEN);
        ck_assert(driver_restart(&story->driver));
        record_text(shown(story, 0), text[settling]);
    }
    ck_assert_str_eq(text[0], text[1]);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        only_what_is_older_than_the_window_is_history,
        history_is_closed_by_what_is_as_new_and_came_long_enough_before,
        history_waits_until_all_that_could_close_it_has_been_judged,
        table_says_up_to_where_history_is_closed,
        record_remembers_its_newest_event_of_a_day_and_of_two_days_ago,
        history_of_one_day_may_come_in_any_order,
        history_of_the_next_day_must_be_newer,
        history_waits_for_slow_partitions_but_a_refusal_does_not,
        mark_is_judged_by_its_ref_time,
        struck_events_and_marks_close_too,
        shipment_is_taken_by_both_its_records_or_by_none,
        file_of_last_month_published_again_changes_nothing,
        fate_of_history_does_not_depend_on_what_has_settled,
    };
    return SUITE_RUN("late", tests);
}
