/* What an input was read up to: everything that is derived from the position moves with it. */
#include "../../src/ingest/input.h"

#include "../../src/ingest/message.h"
#include "support/suite.h"

static struct inputs inputs;
static struct kafka_config config;

static struct input *an_input(enum topic_role role)
{
    for (int i = 0; i < TOPIC_ROLES; i++)
        config.topics[i] = "stock.topic";
    size_t index = inputs_index(&inputs, &config, role, 3);
    return &inputs.rows[index];
}

static void take(struct input *input, int64_t offset, int64_t kafka_time)
{
    struct message message = {.key = STR("sku"), .value = STR("{}"), .offset = offset, .kafka_time = kafka_time};
    input_take(input, &message);
    input_digest(input);
}

START_TEST(a_message_moves_all_of_it)
{
    struct input *input = an_input(TOPIC_STORE);
    take(input, 7, 1000);
    ck_assert_int_eq(input->read.next, 8);
    ck_assert_int_eq(input->read.last_offset, 7);
    ck_assert_uint_eq(input->read.digest, message_digest(STR("sku"), STR("{}"), 1000));
    ck_assert_int_eq(input->read.complete_to, 1000);
    take(input, 9, 900); /* another broker's clock */
    ck_assert_int_eq(input->read.next, 10);
    ck_assert_int_eq(input->read.complete_to, 1000);
}
END_TEST

START_TEST(an_input_is_found_by_its_name)
{
    char name[INPUT_NAME_MAX];
    struct input *input = an_input(TOPIC_STORE);
    input_name(input, name);
    ck_assert_uint_eq(inputs_find_named(&inputs, str_from(name)), (size_t)(input - inputs.rows));
    const char *others[] = {"stock.topic:4",  "stock.topic:",
                            "stock.topic:x",  "stock.topic",
                            "stock.other:3",  "",
                            "stock.topic:-3", "stock.topic:99999999999999999999999"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        ck_assert_uint_eq(inputs_find_named(&inputs, str_from(others[i])), SIZE_MAX);
}
END_TEST

START_TEST(going_back_takes_all_of_it_back_and_verifies_what_was_last)
{
    struct input *input = an_input(TOPIC_STORE);
    struct watermark known = {.next = 110, .last_offset = 107, .digest = 5, .complete_to = 800};
    take(input, 123, 1000);
    input_go_back(input, &known);
    struct watermark now = input_watermark(input);
    ck_assert(memcmp(&now, &known, sizeof(known)) == 0);
    ck_assert_int_eq(input->rewind, 107);
    ck_assert_int_eq(input->verify_offset, 107);
    struct watermark further = {.next = 120, .last_offset = 119, .complete_to = 900};
    input_go_back(input, &further); /* of another shard: reading begins before it anyway */
    ck_assert_int_eq(input->read.next, 110);
}
END_TEST

START_TEST(a_log_fits_once_reading_has_come_by_where_every_shard_stands)
{
    struct input *input = an_input(TOPIC_STORE);
    struct watermark low = watermark_none, high = {.next = 20, .last_offset = 17},
                     higher = {.next = 30, .last_offset = 29};
    ck_assert_int_eq(input_stand_at(input, &low), 0);
    input_expect(input, &low, 4);
    ck_assert(input_fits(input));
    input_expect(input, &higher, 4);
    input_expect(input, &high, 5);
    ck_assert_int_eq(input->stood_to, 30);
    ck_assert_uint_eq(input->stood_round, 5);
    ck_assert_int_eq(input->compare_at, 17);
    take(input, 28, 1000);
    ck_assert(!input_fits(input));
    take(input, 29, 1000);
    ck_assert(input_fits(input));
    input->restarting = true;
    ck_assert(!input_fits(input));
}
END_TEST

START_TEST(what_a_compacted_log_has_lost_is_not_missed)
{
    struct input *input = an_input(TOPIC_ITEMS);
    struct watermark known = {.next = 20, .last_offset = 17};
    input_expect(input, &known, 4);
    ck_assert(input_fits(input));
    ck_assert_int_eq(input->compare_at, INT64_MAX);
}
END_TEST

START_TEST(an_end_moves_only_the_position)
{
    struct input *input = an_input(TOPIC_STORE);
    take(input, 7, 1000);
    input_reach_end(input, 12);
    input_reach_end(input, 10);
    ck_assert_int_eq(input->read.next, 12);
    ck_assert_int_eq(input->read.last_offset, 7);
    ck_assert(watermark_is_sound(&input->read));
}
END_TEST

START_TEST(an_error_has_the_last_message_seen_again_and_moves_nothing)
{
    struct input *input = an_input(TOPIC_STORE);
    take(input, 7, 1000);
    input_reach_end(input, 12);
    struct watermark before = input->read;
    input_verify_again(input);
    ck_assert(memcmp(&input->read, &before, sizeof(before)) == 0);
    ck_assert_int_eq(input->rewind, 7);
    ck_assert_int_eq(input->verify_offset, 7);
}
END_TEST

START_TEST(documents_are_complete_only_at_an_end_and_are_not_verified)
{
    struct input *input = an_input(TOPIC_ITEMS);
    take(input, 7, 1000);
    ck_assert_int_eq(input->read.complete_to, TIME_NONE);
    struct watermark known = {.next = 5, .last_offset = 2, .digest = 5, .complete_to = 800};
    input_go_back(input, &known);
    ck_assert_int_eq(input->rewind, 5);
    ck_assert_int_eq(input->verify_offset, -1);
}
END_TEST

START_TEST(a_position_that_cannot_be_is_not_believed)
{
    struct input *input = an_input(TOPIC_STORE);
    struct watermark known = {.next = 110, .last_offset = 123, .digest = 5, .complete_to = 800};
    ck_assert_int_eq(input_stand_at(input, &known), 0);
    ck_assert(memcmp(&input->read, &watermark_none, sizeof(known)) == 0);
}
END_TEST

static void forget_inputs(void)
{
    inputs_done(&inputs);
}

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tests = tcase_create("input");
    tcase_add_checked_fixture(tests, NULL, forget_inputs);
    tcase_add_test(tests, a_message_moves_all_of_it);
    tcase_add_test(tests, an_input_is_found_by_its_name);
    tcase_add_test(tests, going_back_takes_all_of_it_back_and_verifies_what_was_last);
    tcase_add_test(tests, a_log_fits_once_reading_has_come_by_where_every_shard_stands);
    tcase_add_test(tests, what_a_compacted_log_has_lost_is_not_missed);
    tcase_add_test(tests, an_end_moves_only_the_position);
    tcase_add_test(tests, an_error_has_the_last_message_seen_again_and_moves_nothing);
    tcase_add_test(tests, documents_are_complete_only_at_an_end_and_are_not_verified);
    tcase_add_test(tests, a_position_that_cannot_be_is_not_believed);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
