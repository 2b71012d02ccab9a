/* Reservations: every verb in every state, and where the units of a line are. */
#include "stockfold/core/reservation.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/suite.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

static const struct reservation_policy policy = {
    .ttl_max_ms = 2 * HOUR, .sale_missing_ms = 4 * HOUR, .keep_ended_ms = 30 * DAY, .keep_unconfirmed_ms = HOUR};

static const struct str skus[] = {{"A", 1}, {"B", 1}, {"C", 1}};
static const int64_t asked[] = {3, 1, 2};
enum { LINES = 3 };

/* A reservation with its arrays, and what it said to the floor so far. */
struct case_ {
    struct reservation reservation;
    struct reservation_line lines[LINES];
    struct reservation_entry history[RESERVATION_HISTORY];
    struct str requests[RESERVATION_REQUESTS];
    struct step_events events;
    int64_t now_ms, staged, sold;
    char request_texts[4 * RESERVATION_HISTORY][16];
    int requests_made;
};

static struct case_ *create(bool paid)
{
    static struct case_ made;
    struct case_ *c = &made;
    *c = (struct case_){.now_ms = START};
    c->reservation = (struct reservation){.id = STR("web-1"),
                                          .node = STR("store-1"),
                                          .paid = paid,
                                          .ready_by_ms = START + HOUR,
                                          .lines = c->lines,
                                          .lines_n = LINES,
                                          .history = c->history,
                                          .requests = c->requests};
    for (int i = 0; i < LINES; i++)
        c->lines[i] = (struct reservation_line){.sku = skus[i], .qty = asked[i]};
    const struct reservation_step step = {
        .verb = VERB_CREATE, .now_us = START * 1000, .ttl_ms = HOUR, .made_at_ms = TIME_NONE};
    reservation_create(&c->reservation, &step, &policy);
    return c;
}

/* Adds up what events do to staged units, and what was reported as sold. */
static void follow_events(struct case_ *c)
{
    for (uint32_t i = 0; i < c->events.n; i++) {
        const struct event *event = &c->events.rows[i];
        ck_assert(event->has_seq);
        ck_assert_int_eq(event->seq, c->reservation.version);
        ck_assert_int_eq(event->time, c->now_ms);
        if (event->type == EVENT_COUNTED)
            continue;
        ck_assert_int_gt(event->qty, 0);
        if (event->type == EVENT_SOLD)
            c->sold += event->qty;
        if (event->to_state == STATE_STAGED)
            c->staged += event->qty;
        if (event->state == STATE_STAGED)
            c->staged -= event->qty;
    }
}

static struct reservation_step step_of(struct case_ *c, enum reservation_verb verb)
{
    char *request = c->request_texts[c->requests_made++];
    snprintf(request, sizeof(c->request_texts[0]), "r%d", c->requests_made);
    return (struct reservation_step){.verb = verb,
                                     .now_us = c->now_ms * 1000,
                                     .by = STR("ana"),
                                     .request = str_from(request),
                                     .made_at_ms = TIME_NONE,
                                     .ttl_ms = HOUR,
                                     .deadline_ms = START + 3 * DAY,
                                     .ready_by_ms = START + 2 * HOUR,
                                     .consumed = asked};
}

static enum step_outcome run(struct case_ *c, const struct reservation_step *step)
{
    uint32_t line;
    enum step_outcome outcome = reservation_apply(&c->reservation, step, &c->events, &line);
    follow_events(c);
    return outcome;
}

static enum step_outcome go(struct case_ *c, enum reservation_verb verb)
{
    const struct reservation_step step = step_of(c, verb);
    return run(c, &step);
}

static enum step_outcome go_with(struct case_ *c, enum reservation_verb verb, const struct step_line *lines, uint32_t n)
{
    struct reservation_step step = step_of(c, verb);
    step.lines = lines;
    step.lines_n = n;
    return run(c, &step);
}

static const enum reservation_verb way_to_ready[] = {VERB_CONFIRM, VERB_PICK, VERB_READY, VERB_COLLECT};

