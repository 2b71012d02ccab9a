#include "item_page.h"

#include "stockfold/codec/translate.h"

struct item_page item_page_new(struct api_call *call)
{
    size_t limit = (size_t)call_integer(call, PARAMETER_LIMIT, ITEM_PAGE_DEFAULT);
    return (struct item_page){.documents = arena_array(&call->arena, struct str, limit), .limit = limit};
}

enum api_next item_page_write(struct api_call *call, const struct item_page *page, struct str next)
{
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"items\":[");
    for (size_t i = 0; i < page->n; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        struct str document = item_translate(page->documents[i], call_text(call, PARAMETER_LANG), &call->arena);
        buffer_add(out, document.data, document.len);
    }
    buffer_add_byte(out, ']');
    call_write_next(out, next);
    buffer_add_byte(out, '}');
    return API_DONE;
}
