/* The system's time zone database, asked through the C library.
 *
 * Changes the process' TZ while it asks and puts it back: only for programs of one thread, and not in a hot path. */
#ifndef STOCKFOLD_BASE_TIME_ZONE_H
#define STOCKFOLD_BASE_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_ZONE_CHANGES_MAX = 64 };

struct time_zone_change {
    int64_t from_ms; /* UTC; of the first: the beginning of the period asked for */
    int32_t seconds; /* to add to UTC from then on */
};

/* What the clocks of `name` ("Europe/Madrid") do from `from_ms` to `to_ms`; returns how many changes (at least 1),
 * exact to the second. False in *ret_known: the database has no such zone, and the answer is UTC's. */
size_t time_zone_changes(const char *name, int64_t from_ms, int64_t to_ms,
                         struct time_zone_change ret_changes[TIME_ZONE_CHANGES_MAX], bool *ret_known);

/* Whether the database has a zone of that name; for any program. */
bool time_zone_is_known(const char *name);

#endif
