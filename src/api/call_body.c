/* Responsible for: what all bodies have in common: how fresh they are, and where a list goes on. Not for: what a route
 * answers. */
#include "call.h"

#include "stockfold/codec/time_text.h"

static bool is_known_time(int64_t ms)
{
    return ms != TIME_NONE && ms != INT64_MAX;
}

static struct str write_fresh_time(struct api_call *call, int64_t ms)
{
    if (!is_known_time(ms))
        return (struct str){0};
    char *text = arena_alloc(&call->arena, TIME_TEXT_MAX);
    return (struct str){text, time_format(ms, text)};
}

struct buffer *call_open(struct api_call *call)
{
    struct buffer *out = &call->response.body;
    int64_t complete = call->complete;
    if (is_known_time(complete) && complete > call->now_ms)
        complete = call->now_ms;
    call->response.as_of = write_fresh_time(call, call->newest);
    call->response.complete_at = write_fresh_time(call, complete);
    buffer_add_literal(out, "{\"as_of\":");
    if (call->response.as_of.len > 0) {
        buffer_add_byte(out, '"');
        buffer_add(out, call->response.as_of.data, call->response.as_of.len);
        buffer_add_byte(out, '"');
    } else {
        buffer_add_literal(out, "null");
    }
    buffer_add_literal(out, ",\"lag_ms\":");
    if (is_known_time(complete))
        buffer_add_int(out, call->now_ms - complete);
    else
        buffer_add_literal(out, "null");
    call->head_len = out->len;
    return out;
}

void call_write_next(struct buffer *out, struct str position)
{
    static const char digits[] = "0123456789abcdef";
    buffer_add_literal(out, ",\"next\":");
    if (position.len == 0) {
        buffer_add_literal(out, "null");
        return;
    }
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < position.len; i++) {
        buffer_add_byte(out, digits[(unsigned char)position.data[i] >> 4]);
        buffer_add_byte(out, digits[(unsigned char)position.data[i] & 15]);
    }
    buffer_add_byte(out, '"');
}

static char value_of(char digit)
{
    return (char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

struct str call_cursor(struct api_call *call)
{
    struct str hex = call_text(call, PARAMETER_CURSOR);
    char *bytes = arena_alloc(&call->arena, hex.len / 2 + 1);
    for (size_t i = 0; i + 1 < hex.len; i += 2)
        bytes[i / 2] = (char)(value_of(hex.data[i]) << 4 | value_of(hex.data[i + 1]));
    return (struct str){bytes, hex.len / 2};
}
