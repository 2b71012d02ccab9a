/* The set of hours in front of a record, as a bitmap that moves with the newest. */
#include "stockfold/store/hours.h"

#include "stockfold/codec/pack.h"

enum { BYTES = 15, BASED = 16, MARK = 32, MARKS = 96, OLDER = 128 };

_Static_assert(HOURS_MAX / 8 <= BYTES, "the number of bitmap bytes fits the head");
_Static_assert(LATENESS_MARKS *MARK <= MARKS, "the number of marks fits the head");

#define MINUTE_MS INT64_C(60000)

/* No time is so many minutes from another: bytes that say so are broken. */
#define MINUTES_MAX (INT64_C(1) << 40)

static void set(struct hours *hours, int64_t distance)
{
    hours->bits[distance / 64] |= UINT64_C(1) << (distance % 64);
}

static bool has(const struct hours *hours, int64_t distance)
{
    return (hours->bits[distance / 64] >> (distance % 64) & 1) != 0;
}

/* All bits so much further up; whether some went beyond the last. */
static bool shift(uint64_t bits[2], int64_t by)
{
    uint64_t lost = 0;
    for (int words = 0; words < 2 && by >= 64; words++, by -= 64) {
        lost |= bits[1];
        bits[1] = bits[0];
        bits[0] = 0;
    }
    if (by > 0 && by < 64) {
        lost |= bits[1] >> (64 - by);
        bits[1] = bits[1] << by | bits[0] >> (64 - by);
        bits[0] <<= by;
    }
    return lost != 0;
}

/* A newer newest: everything is further away from it. */
static void move(struct hours *hours, int64_t newest)
{
    bool lost = shift(hours->bits, newest - hours->newest);
    if (lost || hours->bits[1] >> (HOURS_MAX - 64) != 0)
        hours->older = true;
    hours->bits[1] &= (UINT64_C(1) << (HOURS_MAX - 64)) - 1;
    hours->newest = newest;
}

void hours_add(struct hours *hours, int64_t hour)
{
    if (!hours->any)
        *hours = (struct hours){.any = true, .newest = hour, .based = hours->based, .past = hours->past};
    else if (hour > hours->newest)
        move(hours, hour);
    if (hours->newest - hour < HOURS_MAX)
        set(hours, hours->newest - hour);
    else
        hours->older = true;
}

void hours_drop(struct hours *hours, int64_t hour)
{
    if (!hours->any)
        return;
    if (hour >= hours->newest - HOURS_MAX)
        hours->older = false;
    for (int64_t i = 0; i < HOURS_MAX; i++)
        if (hours->newest - i <= hour)
            hours->bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
    hours->any = hours->older || hours->bits[0] != 0 || hours->bits[1] != 0;
    if (hours->any)
        return;
    hours->based = false;
    hours->past.marks_n = 0; /* its newest event is settled, and closes all that they could */
}

void hours_each(const struct hours *hours, void (*each)(void *context, int64_t hour), void *context)
{
    for (int64_t i = 0; hours->any && i < HOURS_MAX; i++)
        if (has(hours, i))
            each(context, hours->newest - i);
}

int64_t hours_oldest(const struct hours *hours)
{
    int64_t distance = HOURS_MAX - 1;
    while (distance > 0 && !has(hours, distance))
        distance--;
    return hours->newest - distance;
}

bool hours_has(const struct hours *hours, int64_t hour)
{
    int64_t distance = hours->newest - hour;
    if (!hours->any || distance < 0)
        return false;
    return distance < HOURS_MAX ? has(hours, distance) : hours->older;
}

bool hours_are_among(const struct hours *hours, const struct hours *found)
{
    for (int64_t i = 0; hours->any && i < HOURS_MAX; i++)
        if (has(hours, i) && !hours_has(found, hours->newest - i))
            return false;
    return true;
}

/* Rounding down, also before 1970. */
static int64_t minute_of(int64_t time_ms)
{
    return time_ms / MINUTE_MS - (time_ms % MINUTE_MS < 0);
}

static void write_mark(const struct lateness_mark *mark, int64_t newest_hour, struct buffer *out)
{
    int64_t key = minute_of(mark->key_time), kafka = minute_of(mark->kafka_time + MINUTE_MS - 1);
    pack_signed(out, newest_hour * 60 - key);
    pack_signed(out, kafka - key);
}

static bool read_mark(struct str value, size_t *position, int64_t newest_hour, struct lateness_mark *ret_mark)
{
    int64_t before, behind;
    if (!unpack_signed(value, position, &before) || !unpack_signed(value, position, &behind) || before < -MINUTES_MAX ||
        before > MINUTES_MAX || behind < -MINUTES_MAX || behind > MINUTES_MAX)
        return false;
    int64_t key = newest_hour * 60 - before;
    *ret_mark = (struct lateness_mark){key * MINUTE_MS, (key + behind) * MINUTE_MS};
    return true;
}

void hours_write(const struct hours *hours, struct buffer *out)
{
    if (!hours->any) {
        buffer_add_byte(out, 0);
        return;
    }
    unsigned char bytes[HOURS_MAX / 8];
    size_t n = 1;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(hours->bits[i / 8] >> (i % 8 * 8));
        if (bytes[i] != 0)
            n = i + 1;
    }
    buffer_add_byte(
        out, (char)(n | (size_t)hours->past.marks_n * MARK | (hours->based ? BASED : 0) | (hours->older ? OLDER : 0)));
    pack_signed(out, hours->newest);
    buffer_add(out, bytes, n);
    for (int i = 0; i < hours->past.marks_n; i++)
        write_mark(&hours->past.marks[i], hours->newest, out);
}

static bool read_bitmap(struct str value, size_t *position, size_t n, struct hours *hours)
{
    if (n == 0 || n > HOURS_MAX / 8 || !unpack_signed(value, position, &hours->newest) ||
        hours->newest < -MINUTES_MAX || hours->newest > MINUTES_MAX || value.len - *position < n)
        return false;
    for (size_t i = 0; i < n; i++)
        hours->bits[i / 8] |= (uint64_t)(unsigned char)value.data[*position + i] << (i % 8 * 8);
    *position += n;
    return true;
}

bool hours_read(struct str value, struct hours *ret_hours, struct str *ret_packed)
{
    struct hours hours = {0};
    size_t position = 1;
    *ret_packed = value;
    unsigned head = value.len == 0 ? 0 : (unsigned char)value.data[0];
    if (head != 0) {
        hours.any = true;
        hours.older = (head & OLDER) != 0;
        hours.based = (head & BASED) != 0;
        hours.past.marks_n = (int)((head & MARKS) / MARK);
        if (hours.past.marks_n > LATENESS_MARKS || !read_bitmap(value, &position, head & BYTES, &hours))
            return false;
        for (int i = 0; i < hours.past.marks_n; i++)
            if (!read_mark(value, &position, hours.newest, &hours.past.marks[i]))
                return false;
    }
    if (value.len > 0)
        *ret_packed = (struct str){value.data + position, value.len - position};
    if (ret_hours != NULL)
        *ret_hours = hours;
    return true;
}
