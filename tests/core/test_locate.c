/* Where an item probably stands. */
#include "stockfold/core/locate.h"

#include <stdio.h>

#include "support/random.h"
#include "support/suite.h"

enum { PLACES_MAX = 400 };
#define HOUR_MS INT64_C(3600000)
#define NOW (1000 * HOUR_MS)
#define HALF_LIFE (72 * HOUR_MS)

/* Walked: till, women, men, then the back; drawn: women, then till, men never said. */
static const struct zone zones[] = {
    {.place = STR("0\0back"), .walk = INT64_MAX, .draw = 3},
    {.place = STR("0\0till"), .walk = 5, .draw = 2},
    {.place = STR("2\0men"), .walk = 30, .draw = INT64_MAX},
    {.place = STR("2\0women"), .walk = 20, .draw = 1},
};
static const struct node node = {.zones = zones, .zones_n = 4};

#define STANDS(where, units)                                                                                           \
    {                                                                                                                  \
        .place = STR(where), .qty = (units), .seen_at = NOW                                                            \
    }

static struct located_place located[PLACES_MAX];

/* "0/till:3/5" for 3 of 5 likely, in walking order. */
static const char *locate(struct place_stock *places, uint32_t n, int64_t undrawn, const struct node *at)
{
    static char text[512];
    char *to = text;
    const struct record record = {.places = places, .places_n = n, .undrawn = undrawn};
    locate_places(&record, at, NOW, HALF_LIFE, located);
    *to = '\0';
    for (uint32_t i = 0; i < n; i++) {
        struct str place = located[i].stock->place;
        to += sprintf(to, i == 0 ? "" : " ");
        for (size_t c = 0; c < place.len; c++)
            *to++ = place.data[c] == '\0' ? '/' : place.data[c];
        to += sprintf(to, ":%lld/%lld", (long long)located[i].likely, (long long)located[i].stock->qty);
    }
    return text;
}

START_TEST(places_stand_in_walking_order)
{
    struct place_stock places[] = {STANDS("0\0back\0A1", 4), STANDS("0\0till", 2), STANDS("2\0men\0A9", 5),
                                   STANDS("2\0women\0A1", 1), STANDS("2\0women\0A2", 7)};
    ck_assert_str_eq(locate(places, 5, 0, &node),
                     "0/till:2/2 2/women/A1:1/1 2/women/A2:7/7 2/men/A9:5/5 0/back/A1:4/4");
    ck_assert_ptr_eq(located[0].zone, &zones[1]);
    ck_assert_double_eq(located[0].confidence, 1);
}
END_TEST

START_TEST(undrawn_units_are_taken_zone_by_zone)
{
    struct place_stock places[] = {STANDS("0\0back\0A1", 4), STANDS("0\0till", 2), STANDS("2\0men\0A9", 5),
                                   STANDS("2\0women\0A1", 1), STANDS("2\0women\0A2", 7)};
    ck_assert_str_eq(locate(places, 5, 3, &node),
                     "0/till:2/2 2/women/A2:5/7 2/men/A9:5/5 0/back/A1:4/4 2/women/A1:0/1");
    ck_assert_str_eq(locate(places, 5, 9, &node),
                     "0/till:1/2 2/men/A9:5/5 0/back/A1:4/4 2/women/A1:0/1 2/women/A2:0/7");
    ck_assert_str_eq(locate(places, 5, 15, &node),
                     "2/men/A9:4/5 0/till:0/2 2/women/A1:0/1 2/women/A2:0/7 0/back/A1:0/4");
}
END_TEST

START_TEST(more_undrawn_than_there_is_leaves_nothing)
{
    struct place_stock places[] = {STANDS("0\0till", 2), STANDS("2\0men\0A9", 5)};
    ck_assert_str_eq(locate(places, 2, 8, &node), "0/till:0/2 2/men/A9:0/5");
    ck_assert_double_eq(located[0].confidence, 0);
}
END_TEST

START_TEST(undrawn_below_0_draws_nothing)
{
    struct place_stock places[] = {STANDS("0\0till", 2)};
    ck_assert_str_eq(locate(places, 1, -3, &node), "0/till:2/2");
}
END_TEST