static struct case_ *create_in(enum reservation_state state)
{
    struct case_ *c = create(false);
    for (int i = 0; i < (int)state && state <= RESERVATION_COLLECTED; i++)
        ck_assert_int_eq(go(c, way_to_ready[i]), STEP_DONE);
    if (state == RESERVATION_CANCELLED)
        ck_assert_int_eq(go(c, VERB_CANCEL), STEP_DONE);
    if (state == RESERVATION_EXPIRED) {
        c->now_ms = c->reservation.expires_ms;
        ck_assert_int_eq(go(c, VERB_EXPIRE), STEP_DONE);
    }
    ck_assert_int_eq(c->reservation.state, state);
    return c;
}

static int64_t sum_picked(const struct case_ *c)
{
    return c->lines[0].picked + c->lines[1].picked + c->lines[2].picked;
}

static int64_t sum_held(const struct case_ *c)
{
    return c->lines[0].held + c->lines[1].held + c->lines[2].held;
}

START_TEST(verb_comes_from_the_states_of_its_row_and_no_others)
{
    for (int state = 0; state < RESERVATION_STATES; state++)
        for (int verb = VERB_CREATE + 1; verb < RESERVATION_VERBS; verb++) {
            struct case_ *c = create_in((enum reservation_state)state);
            const struct reservation_verb_row *row = &reservation_verbs[verb];
            if (verb == VERB_EXPIRE)
                c->now_ms = c->reservation.expires_ms;
            enum step_outcome outcome = go(c, (enum reservation_verb)verb);
            bool repeats = (row->done_in | row->done_since) & STATE_BIT(state);
            bool takes_over = verb == VERB_PICK && state == RESERVATION_PICKING;
            if (row->from & STATE_BIT(state)) {
                ck_assert_msg(outcome == STEP_DONE, "%s in %s: %d", row->name, reservation_state_names[state], outcome);
                if (row->to >= 0)
                    ck_assert_int_eq(c->reservation.state, row->to);
            } else {
                ck_assert_int_eq(outcome, repeats || takes_over ? STEP_REPEATED : STEP_WRONG_STATE);
                ck_assert_int_eq(c->reservation.state, state);
                ck_assert_uint_eq(c->events.n, 0);
            }
        }
}
END_TEST

START_TEST(step_that_comes_again_changes_nothing)
{
    for (int state = 0; state < RESERVATION_STATES; state++)
        for (int verb = VERB_CREATE + 1; verb < RESERVATION_VERBS; verb++) {
            struct case_ *c = create_in((enum reservation_state)state);
            if (!(reservation_verbs[verb].from & STATE_BIT(state)))
                continue;
            if (verb == VERB_EXPIRE)
                c->now_ms = c->reservation.expires_ms;
            const struct reservation_step step = step_of(c, (enum reservation_verb)verb);
            ck_assert_int_eq(run(c, &step), STEP_DONE);
            const struct reservation before = c->reservation;
            ck_assert_msg(run(c, &step) == STEP_REPEATED, "%s", reservation_verbs[verb].name);
            ck_assert_int_eq(memcmp(&before, &c->reservation, sizeof(before)), 0);
            ck_assert_uint_eq(c->events.n, 0);
        }
}
END_TEST

START_TEST(verb_after_the_deadline_has_to_wait_for_the_expiry)
{
    for (int verb = VERB_CREATE + 1; verb < VERB_EXPIRE; verb++) {
        for (int state = 0; state < RESERVATION_COLLECTED; state++) {
            if (!(reservation_verbs[verb].from & STATE_BIT(state)))
                continue;
            struct case_ *c = create_in((enum reservation_state)state);
            c->now_ms = c->reservation.expires_ms - 1;
            struct reservation_step step = step_of(c, VERB_EXPIRE);
            ck_assert_int_eq(run(c, &step), STEP_NOT_DUE);
            c->now_ms++;
            ck_assert_int_eq(go(c, (enum reservation_verb)verb), STEP_OVERDUE);
            ck_assert_int_eq(go(c, VERB_EXPIRE), STEP_DONE);
            ck_assert_int_eq(sum_held(c), 0);
        }
    }
}
END_TEST

