/* GET /v1/availability: pages of the nodes that have an item. */
#include <stdio.h>

#include "api/support/world.h"
#include "support/suite.h"

/* Units of a shirt at the nodes a, b, c... */
static void fill_five(int a, int b, int c, int d, int e)
{
    const int units[] = {a, b, c, d, e};
    char json[64];
    world_start(2, 1);
    for (int i = 0; i < 5; i++) {
        snprintf(json, sizeof(json), "{\"id\":\"%c\",\"kind\":\"store\"}", 'a' + i);
        world_node(json);
        world_stock("shirt", (char[]){(char)('a' + i), '\0'}, units[i]);
    }
    world_open();
}

static const char *page(const char *cursor)
{
    return texts_of(
        at(world_get(200, "/v1/availability?sku=shirt&limit=2%s%s", *cursor == '\0' ? "" : "&cursor=", cursor),
           "lines"),
        "node");
}

static void keep_next(char ret_cursor[200])
{
    const char *next = strstr(world.body.data, "\"next\":\"") + strlen("\"next\":\"");
    snprintf(ret_cursor, 200, "%.*s", (int)strcspn(next, "\""), next);
}

START_TEST(pages_of_nodes_with_an_item_are_all_of_them_once)
{
    char cursor[200];
    fill_five(9, 7, 7, 5, -2);
    ck_assert_str_eq(page(""), "a b");
    keep_next(cursor);
    ck_assert_str_eq(page(cursor), "c d");
    keep_next(cursor);
    ck_assert_str_eq(page(cursor), "e");
    ck_assert_ptr_nonnull(strstr(world.body.data, "\"next\":null"));
    world_stop();
}
END_TEST

START_TEST(what_did_not_move_is_on_one_page_while_other_stock_changes)
{
    char cursor[200];
    fill_five(9, 7, 7, 5, -2);
    ck_assert_str_eq(page(""), "a b");
    keep_next(cursor);
    world_stop();
    fill_five(9, 7, 7, 5, 50); /* e is before all now: by number, b would come again */
    ck_assert_str_eq(page(cursor), "c d");
    world_stop();
    fill_five(1, 7, 7, 5, -2); /* a is behind d now: by number, c would be left out */
    ck_assert_str_eq(page(cursor), "c d");
    keep_next(cursor);
    ck_assert_str_eq(page(cursor), "a e");
    world_stop();
}
END_TEST

/* Of those named it answers, what is known of it. */
START_TEST(a_node_without_a_document_is_offered_in_no_list)
{
    world_start(2, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"}");
    world_stock("shirt", "a", 1);
    world_stock("shirt", "gone", 50);
    world_stock("coat", "gone", 50);
    world_heard("gone", world.now_ms - 1000);
    world_open();
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/availability?sku=shirt"), "lines"), "node"), "a");
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/availability?sku=coat"), "lines"), "node"), "");
    ck_assert_int_eq(number_at(world_get(200, "/v1/availability?sku=coat&node=gone"), "lines/0/available"), 50);
    ck_assert_str_eq(texts_of(at(world_get(200, "/v1/nodes"), "nodes"), "id"), "a");
    ck_assert_str_eq(text_at(world_get(200, "/v1/nodes/gone"), "id"), "gone");
    world_stop();
}
END_TEST

START_TEST(cursors_that_are_none_are_refused)
{
    static const char *const cursors[] = {"3a", "61", "613a62", "3131",
                                          "3131313131313131313131313131313131313131313131313a61"};
    fill_five(9, 7, 7, 5, -2);
    for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
        ck_assert_str_eq(text_at(world_get(400, "/v1/availability?sku=shirt&cursor=%s", cursors[i]), "parameter"),
                         "cursor");
    world_stop();
}
END_TEST

/* Every page reads all records of the item, since any may come next. */
START_TEST(of_an_item_at_thousands_of_nodes_each_page_costs_the_same)
{
    enum { NODES = 5000, LIMIT = 1000 };
    char json[320], node[16], cursor[200] = "";
    int64_t last = INT64_MAX, lines_n = 0, first_bytes = 0;
    world_start(4, 1);
    for (int i = 0; i < NODES; i++) {
        snprintf(node, sizeof(node), "n%04d", i);
        snprintf(json, sizeof(json), "{\"id\":\"%s\",\"kind\":\"store\",\"pickup\":{\"enabled\":true}," ALWAYS_OPEN "}",
                 node);
        world_node(json);
        world_stock("shirt", node, i * 7919 % 100);
    }
    world_open();
    do {
        int64_t before = world_redis_sent();
        json_t *answer = world_get(200, "/v1/availability?sku=shirt&limit=%d%s", LIMIT, cursor);
        int64_t bytes = world_redis_sent() - before;
        printf("everywhere: %lld bytes of Redis, %.1f ms of CPU, %.1f in the longest of turns\n", (long long)bytes,
               (double)world.spent_us / 1000, (double)world.longest_us / 1000);
        first_bytes = lines_n == 0 ? bytes : first_bytes;
        ck_assert_int_lt(bytes, first_bytes + 1000);
        for (size_t i = 0; i < json_array_size(at(answer, "lines")); i++, lines_n++) {
            int64_t available = number_at(json_array_get(at(answer, "lines"), i), "available");
            ck_assert_int_le(available, last);
            last = available;
        }
        bool more = !json_is_null(at(answer, "next"));
        snprintf(cursor, sizeof(cursor), more ? "&cursor=%s" : "", text_at(answer, "next"));
    } while (cursor[0] != '\0');
    ck_assert_int_eq(lines_n, NODES);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {pages_of_nodes_with_an_item_are_all_of_them_once,
                                  what_did_not_move_is_on_one_page_while_other_stock_changes,
                                  a_node_without_a_document_is_offered_in_no_list, cursors_that_are_none_are_refused,
                                  of_an_item_at_thousands_of_nodes_each_page_costs_the_same};
    return SUITE_RUN("availability", tests);
}
