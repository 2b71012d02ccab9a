/* A page of what a search has found. */
#include "found.h"

struct found found_none(struct api_call *call)
{
    size_t limit = (size_t)call_integer(call, PARAMETER_LIMIT, FOUND_LIMIT_DEFAULT);
    return (struct found){.documents = arena_array(&call->arena, struct str, limit), .limit = limit};
}

enum api_next found_write(struct api_call *call, const struct found *found, struct str next)
{
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"items\":[");
    for (size_t i = 0; i < found->n; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        buffer_add(out, found->documents[i].data, found->documents[i].len);
    }
    buffer_add_byte(out, ']');
    call_write_next(out, next);
    buffer_add_byte(out, '}');
    return API_DONE;
}