START_TEST(confirming_ends_the_ttl_and_extending_never_shortens)
{
    struct case_ *c = create(false);
    ck_assert_int_eq(c->reservation.expires_ms, START + HOUR);
    c->now_ms += HOUR - 1;
    ck_assert_int_eq(go(c, VERB_EXTEND), STEP_DONE);
    ck_assert_int_eq(c->reservation.expires_ms, START + 2 * HOUR - 1);
    ck_assert_int_eq(go(c, VERB_CONFIRM), STEP_DONE);
    ck_assert_int_eq(c->reservation.expires_ms, START + 3 * DAY);
    ck_assert_int_eq(c->reservation.ready_by_ms, START + 2 * HOUR);
    ck_assert_int_eq(go(c, VERB_EXTEND), STEP_DONE);
    ck_assert_int_eq(c->reservation.expires_ms, START + 3 * DAY);
    struct reservation_step step = step_of(c, VERB_EXTEND);
    step.ttl_ms = 40 * DAY;
    ck_assert_int_eq(run(c, &step), STEP_DONE);
    ck_assert_int_eq(c->reservation.expires_ms, START + RESERVATION_LIFE_MS);
}
END_TEST

START_TEST(version_grows_also_while_the_clock_stands_or_is_set_back)
{
    struct case_ *c = create(false);
    int64_t version = c->reservation.version;
    ck_assert_int_eq(version, START * 1000);
    ck_assert_int_eq(go(c, VERB_EXTEND), STEP_DONE);
    ck_assert_int_eq(c->reservation.version, version + 1);
    c->now_ms += HOUR / 2;
    ck_assert_int_eq(go(c, VERB_CONFIRM), STEP_DONE);
    ck_assert_int_eq(c->reservation.version, c->now_ms * 1000);
}
END_TEST

START_TEST(another_picker_has_to_take_over)
{
    struct case_ *c = create_in(RESERVATION_PICKING);
    struct reservation_step step = step_of(c, VERB_PICK);
    step.by = STR("ben");
    ck_assert_int_eq(run(c, &step), STEP_PICKED_BY);
    ck_assert(str_equal(c->reservation.picker, STR("ana")));
    step.take_over = true;
    ck_assert_int_eq(run(c, &step), STEP_DONE);
    ck_assert(str_equal(c->reservation.picker, STR("ben")));
    ck_assert_int_eq(run(c, &step), STEP_REPEATED);
}
END_TEST

START_TEST(what_was_picked_waits_and_the_rest_is_freed)
{
    struct case_ *c = create_in(RESERVATION_PICKING);
    const struct step_line some[] = {{.line = 0, .qty = 2, .place = STR("1")},
                                     {.line = 1, .qty = 1, .place = STR("2")}};
    const struct step_line too_many = {.line = 0, .qty = 2, .place = STR("1")};
    ck_assert_int_eq(go_with(c, VERB_PICKED, some, 2), STEP_DONE);
    ck_assert(str_equal(c->events.rows[0].place, STR("1")));
    ck_assert_int_eq(go_with(c, VERB_PICKED, &too_many, 1), STEP_TOO_MANY);
    ck_assert_int_eq(go(c, VERB_READY), STEP_DONE);
    ck_assert_uint_eq(c->events.n, 0);
    ck_assert_int_eq(c->lines[0].held, 2);
    ck_assert_int_eq(c->lines[2].held, 0);
    ck_assert_int_eq(sum_picked(c), c->staged);
}
END_TEST

START_TEST(ready_without_a_word_of_picking_is_all_picked_now)
{
    struct case_ *c = create_in(RESERVATION_READY);
    ck_assert_int_eq(c->staged, 6);
    ck_assert_int_eq(sum_held(c), 6);
}
END_TEST