START_TEST(a_place_below_0_is_made_up_for_by_its_zone_first)
{
    struct place_stock places[] = {STANDS("0\0till", 2), STANDS("2\0women\0A1", -4), STANDS("2\0women\0A2", 3)};
    ck_assert_str_eq(locate(places, 3, 0, &node), "0/till:1/2 2/women/A1:0/-4 2/women/A2:0/3");
    ck_assert_double_eq(located[2].confidence, 0);
}
END_TEST

START_TEST(zones_that_are_not_known_come_last_in_the_order_of_bytes)
{
    struct place_stock places[] = {STANDS("0\0till", 2), STANDS("1\0toys", 3), STANDS("2", 1), STANDS("2\0\0A1", 1),
                                   STANDS("2\0men\0A9", 5)};
    ck_assert_str_eq(locate(places, 5, 0, &node), "0/till:2/2 2/men/A9:5/5 1/toys:3/3 2:1/1 2//A1:1/1");
    ck_assert_str_eq(locate(places, 5, 4, &node), "2/men/A9:5/5 1/toys:1/3 2:1/1 2//A1:1/1 0/till:0/2");
    ck_assert_str_eq(locate(places, 5, 4, NULL), "1/toys:1/3 2:1/1 2//A1:1/1 2/men/A9:5/5 0/till:0/2");
    ck_assert_ptr_null(located[0].zone);
}
END_TEST

START_TEST(a_record_without_places_has_none)
{
    ck_assert_str_eq(locate(NULL, 0, 5, &node), "");
}
END_TEST

START_TEST(confidence_halves_with_every_half_life)
{
    static const struct {
        int64_t age;
        double confidence;
    } rows[] = {{0, 1}, {HALF_LIFE / 2, 0.70710678}, {HALF_LIFE, 0.5}, {2 * HALF_LIFE, 0.25}, {-HOUR_MS, 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place_stock places[] = {{STR("0\0till"), 8, NOW - rows[i].age, {0}}};
        locate(places, 1, 0, &node);
        ck_assert_double_eq_tol(located[0].confidence, rows[i].confidence, 1e-8);
        locate(places, 1, 6, &node); /* two of eight are left */
        ck_assert_double_eq_tol(located[0].confidence, rows[i].confidence / 4, 1e-8);
    }
}
END_TEST

START_TEST(many_places_are_sorted_and_drawn_in_all)
{
    static const struct zone pair[] = {{.place = STR("0\0a"), .walk = 2, .draw = 1},
                                       {.place = STR("0\0b"), .walk = 1, .draw = 2}};
    const struct node small = {.zones = pair, .zones_n = 2};
    static struct place_stock places[PLACES_MAX];
    static char names[PLACES_MAX][16];
    struct random random = {8};
    int64_t all = 0, likely = 0;
    for (int i = 0; i < PLACES_MAX; i++) {
        int len = sprintf(names[i], "0_%c_%03d", i < PLACES_MAX / 3 ? 'a' : i < 2 * PLACES_MAX / 3 ? 'b' : 'c', i);
        names[i][1] = names[i][3] = '\0';
        places[i] = (struct place_stock){{names[i], (size_t)len}, 1 + random_below(&random, 9), NOW, {0}};
        all += places[i].qty;
    }
    const struct record record = {.places = places, .places_n = PLACES_MAX, .undrawn = all / 2};
    locate_places(&record, &small, NOW, HALF_LIFE, located);
    for (int i = 0; i < PLACES_MAX; i++) {
        likely += located[i].likely;
        const struct located_place *next = &located[i + 1 < PLACES_MAX ? i + 1 : i];
        bool same_part = (located[i].likely > 0) == (next->likely > 0) && located[i].zone == next->zone;
        ck_assert(!same_part || located[i].stock <= next->stock);
        ck_assert(located[i].likely > 0 || next->likely == 0);
    }
    ck_assert_int_eq(likely, all - all / 2);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        places_stand_in_walking_order,
        undrawn_units_are_taken_zone_by_zone,
        more_undrawn_than_there_is_leaves_nothing,
        undrawn_below_0_draws_nothing,
        a_place_below_0_is_made_up_for_by_its_zone_first,
        zones_that_are_not_known_come_last_in_the_order_of_bytes,
        a_record_without_places_has_none,
        confidence_halves_with_every_half_life,
        many_places_are_sorted_and_drawn_in_all,
    };
    return SUITE_RUN("locate", tests);
}
