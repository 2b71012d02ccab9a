/* The binary forms of the view: how records and window events lie in Redis. Version: PACK_VERSION, part of the view's
 * format. Everything read back is checked; bytes that are no such form are an error, never a crash. */
#ifndef STOCKFOLD_CODEC_PACK_H
#define STOCKFOLD_CODEC_PACK_H

#include "stockfold/base/arena.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/record.h"

enum { PACK_VERSION = 1 };

/* A record. Small: one with one place fits well under 64 bytes. The same record always packs to the same bytes. */
void record_pack(const struct record *record, struct buffer *out);

/* Unpacks into arrays from `arena`, with room for `extra_places` and `extra_incoming` more; strings are views into
 * `bytes`. Returns false when bytes are no packed record. Empty bytes are the empty record. */
bool record_unpack(struct str bytes, uint32_t extra_places, uint32_t extra_incoming, struct arena *arena,
                   struct record *ret_record);

/* One event of a window, without its sku, length first (so a reader can skip it without unpacking). `kafka_time` and
 * `as_of` stand for the event's own (a fold_entry may have merged them from repetitions); `reason` is not kept.
 * `hour` is the hour of its key time: times are packed relative to it. */
void event_pack(const struct event *event, int64_t kafka_time, int64_t as_of, int64_t hour, struct buffer *out);

/* Unpacks the event at *position in `bytes` and moves *position behind it. `sku` is set into the event. The event's
 * kafka_time and, for a mark, time are the packed ones. Lines come from `arena`; strings are views into `bytes`. */
bool event_unpack(struct str bytes, size_t *position, int64_t hour, struct str sku, struct arena *arena,
                  struct event *ret_event);

/* Variable-length integers, for framing packed things: 1 byte below 128, at most 10. */
void pack_varint(struct buffer *out, uint64_t number);
bool unpack_varint(struct str bytes, size_t *position, uint64_t *ret_number);
/* The same of a signed number, zigzag. */
void pack_signed(struct buffer *out, int64_t number);
bool unpack_signed(struct str bytes, size_t *position, int64_t *ret_number);

#endif
