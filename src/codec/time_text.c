/* RFC 3339 by hand: strptime and timegm are slow, and accept other formats too. */
#include "stockfold/codec/time_text.h"

#include <stdio.h>

#include "stockfold/core/bounds.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define FORMATTED_MAX_MS INT64_C(253402300799999) /* the end of the last year with four digits */

/* Days since 1970-01-01 of a day of the Gregorian calendar; years begin in March, so that leap days come last. */
static int64_t days_of(int year, int month, int day)
{
    int shifted = month <= 2 ? year - 1 : year;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return (int64_t)shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - 719468;
}

static int days_in_month(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two digits, or a number below zero. */
static int two_digits(const char *text)
{
    return is_digit(text[0]) && is_digit(text[1]) ? (text[0] - '0') * 10 + (text[1] - '0') : -1;
}

/* `YYYY-MM-DD` as days since 1970. */
static bool parse_date(const char *text, int64_t *ret_days)
{
    int century = two_digits(text), year = two_digits(text + 2);
    int month = two_digits(text + 5), day = two_digits(text + 8);
    if (century < 0 || year < 0 || text[4] != '-' || text[7] != '-' || month < 1 || month > 12)
        return false;
    year += century * 100;
    if (day < 1 || day > days_in_month(year, month))
        return false;
    *ret_days = days_of(year, month, day);
    return true;
}

/* `Z`, `+HH:MM` or `-HH:MM`, up to the end of `text`, as milliseconds. */
static bool parse_offset(struct str text, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (text.len == 1)
        return text.data[0] == 'Z' || text.data[0] == 'z';
    if (text.len != 6 || (text.data[0] != '+' && text.data[0] != '-') || text.data[3] != ':')
        return false;
    int hours = two_digits(text.data + 1), minutes = two_digits(text.data + 4);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *ret_ms = (hours * 60 + minutes) * INT64_C(60000) * (text.data[0] == '-' ? -1 : 1);
    return true;
}

/* The fraction's milliseconds, and where it ends; a point without digits is no fraction. */
static int parse_fraction(struct str text, size_t *position)
{
    size_t at = *position;
    if (at + 1 >= text.len || text.data[at] != '.' || !is_digit(text.data[at + 1]))
        return 0;
    int ms = 0, scale = 100;
    for (at++; at < text.len && is_digit(text.data[at]); at++) {
        ms += (text.data[at] - '0') * scale;
        scale /= 10;
    }
    *position = at;
    return ms;
}

bool time_parse(struct str text, int64_t *ret_ms)
{
    const char *at = text.data;
    if (text.len < sizeof("YYYY-MM-DDTHH:MM:SSZ") - 1)
        return false;
    int64_t days, offset_ms;
    int hour = two_digits(at + 11), minute = two_digits(at + 14), second = two_digits(at + 17);
    if (!parse_date(at, &days) || (at[10] != 'T' && at[10] != 't') || at[13] != ':' || at[16] != ':')
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    size_t position = 19;
    int fraction = parse_fraction(text, &position);
    if (!parse_offset((struct str){at + position, text.len - position}, &offset_ms))
        return false;

    bool leap_second = second == 60;
    int64_t second_ms = leap_second ? 59999 : second * 1000 + fraction;
    int64_t ms = days * DAY_MS + (hour * 60 + minute) * INT64_C(60000) + second_ms - offset_ms;
    if (ms < 0 || ms > BOUND_TIME_MS || (leap_second && ms % DAY_MS != DAY_MS - 1))
        return false;
    *ret_ms = ms;
    return true;
}

static bool is_shaped(struct str text, const char *shape)
{
    size_t len = strlen(shape);
    if (text.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (shape[i] == '0'   ? !is_digit(text.data[i])
            : shape[i] == 'T' ? (text.data[i] | ' ') != 't'
                              : text.data[i] != shape[i])
            return false;
    return true;
}

const char *time_flaw(struct str text)
{
    int64_t days, offset_ms;
    if (!is_shaped(text, "0000-00-00"))
        return "is no time as RFC 3339";
    if (!parse_date(text.data, &days))
        return "names a day that does not exist";
    if (text.len == sizeof("0000-00-00") - 1)
        return "has no time of day";
    if (!is_shaped(text, "0000-00-00T00:00:00"))
        return "is no time as RFC 3339";
    int hour = two_digits(text.data + 11), minute = two_digits(text.data + 14), second = two_digits(text.data + 17);
    if (hour > 23 || minute > 59 || second > 60)
        return "names a time of day that does not exist";
    size_t position = 19;
    parse_fraction(text, &position);
    if (position == text.len)
        return "has no Z or offset";
    if (!parse_offset((struct str){text.data + position, text.len - position}, &offset_ms))
        return "ends in something other than Z, +HH:MM or -HH:MM";
    return second == 60 ? "names a second 60 that was no leap second" : "lies outside the years 1970 to 2100";
}

static void write_two(char *text, uint32_t number)
{
    text[0] = (char)('0' + number / 10);
    text[1] = (char)('0' + number % 10);
}

/* The inverse of days_of, for days from 1970 on. */
static void write_date(char *text, uint32_t days)
{
    uint32_t since = days + 719468; /* 0000-03-01 */
    uint32_t era = since / 146097, of_era = since % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t shifted = (5 * of_year + 2) / 153;
    uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    year += era * 400 + (month <= 2);
    write_two(text, year / 100);
    write_two(text + 2, year % 100);
    text[4] = '-';
    write_two(text + 5, month);
    text[7] = '-';
    write_two(text + 8, of_year - (153 * shifted + 2) / 5 + 1);
}

size_t time_format(int64_t ms, char ret_text[TIME_TEXT_MAX])
{
    if (ms < 0)
        ms = 0;
    if (ms > FORMATTED_MAX_MS)
        ms = FORMATTED_MAX_MS;
    write_date(ret_text, (uint32_t)(ms / DAY_MS));
    uint32_t of_day = (uint32_t)(ms % DAY_MS), fraction = of_day % 1000;
    ret_text[10] = 'T';
    write_two(ret_text + 11, of_day / 3600000);
    ret_text[13] = ':';
    write_two(ret_text + 14, of_day / 60000 % 60);
    ret_text[16] = ':';
    write_two(ret_text + 17, of_day / 1000 % 60);
    size_t len = 19;
    if (fraction != 0) {
        ret_text[19] = '.';
        ret_text[20] = (char)('0' + fraction / 100);
        write_two(ret_text + 21, fraction % 100);
        len = 23;
    }
    ret_text[len] = 'Z';
    return len + 1;
}

size_t time_format_local(int64_t ms, int32_t offset_s, char ret_text[LOCAL_TIME_TEXT_MAX])
{
    char text[TIME_TEXT_MAX];
    int32_t minutes = offset_s / 60;
    uint32_t ahead = (uint32_t)(minutes < 0 ? -minutes : minutes);
    size_t len = time_format(ms + minutes * INT64_C(60000), text) - 1; /* without its Z */
    memcpy(ret_text, text, len);
    ret_text[len] = minutes < 0 ? '-' : '+';
    write_two(ret_text + len + 1, ahead / 60);
    ret_text[len + 3] = ':';
    write_two(ret_text + len + 4, ahead % 60);
    return len + 6;
}

const char *span_text(int64_t ms, char ret_text[SPAN_TEXT_MAX])
{
    int64_t minutes = ms / 60000, hours = minutes / 60;
    if (hours >= 48)
        snprintf(ret_text, SPAN_TEXT_MAX, "%lldd%02dh", (long long)(hours / 24), (int)(hours % 24));
    else
        snprintf(ret_text, SPAN_TEXT_MAX, "%lldh%02dm", (long long)hours, (int)(minutes % 60));
    return ret_text;
}
