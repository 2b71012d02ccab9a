/* Who is near: against the plainest way to answer, over random maps. */
#include "stockfold/core/nearby.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/random.h"
#include "support/suite.h"

enum { NODES_MAX = 3000 };

/* --- the plain answer: haversine, everything sorted -------------------------------------------------------------- */

struct spot {
    double lat, lon;
};

struct neighbour {
    uint32_t node;
    double km;
    enum nearby_reason reason;
};

static double haversine_km(struct spot a, struct spot b)
{
    double degree = acos(-1) / 180;
    double lat = sin((b.lat - a.lat) * degree / 2), lon = sin((b.lon - a.lon) * degree / 2);
    double h = lat * lat + cos(a.lat * degree) * cos(b.lat * degree) * lon * lon;
    return 2 * 6371.0088 * asin(sqrt(h < 1 ? h : 1));
}

static int by_distance(const void *a, const void *b)
{
    const struct neighbour *left = a, *right = b;
    if (left->km != right->km)
        return left->km < right->km ? -1 : 1;
    return (left->node > right->node) - (left->node < right->node);
}

/* Taken into `ret_taken`, passed over into `ret_passed`, walking outwards. */
static void answer_plainly(struct neighbour *all, size_t n, size_t k, double km_max, struct neighbour *ret_taken,
                           size_t *ret_taken_n, struct neighbour *ret_passed, size_t *ret_passed_n)
{
    size_t too_far = 0;
    *ret_taken_n = *ret_passed_n = 0;
    qsort(all, n, sizeof(*all), by_distance);
    for (size_t i = 0; i < n && *ret_taken_n < k; i++) {
        if (all[i].km <= km_max && all[i].reason == NEARBY_TAKEN) {
            ret_taken[(*ret_taken_n)++] = all[i];
        } else if (all[i].km <= km_max) {
            ret_passed[(*ret_passed_n)++] = all[i];
        } else if (all[i].reason == NEARBY_TAKEN && too_far < k) {
            too_far++;
            all[i].reason = NEARBY_TOO_FAR;
            ret_passed[(*ret_passed_n)++] = all[i];
        }
    }
}

/* --- random maps ------------------------------------------------------------------------------------------------- */

struct map {
    size_t n, k;
    double km_max;
    struct spot from, spots[NODES_MAX];
    enum nearby_reason reasons[NODES_MAX];
};

static double random_between(struct random *random, double low, double high)
{
    return low + (high - low) * (double)random_below(random, 1000000) / 1000000;
}

static struct spot random_spot(struct random *random, bool world)
{
    if (world)
        return (struct spot){random_between(random, -90, 90), random_between(random, -180, 180)};
    return (struct spot){random_between(random, 36, 43), random_between(random, -9, 3)};
}

/* One in five stands where another does. */
static void random_map(struct random *random, struct map *ret_map)
{
    bool world = random_one_in(random, 2);
    int64_t having = 1 + random_below(random, 20);
    ret_map->n = (size_t)random_below(random, random_one_in(random, 10) ? NODES_MAX + 1 : 60);
    ret_map->k = 1 + (size_t)random_below(random, 12);
    ret_map->km_max = random_between(random, 0, world ? 21000 : 900);
    ret_map->from = random_spot(random, world);
    for (size_t i = 0; i < ret_map->n; i++) {
        ret_map->spots[i] = i > 0 && random_one_in(random, 5) ? ret_map->spots[random_below(random, (int64_t)i)]
                                                              : random_spot(random, world);
        ret_map->reasons[i] = random_one_in(random, having)
                                  ? NEARBY_TAKEN
                                  : (enum nearby_reason)(1 + random_below(random, NEARBY_TOO_FAR - 1));
    }
}

static void shuffle(struct random *random, struct nearby_candidate *candidates, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t other = (size_t)random_below(random, (int64_t)i);
        struct nearby_candidate was = candidates[i - 1];
        candidates[i - 1] = candidates[other];
        candidates[other] = was;
    }
}

static void gather(const struct map *map, struct nearby_candidate *ret_candidates)
{
    struct geo_point from = geo_point_of(map->from.lat, map->from.lon);
    for (size_t i = 0; i < map->n; i++)
        ret_candidates[i] = (struct nearby_candidate){
            (uint32_t)i, geo_chord2(from, geo_point_of(map->spots[i].lat, map->spots[i].lon)), map->reasons[i]};
}

/* The product's answer, ring by ring: rings of one, of a few, or of all. */
static void answer_by_rings(struct nearby_candidate *candidates, size_t n, size_t ring, struct nearby_walk *walk)
{
    for (size_t at = 0; at < n; at++) {
        size_t to = at + ring < n ? at + ring : n;
        if (at % ring == 0)
            nearby_sort(candidates, n, at, to);
        nearby_add(walk, candidates[at]);
        if (nearby_is_found(walk, candidates[at].chord2))
            return;
    }
}

static void assert_equal(const struct nearby_candidate *is, const struct neighbour *must, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_uint_eq(is[i].node, must[i].node);
        ck_assert_int_eq(is[i].reason, must[i].reason);
        ck_assert_double_eq_tol(geo_km(is[i].chord2), must[i].km, 1e-4 + 1e-8 * must[i].km);
    }
}

