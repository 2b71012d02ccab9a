/* Texts that documents give in several languages: `lang` chooses one, wherever an answer shows it. */
#include <stdlib.h>

#include "api/support/world.h"
#include "support/suite.h"

static void fill(void)
{
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"name\":{\"es\":\"Tienda A\",\"en\":\"Shop A\"},\"kind\":\"store\"," ALWAYS_OPEN
               ",\"lat\":40.00000000001,\"lon\":-3,\"floors\":[{\"floor\":\"0\",\"name\":{\"es\":\"Bajo\",\"en\":"
               "\"Ground\"}}],"
               "\"zones\":[{\"floor\":\"0\",\"zone\":\"sales\",\"name\":{\"es\":\"Venta\",\"en\":\"Sales\"}}]}");
    world_node("{\"id\":\"b\",\"name\":{\"es\":\"Tienda B\",\"en\":\"Shop B\"},\"kind\":\"store\"," ALWAYS_OPEN
               ",\"lat\":41,\"lon\":-3}");
    world_item("{\"sku\":\"s-m\",\"style\":\"s\",\"title\":{\"es\":\"Camisa\",\"en\":\"Shirt\"},\"size\":\"M\","
               "\"color\":{\"es\":"
               "\"rojo\",\"en\":\"red\"},\"promotion\":{\"label\":{\"es\":\"2 por 1\",\"en\":\"2 for 1\"}}}");
    world_item("{\"sku\":\"s-l\",\"style\":\"s\",\"title\":\"Tee\",\"size\":\"L\",\"color\":{\"es\":\"azul\",\"en\":"
               "\"blue\"}}");
    world_stock("s-m", "a", 5);
    world_stock("s-m", "b", 5);
    world_stock("s-l", "a", 5);
    world_open();
}

/* What stands at `path` in three answers: without a language, with one that there is, and with one that there is not. */
static void expect(const char *path, const char *at_path, const char *first, const char *english)
{
    const char *separator = strchr(path, '?') == NULL ? "?" : "&";
    ck_assert_str_eq(text_at(world_get(200, "%s", path), at_path), first);
    ck_assert_str_eq(text_at(world_get(200, "%s%slang=en", path, separator), at_path), english);
    ck_assert_str_eq(text_at(world_get(200, "%s%slang=fr", path, separator), at_path), first);
}

