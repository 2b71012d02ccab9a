/* Distances on the earth, taken as a sphere of its mean radius (IUGG: 6371.0088 km). Pure.
 *
 * Positions are unit vectors, so that comparing distances is a few multiplications: the chord through the sphere grows
 * with the great circle over it. Chord to angle: angle = 2 asin(chord / 2). */
#ifndef STOCKFOLD_CORE_GEO_H
#define STOCKFOLD_CORE_GEO_H

struct geo_point {
    double x, y, z;
};

/* Degrees. */
struct geo_point geo_point_of(double lat, double lon);

/* The square of the chord, 0 to 4. */
static inline double geo_chord2(struct geo_point a, struct geo_point b)
{
    double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
    return x * x + y * y + z * z;
}

double geo_km(double chord2);
/* The square of the chord of a distance; 4 for all beyond half the circumference. */
double geo_chord2_of_km(double km);

#endif
