/* A Kafka message's JSON -> struct event, or the reason why not.
 *
 * The common event goes through event_decode_fast(), a strict single pass written for it; what that does not take
 * (unusual escapes, counts with lines, unknown fields with nested values, anything wrong) goes through
 * event_decode_slow(), which is jansson's and decides every refusal. Both give the same event for the same bytes: the
 * fuzz target holds them together. event_decode() is the two in that order, and what everybody calls. */
#ifndef STOCKFOLD_CODEC_EVENT_JSON_H
#define STOCKFOLD_CODEC_EVENT_JSON_H

#include "stockfold/base/arena.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

/* What the message says beside the fold's needs. */
struct event_context {
    int64_t kafka_time;    /* ms: goes into the event, and what `future` is judged by */
    int64_t future_max_ms; /* how far ahead of it an event's time may be; negative: not judged (publish) */
    struct arena *arena;   /* places, unescaped strings and count lines live here */
};

#define EVENT_FUTURE_MS_DEFAULT (INT64_C(10) * 60 * 1000)

/* Fills *ret_event; strings are views into `json` (which must stay) or the arena; a count's
 * lines come sorted by place, then state, so that their order in the document is no content. Never keeps `inbound`: the
 * caller makes the receiving side of a shipment from the same event. On a refusal, `ret_detail` (REFUSAL_DETAIL_MAX
 * bytes, refusal.h) says what was seen and what was expected. */
enum refusal event_decode(struct str json, const struct event_context *context, struct event *ret_event,
                          char *ret_detail);

/* Returns false for everything it leaves to the slow way; then *ret_event is undefined. */
bool event_decode_fast(struct str json, const struct event_context *context, struct event *ret_event);

enum refusal event_decode_slow(struct str json, const struct event_context *context, struct event *ret_event,
                               char *ret_detail);

#endif
