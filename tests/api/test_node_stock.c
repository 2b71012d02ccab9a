/* GET /v1/nodes/{node}/stock. */
#include <stdio.h>
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

enum { ITEMS = 700, HELD = ITEMS / 7 * 6 }; /* each seventh is sold out */

static bool seen[ITEMS];

/* Goes through all pages, marking what was seen; returns how many lines there were. */
static int page_through(const char *query, int *ret_pages)
{
    char cursor[1200] = "";
    int lines_n = 0;
    memset(seen, 0, sizeof(seen));
    *ret_pages = 0;
    do {
        json_t *answer = world_get(200, "/v1/nodes/a/stock?%s%s%s", query, cursor[0] == '\0' ? "" : "&cursor=", cursor);
        json_t *lines = at(answer, "lines");
        for (size_t i = 0; i < json_array_size(lines); i++) {
            int number = atoi(text_at(json_array_get(lines, i), "sku") + 4);
            ck_assert_msg(!seen[number], "%d twice", number);
            seen[number] = true;
            lines_n++;
        }
        snprintf(cursor, sizeof(cursor), "%s", text_at(answer, "next"));
        ck_assert_int_lt(++*ret_pages, ITEMS + 10);
    } while (strcmp(cursor, "null") != 0);
    return lines_n;
}

static void fill(uint32_t shards)
{
    char sku[20];
    world_start(shards, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\",\"safety_stock\":1}");
    for (int i = 0; i < ITEMS; i++) {
        snprintf(sku, sizeof(sku), "sku-%d", i);
        world_stock(sku, "a", i % 7);
        world_stock(sku, "b", 1);
    }
    world_open();
}

START_TEST(pages_of_any_size_are_everything_once)
{
    static const char *const limits[] = {"limit=1000", "limit=100", "limit=33", "limit=7", "limit=1"};
    for (uint32_t shards = 1; shards <= 64; shards *= 8) {
        int pages;
        fill(shards);
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) - (shards > 1); i++)
            ck_assert_int_eq(page_through(limits[i], &pages), HELD);
        world_stop();
    }
}
END_TEST

START_TEST(a_line_says_what_is_there)
{
    fill(1);
    json_t *answer = world_get(200, "/v1/nodes/a/stock?limit=1000");
    ck_assert_str_eq(text_at(answer, "node"), "a");
    for (size_t i = 0; i < HELD; i++) {
        json_t *line = json_array_get(at(answer, "lines"), i);
        int64_t qty = atoi(text_at(line, "sku") + 4) % 7, available = qty > 1 ? qty - 1 : 0;
        ck_assert_int_eq(number_at(line, "qty"), qty);
        ck_assert_int_eq(number_at(line, "available"), available);
        ck_assert_int_eq(number_at(line, "available_for_pickup"), available);
        ck_assert_str_eq(text_at(line, "status"), available == 0 ? "out" : available <= 3 ? "low" : "in_stock");
    }
    world_stop();
}
END_TEST

START_TEST(a_scope_shows_what_has_a_place_in_it)
{
    struct place_stock places[] = {{STR("0\0sales\0A1"), 4, 1000, STR("x")},
                                   {STR("0\0sales\0A2"), 3, 1000, STR("x")},
                                   {STR("1"), -2, 1000, STR("x")},
                                   {STR("1\0kids"), 5, 1000, STR("x")}};
    struct record record;
    int pages;
    fill(8);
    record_init(&record, places, 4, NULL, 0);
    record.places_n = 4;
    record.unplaced = 9;
    record.as_of = record.newest_time = record.newest_kafka_time = 1000;
    world_record("sku-9999", "a", &record);
    world_open();
    ck_assert_int_eq(number_at(world_get(200, "/v1/nodes/a/stock?floor=1"), "lines/0/qty"), 3);
    ck_assert_int_eq(number_at(world_get(200, "/v1/nodes/a/stock?floor=1&zone=kids"), "lines/0/qty"), 5);
    ck_assert_uint_eq(json_array_size(at(world_get(200, "/v1/nodes/a/stock?floor=2"), "lines")), 0);
    ck_assert_uint_eq(json_array_size(at(world_get(200, "/v1/nodes/a/stock?floor=1&zone=k"), "lines")), 0);
    world_stop();
    fill(8);
    ck_assert_int_eq(page_through("floor=0&limit=50", &pages), HELD);
    ck_assert_int_eq(page_through("floor=0&zone=sales&limit=50", &pages), HELD);
    world_stop();
}
END_TEST