START_TEST(every_answer_has_its_texts_in_the_language_asked_for)
{
    static const struct {
        const char *path, *at, *first, *english;
    } rows[] = {
        {"/v1/items/s-m", "title", "Camisa", "Shirt"},
        {"/v1/items/s-m", "color", "rojo", "red"},
        {"/v1/items/s-m", "promotion/label", "2 por 1", "2 for 1"},
        {"/v1/items?style=s", "items/0/color", "azul", "blue"},
        {"/v1/items?style=s", "items/0/title", "Tee", "Tee"},
        {"/v1/items?sku=s-m", "items/0/title", "Camisa", "Shirt"},
        {"/v1/items?q=camisa", "items/0/title", "Camisa", "Shirt"},
        {"/v1/items?q=shirt", "items/0/title", "Camisa", "Shirt"},
        {"/v1/items?q=blue", "items/0/color", "azul", "blue"},
        {"/v1/availability?sku=s-m&node=a&include=item", "lines/0/title", "Camisa", "Shirt"},
        {"/v1/availability?sku=s-m&node=a&include=item", "lines/0/promotion/label", "2 por 1", "2 for 1"},
        {"/v1/availability?sku=s-m&node=a", "lines/0/name", "Tienda A", "Shop A"},
        {"/v1/availability?sku=s-m", "lines/0/name", "Tienda A", "Shop A"},
        {"/v1/availability?style=s&node=a&summary=style&include=item", "lines/0/sizes/0/color", "rojo", "red"},
        {"/v1/items/s-m/locate?node=a", "name", "Tienda A", "Shop A"},
        {"/v1/items/s-m/locate?node=a", "places/0/floor_name", "Bajo", "Ground"},
        {"/v1/items/s-m/locate?node=a", "places/0/zone_name", "Venta", "Sales"},
        {"/v1/items/s-m/locate?node=a", "elsewhere/0/name", "Tienda B", "Shop B"},
        {"/v1/items/s-m/locate?node=a", "other_sizes/0/color", "azul", "blue"},
        {"/v1/nearby?item=s-m&node=a&k=1", "nodes/0/name", "Tienda A", "Shop A"},
        {"/v1/nearby?item=s-l&lat=41&lon=-3", "passed_over/0/name", "Tienda B", "Shop B"},
        {"/v1/styles/s?node=a&include=item", "cells/0/title", "Camisa", "Shirt"},
        {"/v1/styles/s?node=a&include=item", "cells/0/promotion/label", "2 por 1", "2 for 1"},
        {"/v1/styles/s?node=a", "colors/0", "azul", "blue"},
        {"/v1/styles/s?node=a", "cells/0/nearest/name", "Tienda B", "Shop B"},
        {"/v1/nodes/a", "name", "Tienda A", "Shop A"},
        {"/v1/nodes/a", "zones/0/name", "Venta", "Sales"},
        {"/v1/nodes?node=a", "nodes/0/floors/0/name", "Bajo", "Ground"},
    };
    fill();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(rows[i].path, rows[i].at, rows[i].first, rows[i].english);
    world_get(200, "/v1/nodes/a");
    ck_assert_ptr_nonnull(strstr(world.body.data, "40.00000000001"));
    ck_assert_str_eq(
        text_at(world_post(200, "/v1/availability?lang=en", "{\"pairs\":[[\"s-m\",\"b\"]]}"), "lines/0/name"),
        "Shop B");
    ck_assert_str_eq(text_at(world_get(400, "/v1/nodes/a?lang=x"), "parameter"), "lang");
    world_stop();
}
END_TEST

START_TEST(order_has_no_language)
{
    static const char *const languages[] = {"", "&lang=es", "&lang=en"};
    world_start(4, 1);
    world_node("{\"id\":\"a\",\"kind\":\"store\"," ALWAYS_OPEN "}");
    world_item("{\"sku\":\"1\",\"style\":\"s\",\"size\":\"M\",\"color\":{\"es\":\"rojo\",\"en\":\"red\"}}");
    world_item("{\"sku\":\"2\",\"style\":\"s\",\"size\":\"M\",\"color\":{\"es\":\"blanco\",\"en\":\"white\"}}");
    world_item("{\"sku\":\"3\",\"style\":\"s\",\"size\":\"M\",\"color\":{\"es\":\"azul\",\"en\":\"blue\"}}");
    world_item("{\"sku\":\"4\",\"style\":\"s\",\"size\":\"M\",\"color\":{\"es\":\"celeste\",\"en\":\"blue\"}}");
    world_open();
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        json_t *lines = at(world_get(200, "/v1/availability?style=s&node=a&summary=style%s", languages[i]), "lines");
        ck_assert_str_eq(texts_of(at(lines, "0/sizes"), "sku"), "3 2 4 1");
        ck_assert_str_eq(texts_of(at(world_get(200, "/v1/styles/s?node=a%s", languages[i]), "cells"), "sku"),
                         "3 2 4 1");
        json_t *others = at(world_get(200, "/v1/items/1/locate?node=a%s", languages[i]), "other_sizes");
        ck_assert_str_eq(texts_of(others, "sku"), "2 3 4");
    }
    char *colors = json_dumps(at(world_get(200, "/v1/styles/s?node=a&lang=en"), "colors"), JSON_COMPACT);
    ck_assert_str_eq(colors, "[\"blue\",\"white\",\"red\"]");
    free(colors);
    world_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_answer_has_its_texts_in_the_language_asked_for, order_has_no_language};
    return SUITE_RUN("languages", tests);
}
