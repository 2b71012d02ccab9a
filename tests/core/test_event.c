/* The orders that events stand in. */
#include "stockfold/core/event.h"

#include "support/suite.h"
#include "support/told.h"

#define SEQ(number) .has_seq = true, .seq = (number)
#define MARK(...) EVENT(CORRECTED, .id = STR("fix"), __VA_ARGS__)

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

START_TEST(canonical_order_is_time_deltas_sequences_counts_then_source_seq_id_marks_last)
{
    const struct event ascending[] = {
        EVENT(SOLD, .time = 5, .source = STR("z"), .id = STR("9")),
        EVENT(SOLD, .time = 6, .source = STR("a"), .id = STR("1")),
        EVENT(SOLD, .time = 6, .source = STR("a"), .id = STR("10")),
        EVENT(RECEIVED, .time = 6, .source = STR("a"), .id = STR("2")),
        MARK(.time = 1, .ref_time = 6, .source = STR("a"), .ref = STR("2")),
        EVENT(SOLD, .time = 6, .source = STR("aa"), .id = STR("1")),
        MARK(.time = 1, .ref_time = 6, .source = STR("aa"), .ref = STR("1")),
        MARK(.time = 1, .ref_time = 6, .source = STR("aa"), .ref = STR("1"), .to_node = STR("B")),
        MARK(.time = 0, .ref_time = 6, .source = STR("aa"), .ref = STR("1"), .node = STR("B")),
        MARK(.time = 99, .ref_time = 6, .source = STR("b"), .ref = STR("1")),
        EVENT(COUNTED, .time = 6, .source = STR("a"), .id = STR("9"), SEQ(0)),
        EVENT(SOLD, .time = 6, .source = STR("a"), .id = STR("2"), SEQ(2)),
        EVENT(COUNTED, .time = 6, .source = STR("a"), .id = STR("1"), SEQ(10)),
        EVENT(SOLD, .time = 6, .source = STR("a"), .id = STR("2"), SEQ(10)),
        EVENT(RECEIVED, .time = 6, .source = STR("b"), .id = STR("0"), SEQ(1)),
        EVENT(COUNTED, .time = 6, .source = STR("a"), .id = STR("1")),
        EVENT(COUNTED, .time = 6, .source = STR("b"), .id = STR("1")),
        EVENT(SOLD, .time = 7, .source = STR("a"), .id = STR("1")),
    };

    for (int i = 0; i < 17; i++)
        for (int j = 0; j < 17; j++)
            ck_assert_msg(sign(event_order(&ascending[i], &ascending[j])) == sign(i - j), "rows %d %d", i, j);
}
END_TEST

START_TEST(repetitions_have_one_identity_whatever_their_content)
{
    struct event sale = EVENT(SOLD, .time = 6, .qty = 1), count = EVENT(COUNTED, .time = 6, .qty = 4);
    struct event later = EVENT(SOLD, .time = 7, .qty = 1), other = EVENT(SOLD, .time = 6, .source = STR("rfid"));
    struct event ordered = EVENT(SOLD, .time = 6, .qty = 1, SEQ(3));

    ck_assert_int_eq(event_identity(&sale, &count), 0);
    ck_assert_int_eq(event_identity(&sale, &ordered), 0);
    ck_assert_int_lt(event_identity(&sale, &later), 0);
    ck_assert_int_lt(event_identity(&sale, &other), 0);
}
END_TEST

START_TEST(mark_stands_right_after_what_it_strikes_out)
{
    struct event sale = EVENT(SOLD, .time = 6), next = EVENT(SOLD, .time = 6, .id = STR("1a"));
    struct event mark = MARK(.time = 50, .ref_time = 6, .ref = STR("1"));
    struct event again = MARK(.time = 70, .ref_time = 6, .ref = STR("1"));

    ck_assert_int_lt(event_identity(&sale, &mark), 0);
    ck_assert_int_lt(event_identity(&mark, &next), 0);
    ck_assert_int_eq(event_identity(&mark, &again), 0);
    ck_assert_int_eq(event_content(&mark, &again), 0);
}
END_TEST

START_TEST(content_is_ordered_field_by_field_from_the_type_on)
{
    const struct event ascending[] = {
        EVENT(ADJUSTED, .qty = 9),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, .keep = true, NO_LINES),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, NO_LINES),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, LINES({.state = STATE_STAGED, .qty = 1}, AT(BACK, 2))),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, LINES(AT(BACK, 1))),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, LINES(AT(BACK, 1), AT(SHELF, 2))),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, LINES(AT(BACK, 1), AT(SHELF, 3))),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, LINES(AT(BACK, 2))),
        EVENT(COUNTED, .qty = 0, .scope = SCOPE_NODE, .sellable = true),
        EVENT(EXPECTED, .qty = 4, .ref = STR("PO")),
        EVENT(EXPECTED, .qty = 4, .ref = STR("PO"), .eta = 5),
        EVENT(SOLD, .qty = 1, .state = STATE_DAMAGED),
        EVENT(SOLD, .qty = 10),
        EVENT(SOLD, .qty = 4),
        EVENT(SOLD, .qty = 4, .reservation = STR("web")),
        EVENT(SOLD, .qty = 4, .place = STR(SHELF)),
        EVENT(SOLD, .qty = 4, .node = STR("B")),
        EVENT(SOLD, .qty = 4, SEQ(10)),
        EVENT(SOLD, .qty = 4, SEQ(9)),
        EVENT(SOLD, .qty = 5),
    };

    for (int i = 0; i < 21; i++)
        for (int j = 0; j < 21; j++)
            ck_assert_msg(sign(event_content(&ascending[i], &ascending[j])) == sign(i - j), "rows %d %d", i, j);
}
END_TEST

START_TEST(kafka_time_is_no_content)
{
    struct event sale = EVENT(SOLD, .time = 6, .qty = 1, .kafka_time = 7);
    struct event again = EVENT(SOLD, .time = 6, .qty = 1, .kafka_time = 8);

    ck_assert_int_eq(event_content(&sale, &again), 0);
}
END_TEST

START_TEST(every_name_is_there_and_types_are_alphabetical)
{
    for (int i = 0; i < EVENT_TYPES; i++)
        ck_assert(event_type_names[i] != NULL && (i == 0 || strcmp(event_type_names[i - 1], event_type_names[i]) < 0));
    for (int i = 0; i < STOCK_STATES; i++)
        ck_assert_ptr_nonnull(stock_state_names[i]);
    for (int i = 0; i < COUNT_SCOPES; i++)
        ck_assert_ptr_nonnull(count_scope_names[i]);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        canonical_order_is_time_deltas_sequences_counts_then_source_seq_id_marks_last,
        repetitions_have_one_identity_whatever_their_content,
        mark_stands_right_after_what_it_strikes_out,
        content_is_ordered_field_by_field_from_the_type_on,
        kafka_time_is_no_content,
        every_name_is_there_and_types_are_alphabetical,
    };
    return SUITE_RUN("event", tests);
}
