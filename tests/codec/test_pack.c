#include "stockfold/codec/pack.h"

#include <stdio.h>

#include "stockfold/core/watermark.h"
#include "support/event_text.h"
#include "support/suite.h"

#define SHELF STR("2\0women\0A04\0B02\0S3\0001")
#define NOW INT64_C(1795255331250)

static struct arena arena;

static struct str bytes_of(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}

/* Packs, unpacks and compares; returns the packed length. */
static size_t survives(const struct record *record)
{
    struct buffer packed, again;
    struct record unpacked;
    buffer_init(&packed);
    buffer_init(&again);
    record_pack(record, &packed);
    ck_assert(record_unpack(bytes_of(&packed), 3, 2, &arena, &unpacked));
    ck_assert(record_equal(record, &unpacked));
    ck_assert_uint_eq(unpacked.places_cap, record->places_n + 3);
    ck_assert_uint_eq(unpacked.incoming_cap, record->incoming_n + 2);
    record_pack(&unpacked, &again);
    ck_assert(str_equal(bytes_of(&packed), bytes_of(&again)));
    size_t len = packed.len;
    buffer_done(&packed);
    buffer_done(&again);
    return len;
}

static struct record one_place(struct place_stock *place)
{
    *place = (struct place_stock){.place = SHELF, .qty = 7, .seen_at = NOW, .seen_by = STR("pos-17")};
    return (struct record){.as_of = NOW,
                           .newest_time = NOW,
                           .newest_kafka_time = NOW + 1200,
                           .places = place,
                           .places_n = 1,
                           .places_cap = 1};
}

START_TEST(a_record_with_one_place_is_small)
{
    struct place_stock place;
    struct record record = one_place(&place);
    ck_assert_uint_le(survives(&record), 50);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    struct record unpacked;
    ck_assert(!record_unpack(STR("\200\002\000\000\000"), 0, 0, &arena, &unpacked));
    ck_assert(record_unpack(STR("\001\000\000\000"), 0, 0, &arena, &unpacked));
}
END_TEST

START_TEST(the_empty_record_is_no_bytes)
{
    struct record record;
    record_init(&record, NULL, 0, NULL, 0);
    ck_assert_uint_eq(survives(&record), 0);
}
END_TEST

START_TEST(every_field_of_a_record_survives)
{
    struct place_stock places[] = {
        {.place = STR("0"), .qty = -3, .seen_at = NOW - 86400000, .seen_by = STR("rfid-1")},
        {.place = STR("0\0\0\0\0S3"), .qty = INT64_MAX, .seen_at = NOW + 1, .seen_by = STR("rfid-1")},
        {.place = SHELF, .qty = INT64_MIN, .seen_at = 0, .seen_by = STR("pos-17")},
    };
    struct incoming_line incoming[] = {{.ref = STR("PO-1"), .qty = 5, .eta = TIME_NONE},
                                       {.ref = STR("PO-2"), .qty = -5, .eta = NOW + 1000000}};
    struct record record = {.as_of = NOW,
                            .newest_time = NOW + 5,
                            .newest_kafka_time = NOW - 5,
                            .unplaced = 1000,
                            .undrawn = -1000,
                            .states = {0, 1, 2, 3},
                            .places = places,
                            .places_n = 3,
                            .places_cap = 3,
                            .incoming = incoming,
                            .incoming_n = 2,
                            .incoming_cap = 2};
    survives(&record);
    record.states[STATE_QUALITY_HOLD] = 0;
    record.undrawn = 0;
    survives(&record);
}
END_TEST

START_TEST(a_record_of_struck_events_only_survives)
{
    struct record record = {.as_of = TIME_NONE, .newest_time = NOW, .newest_kafka_time = NOW};
    survives(&record);
}
END_TEST

START_TEST(no_prefix_of_a_record_is_a_record)
{
    struct place_stock place;
    struct record record = one_place(&place), unpacked;
    struct incoming_line line = {.ref = STR("PO-1"), .qty = 5, .eta = NOW};
    struct buffer packed;
    record.incoming = &line;
    record.incoming_n = 1;
    buffer_init(&packed);
    record_pack(&record, &packed);
    for (size_t len = 1; len < packed.len; len++)
        ck_assert(!record_unpack((struct str){packed.data, len}, 0, 0, &arena, &unpacked));
    buffer_add_byte(&packed, 0);
    ck_assert(!record_unpack(bytes_of(&packed), 0, 0, &arena, &unpacked));
    buffer_done(&packed);
}
END_TEST

