/* Other styles of an item's category that are in stock at its node. */
#include "similar.h"

#include "stockfold/codec/record_json.h"
#include "stockfold/codec/words.h"

enum {
    SIMILAR_MAX = 6,
    WORDS_OF_CATEGORY_MAX = 8, /* of which the rarest is chosen */
    SKUS_AT_ONCE = 128,
    DOCUMENTS_AT_ONCE = 24, /* a style has some sizes */
    SKUS_MAX = 1024,        /* looked at for one answer */
};

enum similar_phase { SIMILAR_BEGINS, SIMILAR_WORDS, SIMILAR_SKUS, SIMILAR_STOCKS, SIMILAR_DOCUMENTS, SIMILAR_DONE };

struct similar_item {
    struct str sku;
    uint32_t stock, item; /* asks */
    struct availability availability;
    struct item_facts facts;
};

struct similar {
    enum similar_phase phase; /* what was asked last */
    struct str sku, style, category, node;
    const struct snapshot_node *known;
    struct words words;           /* the category's */
    uint32_t version, size, skus; /* asks */
    struct str word, after;       /* which one is gone through, and behind which sku */
    bool round;                   /* from the first sku on again, up to the item's own */
    bool last;                    /* there are no more skus */
    struct similar_item *items;   /* those being looked at; of those with stock: */
    size_t items_n, next, batch_n, looked_n;
    struct similar_item found[SIMILAR_MAX];
    size_t found_n;
};

struct similar *similar_new(struct api_call *call, struct str sku, const struct item_facts *facts, struct str node)
{
    struct similar *similar = arena_array(&call->arena, struct similar, 1);
    *similar =
        (struct similar){.sku = sku, .style = facts->style, .category = facts->category, .node = node, .after = sku};
    similar->known = snapshot_find(call->nodes, node);
    words_of(facts->category, &call->arena, &similar->words);
    if (similar->words.n > WORDS_OF_CATEGORY_MAX)
        similar->words.n = WORDS_OF_CATEGORY_MAX;
    if (similar->words.n == 0)
        similar->phase = SIMILAR_DONE;
    return similar;
}

/* --- the word ---------------------------------------------------------------------------------------------------- */

static void ask_sizes_of_category(struct api_call *call, struct similar *similar)
{
    similar->phase = SIMILAR_WORDS;
    for (size_t i = 0; i < similar->words.n; i++)
        call_ask_shard(call, word_start(similar->words.word[i]));
    similar->version = ask_word_index(&call->plan, call->api->view);
    similar->size = call->plan.asks_n;
    for (size_t i = 0; i < similar->words.n; i++)
        ask_word_size(&call->plan, call->api->view, similar->words.word[i]);
}

/* An index that is being made anew finds nothing yet. */
static bool choose_word_of_category(struct api_call *call, struct similar *similar)
{
    bool whole;
    int64_t smallest = INT64_MAX, size;
    if (!read_word_index(call->answers, similar->version, &whole))
        return false;
    for (size_t i = 0; i < similar->words.n; i++) {
        if (!read_size(call->answers, similar->size + (uint32_t)i, &size))
            return false;
        if (size < smallest)
            similar->word = similar->words.word[i];
        smallest = size < smallest ? size : smallest;
    }
    similar->last = smallest == 0 || !whole;
    return true;
}

/* --- skus, their stock ------------------------------------------------------------------------------------------- */

static void ask_skus_of_category(struct api_call *call, struct similar *similar)
{
    similar->phase = SIMILAR_SKUS;
    call_ask_shard(call, word_start(similar->word));
    similar->skus = ask_word(&call->plan, call->api->view, similar->word, similar->after, SKUS_AT_ONCE);
}

/* Up to the item's own, the second time. */
static bool read_skus_of_category(struct api_call *call, struct similar *similar)
{
    struct str *skus;
    size_t n;
    if (!read_names(call->answers, similar->skus, &call->arena, &skus, &n))
        return false;
    bool end = n < SKUS_AT_ONCE;
    similar->items = arena_array(&call->arena, struct similar_item, n);
    similar->items_n = similar->next = 0;
    for (size_t i = 0; i < n; i++) {
        if (similar->round && str_compare(skus[i], similar->sku) >= 0)
            end = true;
        else
            similar->items[similar->items_n++] = (struct similar_item){.sku = skus[i]};
    }
    similar->looked_n += n;
    similar->after = n == 0 ? similar->after : skus[n - 1];
    similar->last = similar->looked_n >= SKUS_MAX || (end && similar->round);
    if (end && !similar->round) {
        similar->round = true;
        similar->after = (struct str){0};
    }
    return true;
}

