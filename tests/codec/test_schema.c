/* The example of each kind of document is one that its reader takes. */
#include "stockfold/codec/schema.h"

#include "stockfold/codec/event_json.h"
#include "stockfold/codec/master.h"
#include "stockfold/core/bounds.h"
#include "support/suite.h"

static struct arena arena;
static char detail[REFUSAL_DETAIL_MAX];

static void find_unknown(void *context, const char *said)
{
    (void)context;
    ck_abort_msg("%s", said);
}

START_TEST(the_example_of_an_event_is_read)
{
    struct event_context context = {.kafka_time = BOUND_TIME_MS, .future_max_ms = -1, .arena = &arena};
    struct event event;
    ck_assert_int_eq(event_decode(schema_example(DOCUMENT_OF_EVENT), &context, &event, detail), REFUSAL_NONE);
    ck_assert_uint_eq(event.lines_n, 2);
}
END_TEST

START_TEST(the_example_of_an_item_is_read)
{
    struct item_facts item;
    ck_assert_int_eq(item_read(schema_example(DOCUMENT_OF_ITEM), &arena, &item, detail), REFUSAL_NONE);
    ck_assert_int_eq(item_safety_stock(&item, STR("store-014")), 3);
}
END_TEST

START_TEST(the_example_of_a_node_is_read)
{
    struct node node;
    ck_assert_int_eq(node_read(schema_example(DOCUMENT_OF_NODE), &arena, &node, detail), REFUSAL_NONE);
    ck_assert_uint_eq(node.zones_n, 2);
}
END_TEST

START_TEST(no_example_has_a_field_that_nothing_reads)
{
    unknown_fields(schema_example((enum document_kind)_i), (enum document_kind)_i, find_unknown, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tests = tcase_create("schema");
    tcase_add_test(tests, the_example_of_an_event_is_read);
    tcase_add_test(tests, the_example_of_an_item_is_read);
    tcase_add_test(tests, the_example_of_a_node_is_read);
    tcase_add_loop_test(tests, no_example_has_a_field_that_nothing_reads, 0, DOCUMENT_KINDS);
    suite_add_tcase(suite, tests);
    return suite_end(suite);
}
