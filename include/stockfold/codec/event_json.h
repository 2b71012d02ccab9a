/* A Kafka message's JSON -> struct event, or the reason why not.
 *
 * event_decode() tries event_decode_fast() first, a strict single pass for the common event. An event that the pass
 * leaves (unusual escapes, counts with lines, nested values of unknown fields, anything wrong) goes through
 * event_decode_slow(), which uses jansson and decides every refusal. Both give the same event for the same bytes; the
 * fuzz target fuzz_event compares them. Callers use event_decode(). */
#ifndef STOCKFOLD_CODEC_EVENT_JSON_H
#define STOCKFOLD_CODEC_EVENT_JSON_H

#include "stockfold/base/arena.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

/* A message's circumstances, beside its bytes. */
struct event_context {
    int64_t kafka_time;    /* ms: the broker's timestamp; `future` is judged by it */
    int64_t future_max_ms; /* how far ahead of it an event's time may be; negative: not judged */
    struct arena *arena;   /* places, unescaped strings and count lines live here */
};

#define EVENT_FUTURE_MS_DEFAULT (INT64_C(10) * 60 * 1000)

/* Fills *ret_event; strings are views into `json` (which must stay) or the arena; a count's
 * lines come sorted by place, then state, so that their order in the document is no content. Never keeps `inbound`: the
 * caller makes the receiving side of a shipment from the same event. On a refusal, `ret_detail` (REFUSAL_DETAIL_MAX
 * bytes, refusal.h) names the field, the value seen and the expected one. */
enum refusal event_decode(struct str json, const struct event_context *context, struct event *ret_event,
                          char *ret_detail);

/* Returns false for an event that it leaves to event_decode_slow(); *ret_event is undefined then. */
bool event_decode_fast(struct str json, const struct event_context *context, struct event *ret_event);

enum refusal event_decode_slow(struct str json, const struct event_context *context, struct event *ret_event,
                               char *ret_detail);

#endif
