/* GET /v1/items?sku=: items by their skus, in the order asked. */
#include "item_several.h"

#include "item_groups.h"
#include "item_page.h"
#include "stockfold/codec/record_json.h"
#include "write.h"

struct asked_item {
    struct str sku;
    uint32_t item, any; /* asks */
};

static enum api_next ask_each_item(struct api_call *call)
{
    const struct values *skus = &call->values[PARAMETER_SKU];
    struct asked_item *items = call->state = arena_array(&call->arena, struct asked_item, skus->n);
    for (size_t i = 0; i < skus->n; i++) {
        items[i].sku = skus->texts[i];
        call_ask_shard(call, items[i].sku);
        items[i].item = ask_item(&call->plan, call->api->view, items[i].sku);
        items[i].any = ask_any_record(&call->plan, call->api->view, items[i].sku);
    }
    return API_ASK;
}

/* {"sku"}, and where there is no stock of it either, its status. */
static struct str bare_item(struct api_call *call, struct str sku, bool known)
{
    struct buffer text;
    buffer_init(&text);
    buffer_add_literal(&text, "{\"sku\":");
    json_write_string(sku, &text);
    if (!known)
        write_name(&text, "status", "unknown");
    buffer_add_byte(&text, '}');
    struct str copy = {arena_copy(&call->arena, text.data, text.len), text.len};
    buffer_done(&text);
    return copy;
}

enum api_next item_several_answer(struct api_call *call)
{
    const struct asked_item *items = call->state;
    if (items == NULL)
        return ask_each_item(call);
    size_t n = call->values[PARAMETER_SKU].n;
    struct item_page page = {.documents = arena_array(&call->arena, struct str, n)};
    struct item_groups groups = {0};
    for (size_t i = 0; i < n; i++) {
        struct item_facts facts = {0};
        struct str document;
        bool any;
        if (!read_text(call->answers, items[i].item, &document) || !read_any_record(call->answers, items[i].any, &any))
            return call_broken(call);
        if (call_has(call, PARAMETER_GROUP))
            facts_read(call, document, &facts);
        item_groups_add(&groups, call, facts.style, document.len > 0 ? document : bare_item(call, items[i].sku, any),
                        i);
    }
    for (size_t i = 0; i < groups.found_n; i++)
        page.documents[page.n++] = groups.found[i].document;
    return item_page_write(call, &page, (struct str){0});
}