static void put_one_place(const char *sku, int64_t qty, int64_t unplaced)
{
    struct place_stock place = {STR("0\0sales"), qty, 1000, STR("x")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = 1;
    record.unplaced = unplaced;
    record.as_of = record.newest_time = record.newest_kafka_time = 1000;
    world_record(sku, "a", &record);
}

/* Below 0 is for operators, whom nobody is yet. */
START_TEST(what_a_node_does_not_hold_is_no_line)
{
    world_start(2, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_stock("sold-out", "a", 0);
    put_one_place("oversold", -2, 0);
    put_one_place("here-not-there", -2, 5);
    put_one_place("there-not-here", 2, -2);
    world_open();
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/nodes/a/stock"), "lines"), "sku"), "here-not-there");
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/nodes/a/stock?floor=0"), "lines"), "sku"), "there-not-here");
    world_stop();
}
END_TEST

/* 30 items of 3,000. */
START_TEST(a_page_among_much_that_is_sold_out_is_filled)
{
    char sku[20];
    world_start(1, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    for (int i = 0; i < 3000; i++) {
        snprintf(sku, sizeof(sku), "sku-%04d", i);
        world_stock(sku, "a", i % 100 == 99);
    }
    world_open();
    json_t *answer = world_get(200, "/v1/nodes/a/stock?limit=20");
    ck_assert_uint_eq(json_array_size(at(answer, "lines")), 20);
    ck_assert_str_eq(text_at(answer, "lines/19/sku"), "sku-1999");
    printf("among what is sold out: %d trips, %d asks\n", world.trips, world.asks);
    ck_assert_int_lt(world.trips, 40);
    answer = world_get(200, "/v1/nodes/a/stock?limit=20&cursor=%s", text_at(answer, "next"));
    ck_assert_uint_eq(json_array_size(at(answer, "lines")), 10);
    ck_assert(json_is_null(at(answer, "next")));
    world_stop();
}
END_TEST

START_TEST(a_hint_without_a_record_is_no_line)
{
    int pages;
    fill(2);
    world_do("RPUSH sf:{1}:n:a gone-1");
    ck_assert_int_eq(page_through("limit=100", &pages), HELD);
    world_stop();
}
END_TEST

START_TEST(wrong_parameters_are_named)
{
    fill(2);
    ck_assert_str_eq(text_at(world_get(404, "/v1/nodes/zz/stock"), "code"), "unknown_node");
    ck_assert_str_eq(text_at(world_get(400, "/v1/nodes/a/stock?zone=x"), "parameter"), "floor");
    /* "9:0:", "0:-1:", "x", "0:0" */
    static const char *const cursors[] = {"393a303a", "303a2d313a", "78", "303a30", "3a3a", "303a303a39393939393a"};
    for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
        ck_assert_str_eq(text_at(world_get(400, "/v1/nodes/a/stock?cursor=%s", cursors[i]), "parameter"), "cursor");
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {pages_of_any_size_are_everything_once,
                                  a_line_says_what_is_there,
                                  a_scope_shows_what_has_a_place_in_it,
                                  a_hint_without_a_record_is_no_line,
                                  what_a_node_does_not_hold_is_no_line,
                                  a_page_among_much_that_is_sold_out_is_filled,
                                  wrong_parameters_are_named};
    return SUITE_RUN("node_stock", tests);
}
