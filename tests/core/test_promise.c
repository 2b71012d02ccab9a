/* The promise: cases from promise_cases.txt, and random hours against the plainest way to read them. */
#include "stockfold/core/promise.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/random.h"
#include "support/suite.h"

enum { OFFSETS_MAX = 64, ZONES_MAX = 16, SPANS_MAX = 64, DAYS_MAX = 16, FIELDS = 10 };
#define MINUTE_MS INT64_C(60000)

/* --- reading the cases ------------------------------------------------------------------------------------------- */

struct named_clock {
    char name[32];
    struct zone_offset offsets[OFFSETS_MAX];
    struct local_clock clock;
};

struct hours {
    struct opening_hours opening;
    struct opening_span spans[SPANS_MAX];
    size_t spans_n;
    struct opening_day days[DAYS_MAX];
};

static struct named_clock clocks[ZONES_MAX];
static size_t clocks_n;

/* `2026-03-29T01:00:00`, then `Z` or an offset; "never" is TIME_NONE. */
static int64_t time_of(const char *text)
{
    struct tm tm = {0};
    char sign = 'Z';
    int hours = 0, minutes = 0;
    if (strcmp(text, "never") == 0)
        return TIME_NONE;
    int n = sscanf(text, "%d-%d-%dT%d:%d:%d%c%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
                   &tm.tm_sec, &sign, &hours, &minutes);
    ck_assert_msg(n == 9 || (n == 7 && sign == 'Z'), "no time: %s", text);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (timegm(&tm) - (sign == '-' ? -60 : 60) * (hours * 60 + minutes)) * 1000;
}

/* zone NAME SECONDS [TIME SECONDS]... */
static void add_clock(char *line)
{
    ck_assert_uint_lt(clocks_n, ZONES_MAX);
    struct named_clock *named = &clocks[clocks_n++];
    char *rest = line + strlen("zone ");
    snprintf(named->name, sizeof(named->name), "%s", strtok_r(NULL, " ", &rest));
    const char *from = NULL, *seconds;
    size_t n = 0;
    while ((seconds = strtok_r(NULL, " ", &rest)) != NULL && n < OFFSETS_MAX) {
        named->offsets[n++] = (struct zone_offset){from == NULL ? INT64_MIN : time_of(from), atoi(seconds)};
        from = strtok_r(NULL, " ", &rest);
    }
    named->clock = (struct local_clock){named->offsets, n};
}

static const struct local_clock *clock_of(const char *name)
{
    for (size_t i = 0; i < clocks_n; i++)
        if (strcmp(clocks[i].name, name) == 0)
            return &clocks[i].clock;
    ck_abort_msg("no such zone: %s", name);
}

/* 10:00-14:00,16:00-20:00 */
static struct opening_day spans_of(char *list, struct hours *hours)
{
    struct opening_day day = {.spans = hours->spans + hours->spans_n};
    for (const char *text; (text = strtok_r(NULL, ",", &list)) != NULL; day.spans_n++) {
        int hour, minute, to_hour, to_minute;
        ck_assert_int_eq(sscanf(text, "%d:%d-%d:%d", &hour, &minute, &to_hour, &to_minute), 4);
        struct opening_span span = {hour * 60 + minute, to_hour * 60 + to_minute};
        if (span.to <= span.from)
            span.to += DAY_MINUTES;
        ck_assert_uint_lt(hours->spans_n, SPANS_MAX);
        hours->spans[hours->spans_n++] = span;
    }
    return day;
}

static int weekday_of(const char *name)
{
    static const char *const names[WEEKDAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int i = 0; i < WEEKDAYS; i++)
        if (strncmp(name, names[i], 3) == 0)
            return i;
    ck_abort_msg("no weekday: %s", name);
}