START_TEST(random_maps_are_answered_as_by_sorting_everything)
{
    static struct map map;
    static struct nearby_candidate candidates[NODES_MAX], is_taken[NODES_MAX], is_passed[NODES_MAX];
    static struct neighbour all[NODES_MAX], taken[NODES_MAX], passed[NODES_MAX];
    struct random random = {32};
    for (int round = 0; round < 3000; round++) {
        size_t taken_n, passed_n;
        random_map(&random, &map);
        gather(&map, candidates);
        shuffle(&random, candidates, map.n);
        for (size_t i = 0; i < map.n; i++)
            all[i] = (struct neighbour){(uint32_t)i, haversine_km(map.from, map.spots[i]), map.reasons[i]};
        answer_plainly(all, map.n, map.k, map.km_max, taken, &taken_n, passed, &passed_n);
        struct nearby_walk walk = {map.k, NODES_MAX, geo_chord2_of_km(map.km_max), is_taken, is_passed, 0, 0, 0};
        answer_by_rings(candidates, map.n, 1 + (size_t)random_below(&random, (int64_t)map.n + 5), &walk);
        ck_assert_uint_eq(walk.taken_n, taken_n);
        ck_assert_uint_eq(walk.passed_n, passed_n);
        assert_equal(is_taken, taken, taken_n);
        assert_equal(is_passed, passed, passed_n);
    }
}
END_TEST

/* --- by hand ----------------------------------------------------------------------------------------------------- */

/* Writes "3 1 | 2:out 4:too_far" of nodes at distances 1, 2, 3 ... in their order. */
static size_t passed_max = 16;
static const char *select_from(const enum nearby_reason *reasons, const double *chords2, size_t n, size_t k, double max)
{
    static char text[256];
    struct nearby_candidate candidates[16], taken[16], passed[16];
    struct nearby_walk walk = {k, passed_max, max, taken, passed, 0, 0, 0};
    char *to = text;
    for (size_t i = 0; i < n; i++)
        candidates[i] = (struct nearby_candidate){(uint32_t)i, chords2[i], reasons[i]};
    answer_by_rings(candidates, n, 2, &walk);
    for (size_t i = 0; i < walk.taken_n; i++)
        to += sprintf(to, "%u ", taken[i].node);
    to += sprintf(to, "|");
    for (size_t i = 0; i < walk.passed_n; i++)
        to += sprintf(to, " %u:%s", passed[i].node, nearby_reason_names[passed[i].reason]);
    return text;
}

START_TEST(equal_distances_are_taken_by_node)
{
    const enum nearby_reason reasons[] = {NEARBY_OUT, NEARBY_TAKEN, NEARBY_CLOSED, NEARBY_TAKEN, NEARBY_SILENT};
    const double chords2[] = {1, 1, 1, 1, 1};
    ck_assert_str_eq(select_from(reasons, chords2, 5, 1, 1), "1 | 0:out");
    ck_assert_str_eq(select_from(reasons, chords2, 5, 2, 1), "1 3 | 0:out 2:closed");
    ck_assert_str_eq(select_from(reasons, chords2, 5, 3, 1), "1 3 | 0:out 2:closed 4:silent");
}
END_TEST

START_TEST(farther_than_asked_for_is_said_only_when_too_few_are_near)
{
    const enum nearby_reason reasons[] = {NEARBY_TAKEN, NEARBY_TAKEN, NEARBY_OUT, NEARBY_TAKEN, NEARBY_TAKEN};
    const double chords2[] = {0.1, 0.4, 0.3, 0.5, 0.6};
    ck_assert_str_eq(select_from(reasons, chords2, 5, 2, 0.45), "0 1 | 2:out");
    ck_assert_str_eq(select_from(reasons, chords2, 5, 3, 0.45), "0 1 | 2:out 3:too_far 4:too_far");
    ck_assert_str_eq(select_from(reasons, chords2, 5, 1, 0.05), "| 0:too_far");
    ck_assert_str_eq(select_from(reasons, chords2, 0, 3, 4), "|");
}
END_TEST

START_TEST(no_more_are_passed_over_than_there_is_room_for)
{
    const enum nearby_reason reasons[] = {NEARBY_OUT, NEARBY_OUT, NEARBY_OUT, NEARBY_TAKEN, NEARBY_TAKEN};
    const double chords2[] = {0.1, 0.2, 0.3, 0.4, 0.5};
    passed_max = 2;
    ck_assert_str_eq(select_from(reasons, chords2, 5, 1, 4), "3 | 0:out 1:out");
    ck_assert_str_eq(select_from(reasons, chords2, 5, 1, 0.25), "| 0:out 1:out");
    passed_max = 4;
    ck_assert_str_eq(select_from(reasons, chords2, 5, 1, 0.35), "| 0:out 1:out 2:out 3:too_far");
    passed_max = 16;
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        random_maps_are_answered_as_by_sorting_everything,
        equal_distances_are_taken_by_node,
        farther_than_asked_for_is_said_only_when_too_few_are_near,
        no_more_are_passed_over_than_there_is_room_for,
    };
    return SUITE_RUN("nearby", tests);
}
