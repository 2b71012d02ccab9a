/* GET /v1/items/{sku}: the item's document. */
#include "call.h"
#include "splice.h"
#include "stockfold/codec/translate.h"
#include "write.h"

struct asked {
    uint32_t item, any;
};

enum api_next item_answer(struct api_call *call)
{
    struct str sku = call_text(call, PARAMETER_SKU), document;
    struct asked *asked = call->state;
    bool any;
    if (asked == NULL) {
        asked = call->state = arena_array(&call->arena, struct asked, 1);
        call_ask_shard(call, sku);
        asked->item = ask_item(&call->plan, call->api->view, sku);
        asked->any = ask_any_record(&call->plan, call->api->view, sku);
        return API_ASK;
    }
    if (!read_text(call->answers, asked->item, &document) || !read_any_record(call->answers, asked->any, &any))
        return call_broken(call);
    if (document.len == 0 && !any)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    struct buffer *out = call_open(call);
    if (document.len == 0)
        write_text(out, "sku", sku); /* stock without master data */
    else if (!splice_members(item_translate(document, call_text(call, PARAMETER_LANG), &call->arena), out))
        return call_broken(call);
    buffer_add_byte(out, '}');
    return API_DONE;
}