/* mon-fri 10:00-20:00; sat 10:00-14:00 */
static void read_week(char *text, struct hours *hours)
{
    for (char *part; (part = strtok_r(NULL, ";", &text)) != NULL;) {
        const char *days = strtok_r(NULL, " ", &part);
        int first = weekday_of(days), last = days[3] == '-' ? weekday_of(days + 4) : first;
        struct opening_day day = spans_of(part + strspn(part, " "), hours);
        for (int i = first; i <= last; i++)
            hours->opening.week[i] = day;
    }
}

/* 2026-12-24 10:00-14:00; 2026-12-25 */
static void read_days(char *text, struct hours *hours)
{
    for (char *part; (part = strtok_r(NULL, ";", &text)) != NULL;) {
        char midnight[32];
        snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", strtok_r(NULL, " ", &part));
        struct opening_day day = spans_of(part + strspn(part, " "), hours);
        day.day = time_of(midnight) / MINUTE_MS / DAY_MINUTES;
        ck_assert_uint_lt(hours->opening.days_n, DAYS_MAX);
        hours->days[hours->opening.days_n++] = day;
    }
    hours->opening.days = hours->days;
}

static void run_case(char *line)
{
    char *field[FIELDS], *at = line;
    for (int i = 0; i < FIELDS; i++) {
        char *end = strstr(at, " | ");
        ck_assert_msg((end == NULL) == (i == FIELDS - 1), "%d fields, not %d: %s", i + 1, FIELDS, line);
        field[i] = at;
        if (end != NULL) {
            *end = '\0';
            at = end + strlen(" | ");
        }
    }
    struct hours hours = {0};
    if (strcmp(field[2], "-") != 0)
        read_week(field[2], &hours);
    if (strcmp(field[3], "-") != 0)
        read_days(field[3], &hours);
    const struct local_clock *clock = clock_of(field[1]);
    int64_t now = time_of(field[4]);
    ck_assert_msg(opening_is_open(&hours.opening, clock, now) == (strcmp(field[7], "open") == 0), "%s: open", line);
    int64_t next = opening_next(&hours.opening, clock, now);
    ck_assert_msg(next == time_of(field[8]), "%s: opens %lld", line, (long long)next / 1000);
    int64_t ready = promise_ready_by(&hours.opening, clock, now, atoi(field[5]), atoi(field[6]));
    ck_assert_msg(ready == time_of(field[9]), "%s: ready by %lld", line, (long long)ready / 1000);
}

START_TEST(every_case_is_answered_as_written)
{
    char path[PATH_MAX] = __FILE__, line[1024];
    strcpy(strrchr(path, '/'), "/promise_cases.txt");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    int cases = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "zone ", 5) == 0) {
            add_clock(line);
        } else if (line[0] != '#' && line[0] != '\0') {
            run_case(line);
            cases++;
        }
    }
    fclose(file);
    ck_assert_int_ge(cases, 45);
}
END_TEST

/* --- random hours ------------------------------------------------------------------------------------------------ */

/* A minute each from the 5th day before day 100 on. */
enum { FIRST_DAY = 95, GRID_DAYS = 50, GRID = GRID_DAYS * DAY_MINUTES, OFFSETS = 4 };

static int64_t minute_ms(int minute)
{
    return (FIRST_DAY * INT64_C(1440) + minute) * MINUTE_MS;
}

/* The minute at which clocks first (or last) show a local minute; where none does, what the one before would show. */
static int shown_at(const struct local_clock *clock, int64_t local_minute, bool last)
{
    int at = -1, skipped = -1;
    for (int64_t i = local_minute - FIRST_DAY * DAY_MINUTES - 1500; i < local_minute - FIRST_DAY * DAY_MINUTES + 1500;
         i++) {
        int64_t shows = minute_ms((int)i) / MINUTE_MS + local_offset_s(clock, minute_ms((int)i)) / 60;
        if (shows == local_minute && (last || at < 0))
            at = (int)i;
        int64_t before = minute_ms((int)i - 1) / MINUTE_MS + local_offset_s(clock, minute_ms((int)i - 1)) / 60;
        if (before < local_minute && shows > local_minute)
            skipped = (int)(i + local_minute - before - 1);
    }
    return at >= 0 || skipped >= 0 ? (at >= 0 ? at : skipped) : -1;
}

