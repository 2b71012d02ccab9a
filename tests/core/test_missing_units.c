/* What is likely at each place, and what can be picked up, when counts and sales leave places below 0: random records
 * against the rules written once more, a unit at a time. */
#include <stdio.h>

#include "stockfold/core/availability.h"
#include "stockfold/core/locate.h"
#include "support/random.h"
#include "support/suite.h"
#include "support/told.h"

enum { FLOORS = 3, ZONES = 4, SHELVES = 3, SPOTS = FLOORS * ZONES * SHELVES, RECORDS = 100000 };
#define NOW INT64_C(1000000000)
#define NEVER_DRAWN INT64_MAX

/* A place in numbers, by bytes; zone 0: none. */
struct spot {
    int floor, zone;
    int64_t qty, likely;
};

struct shop {
    struct spot spots[SPOTS];
    size_t spots_n;
    int64_t draws[FLOORS][ZONES];
    bool closed[FLOORS][ZONES];
    struct zone zones[FLOORS * ZONES];
    struct place_stock places[SPOTS];
    char names[SPOTS][PLACE_MAX], zone_names[FLOORS * ZONES][PLACE_MAX];
    struct node node;
    struct record record;
};

static const char *const floor_words[FLOORS] = {"0", "1", "2"};
static const char *const zone_words[ZONES] = {"", "a", "ab", "b"};
static const char *const shelf_words[SHELVES] = {"", "S1", "S2"};

/* --- random shops ------------------------------------------------------------------------------------------------ */

static struct str name_place(int floor, int zone, int shelf, char *ret_bytes)
{
    const char *words[PLACE_COMPONENTS] = {floor_words[floor], zone_words[zone], "", "", shelf_words[shelf], ""};
    struct str components[PLACE_COMPONENTS];
    for (int i = 0; i < PLACE_COMPONENTS; i++)
        components[i] = (struct str){words[i], strlen(words[i])};
    return place_join(components, ret_bytes);
}

/* One zone in three is not known to the document; some are drawn alike, some in no order. */
static void fill_zones(struct random *random, struct shop *shop)
{
    size_t n = 0;
    for (int floor = 0; floor < FLOORS; floor++)
        for (int zone = 0; zone < ZONES; zone++) {
            shop->draws[floor][zone] = NEVER_DRAWN;
            shop->closed[floor][zone] = false;
            if (zone == 0 || random_one_in(random, 3))
                continue;
            if (!random_one_in(random, 4))
                shop->draws[floor][zone] = random_below(random, 4);
            shop->closed[floor][zone] = random_one_in(random, 3);
            shop->zones[n] = (struct zone){.place = name_place(floor, zone, 0, shop->zone_names[n]),
                                           .walk = random_below(random, 9),
                                           .draw = shop->draws[floor][zone],
                                           .pickable = !shop->closed[floor][zone],
                                           .accessible = random_one_in(random, 2)};
            n++;
        }
    shop->node = (struct node){.zones = shop->zones, .zones_n = n};
}

static void fill_places(struct random *random, struct shop *shop)
{
    int64_t share = 1 + random_below(random, 6), below_0 = 1 + random_below(random, 6);
    shop->spots_n = 0;
    for (int floor = 0; floor < FLOORS; floor++)
        for (int zone = 0; zone < ZONES; zone++)
            for (int shelf = 0; shelf < SHELVES; shelf++) {
                if (!random_one_in(random, share))
                    continue;
                size_t at = shop->spots_n++;
                int64_t qty = 1 + random_below(random, 9);
                if (random_one_in(random, below_0))
                    qty = -qty;
                shop->spots[at] = (struct spot){floor, zone, qty, 0};
                shop->places[at] = (struct place_stock){name_place(floor, zone, shelf, shop->names[at]), qty, NOW, {0}};
            }
}

static void fill_shop(struct random *random, struct shop *shop)
{
    fill_zones(random, shop);
    fill_places(random, shop);
    record_init(&shop->record, shop->places, SPOTS, NULL, 0);
    shop->record.places_n = (uint32_t)shop->spots_n;
    shop->record.unplaced = random_below(random, 5);
    shop->record.undrawn = random_one_in(random, 2) ? random_below(random, 12) - 3 : 0;
    shop->record.states[STATE_STAGED] = random_below(random, 3);
    shop->record.states[STATE_DAMAGED] = random_below(random, 3);
}

/* --- the rules, once more ---------------------------------------------------------------------------------------- */

/* Rules that can be left out, to see that the test would notice. */
enum rule {
    RULE_NONE,
    RULE_ZONE = SCOPE_ZONE,
    RULE_FLOOR = SCOPE_FLOOR,
    RULE_NODE = SCOPE_NODE,
    RULE_UNDRAWN,
    RULE_DRAW,
    RULE_PICKABLE_ZONE,
    RULES
};

