/* Distances on the earth. */
#include "stockfold/core/geo.h"

#include <math.h>

#include "support/suite.h"

static double km(double lat_a, double lon_a, double lat_b, double lon_b)
{
    return geo_km(geo_chord2(geo_point_of(lat_a, lon_a), geo_point_of(lat_b, lon_b)));
}

/* Great circles on a sphere of 6371.0088 km, by the haversine formula. */
START_TEST(known_distances)
{
    ck_assert_double_eq_tol(km(40.4168, -3.7038, 41.3874, 2.1686), 505.096, 0.001);       /* Madrid, Barcelona */
    ck_assert_double_eq_tol(km(51.5074, -0.1278, 40.7128, -74.0060), 5570.230, 0.001);    /* London, New York */
    ck_assert_double_eq_tol(km(-33.8688, 151.2093, -36.8509, 174.7645), 2156.016, 0.001); /* Sydney, Auckland */
    ck_assert_double_eq_tol(km(0, 179.5, 0, -179.5), 111.195, 0.001);                     /* over the date line */
    ck_assert_double_eq_tol(km(90, 0, -90, 0), 20015.115, 0.001);                         /* pole to pole */
    ck_assert_double_eq_tol(km(0, 0, 0, 180), 20015.115, 0.001);
    ck_assert_double_eq_tol(km(90, 10, 90, -120), 0, 1e-6);
}
END_TEST

START_TEST(a_point_is_no_distance_from_itself)
{
    ck_assert_double_eq(km(40.4168, -3.7038, 40.4168, -3.7038), 0);
}
END_TEST

START_TEST(metres_are_told_apart)
{
    ck_assert_double_eq_tol(km(40, -3, 40.00001, -3), 0.00111195, 1e-8);
}
END_TEST

START_TEST(chord_of_a_distance_and_distance_of_a_chord_are_inverse)
{
    for (double distance = 0.001; distance < 20000; distance *= 1.7)
        ck_assert_double_eq_tol(geo_km(geo_chord2_of_km(distance)), distance, 1e-6 * distance);
    ck_assert_double_eq(geo_chord2_of_km(0), 0);
}
END_TEST

START_TEST(beyond_half_the_circumference_is_everywhere)
{
    ck_assert_double_eq(geo_chord2_of_km(20016), 4);
    ck_assert_double_eq(geo_chord2_of_km(1e9), 4);
    ck_assert_double_eq_tol(geo_km(4.0000000001), 20015.115, 0.001); /* rounding may leave a little more than 4 */
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        known_distances,
        a_point_is_no_distance_from_itself,
        metres_are_told_apart,
        chord_of_a_distance_and_distance_of_a_chord_are_inverse,
        beyond_half_the_circumference_is_everywhere,
    };
    return SUITE_RUN("geo", tests);
}