static void open_span(const struct local_clock *clock, int64_t day, struct opening_span span, bool *grid)
{
    int from = shown_at(clock, day * DAY_MINUTES + span.from, false);
    int to = shown_at(clock, day * DAY_MINUTES + span.to, true);
    for (int i = from < 0 ? 0 : from; i < to && i < GRID; i++)
        grid[i] = true;
}

static void random_clock(struct random *random, struct zone_offset *offsets, struct local_clock *ret_clock)
{
    for (int i = 0; i < OFFSETS; i++)
        offsets[i] = (struct zone_offset){
            minute_ms((int)(i * 10 + random_below(random, 7)) * DAY_MINUTES + 15 * (int)random_below(random, 96)),
            (int32_t)(random_below(random, 9) - 4) * 1800};
    *ret_clock = (struct local_clock){offsets, OFFSETS};
}

static void random_hours(struct random *random, struct hours *ret_hours)
{
    *ret_hours = (struct hours){0};
    for (int i = 0; i < WEEKDAYS + 4; i++) {
        struct opening_day day = {100 + 3 * i, ret_hours->spans + ret_hours->spans_n,
                                  (size_t)(random_below(random, 4) * random_below(random, 2))};
        for (size_t s = 0; s < day.spans_n; s++) {
            int32_t from = 15 * (int32_t)random_below(random, 97);
            ret_hours->spans[ret_hours->spans_n++] = (struct opening_span){
                from, from + 15 * (int32_t)(1 + random_below(random, random_one_in(random, 4) ? 96 : 20))};
        }
        if (i < WEEKDAYS)
            ret_hours->opening.week[i] = day;
        else
            ret_hours->days[ret_hours->opening.days_n++] = day;
    }
    ret_hours->opening.days = ret_hours->days;
}

static const struct opening_day *opening_day_of(const struct hours *hours, int64_t day)
{
    for (size_t i = 0; i < hours->opening.days_n; i++)
        if (hours->days[i].day == day)
            return &hours->days[i];
    return &hours->opening.week[(day + 3) % WEEKDAYS];
}

static void fill_grid(const struct hours *hours, const struct local_clock *clock, bool *grid)
{
    memset(grid, 0, GRID);
    for (int64_t day = FIRST_DAY - 3; day < FIRST_DAY + GRID_DAYS + 3; day++) {
        const struct opening_day *is = opening_day_of(hours, day);
        for (size_t i = 0; i < is->spans_n; i++)
            open_span(clock, day, is->spans[i], grid);
    }
}

static int run_from(const bool *grid, int minute, bool open)
{
    while (minute < GRID && grid[minute] != open)
        minute++;
    return minute;
}

static int64_t plain_ready_by(const bool *grid, int now, int lead, int cutoff)
{
    int last = now + PROMISE_DAYS_MAX * DAY_MINUTES, at = run_from(grid, now, true);
    while (at <= last && run_from(grid, at, false) - at < cutoff)
        at = run_from(grid, run_from(grid, at, false), true);
    if (at > last)
        return TIME_NONE;
    for (; lead > 0; at++) {
        if (at >= last)
            return TIME_NONE;
        lead -= grid[at];
    }
    at = run_from(grid, at, true); /* not at closing time */
    return at <= last ? minute_ms(at) : TIME_NONE;
}

/* The closing minutes of each opening day, one after the other. */
static int64_t plain_deadline(const struct hours *hours, const struct local_clock *clock, int now, int days)
{
    int64_t today = (minute_ms(now) / MINUTE_MS + local_offset_s(clock, minute_ms(now)) / 60) / DAY_MINUTES;
    int64_t deadline = TIME_NONE;
    for (int64_t day = today + 1; day <= today + PROMISE_DAYS_MAX && days > 0; day++) {
        const struct opening_day *is = opening_day_of(hours, day);
        int closes = -1;
        for (size_t i = 0; i < is->spans_n; i++) {
            int from = shown_at(clock, day * DAY_MINUTES + is->spans[i].from, false);
            int to = shown_at(clock, day * DAY_MINUTES + is->spans[i].to, true);
            closes = from < to && to > closes ? to : closes;
        }
        deadline = closes < 0 ? deadline : minute_ms(closes);
        days -= closes >= 0;
    }
    return deadline;
}