static void ask_stock_of_category(struct api_call *call, struct similar *similar)
{
    similar->phase = SIMILAR_STOCKS;
    for (size_t i = 0; i < similar->items_n; i++) {
        struct similar_item *item = &similar->items[i];
        call_ask_shard(call, item->sku);
        item->stock = ask_stock(&call->plan, call->api->view, item->sku, &similar->node, 1);
    }
}

/* Those that are in stock move to the front. */
static bool read_stock_of_category(struct api_call *call, struct similar *similar)
{
    size_t kept = 0;
    for (size_t i = 0; i < similar->items_n; i++) {
        struct similar_item item = similar->items[i];
        struct stock stock;
        if (!read_stock(call->answers, item.stock, call->api->view, 1, 0, &call->arena, &stock))
            return false;
        item.availability = line_availability(call, similar->known, &stock);
        if (item.availability.available > 0)
            similar->items[kept++] = item;
    }
    similar->items_n = kept;
    return true;
}

/* --- their documents --------------------------------------------------------------------------------------------- */

static void ask_documents_of_category(struct api_call *call, struct similar *similar)
{
    size_t left = similar->items_n - similar->next;
    similar->phase = SIMILAR_DOCUMENTS;
    similar->batch_n = left < DOCUMENTS_AT_ONCE ? left : DOCUMENTS_AT_ONCE;
    for (size_t i = 0; i < similar->batch_n; i++) {
        struct similar_item *item = &similar->items[similar->next + i];
        call_ask_shard(call, item->sku);
        item->item = ask_item(&call->plan, call->api->view, item->sku);
    }
}

/* An item without a style is one of its own. */
static bool is_another_style(const struct similar *similar, const struct similar_item *item)
{
    struct str style = item->facts.style;
    if (!str_equal(item->facts.category, similar->category) || str_equal(item->sku, similar->sku))
        return false;
    if (style.len == 0)
        return true;
    for (size_t i = 0; i < similar->found_n; i++)
        if (str_equal(style, similar->found[i].facts.style))
            return false;
    return !str_equal(style, similar->style);
}

static bool read_documents_of_category(struct api_call *call, struct similar *similar)
{
    for (size_t i = 0; i < similar->batch_n && similar->found_n < SIMILAR_MAX; i++) {
        struct similar_item *item = &similar->items[similar->next + i];
        struct str document;
        if (!read_text(call->answers, item->item, &document))
            return false;
        if (facts_read(call, document, &item->facts) && is_another_style(similar, item))
            similar->found[similar->found_n++] = *item;
    }
    similar->next += similar->batch_n;
    return true;
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

static bool read_phase_of_similar(struct api_call *call, struct similar *similar)
{
    switch (similar->phase) {
    case SIMILAR_WORDS:
        return choose_word_of_category(call, similar);
    case SIMILAR_SKUS:
        return read_skus_of_category(call, similar);
    case SIMILAR_STOCKS:
        return read_stock_of_category(call, similar);
    case SIMILAR_DOCUMENTS:
        return read_documents_of_category(call, similar);
    case SIMILAR_BEGINS:
    case SIMILAR_DONE:
        break;
    }
    return true;
}

bool similar_step(struct api_call *call, struct similar *similar, bool *ret_asked)
{
    if (!read_phase_of_similar(call, similar))
        return false;
    if (similar->phase == SIMILAR_BEGINS)
        ask_sizes_of_category(call, similar);
    else if (similar->phase == SIMILAR_SKUS && similar->items_n > 0)
        ask_stock_of_category(call, similar);
    else if (similar->next < similar->items_n && similar->found_n < SIMILAR_MAX)
        ask_documents_of_category(call, similar);
    else if (!similar->last && similar->found_n < SIMILAR_MAX && similar->phase != SIMILAR_DONE)
        ask_skus_of_category(call, similar);
    else
        similar->phase = SIMILAR_DONE;
    *ret_asked = similar->phase != SIMILAR_DONE;
    return true;
}

void similar_write(const struct api_call *call, const struct similar *similar, struct buffer *out)
{
    buffer_add_literal(out, ",\"similar\":[");
    for (size_t i = 0; similar != NULL && i < similar->found_n; i++) {
        const struct similar_item *item = &similar->found[i];
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(item->sku, out);
        write_text(out, "style", item->facts.style);
        write_text(out, "size", item->facts.size);
        write_text(out, "color", item->facts.color);
        line_write_item(&item->facts, out);
        write_integer(out, "available", item->availability.available);
        write_integer(out, "available_for_pickup", item->availability.available_for_pickup);
        write_name(out, "status", line_status_names[line_status(call, item->availability.available)]);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}
