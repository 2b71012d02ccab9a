/* A record's packed form:
 *
 *   flags, as_of, [newest_time], newest_kafka_time, [unplaced], [undrawn], [states], [number of places],
 *   places, [number of incoming lines, incoming lines]
 *   place:    length of its bytes * 4 + flags, bytes, quantity, [seen_at], [seen_by]
 *   incoming: ref, quantity, eta
 *
 * Times are distances from one before, where they mostly are 0 or small. A part in brackets is left out where a flag
 * says that it is zero, or equal to an earlier part. */
#include "pack_parts.h"

/* A varint, so the seldom ones are the greatest. */
enum record_flag {
    NEWEST_IS_AS_OF = 1,
    HAS_UNPLACED = 2,
    HAS_UNDRAWN = 4,
    HAS_STATE = 4, /* shifted left by the state: 8, 16, 32 */
    ONE_PLACE = 64,
    HAS_INCOMING = 128,
    RECORD_FLAGS = 255,
};

/* Of a place: seen at as_of; seen by the same source as the place before it. */
enum place_flag { SEEN_AT_AS_OF = 1, SEEN_BY_SAME = 2, PLACE_FLAG_BITS = 2 };

static unsigned record_flags(const struct record *record)
{
    unsigned flags = 0;
    if (record->newest_time == record->as_of)
        flags |= NEWEST_IS_AS_OF;
    if (record->unplaced != 0)
        flags |= HAS_UNPLACED;
    if (record->undrawn != 0)
        flags |= HAS_UNDRAWN;
    for (unsigned state = STATE_DAMAGED; state < STOCK_STATES; state++)
        if (record->states[state] != 0)
            flags |= (unsigned)HAS_STATE << state;
    if (record->incoming_n > 0)
        flags |= HAS_INCOMING;
    if (record->places_n == 1)
        flags |= ONE_PLACE;
    return flags;
}

static void pack_place(struct buffer *out, const struct place_stock *place, const struct place_stock *before,
                       int64_t as_of)
{
    unsigned flags = 0;
    if (place->seen_at == as_of)
        flags |= SEEN_AT_AS_OF;
    if (before != NULL && str_equal(place->seen_by, before->seen_by))
        flags |= SEEN_BY_SAME;
    pack_varint(out, (uint64_t)place->place.len << PLACE_FLAG_BITS | flags);
    buffer_add(out, place->place.data, place->place.len);
    pack_signed(out, place->qty);
    if (!(flags & SEEN_AT_AS_OF))
        pack_since(out, place->seen_at, as_of);
    if (!(flags & SEEN_BY_SAME))
        pack_str(out, place->seen_by);
}

static bool record_is_empty(const struct record *record)
{
    return record->newest_time == TIME_NONE && record->places_n == 0 && record->incoming_n == 0;
}

void record_pack(const struct record *record, struct buffer *out)
{
    if (record_is_empty(record))
        return;
    unsigned flags = record_flags(record);
    pack_varint(out, flags);
    pack_signed(out, record->as_of);
    if (!(flags & NEWEST_IS_AS_OF))
        pack_since(out, record->newest_time, record->as_of);
    pack_since(out, record->newest_kafka_time, record->newest_time);
    if (flags & HAS_UNPLACED)
        pack_signed(out, record->unplaced);
    if (flags & HAS_UNDRAWN)
        pack_signed(out, record->undrawn);
    for (unsigned state = STATE_DAMAGED; state < STOCK_STATES; state++)
        if (flags & (unsigned)HAS_STATE << state)
            pack_signed(out, record->states[state]);
    if (!(flags & ONE_PLACE))
        pack_varint(out, record->places_n);
    for (uint32_t i = 0; i < record->places_n; i++)
        pack_place(out, &record->places[i], i == 0 ? NULL : &record->places[i - 1], record->as_of);
    if (!(flags & HAS_INCOMING))
        return;
    pack_varint(out, record->incoming_n);
    for (uint32_t i = 0; i < record->incoming_n; i++) {
        pack_str(out, record->incoming[i].ref);
        pack_signed(out, record->incoming[i].qty);
        pack_since(out, record->incoming[i].eta, record->as_of);
    }
}