/* Few: the plain way looks at each minute of a month of days. */
static void check_random_deadlines(struct random *random, const struct hours *hours, const struct local_clock *clock)
{
    for (int ask = 0; ask < 4; ask++) {
        int now = 5 * DAY_MINUTES + 5 * (int)random_below(random, 12 * 288), days = 1 + (int)random_below(random, 10);
        ck_assert_int_eq(pickup_deadline(&hours->opening, clock, minute_ms(now), days),
                         plain_deadline(hours, clock, now, days));
    }
}

START_TEST(random_hours_are_read_as_minute_by_minute)
{
    static bool grid[GRID];
    struct random random = {20261122};
    for (int round = 0; round < 150; round++) {
        struct zone_offset offsets[OFFSETS];
        struct local_clock clock;
        struct hours hours;
        random_clock(&random, offsets, &clock);
        random_hours(&random, &hours);
        fill_grid(&hours, &clock, grid);
        for (int ask = 0; ask < 200; ask++) {
            int now = 5 * DAY_MINUTES + 5 * (int)random_below(&random, 12 * 288), first = run_from(grid, now, true);
            int lead = 5 * (int)random_below(&random, 300), cutoff = 5 * (int)random_below(&random, 40);
            int64_t opens = first <= now + PROMISE_DAYS_MAX * DAY_MINUTES ? minute_ms(first) : TIME_NONE;
            ck_assert_int_eq(opening_is_open(&hours.opening, &clock, minute_ms(now)), grid[now]);
            ck_assert_int_eq(opening_next(&hours.opening, &clock, minute_ms(now)), opens);
            int closed = run_from(grid, now, false);
            bool closes = grid[now] && closed < now + PROMISE_DAYS_MAX * DAY_MINUTES;
            ck_assert_int_eq(opening_closes(&hours.opening, &clock, minute_ms(now)),
                             closes ? minute_ms(closed) : TIME_NONE);
            int64_t ready = promise_ready_by(&hours.opening, &clock, minute_ms(now), lead, cutoff);
            ck_assert_msg(ready == plain_ready_by(grid, now, lead, cutoff), "round %d, ask %d: %lld, not %lld", round,
                          ask, (long long)ready, (long long)plain_ready_by(grid, now, lead, cutoff));
        }
        check_random_deadlines(&random, &hours, &clock);
    }
}
END_TEST

static void check_deadline(const char *week, const char *days, const char *ready, int64_t days_n, const char *expected)
{
    char week_text[128], days_text[128];
    struct hours hours = {0};
    snprintf(week_text, sizeof(week_text), "%s", week);
    snprintf(days_text, sizeof(days_text), "%s", days);
    read_week(week_text, &hours);
    read_days(days_text, &hours);
    const struct zone_offset madrid[] = {{INT64_MIN, 3600}, {time_of("2027-03-28T01:00:00Z"), 7200}};
    const struct local_clock clock = {madrid, 2};
    ck_assert_int_eq(pickup_deadline(&hours.opening, &clock, time_of(ready), days_n), time_of(expected));
}

