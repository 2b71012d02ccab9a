/* What folds leave of themselves: totals, times, progress, and when nodes were heard of. */
#include <math.h>
#include <stdio.h>

#include "stockfold/core/event.h"
#include "stockfold/store/heard.h"
#include "stockfold/store/stats.h"
#include "store/support/redis_server.h"
#include "support/suite.h"

enum { TIMEOUT_MS = 60000 };

static struct redis_server server;
static struct view_config config;
static struct view view;
static struct link *admin;

static void start(void)
{
    struct error error = {0};
    redis_server_start(&server, NULL);
    config = redis_server_view(&server);
    view_init(&view, &config);
    ck_assert_int_eq(view_connect(&view, VIEW_CREATE, true, &error), 0);
    admin = redis_server_link(&server);
}

static void stop(void)
{
    view_done(&view);
    link_free(admin);
    redis_server_stop(&server);
}

/* --- the table --------------------------------------------------------------------------------------------------- */

static const struct total_row *row_at(const int64_t *number, const struct totals *totals)
{
    return &total_rows[number - (const int64_t *)totals];
}

START_TEST(rows_stand_in_the_order_of_the_numbers)
{
    static const struct totals totals;
    ck_assert_str_eq(row_at(&totals.read, &totals)->field, "read");
    ck_assert_str_eq(row_at(&totals.drift, &totals)->field, "drift");
    for (int reason = 1; reason < REFUSALS; reason++) {
        char field[64];
        snprintf(field, sizeof(field), "refused_%s", refusal_texts[reason].name);
        ck_assert_str_eq(row_at(&totals.refused[reason], &totals)->field, field);
    }
    for (int i = 0; i < TIMES_BOUNDS; i++) {
        char field[64], label[64];
        snprintf(field, sizeof(field), "commit_within_%ldus", (long)times_bounds_us[i]);
        snprintf(label, sizeof(label), "le=\"%g\"", (double)times_bounds_us[i] / 1e6);
        ck_assert_str_eq(row_at(&totals.commit.within[i], &totals)->field, field);
        ck_assert_str_eq(row_at(&totals.commit.within[i], &totals)->labels, label);
        ck_assert_str_eq(row_at(&totals.batch.within[i], &totals)->labels, label);
    }
    ck_assert_str_eq(row_at(&totals.commit.sum_us, &totals)->field, "commit_sum_us");
    ck_assert_str_eq(row_at(&totals.commit.count, &totals)->suffix, "_count");
}
END_TEST

START_TEST(every_field_is_found_and_once)
{
    for (size_t i = 0; i < TOTALS; i++)
        if (total_rows[i].field != NULL)
            ck_assert_ptr_eq(total_row_of((struct str){total_rows[i].field, strlen(total_rows[i].field)}),
                             &total_rows[i]);
    ck_assert_ptr_null(total_row_of(STR("refused_none")));
    ck_assert_ptr_null(total_row_of(STR("")));
}
END_TEST

START_TEST(a_time_is_within_every_bound_that_it_does_not_exceed)
{
    struct times times = {0};
    times_add(&times, 500);
    times_add(&times, 501);
    times_add(&times, 700000);
    ck_assert_int_eq(times.within[0], 1);
    ck_assert_int_eq(times.within[1], 2);
    ck_assert_int_eq(times.within[TIMES_BOUNDS - 1], 2);
    ck_assert_int_eq(times.within[TIMES_BOUNDS], 3);
    ck_assert_int_eq(times.count, 3);
    ck_assert_int_eq(times.sum_us, 701001);
}
END_TEST

START_TEST(totals_are_added_to_what_others_counted)
{
    struct totals then = {.read = 5}, now = {.read = 8};
    now.refused[REFUSAL_LATE] = 2;
    redis_do(admin, "HSET sf:{stats}:t read 100");
    totals_write(&view, &now, &then);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(reply_int(redis_do(admin, "HGET sf:{stats}:t read")), 103);
    ck_assert_int_eq(reply_int(redis_do(admin, "HGET sf:{stats}:t refused_late")), 2);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{stats}:t")), 2);
}
END_TEST

/* --- partitions -------------------------------------------------------------------------------------------------- */

START_TEST(progress_of_partitions_is_left_by_topic_and_partition)
{
    struct partition_progress rows[] = {{STR("stock.store"), 12, 5, 9, 1700000000123, 1700000000456, 3},
                                        {STR("stock.items"), 0, 7, -1, TIME_NONE, 1, 0}};
    partitions_write(&view, rows, 2);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    struct str text = reply_text(redis_do(admin, "HGET sf:{stats}:p stock.store:12"));
    ck_assert(str_equal(text, STR("5 9 1700000000123 1700000000456 3")));
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{stats}:p")), 2);
}
END_TEST

/* --- heard-at ---------------------------------------------------------------------------------------------------- */

static void hear(void *context, const struct reply *reply)
{
    *(enum reply_problem *)context = reply_problem(reply);
}

static enum reply_problem heard(int64_t first, int64_t second)
{
    enum reply_problem problem = REPLY_LOST;
    struct heard_at nodes[] = {{STR("store-1"), first}, {STR("store-2"), second}};
    heard_write(&view, nodes, 2, hear, &problem);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    return problem;
}

START_TEST(the_newest_time_of_a_node_stays)
{
    ck_assert_int_eq(heard(1700000000001, 0), REPLY_OK);
    ck_assert_int_eq(heard(1700000000000, 100000000000001), REPLY_OK);
    ck_assert_int_eq(reply_int(redis_do(admin, "HGET sf:{nodes}:h store-1")), 1700000000001);
    ck_assert_int_eq(reply_int(redis_do(admin, "HGET sf:{nodes}:h store-2")), 100000000000001);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:h")), 2);
}
END_TEST

START_TEST(as_many_nodes_as_a_call_takes_are_heard)
{
    static char names[HEARD_MAX][16];
    struct heard_at nodes[HEARD_MAX];
    enum reply_problem problem = REPLY_LOST;
    for (int i = 0; i < HEARD_MAX; i++) {
        int len = snprintf(names[i], sizeof(names[i]), "n%d", i);
        nodes[i] = (struct heard_at){{names[i], (size_t)len}, i};
    }
    heard_write(&view, nodes, HEARD_MAX, hear, &problem);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    ck_assert_int_eq(problem, REPLY_OK);
    ck_assert_int_eq(reply_int(redis_do(admin, "HLEN sf:{nodes}:h")), HEARD_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = tcase_create("stats");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, rows_stand_in_the_order_of_the_numbers);
    tcase_add_test(tcase, every_field_is_found_and_once);
    tcase_add_test(tcase, a_time_is_within_every_bound_that_it_does_not_exceed);
    tcase_add_test(tcase, totals_are_added_to_what_others_counted);
    tcase_add_test(tcase, progress_of_partitions_is_left_by_topic_and_partition);
    tcase_add_test(tcase, the_newest_time_of_a_node_stays);
    tcase_add_test(tcase, as_many_nodes_as_a_call_takes_are_heard);
    suite_add_tcase(suite, tcase);
    return suite_end(suite);
}