static bool shares(const struct spot *a, const struct spot *b, enum count_scope scope)
{
    return scope == SCOPE_NODE || (a->floor == b->floor && (scope == SCOPE_FLOOR || a->zone == b->zone));
}

/* The spot that the next unit missing at `from` (NULL: nowhere) is taken off. */
static struct spot *next_drawn(struct shop *shop, const struct spot *from, enum count_scope scope, enum rule broken)
{
    struct spot *next = NULL;
    for (struct spot *spot = shop->spots; spot < shop->spots + shop->spots_n; spot++)
        if (spot->likely > 0 && (from == NULL || shares(spot, from, scope)) &&
            (next == NULL ||
             (broken != RULE_DRAW && shop->draws[spot->floor][spot->zone] < shop->draws[next->floor][next->zone])))
            next = spot;
    return next;
}

static void draw_units(struct shop *shop, int64_t *missing, const struct spot *from, enum count_scope scope,
                       enum rule broken)
{
    struct spot *spot;
    while (*missing > 0 && (spot = next_drawn(shop, from, scope, broken)) != NULL) {
        spot->likely--;
        --*missing;
    }
}

static void settle_plainly(struct shop *shop, enum rule broken)
{
    int64_t missing[SPOTS], undrawn = broken == RULE_UNDRAWN ? 0 : shop->record.undrawn;
    for (size_t i = 0; i < shop->spots_n; i++) {
        shop->spots[i].likely = shop->spots[i].qty > 0 ? shop->spots[i].qty : 0;
        missing[i] = -shop->spots[i].qty;
    }
    for (enum count_scope scope = SCOPE_ZONE; scope < COUNT_SCOPES; scope++)
        for (size_t i = 0; i < shop->spots_n; i++)
            if (broken != (enum rule)scope && (scope != SCOPE_ZONE || shop->spots[i].zone != 0))
                draw_units(shop, &missing[i], &shop->spots[i], scope, broken);
    draw_units(shop, &undrawn, NULL, SCOPE_NODE, broken);
}

static int64_t or_0(int64_t qty)
{
    return qty > 0 ? qty : 0;
}

static int64_t withheld_plainly(const struct shop *shop, enum rule broken)
{
    int64_t withheld = 0;
    for (int floor = 0; floor < FLOORS; floor++)
        for (int zone = 0; zone < ZONES; zone++) {
            int64_t in_zone = 0;
            for (size_t i = 0; i < shop->spots_n; i++)
                if (shop->spots[i].floor == floor && shop->spots[i].zone == zone)
                    in_zone += broken == RULE_PICKABLE_ZONE ? or_0(shop->spots[i].qty) : shop->spots[i].qty;
            withheld += shop->closed[floor][zone] ? or_0(in_zone) : 0;
        }
    return withheld;
}

/* --- random records ---------------------------------------------------------------------------------------------- */

/* Whether the product answers what the rules give. */
static bool is_answered(struct shop *shop, enum rule broken)
{
    struct located_place located[SPOTS];
    struct availability is = availability_of(&shop->record, 0, 0, &shop->node);
    bool equal = is.available_for_pickup == or_0(is.available - withheld_plainly(shop, broken));

    settle_plainly(shop, broken);
    locate_places(&shop->record, &shop->node, NOW, NOW, located);
    for (size_t i = 0; i < shop->spots_n; i++) {
        const struct spot *spot = &shop->spots[located[i].stock - shop->places];
        double left = spot->likely > 0 ? (double)spot->likely / (double)spot->qty : 0;
        equal = equal && located[i].likely == spot->likely && located[i].confidence == left;
    }
    return equal;
}

/* Nothing is lost on the way: what is likely is what is sellable, unless more is missing than stands anywhere. */
static bool adds_up(const struct shop *shop)
{
    int64_t likely = 0, standing = 0, missing = or_0(shop->record.undrawn);
    for (size_t i = 0; i < shop->spots_n; i++) {
        const struct spot *spot = &shop->spots[i];
        if (spot->likely < 0 || spot->likely > or_0(spot->qty))
            return false;
        likely += spot->likely;
        standing += or_0(spot->qty);
        missing += or_0(-spot->qty);
    }
    if (missing > standing || shop->record.undrawn < 0)
        return likely == or_0(standing - missing);
    return likely + shop->record.unplaced + shop->record.states[STATE_STAGED] == record_sellable(&shop->record);
}