/* 2026-12-04 is a Friday. */
START_TEST(a_deadline_is_closing_time_of_the_last_opening_day)
{
    const char *ready = "2026-12-04T12:00:00+01:00", *shop = "mon-sat 10:00-14:00,16:00-20:00";
    check_deadline(shop, "", ready, 1, "2026-12-05T20:00:00+01:00");
    check_deadline(shop, "", ready, 3, "2026-12-08T20:00:00+01:00");
    check_deadline(shop, "2026-12-08", ready, 3, "2026-12-09T20:00:00+01:00");
    check_deadline(shop, "2026-12-08 10:00-12:00", ready, 3, "2026-12-08T12:00:00+01:00");
    /* A night belongs to the day on which it begins. */
    check_deadline("mon-sun 22:00-06:00", "", ready, 1, "2026-12-06T06:00:00+01:00");
    check_deadline("mon-sun 00:00-24:00", "", ready, 3, "2026-12-08T00:00:00+01:00");
    /* The clocks are put on in between. */
    check_deadline("mon-sun 10:00-20:00", "", "2027-03-27T12:00:00+01:00", 1, "2027-03-28T20:00:00+02:00");
    check_deadline("sun 02:00-03:00; mon 10:00-20:00", "", "2027-03-27T12:00:00+01:00", 1, "2027-03-29T20:00:00+02:00");
    /* The local day of what is ready, not that of UTC. */
    check_deadline("mon-sun 10:00-20:00", "", "2026-12-05T00:30:00+01:00", 1, "2026-12-06T20:00:00+01:00");
}
END_TEST

START_TEST(a_deadline_is_the_last_opening_day_within_a_month_or_none)
{
    const char *ready = "2026-12-04T12:00:00+01:00";
    check_deadline("fri 10:00-20:00", "", ready, 4, "2027-01-01T20:00:00+01:00");
    check_deadline("fri 10:00-20:00", "", ready, 5, "2027-01-01T20:00:00+01:00");
    check_deadline("", "2027-01-03 10:00-11:00", ready, 1, "2027-01-03T11:00:00+01:00");
    check_deadline("", "2027-01-04 10:00-11:00", ready, 1, "never");
    check_deadline("", "", ready, 3, "never");
}
END_TEST

/* Saturday, the third day, 23:30 is 00:30 at once: its 23:40 comes ten minutes after the 00:30 of Sunday. */
START_TEST(a_later_day_may_open_first_where_clocks_are_put_on)
{
    const int64_t change = (2 * DAY_MINUTES + 23 * 60 + 30) * MINUTE_MS;
    const struct zone_offset offsets[] = {{0, 0}, {change, 3600}};
    const struct local_clock clock = {offsets, 2};
    const struct opening_span late = {23 * 60 + 40, DAY_MINUTES}, early = {30, 32};
    struct opening_hours hours = {0};
    hours.week[5] = (struct opening_day){.spans = &late, .spans_n = 1};
    hours.week[6] = (struct opening_day){.spans = &early, .spans_n = 1};
    ck_assert_int_eq(opening_next(&hours, &clock, change - MINUTE_MS), change);
    ck_assert_int_eq(opening_next(&hours, &clock, change + 2 * MINUTE_MS), change + 10 * MINUTE_MS);
    ck_assert_int_eq(opening_next(&hours, &clock, change + 30 * MINUTE_MS),
                     change + (7 * DAY_MINUTES - 60 + 10) * MINUTE_MS);
}
END_TEST

START_TEST(an_offset_holds_from_its_moment_on)
{
    const struct zone_offset offsets[] = {{1000, 60}, {5000, 120}, {9000, -60}};
    const struct local_clock clock = {offsets, 3}, none = {0};
    ck_assert_int_eq(local_offset_s(&none, 7), 0);
    ck_assert_int_eq(local_offset_s(&clock, 0), 60);
    ck_assert_int_eq(local_offset_s(&clock, 4999), 60);
    ck_assert_int_eq(local_offset_s(&clock, 5000), 120);
    ck_assert_int_eq(local_offset_s(&clock, 8999), 120);
    ck_assert_int_eq(local_offset_s(&clock, 9000), -60);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        every_case_is_answered_as_written,
        random_hours_are_read_as_minute_by_minute,
        a_deadline_is_closing_time_of_the_last_opening_day,
        a_deadline_is_the_last_opening_day_within_a_month_or_none,
        a_later_day_may_open_first_where_clocks_are_put_on,
        an_offset_holds_from_its_moment_on,
    };
    return SUITE_RUN("promise", tests);
}
