/* What is taken and what is refused as late. */
#include "support/driver.h"
#include "support/suite.h"
#include "support/told.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WINDOW FOLD_WINDOW_MS_DEFAULT
#define NOW (1000 * DAY) /* Kafka time at which these tests happen */
#define OLD (NOW - 9 * DAY)

START_TEST(only_history_can_be_late)
{
    static const struct {
        const char *what;
        struct lateness lateness;
        int64_t key, kafka;
        bool taken;
    } rows[] = {
        {"within the window, however new the record", {NOW, NOW, TIME_NONE}, NOW - WINDOW, NOW, true},
        {"so, and not above the floor", {NOW, NOW, NOW - MINUTE}, NOW - WINDOW, NOW, true},
        {"a millisecond older", {NOW, NOW, TIME_NONE}, NOW - WINDOW - 1, NOW, false},
        {"history of a record without events", {TIME_NONE, TIME_NONE, TIME_NONE}, 0, NOW, true},
        {"history newer than its record", {OLD, NOW, TIME_NONE}, OLD + DAY, NOW, true},
        {"history as old as its record", {OLD, NOW, TIME_NONE}, OLD, NOW, true},
        {"history an hour older than its record", {OLD, NOW, TIME_NONE}, OLD - HOUR, NOW, true},
        {"history more than an hour older", {OLD, NOW, TIME_NONE}, OLD - HOUR - 1, NOW, false},
        {"history at the floor", {OLD, NOW, OLD - MINUTE}, OLD - MINUTE, NOW, false},
        {"history just above the floor", {OLD, NOW, OLD - MINUTE}, OLD - MINUTE + 1, NOW, true},
        {"quiet for just the window: an hour older", {OLD, NOW - WINDOW, TIME_NONE}, OLD - HOUR, NOW, true},
        {"quiet for longer: as old", {OLD, NOW - WINDOW - 1, TIME_NONE}, OLD, NOW, false},
        {"quiet for longer: newer", {OLD, NOW - WINDOW - 1, TIME_NONE}, OLD + 1, NOW, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(fold_takes(&rows[i].lateness, rows[i].key, rows[i].kafka, WINDOW) == rows[i].taken, "%s",
                      rows[i].what);
}
END_TEST

START_TEST(what_ends_a_quiet_time_leaves_a_floor_for_an_hour)
{
    static const struct {
        const char *what;
        struct lateness before;
        int64_t key, kafka;
        struct lateness after;
    } rows[] = {
        {"the first event", {TIME_NONE, TIME_NONE, TIME_NONE}, OLD, NOW, {OLD, NOW, TIME_NONE}},
        {"within the window", {OLD, NOW, TIME_NONE}, OLD + 1, NOW + WINDOW, {OLD + 1, NOW + WINDOW, TIME_NONE}},
        {"quiet", {OLD, NOW, TIME_NONE}, OLD + 1, NOW + WINDOW + 1, {OLD + 1, NOW + WINDOW + 1, OLD}},
        {"quiet, an hour newer", {OLD, NOW, TIME_NONE}, OLD + HOUR, NOW + 4 * DAY, {OLD + HOUR, NOW + 4 * DAY, OLD}},
        {"quiet, more",
         {OLD, NOW, TIME_NONE},
         OLD + HOUR + 1,
         NOW + 4 * DAY,
         {OLD + HOUR + 1, NOW + 4 * DAY, TIME_NONE}},
        {"floor stays for an hour", {OLD + 1, NOW, OLD}, OLD + HOUR, NOW, {OLD + HOUR, NOW, OLD}},
        {"and is forgotten then", {OLD + 1, NOW, OLD}, OLD + HOUR + 1, NOW, {OLD + HOUR + 1, NOW, TIME_NONE}},
        {"quiet again", {OLD + 1, NOW, OLD}, OLD + 2, NOW + 4 * DAY, {OLD + 2, NOW + 4 * DAY, OLD + 1}},
        {"older", {OLD, NOW, TIME_NONE}, OLD - 1, NOW + 4 * DAY, {OLD, NOW, TIME_NONE}},
        {"as new, sooner", {OLD, NOW, TIME_NONE}, OLD, NOW - 1, {OLD, NOW - 1, TIME_NONE}},
        {"as new, later", {OLD, NOW, TIME_NONE}, OLD, NOW + 4 * DAY, {OLD, NOW, TIME_NONE}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lateness lateness = rows[i].before;
        fold_judge_move(&lateness, rows[i].key, rows[i].kafka, WINDOW);
        ck_assert_msg(memcmp(&lateness, &rows[i].after, sizeof(lateness)) == 0, "%s", rows[i].what);
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
    driver_init(&story.driver, WINDOW);
    story.events_n = 0;
    return &story;
}

static const struct event *keep(struct story *story, struct event event, int64_t kafka_time)
{
    event.kafka_time = kafka_time;
    story->events[story->events_n] = event;
    return &story->events[story->events_n++];
}

/* Whether an event at node A, and at B when it ships there, is taken at this Kafka time. */
static bool takes(struct story *story, struct event event, int64_t kafka_time)
{
    struct message message = {.kafka_time = kafka_time}, *messages = &message;
    bool taken;

    message.sides[0] = keep(story, event, kafka_time);
    event.inbound = true;
    if (event.to_node.len > 0)
        message.sides[1] = keep(story, event, kafka_time);
    driver_fold(&story->driver, (const struct message *const *)&messages, 1, &taken);
    return taken;
}

/* The same at node B. */
static bool b_takes(struct story *story, struct event event, int64_t kafka_time)
{
    struct message message = {.kafka_time = kafka_time}, *messages = &message;
    bool taken;

    message.sides[1] = keep(story, event, kafka_time);
    driver_fold(&story->driver, (const struct message *const *)&messages, 1, &taken);
    return taken;
}

static const struct record *shown(const struct story *story, int record)
{
    return &story->driver.records[record].shown.record;
}

#define SALE(name, when) EVENT(SOLD, .qty = 1, .id = STR(name), .time = (when))

START_TEST(mark_is_judged_by_its_ref_time)
{
    struct story *story = begin();
    struct event old = EVENT(CORRECTED, .id = STR("fix"), .ref = STR("1"), .ref_time = NOW - 9 * DAY, .time = NOW);

    ck_assert(takes(story, SALE("1", NOW), NOW));
    ck_assert(!takes(story, old, NOW));
    old.ref_time = NOW - WINDOW;
    ck_assert(takes(story, old, NOW));
}
END_TEST

START_TEST(struck_events_and_marks_count_as_newest)
{
    struct story *story = begin();
    struct event mark =
        EVENT(CORRECTED, .id = STR("fix"), .ref = STR("1"), .ref_time = NOW - 9 * DAY, .time = NOW - 9 * DAY);

    ck_assert(takes(story, mark, NOW));
    ck_assert(!takes(story, SALE("0", NOW - 10 * DAY), NOW));
    ck_assert(takes(story, SALE("1", NOW - 9 * DAY), NOW));
    ck_assert_int_eq(shown(story, 0)->undrawn, 0);
    ck_assert(!takes(story, SALE("2", NOW - 10 * DAY), NOW));
}
END_TEST

START_TEST(shipment_is_taken_by_both_its_records_or_by_none)
{
    struct story *story = begin();
    struct event shipment =
        EVENT(SHIPPED, .qty = 4, .to_node = STR("B"), .ref = STR("T"), .time = NOW - 9 * DAY, .id = STR("s"));

    ck_assert(b_takes(story, SALE("1", NOW), NOW));
    ck_assert(!takes(story, shipment, NOW));
    ck_assert_int_eq(shown(story, 0)->newest_time, TIME_NONE);
    ck_assert_uint_eq(shown(story, 1)->incoming_n, 0);

    shipment.time = NOW - WINDOW;
    ck_assert(takes(story, shipment, NOW));
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
        ck_assert(takes(story, EVENT(SOLD, .qty = 1 + i, .time = NOW - 30 * DAY + times[i]), NOW + i));
    record_text(shown(story, 0), before);
    for (int again = 0; again < 4; again++) {
        int64_t kafka_time = NOW + again * 2 * DAY;
        for (int i = 0; i < 7; i++)
            takes(story, EVENT(SOLD, .qty = 1 + i, .time = NOW - 30 * DAY + times[i]), kafka_time + i);
        driver_settle(&story->driver, kafka_time);
        ck_assert(driver_restart(&story->driver));
        record_text(shown(story, 0), after);
        ck_assert_str_eq(before, after);
    }
}
END_TEST

START_TEST(fate_of_history_does_not_depend_on_what_has_settled)
{
    static const int64_t times[] = {0, HOUR, 1, 2 * HOUR, 3 * HOUR - 1, 2 * HOUR, 90 * MINUTE, 9 * HOUR};
    static const bool taken[] = {true, true, true, true, true, true, false, true};

    for (int settling = 0; settling < 2; settling++) {
        struct story *story = begin();
        for (size_t i = 0; i < 8; i++) {
            struct event sale = SALE("", NOW - 30 * DAY + times[i]);
            sale.id = (struct str){.data = "abcdefgh" + i, .len = 1};
            ck_assert_msg(takes(story, sale, NOW) == taken[i], "settling %d event %zu", settling, i);
            if (settling)
                driver_settle(&story->driver, NOW);
        }
        ck_assert_int_eq(shown(story, 0)->undrawn, 7);
    }
}
END_TEST

/* History at and half an hour before OLD, then a quiet time, then history a millisecond newer: what is told again of
 * the first, or anew at such times, is refused whether they have settled or not. */
START_TEST(history_after_a_quiet_time_does_not_open_what_may_have_settled)
{
    char text[2][RECORD_TEXT_MAX];

    for (int settling = 0; settling < 2; settling++) {
        struct story *story = begin();
        int64_t later = NOW + WINDOW + DAY;
        ck_assert(takes(story, SALE("a", OLD - 30 * MINUTE), NOW));
        ck_assert(takes(story, SALE("b", OLD), NOW));
        if (settling)
            driver_settle(&story->driver, later);
        ck_assert_uint_eq(story->driver.tally.settled, settling ? 2 : 0);

        ck_assert(takes(story, SALE("c", OLD + 2), later));
        ck_assert(!takes(story, SALE("a", OLD - 30 * MINUTE), later));
        ck_assert(!takes(story, SALE("b", OLD), later));
        ck_assert(!takes(story, SALE("d", OLD - 10 * MINUTE), later));
        ck_assert(takes(story, SALE("e", OLD + 1), later));
        ck_assert(takes(story, SALE("f", OLD + HOUR + 1), later));
        ck_assert(!takes(story, SALE("b", OLD), later));
        ck_assert(driver_restart(&story->driver));
        ck_assert_int_eq(shown(story, 0)->undrawn, 5);
        record_text(shown(story, 0), text[settling]);
    }
    ck_assert_str_eq(text[0], text[1]);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        only_history_can_be_late,
        what_ends_a_quiet_time_leaves_a_floor_for_an_hour,
        mark_is_judged_by_its_ref_time,
        struck_events_and_marks_count_as_newest,
        shipment_is_taken_by_both_its_records_or_by_none,
        file_of_last_month_published_again_changes_nothing,
        fate_of_history_does_not_depend_on_what_has_settled,
        history_after_a_quiet_time_does_not_open_what_may_have_settled,
    };
    return SUITE_RUN("late", tests);
}