START_TEST(random_records_are_settled_as_the_rules_say)
{
    struct random random = {9};
    static struct shop shop;
    for (int round = 0; round < RECORDS; round++) {
        fill_shop(&random, &shop);
        bool settled = record_check(&shop.record) && is_answered(&shop, RULE_NONE) && adds_up(&shop);
        if (!settled)
            ck_abort_msg("record %d", round);
    }
}
END_TEST

START_TEST(the_test_would_notice_any_rule_left_out)
{
    static struct shop shop;
    for (enum rule broken = RULE_NONE + 1; broken < RULES; broken++) {
        struct random random = {9};
        int noticed = 0;
        for (int round = 0; round < RECORDS / 20; round++) {
            fill_shop(&random, &shop);
            noticed += !is_answered(&shop, broken);
        }
        ck_assert_msg(noticed > RECORDS / 20 / 100, "without rule %d only %d records differ", broken, noticed);
    }
}
END_TEST

/* --- by hand ----------------------------------------------------------------------------------------------------- */

/* Applies the events and says what is likely, "2/women/A1//S1:5" in walking order, then what is available, and for
 * pickup. */
static const char *tell(struct event *events, size_t n, const struct node *node)
{
    static char text[512];
    struct place_stock places[8];
    struct located_place located[8];
    struct record record;
    char *to = text;
    record_init(&record, places, 8, NULL, 0);
    for (size_t i = 0; i < n; i++)
        record_apply(&record, &events[i], false);
    locate_places(&record, node, NOW, NOW, located);
    for (uint32_t i = 0; i < record.places_n; i++) {
        struct str place = located[i].stock->place;
        for (size_t c = 0; c < place.len; c++)
            *to++ = place.data[c] == '\0' ? '/' : place.data[c];
        to += sprintf(to, ":%lld ", (long long)located[i].likely);
    }
    struct availability is = availability_of(&record, 0, 0, node);
    sprintf(to, "| %lld %lld", (long long)is.available, (long long)is.available_for_pickup);
    return text;
}

START_TEST(a_zone_counted_below_its_shelves_leaves_no_more_likely_than_counted)
{
    struct event events[] = {
        EVENT(RECEIVED, .time = 1, .qty = 5, .place = STR(SHELF)),
        EVENT(RECEIVED, .time = 2, .qty = 4, .place = STR(SHELF_2)),
        EVENT(RECEIVED, .time = 3, .qty = 2, .place = STR(MEN_SHELF)),
        EVENT(COUNTED, .time = 4, .scope = SCOPE_ZONE, .place = STR(WOMEN), .qty = 3),
    };
    ck_assert_str_eq(tell(events, 4, NULL), "2/men/A9:2 2/women/A1//S2:3 2/women:0 2/women/A1//S1:0 | 5 5");
}
END_TEST

START_TEST(a_closed_zone_counted_as_empty_withholds_nothing_of_the_others)
{
    static const struct zone zones[] = {{.place = STR(WOMEN), .draw = 1, .walk = 1, .accessible = true}};
    const struct node node = {.zones = zones, .zones_n = 1};
    struct event events[] = {
        EVENT(RECEIVED, .time = 1, .qty = 5, .place = STR(SHELF)),
        EVENT(RECEIVED, .time = 2, .qty = 4, .place = STR(MEN_SHELF)),
        EVENT(COUNTED, .time = 3, .scope = SCOPE_ZONE, .place = STR(WOMEN), .qty = 0),
    };
    ck_assert_str_eq(tell(events, 2, &node), "2/women/A1//S1:5 2/men/A9:4 | 9 4");
    ck_assert_str_eq(tell(events, 3, &node), "2/men/A9:4 2/women:0 2/women/A1//S1:0 | 4 4");
}
END_TEST

START_TEST(a_floor_counted_below_its_places_is_settled_on_that_floor)
{
    struct event events[] = {
        EVENT(RECEIVED, .time = 1, .qty = 5, .place = STR(BACK)),
        EVENT(RECEIVED, .time = 2, .qty = 4, .place = STR(MEN_SHELF)),
        EVENT(RECEIVED, .time = 3, .qty = 2, .place = STR(SHELF)),
        EVENT(COUNTED, .time = 4, .scope = SCOPE_FLOOR, .place = STR(FLOOR), .qty = 1),
    };
    ck_assert_str_eq(tell(events, 4, NULL), "0/back:5 2/women/A1//S1:1 2:0 2/men/A9:0 | 6 6");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        random_records_are_settled_as_the_rules_say,
        the_test_would_notice_any_rule_left_out,
        a_zone_counted_below_its_shelves_leaves_no_more_likely_than_counted,
        a_closed_zone_counted_as_empty_withholds_nothing_of_the_others,
        a_floor_counted_below_its_places_is_settled_on_that_floor,
    };
    return SUITE_RUN("missing_units", tests);
}