START_TEST(nothing_picked_is_cancelled)
{
    struct case_ *c = create_in(RESERVATION_PICKING);
    const struct step_line nothing_there = {.line = 0, .qty = 0, .place = STR("1")};
    ck_assert_int_eq(go_with(c, VERB_SHORT, &nothing_there, 1), STEP_DONE);
    ck_assert_int_eq(c->events.rows[0].type, EVENT_COUNTED);
    ck_assert_int_eq(go(c, VERB_READY), STEP_DONE);
    ck_assert_int_eq(c->reservation.state, RESERVATION_CANCELLED);
    ck_assert_int_eq(sum_held(c), 0);
    ck_assert_int_eq(c->reservation.ended_ms, c->now_ms);
}
END_TEST

START_TEST(paid_is_reported_as_sold_and_unpaid_is_left_to_the_till)
{
    struct case_ *c = create(true);
    ck_assert_int_eq(go(c, VERB_COLLECT), STEP_DONE);
    ck_assert_int_eq(c->sold, 6);
    ck_assert_int_eq(c->staged, 0);
    ck_assert(str_equal(c->events.rows[1].reservation, STR("web-1")));
    ck_assert(c->reservation.settled);

    c = create(false);
    ck_assert_int_eq(go(c, VERB_COLLECT), STEP_DONE);
    ck_assert_int_eq(c->sold, 0);
    ck_assert_int_eq(c->staged, 0);
    ck_assert_int_eq(sum_held(c), 6);
    ck_assert(!c->reservation.settled);
}
END_TEST

START_TEST(what_is_not_taken_is_freed_and_to_be_put_back)
{
    struct case_ *c = create_in(RESERVATION_READY);
    const struct step_line taken = {.line = 0, .qty = 1}, back = {.line = 0, .qty = 2, .place = STR("1")};
    ck_assert_int_eq(go_with(c, VERB_COLLECT, &taken, 1), STEP_DONE);
    ck_assert_int_eq(sum_held(c), 1);
    ck_assert_int_eq(c->lines[0].collected, 1);
    ck_assert_int_eq(c->staged, 5);
    ck_assert_int_eq(go_with(c, VERB_PUT_BACK, &back, 1), STEP_DONE);
    ck_assert_int_eq(go_with(c, VERB_PUT_BACK, &back, 1), STEP_TOO_MANY);
    ck_assert_int_eq(c->staged, 3);
    ck_assert_int_eq(sum_picked(c), 3);
}
END_TEST

START_TEST(sold_before_it_was_collected_is_collected_by_itself)
{
    static const int64_t part[] = {3, 0, 2}, none[] = {0, -1, 0};
    struct case_ *c = create_in(RESERVATION_READY);
    struct reservation_step step = step_of(c, VERB_CONSUME);
    step.consumed = part;
    ck_assert_int_eq(run(c, &step), STEP_NOT_DUE);
    step.consumed = none;
    ck_assert_int_eq(run(c, &step), STEP_NOT_DUE);
    step.consumed = asked;
    ck_assert_int_eq(run(c, &step), STEP_DONE);
    ck_assert_int_eq(c->staged, 0);
    ck_assert_int_eq(c->sold, 0);
    ck_assert_int_eq(sum_held(c), 6);
    ck_assert_int_eq(go(c, VERB_COLLECT), STEP_REPEATED);
}
END_TEST

START_TEST(sale_that_did_not_come_is_settled_once)
{
    static const int64_t part[] = {1, 1, 0};
    for (int took_place = 0; took_place < 2; took_place++) {
        struct case_ *c = create_in(RESERVATION_COLLECTED);
        struct reservation_step step = step_of(c, VERB_MISS_SALES);
        step.consumed = part;
        ck_assert_int_eq(run(c, &step), STEP_DONE);
        ck_assert(c->reservation.sale_missing);
        step.verb = VERB_SETTLE;
        step.paid = took_place;
        ck_assert_int_eq(run(c, &step), STEP_DONE);
        ck_assert_int_eq(c->sold, took_place ? 4 : 0);
        ck_assert_int_eq(sum_held(c), took_place ? 6 : 2);
        ck_assert_int_eq(run(c, &step), STEP_REPEATED);
        ck_assert(!c->reservation.sale_missing);
    }
}
END_TEST

