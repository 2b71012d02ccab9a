/* The set of hours in front of a record: a bitmap that moves with the newest, and blocks of those before. */
#include "stockfold/store/hours.h"

#include <endian.h>
#include <string.h>

#include "stockfold/codec/pack.h"

enum { BYTES = 15, BASED = 16, MARK = 32, MARKS = 96, OLDER = 128 };
enum { OLDER_SIZE_MAX = 30 }; /* then one block is all that is before, and one all that is after, the year 1970 */

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

/* How far the oldest of the bitmap is from the newest hour; -1: there is none. */
static int64_t farthest(const struct hours *hours)
{
    if (hours->bits[1] != 0)
        return 127 - __builtin_clzll(hours->bits[1]);
    return hours->bits[0] != 0 ? 63 - __builtin_clzll(hours->bits[0]) : -1;
}

/* Takes out of the bitmap what is `distance` or more from the newest hour. */
static void keep_nearer(struct hours *hours, int64_t distance)
{
    for (int64_t i = 0, begin = 0; i < 2; i++, begin += 64)
        if (distance <= begin)
            hours->bits[i] = 0;
        else if (distance < begin + 64)
            hours->bits[i] &= (UINT64_C(1) << (distance - begin)) - 1;
}

/* --- older ones --------------------------------------------------------------------------------------------------- */

/* A block's first hour and last. */
static int64_t block_first(const struct hours *hours, int index)
{
    return (int64_t)hours->older[index] * (INT64_C(1) << hours->older_size);
}

static int64_t block_last(const struct hours *hours, int index)
{
    return block_first(hours, index) + (INT64_C(1) << hours->older_size) - 1;
}

static void double_blocks(struct hours *hours)
{
    int n = 0;
    for (int i = 0; i < hours->older_n; i++) {
        int32_t block = hours->older[i] >> 1;
        if (n == 0 || hours->older[n - 1] != block)
            hours->older[n++] = block;
    }
    hours->older_n = (uint8_t)n;
    hours->older_size++;
}