START_TEST(a_number_of_places_that_cannot_be_true_is_refused)
{
    struct record unpacked;
    ck_assert(!record_unpack(STR("\001\000\000\377\377\377\377\017\001"), 0, 0, &arena, &unpacked));
    ck_assert_uint_lt(arena_held(&arena), 1 << 20);
}
END_TEST

/* Packs, unpacks and compares; returns the packed length. */
static size_t event_survives(const struct event *event)
{
    struct buffer packed, texts[2];
    struct event unpacked;
    int64_t hour = hour_of(event_key_time(event));
    size_t position = 1;
    buffer_init(&packed);
    buffer_add_byte(&packed, 'x');
    event_pack(event, event->kafka_time, event->time, hour, &packed);
    ck_assert(event_unpack(bytes_of(&packed), &position, hour, event->sku, &arena, &unpacked));
    ck_assert_uint_eq(position, packed.len);
    ck_assert_int_eq(unpacked.kafka_time, event->kafka_time);
    ck_assert_int_eq(event_content(event, &unpacked), 0);
    for (int i = 0; i < 2; i++) {
        buffer_init(&texts[i]);
        event_write_text(i == 0 ? event : &unpacked, &texts[i]);
        buffer_add_byte(&texts[i], '\0');
    }
    ck_assert_str_eq(texts[0].data, texts[1].data);
    for (size_t len = 1; len < packed.len; len++) {
        position = 1;
        ck_assert(!event_unpack((struct str){packed.data, len}, &position, hour, event->sku, &arena, &unpacked));
    }
    size_t len = packed.len - 1;
    buffer_done(&packed);
    buffer_done(&texts[0]);
    buffer_done(&texts[1]);
    return len;
}

static struct event event_of(enum event_type type)
{
    return (struct event){.type = type,
                          .time = NOW,
                          .kafka_time = NOW + 1200,
                          .id = STR("till-17-00008842"),
                          .source = STR("pos-17"),
                          .sku = STR("ZR-7745-M-BLK"),
                          .node = STR("store-014"),
                          .qty = 1,
                          .eta = TIME_NONE,
                          .ref_time = TIME_NONE};
}

START_TEST(a_sale_in_a_window_is_small)
{
    struct event event = event_of(EVENT_SOLD);
    event.place = SHELF;
    size_t strings = event.id.len + event.source.len + event.place.len + event.node.len;
    ck_assert_uint_le(event_survives(&event), strings + 13);
}
END_TEST

START_TEST(every_field_of_an_event_survives)
{
    struct event shipped = event_of(EVENT_SHIPPED);
    shipped.inbound = true;
    shipped.qty = BOUND_QTY;
    shipped.state = STATE_STAGED;
    shipped.to_node = STR("store-015");
    shipped.ref = STR("TR-9");
    shipped.eta = NOW + 86400000;
    event_survives(&shipped);
    struct event changed = event_of(EVENT_STATE_CHANGED);
    changed.to_state = STATE_QUALITY_HOLD;
    changed.place = SHELF;
    event_survives(&changed);
    struct event moved = event_of(EVENT_MOVED);
    moved.place = STR("0");
    moved.to_place = SHELF;
    event_survives(&moved);
    struct event sold = event_of(EVENT_SOLD);
    sold.reservation = STR("web-991");
    event_survives(&sold);
    struct event corrected = event_of(EVENT_CORRECTED);
    corrected.qty = 0;
    corrected.ref = STR("8842-3");
    corrected.ref_time = NOW - INT64_C(100000000);
    event_survives(&corrected);
}
END_TEST

START_TEST(a_seq_survives_and_takes_only_its_own_bytes)
{
    struct event event = event_of(EVENT_SOLD);
    size_t without = event_survives(&event);
    event.has_seq = true;
    ck_assert_uint_eq(event_survives(&event), without + 1);
    event.seq = 127;
    ck_assert_uint_eq(event_survives(&event), without + 1);
    event.seq = BOUND_SEQ;
    ck_assert_uint_eq(event_survives(&event), without + 8);
}
END_TEST