START_TEST(due_is_the_deadline_then_the_sale_then_forgetting)
{
    bool forget;
    struct case_ *c = create(false);
    ck_assert_int_eq(reservation_due_ms(&c->reservation, &policy, &forget), START + HOUR);
    ck_assert(!forget);
    ck_assert_int_eq(go(c, VERB_CANCEL), STEP_DONE);
    ck_assert_int_eq(reservation_due_ms(&c->reservation, &policy, &forget), START + HOUR);
    ck_assert(forget);

    c = create_in(RESERVATION_COLLECTED);
    ck_assert_int_eq(reservation_due_ms(&c->reservation, &policy, &forget), START + 4 * HOUR);
    ck_assert(!forget);
    ck_assert_int_eq(go(c, VERB_MISS_SALES), STEP_DONE);
    ck_assert_int_eq(reservation_due_ms(&c->reservation, &policy, &forget), START + 30 * DAY);
    ck_assert(forget);
}
END_TEST

START_TEST(history_keeps_each_change_of_state)
{
    struct case_ *c = create_in(RESERVATION_CONFIRMED);
    for (int i = 0; i < 3 * RESERVATION_HISTORY; i++)
        ck_assert_int_eq(go(c, VERB_EXTEND), STEP_DONE);
    ck_assert_int_eq(go(c, VERB_PICK), STEP_DONE);
    ck_assert_uint_eq(c->reservation.history_n, RESERVATION_HISTORY);
    ck_assert_int_eq(c->history[0].verb, VERB_CREATE);
    ck_assert_int_eq(c->history[1].verb, VERB_CONFIRM);
    ck_assert_uint_eq(c->reservation.requests_n, RESERVATION_REQUESTS);
}
END_TEST

/* Whatever comes in whatever order: staged is what events say, and a unit is handed over once. */
START_TEST(random_steps_keep_the_invariants)
{
    static const struct str places[] = {{"", 0}, {"1", 1}};
    srand(7);
    for (int round = 0; round < 20000; round++) {
        struct case_ *c = create(rand() % 2);
        for (int i = 0; i < 30; i++) {
            c->now_ms += rand() % (int)HOUR;
            struct reservation_step step = step_of(c, (enum reservation_verb)(1 + rand() % (RESERVATION_VERBS - 1)));
            struct step_line lines[LINES];
            int64_t consumed[LINES];
            for (int line = 0; line < LINES; line++) {
                lines[line] = (struct step_line){(uint32_t)line, rand() % (int)(asked[line] + 1), places[rand() % 2]};
                consumed[line] = rand() % (int)(asked[line] + 2) - 1;
            }
            step.lines = rand() % 2 && step.verb != VERB_PICKED && step.verb != VERB_PUT_BACK ? NULL : lines;
            step.lines_n = step.lines == NULL ? 0 : LINES;
            step.consumed = consumed;
            step.paid = rand() % 2;
            step.take_over = rand() % 2;
            run(c, &step);
            ck_assert(reservation_check(&c->reservation));
            ck_assert_int_eq(c->staged, sum_picked(c));
            ck_assert_int_le(c->sold, 6);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        verb_comes_from_the_states_of_its_row_and_no_others,
        step_that_comes_again_changes_nothing,
        verb_after_the_deadline_has_to_wait_for_the_expiry,
        confirming_ends_the_ttl_and_extending_never_shortens,
        version_grows_also_while_the_clock_stands_or_is_set_back,
        another_picker_has_to_take_over,
        what_was_picked_waits_and_the_rest_is_freed,
        ready_without_a_word_of_picking_is_all_picked_now,
        nothing_picked_is_cancelled,
        paid_is_reported_as_sold_and_unpaid_is_left_to_the_till,
        what_is_not_taken_is_freed_and_to_be_put_back,
        sold_before_it_was_collected_is_collected_by_itself,
        sale_that_did_not_come_is_settled_once,
        due_is_the_deadline_then_the_sale_then_forgetting,
        history_keeps_each_change_of_state,
        random_steps_keep_the_invariants,
    };
    return SUITE_RUN("reservation", tests);
}