static void add_older(struct hours *hours, int64_t hour)
{
    int at = 0;
    while (at < hours->older_n && block_first(hours, at) > hour)
        at++;
    if (at < hours->older_n && block_last(hours, at) >= hour)
        return;
    if (hours->older_n == HOURS_OLDER_MAX) {
        double_blocks(hours);
        add_older(hours, hour);
        return;
    }
    memmove(hours->older + at + 1, hours->older + at, (size_t)(hours->older_n - at) * sizeof(hours->older[0]));
    hours->older[at] = (int32_t)(hour >> hours->older_size);
    hours->older_n++;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* All bits so much further up. */
static void shift(uint64_t bits[2], int64_t by)
{
    for (int words = 0; words < 2 && by >= 64; words++, by -= 64) {
        bits[1] = bits[0];
        bits[0] = 0;
    }
    if (by > 0 && by < 64) {
        bits[1] = bits[1] << by | bits[0] >> (64 - by);
        bits[0] <<= by;
    }
}

/* A newer newest: everything is further away from it. */
static void move(struct hours *hours, int64_t newest)
{
    int64_t by = newest - hours->newest;
    for (int64_t oldest; (oldest = farthest(hours)) >= 0 && oldest + by >= HOURS_MAX;) {
        add_older(hours, hours->newest - oldest);
        keep_nearer(hours, oldest);
    }
    shift(hours->bits, by);
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
        add_older(hours, hour);
}

void hours_drop(struct hours *hours, int64_t hour)
{
    if (!hours->any)
        return;
    bool all_older = hour >= hours->newest - HOURS_MAX;
    while (hours->older_n > 0 && (all_older || block_last(hours, hours->older_n - 1) <= hour))
        hours->older_n--;
    if (hours->older_n == 0)
        hours->older_size = 0;
    keep_nearer(hours, hours->newest - hour);
    hours->any = hours->older_n > 0 || hours->bits[0] != 0 || hours->bits[1] != 0;
    if (hours->any)
        return;
    hours->based = false;
    hours->past.marks_n = 0; /* its newest event is settled, and closes all that they could */
}

void hours_each(const struct hours *hours, void (*each)(void *context, int64_t first, int64_t last), void *context)
{
    for (int64_t i = 0; hours->any && i < HOURS_MAX; i++)
        if (has(hours, i))
            each(context, hours->newest - i, hours->newest - i);
    for (int i = 0; hours->any && i < hours->older_n; i++)
        each(context, block_first(hours, i), block_last(hours, i));
}

int64_t hours_oldest(const struct hours *hours)
{
    if (hours->older_n > 0) {
        int64_t last = block_last(hours, hours->older_n - 1), oldest_known = hours->newest - HOURS_MAX;
        return last < oldest_known ? last : oldest_known;
    }
    int64_t distance = farthest(hours);
    return hours->newest - (distance > 0 ? distance : 0);
}

bool hours_has(const struct hours *hours, int64_t hour)
{
    int64_t distance = hours->newest - hour;
    if (!hours->any || distance < 0)
        return false;
    if (distance < HOURS_MAX)
        return has(hours, distance);
    for (int i = 0; i < hours->older_n; i++)
        if (block_first(hours, i) <= hour && hour <= block_last(hours, i))
            return true;
    return false;
}

struct missed {
    const struct hours *found;
    bool any;
};

static void note_missed(void *context, int64_t first, int64_t last)
{
    struct missed *missed = context;
    missed->any = missed->any || (first == last && !hours_has(missed->found, first));
}

bool hours_are_among(const struct hours *hours, const struct hours *found)
{
    struct missed missed = {found, false};
    hours_each(hours, note_missed, &missed);
    return !missed.any;
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

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

static void write_older(const struct hours *hours, struct buffer *out)
{
    int64_t behind = hours->newest >> hours->older_size;
    pack_varint(out, hours->older_n);
    pack_varint(out, hours->older_size);
    for (int i = 0; i < hours->older_n; i++) {
        pack_varint(out, (uint64_t)(behind - hours->older[i]));
        behind = hours->older[i];
    }
}

/* All blocks after the first are older than the one before. */
static bool read_older(struct str value, size_t *position, struct hours *hours)
{
    uint64_t n, size, between;
    if (!unpack_varint(value, position, &n) || !unpack_varint(value, position, &size) || n == 0 ||
        n > HOURS_OLDER_MAX || size > OLDER_SIZE_MAX)
        return false;
    hours->older_n = (uint8_t)n;
    hours->older_size = (uint8_t)size;
    int64_t block = hours->newest >> size;
    for (int i = 0; i < hours->older_n; i++) {
        if (!unpack_varint(value, position, &between) || between > INT32_MAX || (i > 0 && between == 0))
            return false;
        block -= (int64_t)between;
        if (block < INT32_MIN)
            return false;
        hours->older[i] = (int32_t)block;
    }
    return true;
}

void hours_write(const struct hours *hours, struct buffer *out)
{
    if (!hours->any) {
        buffer_add_byte(out, 0);
        return;
    }
    uint64_t bytes[2] = {htole64(hours->bits[0]), htole64(hours->bits[1])};
    int64_t oldest = farthest(hours);
    size_t n = oldest > 0 ? (size_t)oldest / 8 + 1 : 1;
    buffer_add_byte(out, (char)(n | (size_t)hours->past.marks_n * MARK | (hours->based ? BASED : 0) |
                                (hours->older_n > 0 ? OLDER : 0)));
    pack_signed(out, hours->newest);
    buffer_add(out, bytes, n);
    for (int i = 0; i < hours->past.marks_n; i++)
        write_mark(&hours->past.marks[i], hours->newest, out);
    if (hours->older_n > 0)
        write_older(hours, out);
}

static bool read_bitmap(struct str value, size_t *position, size_t n, struct hours *hours)
{
    if (n == 0 || n > HOURS_MAX / 8 || !unpack_signed(value, position, &hours->newest) || hours->newest < INT32_MIN ||
        hours->newest > INT32_MAX || value.len - *position < n)
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
        hours.based = (head & BASED) != 0;
        hours.past.marks_n = (int)((head & MARKS) / MARK);
        if (hours.past.marks_n > LATENESS_MARKS || !read_bitmap(value, &position, head & BYTES, &hours))
            return false;
        for (int i = 0; i < hours.past.marks_n; i++)
            if (!read_mark(value, &position, hours.newest, &hours.past.marks[i]))
                return false;
        if ((head & OLDER) != 0 && !read_older(value, &position, &hours))
            return false;
    }
    if (value.len > 0)
        *ret_packed = (struct str){value.data + position, value.len - position};
    if (ret_hours != NULL)
        *ret_hours = hours;
    return true;
}
