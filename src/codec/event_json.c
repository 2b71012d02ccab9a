/* The two ways of reading an event, in their order. */
#include "stockfold/codec/event_json.h"

enum refusal event_decode(struct str json, const struct event_context *context, struct event *ret_event,
                          char *ret_detail)
{
    if (event_decode_fast(json, context, ret_event))
        return REFUSAL_NONE;
    return event_decode_slow(json, context, ret_event, ret_detail);
}