START_TEST(a_sellable_total_survives)
{
    struct event event = event_of(EVENT_COUNTED);
    event.scope = SCOPE_NODE;
    event.qty = -BOUND_QTY;
    event.sellable = true;
    event_survives(&event);
}
END_TEST

START_TEST(counts_survive_with_all_their_lines)
{
    static struct count_line lines[BOUND_LINES];
    static char shelves[BOUND_LINES][16];
    struct event event = event_of(EVENT_COUNTED);
    event_survives(&event);
    event.qty = 0;
    event.scope = SCOPE_NODE;
    event.keep = true;
    event.lines = lines;
    event_survives(&event);
    for (int i = 0; i < BOUND_LINES; i++) {
        int len = snprintf(shelves[i], sizeof(shelves[i]), "2%cshelf-%04d", '\0', i);
        lines[i] = (struct count_line){.place = {shelves[i], (size_t)len}, .qty = i};
    }
    lines[0] = (struct count_line){.state = STATE_DAMAGED, .qty = 3};
    event.lines_n = BOUND_LINES;
    struct buffer packed;
    struct event unpacked;
    size_t position = 0;
    buffer_init(&packed);
    event_pack(&event, 0, NOW, hour_of(NOW), &packed);
    ck_assert(event_unpack(bytes_of(&packed), &position, hour_of(NOW), event.sku, &arena, &unpacked));
    ck_assert_int_eq(event_content(&event, &unpacked), 0);
    ck_assert_int_eq(unpacked.kafka_time, 0);
    buffer_done(&packed);
}
END_TEST

START_TEST(a_mark_keeps_the_newest_time_it_was_told_at)
{
    struct event corrected = event_of(EVENT_CORRECTED), unpacked;
    struct buffer packed;
    size_t position = 0;
    corrected.ref = STR("8842-3");
    corrected.ref_time = NOW - 5000000;
    int64_t hour = hour_of(corrected.ref_time);
    buffer_init(&packed);
    event_pack(&corrected, 7, NOW + 99, hour, &packed);
    ck_assert(event_unpack(bytes_of(&packed), &position, hour, corrected.sku, &arena, &unpacked));
    ck_assert_int_eq(unpacked.time, NOW + 99);
    ck_assert_int_eq(unpacked.ref_time, corrected.ref_time);
    ck_assert_int_eq(unpacked.kafka_time, 7);
    buffer_done(&packed);
}
END_TEST

START_TEST(varints_survive_at_every_length)
{
    struct buffer packed;
    buffer_init(&packed);
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t numbers[] = {UINT64_C(1) << bits, (UINT64_C(1) << bits) - 1, UINT64_MAX >> bits};
        for (int i = 0; i < 3; i++) {
            uint64_t number;
            size_t position = 0;
            packed.len = 0;
            pack_varint(&packed, numbers[i]);
            ck_assert_uint_le(packed.len, numbers[i] < 128 ? 1 : 10);
            ck_assert(unpack_varint(bytes_of(&packed), &position, &number));
            ck_assert_uint_eq(number, numbers[i]);
            ck_assert_uint_eq(position, packed.len);
        }
    }
    uint64_t number;
    size_t position = 0;
    ck_assert(!unpack_varint(STR("\377\377\377\377\377\377\377\377\377\377\377"), &position, &number));
    position = 0;
    ck_assert(!unpack_varint(STR("\200"), &position, &number));
    buffer_done(&packed);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_record_with_one_place_is_small,
        the_empty_record_is_no_bytes,
        every_field_of_a_record_survives,
        a_record_of_struck_events_only_survives,
        no_prefix_of_a_record_is_a_record,
        a_number_of_places_that_cannot_be_true_is_refused,
        a_sale_in_a_window_is_small,
        every_field_of_an_event_survives,
        a_seq_survives_and_takes_only_its_own_bytes,
        a_sellable_total_survives,
        counts_survive_with_all_their_lines,
        a_mark_keeps_the_newest_time_it_was_told_at,
        varints_survive_at_every_length,
        unknown_flags_are_refused,
    };
    return SUITE_RUN("pack", tests);
}
