/* What the clocks of a time zone do, found by asking the C library day by day and halving the days with a change. */
#include "stockfold/base/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stockfold/base/error.h"

/* Two changes within less that undo one another would be missed; no zone is known to do so. */
enum { SAMPLE_S = 24 * 3600 };

/* It is the name of a file of a zone, below the folder of them all. */
bool time_zone_is_known(const char *name)
{
    const char *folder = getenv("TZDIR");
    char path[512], magic[4];
    if (name[0] == '\0' || name[0] == '/' || name[0] == ':' || strstr(name, "..") != NULL)
        return false;
    int len = snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "/usr/share/zoneinfo" : folder, name);
    FILE *file = len < (int)sizeof(path) ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return false;
    bool known = fread(magic, 1, sizeof(magic), file) == sizeof(magic) && memcmp(magic, "TZif", sizeof(magic)) == 0;
    fclose(file);
    return known;
}

static int32_t offset_at(int64_t utc_s)
{
    time_t time = utc_s;
    struct tm local;
    return localtime_r(&time, &local) == NULL ? 0 : (int32_t)local.tm_gmtoff;
}

/* The first second of another offset than that of `before_s`; there is one at `after_s`. */
static int64_t change_between(int64_t before_s, int64_t after_s)
{
    int32_t seconds = offset_at(before_s);
    while (after_s - before_s > 1) {
        int64_t middle_s = before_s + (after_s - before_s) / 2;
        if (offset_at(middle_s) == seconds)
            before_s = middle_s;
        else
            after_s = middle_s;
    }
    return after_s;
}

static size_t find_changes(int64_t from_ms, int64_t to_ms, struct time_zone_change *ret_changes)
{
    int64_t at_s = from_ms / 1000 - (from_ms % 1000 < 0), to_s = to_ms / 1000;
    size_t n = 0;
    ret_changes[n++] = (struct time_zone_change){from_ms, offset_at(at_s)};
    while (at_s < to_s && n < TIME_ZONE_CHANGES_MAX) {
        int64_t next_s = to_s - at_s < SAMPLE_S ? to_s : at_s + SAMPLE_S;
        if (offset_at(next_s) != ret_changes[n - 1].seconds) {
            next_s = change_between(at_s, next_s);
            ret_changes[n++] = (struct time_zone_change){next_s * 1000, offset_at(next_s)};
        }
        at_s = next_s;
    }
    return n;
}

/* NULL: none at all. */
static void set_zone(const char *value)
{
    if ((value == NULL ? unsetenv("TZ") : setenv("TZ", value, 1)) != 0)
        error_out_of_memory();
    tzset();
}

size_t time_zone_changes(const char *name, int64_t from_ms, int64_t to_ms,
                         struct time_zone_change ret_changes[TIME_ZONE_CHANGES_MAX], bool *ret_known)
{
    *ret_known = time_zone_is_known(name);
    if (!*ret_known) {
        ret_changes[0] = (struct time_zone_change){from_ms, 0};
        return 1;
    }
    const char *old = getenv("TZ");
    char *kept = old == NULL ? NULL : strdup(old);
    if (old != NULL && kept == NULL)
        error_out_of_memory();
    set_zone(name);
    size_t n = find_changes(from_ms, to_ms, ret_changes);
    set_zone(kept);
    free(kept);
    return n;
}
