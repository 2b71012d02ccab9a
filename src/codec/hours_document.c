/* Opening hours in node documents. */
#include "hours_document.h"

#include <stdlib.h>

#include "document.h"
#include "stockfold/base/unconst.h"
#include "stockfold/codec/time_text.h"

#define DAY_MS (DAY_MINUTES * INT64_C(60000))

static const char *const weekday_names[WEEKDAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* `HH:MM`, up to 24:00. */
static bool read_minutes(const char *text, int32_t *ret_minutes)
{
    if (!document_is_digits((struct str){text, 2}) || text[2] != ':' || !document_is_digits((struct str){text + 3, 2}))
        return false;
    int hours = (text[0] - '0') * 10 + (text[1] - '0'), minutes = (text[3] - '0') * 10 + (text[4] - '0');
    *ret_minutes = hours * 60 + minutes;
    return minutes < 60 && *ret_minutes <= DAY_MINUTES;
}

/* Whether both ends are one minute of the clock, 24:00 being 00:00; but from 00:00 to 24:00 is all day. */
static bool ends_as_it_begins(const struct opening_span *span)
{
    bool all_day = span->from == 0 && span->to == DAY_MINUTES;
    return !all_day && span->from % DAY_MINUTES == span->to % DAY_MINUTES;
}

/* `HH:MM-HH:MM`; one that ends before it begins ends on the next day. 23:59 as an end is 24:00. One that ends as it begins
 * is empty: to is from. */
static bool read_span(const json_t *value, struct opening_span *ret_span)
{
    struct str text = document_text(value);
    if (text.len != sizeof("HH:MM-HH:MM") - 1 || text.data[5] != '-' || !read_minutes(text.data, &ret_span->from) ||
        !read_minutes(text.data + 6, &ret_span->to))
        return false;
    bool empty = ends_as_it_begins(ret_span);
    if (ret_span->to == DAY_MINUTES - 1)
        ret_span->to = DAY_MINUTES;
    if (empty)
        ret_span->to = ret_span->from;
    else if (ret_span->to <= ret_span->from)
        ret_span->to += DAY_MINUTES;
    return true;
}

static bool are_spans(const json_t *list)
{
    struct opening_span span;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!read_span(json_array_get(list, i), &span))
            return false;
    return json_is_array(list);
}

static bool is_weekday(const char *key)
{
    for (int i = 0; i < WEEKDAYS; i++)
        if (strcmp(key, weekday_names[i]) == 0)
            return true;
    return false;
}

/* `YYYY-MM-DD` as days since 1970. */
static bool read_day(const char *key, int64_t *ret_day)
{
    char midnight[sizeof("YYYY-MM-DDT00:00:00Z")] = "YYYY-MM-DDT00:00:00Z";
    int64_t time_ms;
    if (strlen(key) != sizeof("YYYY-MM-DD") - 1)
        return false;
    memcpy(midnight, key, sizeof("YYYY-MM-DD") - 1);
    if (!time_parse((struct str){midnight, sizeof(midnight) - 1}, &time_ms))
        return false;
    *ret_day = time_ms / DAY_MS;
    return true;
}

static bool is_day(const char *key)
{
    int64_t day;
    return read_day(key, &day);
}

static bool is_calendar(const json_t *value, bool (*is_key)(const char *key))
{
    json_t *calendar = unconst(value);
    const char *key;
    json_t *spans;
    json_object_foreach(calendar, key, spans)
    {
        if (!is_key(key) || !are_spans(spans))
            return false;
    }
    return json_is_object(value);
}

bool hours_are_weekly(const json_t *value)
{
    return is_calendar(value, is_weekday);
}

bool hours_are_daily(const json_t *value)
{
    return is_calendar(value, is_day);
}

/* An empty span is a mistake of which nobody knows what was meant: the day is closed. */
static struct opening_day day_with(int64_t day, const json_t *list, struct arena *arena, struct str *ret_empty_span)
{
    struct opening_span *spans = arena_array(arena, struct opening_span, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct str text = document_text(json_array_get(list, i));
        read_span(json_array_get(list, i), &spans[i]);
        if (spans[i].from != spans[i].to)
            continue;
        *ret_empty_span = (struct str){arena_copy(arena, text.data, text.len), text.len};
        return (struct opening_day){.day = day};
    }
    return (struct opening_day){day, spans, json_array_size(list)};
}

static int by_day(const void *a, const void *b)
{
    const struct opening_day *left = a, *right = b;
    return (left->day > right->day) - (left->day < right->day);
}

static void read_daily(json_t *daily, struct arena *arena, struct opening_hours *ret_hours)
{
    struct opening_day *days = arena_array(arena, struct opening_day, json_object_size(daily));
    size_t n = 0;
    const char *key;
    json_t *spans;
    json_object_foreach(daily, key, spans)
    {
        int64_t day;
        if (read_day(key, &day))
            days[n++] = day_with(day, spans, arena, &ret_hours->empty_span);
    }
    qsort(days, n, sizeof(*days), by_day);
    ret_hours->days = days;
    ret_hours->days_n = n;
}

void hours_document_read(const json_t *weekly, const json_t *daily, struct arena *arena,
                         struct opening_hours *ret_hours)
{
    *ret_hours = (struct opening_hours){0};
    for (int i = 0; i < WEEKDAYS; i++)
        ret_hours->week[i] = day_with(0, json_object_get(weekly, weekday_names[i]), arena, &ret_hours->empty_span);
    read_daily(unconst(daily), arena, ret_hours);
}
