/* Distances on the earth. */
#include "stockfold/core/geo.h"

#include <math.h>

#define EARTH_RADIUS_KM 6371.0088
#define PI 3.14159265358979323846

struct geo_point geo_point_of(double lat, double lon)
{
    double north = lat * PI / 180, east = lon * PI / 180;
    return (struct geo_point){cos(north) * cos(east), cos(north) * sin(east), sin(north)};
}

double geo_km(double chord2)
{
    double half_chord = sqrt(chord2) / 2;
    return 2 * EARTH_RADIUS_KM * asin(half_chord < 1 ? half_chord : 1);
}

double geo_chord2_of_km(double km)
{
    double half_angle = km / EARTH_RADIUS_KM / 2;
    if (half_angle >= PI / 2)
        return 4;
    return 4 * sin(half_angle) * sin(half_angle);
}