static bool unpack_place(struct str bytes, size_t *position, const struct place_stock *before, int64_t as_of,
                         struct place_stock *ret_place)
{
    uint64_t head;
    if (!unpack_varint(bytes, position, &head) ||
        !unpack_bytes(bytes, position, head >> PLACE_FLAG_BITS, &ret_place->place) ||
        !packed_place_check(ret_place->place) || !unpack_signed(bytes, position, &ret_place->qty))
        return false;
    ret_place->seen_at = as_of;
    if (!(head & SEEN_AT_AS_OF) && !unpack_since(bytes, position, as_of, &ret_place->seen_at))
        return false;
    if (!(head & SEEN_BY_SAME))
        return unpack_str(bytes, position, &ret_place->seen_by);
    if (before == NULL)
        return false;
    ret_place->seen_by = before->seen_by;
    return true;
}

/* Reads how many things follow, each of at least one byte: a number that cannot be true is found before memory is
 * asked for. */
static bool unpack_count(struct str bytes, size_t *position, uint32_t *ret_n)
{
    uint64_t n;
    if (!unpack_varint(bytes, position, &n) || n > bytes.len - *position || n > UINT32_MAX / 2)
        return false;
    *ret_n = (uint32_t)n;
    return true;
}

static bool unpack_numbers(struct str bytes, size_t *position, unsigned flags, struct record *record)
{
    if (!unpack_signed(bytes, position, &record->as_of))
        return false;
    record->newest_time = record->as_of;
    if (!(flags & NEWEST_IS_AS_OF) && !unpack_since(bytes, position, record->as_of, &record->newest_time))
        return false;
    if (!unpack_since(bytes, position, record->newest_time, &record->newest_kafka_time))
        return false;
    if ((flags & HAS_UNPLACED) && !unpack_signed(bytes, position, &record->unplaced))
        return false;
    if ((flags & HAS_UNDRAWN) && !unpack_signed(bytes, position, &record->undrawn))
        return false;
    for (unsigned state = STATE_DAMAGED; state < STOCK_STATES; state++)
        if ((flags & (unsigned)HAS_STATE << state) && !unpack_signed(bytes, position, &record->states[state]))
            return false;
    return true;
}

static bool unpack_places(struct str bytes, size_t *position, unsigned flags, uint32_t extra, struct arena *arena,
                          struct record *record)
{
    uint32_t n = 1;
    if (!(flags & ONE_PLACE) && !unpack_count(bytes, position, &n))
        return false;
    record->places_n = n;
    record->places_cap = n + extra;
    record->places = arena_array(arena, struct place_stock, record->places_cap);
    for (uint32_t i = 0; i < n; i++)
        if (!unpack_place(bytes, position, i == 0 ? NULL : &record->places[i - 1], record->as_of, &record->places[i]))
            return false;
    return true;
}

static bool unpack_incoming(struct str bytes, size_t *position, unsigned flags, uint32_t extra, struct arena *arena,
                            struct record *record)
{
    uint32_t n = 0;
    if ((flags & HAS_INCOMING) && !unpack_count(bytes, position, &n))
        return false;
    record->incoming_n = n;
    record->incoming_cap = n + extra;
    record->incoming = arena_array(arena, struct incoming_line, record->incoming_cap);
    for (uint32_t i = 0; i < n; i++) {
        struct incoming_line *line = &record->incoming[i];
        if (!unpack_str(bytes, position, &line->ref) || !unpack_signed(bytes, position, &line->qty) ||
            !unpack_since(bytes, position, record->as_of, &line->eta))
            return false;
    }
    return true;
}

bool record_unpack(struct str bytes, uint32_t extra_places, uint32_t extra_incoming, struct arena *arena,
                   struct record *ret_record)
{
    if (bytes.len == 0) {
        record_init(ret_record, arena_array(arena, struct place_stock, extra_places), extra_places,
                    arena_array(arena, struct incoming_line, extra_incoming), extra_incoming);
        return true;
    }
    *ret_record = (struct record){0};
    size_t position = 0;
    uint64_t head;
    if (!unpack_varint(bytes, &position, &head) || head > RECORD_FLAGS)
        return false;
    unsigned flags = (unsigned)head;
    return unpack_numbers(bytes, &position, flags, ret_record) &&
           unpack_places(bytes, &position, flags, extra_places, arena, ret_record) &&
           unpack_incoming(bytes, &position, flags, extra_incoming, arena, ret_record) && position == bytes.len &&
           record_check(ret_record);
}
