/* Places: joining, splitting, and the coarser places above one. */
#include "stockfold/core/place.h"

#include "support/suite.h"

static const struct {
    const char *components[PLACE_COMPONENTS];
    struct str place, floor, zone;
} rows[] = {
    {{"", "", "", "", "", ""}, STR(""), STR(""), STR("")},
    {{"2", "", "", "", "", ""}, STR("2"), STR("2"), STR("2")},
    {{"2", "women", "", "", "", ""}, STR("2\0women"), STR("2"), STR("2\0women")},
    {{"2", "women", "A04", "", "", ""}, STR("2\0women\0A04"), STR("2"), STR("2\0women")},
    {{"2", "women", "", "", "S3", ""}, STR("2\0women\0\0\0S3"), STR("2"), STR("2\0women")},
    {{"0", "", "", "", "S3", ""}, STR("0\0\0\0\0S3"), STR("0"), STR("0")},
    {{"2", "women", "A04", "B02", "S3", "1"}, STR("2\0women\0A04\0B02\0S3\0001"), STR("2"), STR("2\0women")},
    {{"0123456789abcdef", "0123456789abcdef", "0123456789abcdef", "0123456789abcdef", "0123456789abcdef",
      "0123456789abcdef"},
     STR("0123456789abcdef\0000123456789abcdef\0000123456789abcdef\0000123456789abcdef\0000123456789abcdef"
         "\0000123456789abcdef"),
     STR("0123456789abcdef"),
     STR("0123456789abcdef\0000123456789abcdef")},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct str text_of(const char *text)
{
    return (struct str){.data = text, .len = strlen(text)};
}

START_TEST(components_join_to_a_place_and_split_again)
{
    for (int i = 0; i < ROWS; i++) {
        struct str components[PLACE_COMPONENTS], again[PLACE_COMPONENTS];
        char bytes[PLACE_MAX];
        for (int c = 0; c < PLACE_COMPONENTS; c++)
            components[c] = text_of(rows[i].components[c]);
        struct str place = place_join(components, bytes);
        ck_assert_msg(str_equal(place, rows[i].place), "row %d", i);
        place_split(place, again);
        for (int c = 0; c < PLACE_COMPONENTS; c++)
            ck_assert_msg(str_equal(again[c], components[c]), "row %d component %d", i, c);
    }
}
END_TEST

START_TEST(coarser_places_have_only_the_floor_or_floor_and_zone)
{
    for (int i = 0; i < ROWS; i++) {
        ck_assert_msg(str_equal(place_floor(rows[i].place), rows[i].floor), "row %d", i);
        ck_assert_msg(str_equal(place_zone(rows[i].place), rows[i].zone), "row %d", i);
    }
}
END_TEST

START_TEST(places_compare_component_by_component_a_missing_one_first)
{
    static const struct str ascending[] = {STR("2"),         STR("2\0\0\0\0S3"), STR("2\0women"), STR("2\0women\0A"),
                                           STR("2\0women2"), STR("22"),          STR("22\0a")};

    for (int i = 1; i < 7; i++)
        ck_assert_msg(str_compare(ascending[i - 1], ascending[i]) < 0, "row %d", i);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        components_join_to_a_place_and_split_again,
        coarser_places_have_only_the_floor_or_floor_and_zone,
        places_compare_component_by_component_a_missing_one_first,
    };
    return SUITE_RUN("place", tests);
}
