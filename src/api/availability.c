/* GET /v1/availability: items at nodes, in the order asked; or one item at every node that has a record of it. Not for:
 * styles in one line each (availability_styles.c). */
#include <stdio.h>
#include <stdlib.h>

#include "availability_styles.h"
#include "facts.h"
#include "line.h"

enum { PAIRS_MAX = 200, LIMIT_DEFAULT = 100 };

/* --- pairs ------------------------------------------------------------------------------------------------------- */

/* A sku or a style, in the order asked. */
struct subject {
    struct str name;
    bool style;
    uint32_t ask; /* of a style: its skus */
};

/* One item of those asked for, at every node that was asked for; or, without a sku, a style of which there is none. */
struct wanted {
    struct str sku;
    size_t subject;            /* asked for by this one; where it is a style, to be verified */
    uint32_t stock, item, any; /* asks */
    bool known;                /* there is a record or a document */
    bool dropped;              /* not of that style any more */
    struct item_facts facts;   /* where documents are read */
    struct stock *stocks;      /* one for each node */
};

struct pairs {
    const struct str *nodes;
    size_t nodes_n;
    struct subject *subjects;
    size_t subjects_n;
    struct wanted *items; /* NULL: the styles' are being asked for */
    size_t items_n;
    bool with_item; /* documents' fields are written */
    bool read;      /* the records are; what is unknown is being asked for */
};

static bool of_style(const struct pairs *pairs, const struct wanted *item)
{
    return pairs->subjects[item->subject].style;
}

static enum api_next check_size(struct api_call *call, const struct pairs *pairs, size_t items_n)
{
    size_t n = items_n * pairs->nodes_n;
    if (n > PAIRS_MAX)
        return call_wrong(call, PARAMETER_NODE, "at most %d pairs of item and node, not %zu; POST takes 10,000",
                          PAIRS_MAX, n);
    return API_ASK;
}

/* Two lists, each in the order asked. */
static struct subject *merge_subjects(struct api_call *call, const struct values *skus, const struct values *styles)
{
    struct subject *subjects = arena_array(&call->arena, struct subject, skus->n + styles->n);
    for (size_t i = 0, k = 0; i + k < skus->n + styles->n;) {
        struct subject *next = &subjects[i + k];
        if (k == styles->n || (i < skus->n && skus->at[i] < styles->at[k]))
            *next = (struct subject){.name = skus->texts[i++]};
        else
            *next = (struct subject){.name = styles->texts[k++], .style = true};
    }
    return subjects;
}

static void add_item(struct pairs *pairs, struct str sku, size_t subject)
{
    pairs->items[pairs->items_n++] = (struct wanted){.sku = sku, .subject = subject, .known = sku.len == 0};
}

/* One more round for what styles are asked for: their skus. */
static enum api_next ask_styles(struct api_call *call, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->subjects_n; i++) {
        struct subject *subject = &pairs->subjects[i];
        if (!subject->style)
            continue;
        call_ask_shard(call, subject->name);
        subject->ask = ask_style(&call->plan, call->api->view, subject->name);
    }
    return check_size(call, pairs, pairs->subjects_n);
}

static enum api_next ask_items(struct api_call *call, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->items_n; i++) {
        struct wanted *item = &pairs->items[i];
        if (item->sku.len == 0)
            continue;
        call_ask_shard(call, item->sku);
        if (of_style(pairs, item) || pairs->with_item)
            item->item = ask_item(&call->plan, call->api->view, item->sku);
        item->stock = ask_stock(&call->plan, call->api->view, item->sku, pairs->nodes, pairs->nodes_n);
    }
    return check_size(call, pairs, pairs->items_n);
}

static enum api_next start_pairs(struct api_call *call)
{
    const struct values *skus = &call->values[PARAMETER_SKU], *styles = &call->values[PARAMETER_STYLE];
    const struct values *nodes = &call->values[PARAMETER_NODE];
    struct pairs *pairs = arena_array(&call->arena, struct pairs, 1);
    *pairs = (struct pairs){.nodes = nodes->texts, .nodes_n = nodes->n, .subjects_n = skus->n + styles->n};
    pairs->with_item = call_has(call, PARAMETER_INCLUDE);
    pairs->subjects = merge_subjects(call, skus, styles);
    call->state = pairs;
    if (styles->n > 0)
        return ask_styles(call, pairs);
    pairs->items = arena_array(&call->arena, struct wanted, skus->n);
    for (size_t i = 0; i < skus->n; i++)
        add_item(pairs, skus->texts[i], i);
    return ask_items(call, pairs);
}

/* False: an answer is broken. */
static bool take_styles(struct api_call *call, struct pairs *pairs)
{
    struct str **skus = arena_array(&call->arena, struct str *, pairs->subjects_n);
    size_t *skus_n = arena_array(&call->arena, size_t, pairs->subjects_n), room = 0;
    for (size_t i = 0; i < pairs->subjects_n; i++) {
        const struct subject *subject = &pairs->subjects[i];
        skus_n[i] = 0;
        if (subject->style && !read_names(call->answers, subject->ask, &call->arena, &skus[i], &skus_n[i]))
            return false;
        room += skus_n[i] + 1;
    }
    pairs->items = arena_array(&call->arena, struct wanted, room);
    for (size_t i = 0; i < pairs->subjects_n; i++) {
        const struct subject *subject = &pairs->subjects[i];
        for (size_t k = 0; k < skus_n[i]; k++)
            add_item(pairs, skus[i][k], i);
        if (skus_n[i] == 0)
            add_item(pairs, subject->style ? (struct str){0} : subject->name, i);
    }
    return true;
}

/* The document, and whether a hint still holds: it names the style. */
static bool read_facts(struct api_call *call, const struct pairs *pairs, struct wanted *item)
{
    struct str document;
    if (!read_text(call->answers, item->item, &document))
        return false;
    if (!facts_read(call, document, &item->facts))
        item->facts = (struct item_facts){0};
    item->known = item->known || document.len > 0;
    if (!of_style(pairs, item))
        return true;
    item->known = true;
    item->dropped = !str_equal(item->facts.style, pairs->subjects[item->subject].name);
    return true;
}

static bool read_item(struct api_call *call, const struct pairs *pairs, struct wanted *item)
{
    item->stocks = arena_array(&call->arena, struct stock, pairs->nodes_n);
    for (size_t i = 0; i < pairs->nodes_n; i++) {
        if (!read_stock(call->answers, item->stock, call->api->view, pairs->nodes_n, i, &call->arena, &item->stocks[i]))
            return false;
        item->known = item->known || item->stocks[i].exists;
    }
    return (!of_style(pairs, item) && !pairs->with_item) || read_facts(call, pairs, item);
}

/* A style that lost all its items is none. */
static void mark_empty_styles(const struct pairs *pairs)
{
    for (size_t i = 0, next; i < pairs->items_n; i = next) {
        bool any = false;
        for (next = i; next < pairs->items_n && pairs->items[next].subject == pairs->items[i].subject; next++)
            any = any || !pairs->items[next].dropped;
        if (!any)
            pairs->items[i] = (struct wanted){.subject = pairs->items[i].subject, .known = true};
    }
}

static bool read_pairs_stock(struct api_call *call, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->items_n; i++)
        if (pairs->items[i].sku.len > 0 && !read_item(call, pairs, &pairs->items[i]))
            return false;
    mark_empty_styles(pairs);
    pairs->read = true;
    return true;
}

/* Of items without a record here: is there one anywhere, or a document? */
static void ask_names_of_pairs(struct api_call *call, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->items_n; i++) {
        struct wanted *item = &pairs->items[i];
        if (item->known)
            continue;
        call_ask_shard(call, item->sku);
        item->item = ask_item(&call->plan, call->api->view, item->sku);
        item->any = ask_any_record(&call->plan, call->api->view, item->sku);
    }
}

static bool read_names_of_pairs(struct api_call *call, struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->items_n; i++) {
        struct wanted *item = &pairs->items[i];
        struct str document;
        if (item->known)
            continue;
        if (!read_any_record(call->answers, item->any, &item->known) ||
            !read_text(call->answers, item->item, &document))
            return false;
        item->known = item->known || document.len > 0;
    }
    return true;
}

static void write_pair(struct api_call *call, const struct pairs *pairs, const struct wanted *item, size_t node,
                       struct buffer *out)
{
    if (out->data[out->len - 1] != '[')
        buffer_add_byte(out, ',');
    if (item->sku.len == 0)
        line_write_unknown_style(call, pairs->subjects[item->subject].name, pairs->nodes[node], out);
    else
        line_write_pair(call, item->sku, item->known, pairs->with_item ? &item->facts : NULL, pairs->nodes[node],
                        &item->stocks[node], out);
}

static enum api_next write_pairs(struct api_call *call, const struct pairs *pairs)
{
    if (pairs->subjects_n == 1 && pairs->items[0].sku.len == 0)
        return call_fail(call, PROBLEM_UNKNOWN_STYLE, "no item is of that style");
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"lines\":[");
    for (size_t i = 0; i < pairs->items_n; i++)
        for (size_t k = 0; k < pairs->nodes_n && !pairs->items[i].dropped; k++)
            write_pair(call, pairs, &pairs->items[i], k, out);
    buffer_add_literal(out, "]}");
    return API_DONE;
}

/* Styles → items → what is unknown of them; a round that has nothing to ask is left out. */
static enum api_next answer_pairs(struct api_call *call)
{
    struct pairs *pairs = call->state;
    if (pairs == NULL)
        return start_pairs(call);
    if (pairs->items == NULL) {
        if (!take_styles(call, pairs))
            return call_broken(call);
        enum api_next next = ask_items(call, pairs);
        if (next != API_ASK || call->plan.asks_n > 0)
            return next;
    }
    if (pairs->read)
        return read_names_of_pairs(call, pairs) ? write_pairs(call, pairs) : call_broken(call);
    if (!read_pairs_stock(call, pairs))
        return call_broken(call);
    ask_names_of_pairs(call, pairs);
    return call->plan.asks_n > 0 ? API_ASK : write_pairs(call, pairs);
}

/* --- everywhere -------------------------------------------------------------------------------------------------- */

struct everywhere {
    uint32_t stock, item;
};

/* A node that has a record. Any of thousands may be the next by what is available, so that each page, the first and the last
 * alike, reads and sorts all (at 5,000 nodes 210 kB of Redis and 3 ms); the rest of a line is made for the page's alone. */
struct holder {
    struct str node;
    const struct snapshot_node *known;
    const struct stock *stock;
    struct availability availability;
};

static int compare_by_available(const void *a, const void *b)
{
    const struct holder *left = a, *right = b;
    if (left->availability.available != right->availability.available)
        return left->availability.available > right->availability.available ? -1 : 1;
    return str_compare(left->node, right->node);
}

/* A cursor names the last line of its page, as AVAILABLE:NODE: lines that come or go elsewhere move nothing. False: it is
 * none of ours. */
static bool parse_page_start(struct api_call *call, struct holder *ret_last)
{
    struct str position = call_cursor(call);
    const char *colon = position.len == 0 ? NULL : memchr(position.data, ':', position.len);
    char number[24] = {0}, *end;
    if (colon == NULL || colon == position.data || colon - position.data >= (ptrdiff_t)sizeof(number))
        return false;
    memcpy(number, position.data, (size_t)(colon - position.data));
    *ret_last = (struct holder){.node = {colon + 1, position.len - (size_t)(colon + 1 - position.data)}};
    ret_last->availability.available = strtoll(number, &end, 10);
    return *end == '\0';
}

/* The first of sorted holders that is behind `last`. */
static size_t skip_holders(const struct holder *holders, size_t n, const struct holder *last)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_by_available(&holders[middle], last) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_page_end(const struct holder *last, struct buffer *out)
{
    char next[24 + BOUND_NODE];
    int len = last == NULL ? 0
                           : snprintf(next, sizeof(next), "%lld:%.*s", (long long)last->availability.available,
                                      STR_ARG(last->node));
    call_write_next(out, (struct str){next, (size_t)len});
}

static void write_holder(struct api_call *call, const struct holder *holder, const struct item_facts *item,
                         struct buffer *out)
{
    struct line line =
        line_from(call, call_text(call, PARAMETER_SKU), holder->node, holder->known, holder->availability);
    line.stock = holder->stock;
    line.item = item;
    write_separator(out);
    line_write(&line, out);
}

static enum api_next write_page(struct api_call *call, const struct holder *holders, size_t n,
                                const struct item_facts *item)
{
    size_t from = 0, limit = (size_t)call_integer(call, PARAMETER_LIMIT, LIMIT_DEFAULT);
    if (call_has(call, PARAMETER_CURSOR)) {
        struct holder last;
        if (!parse_page_start(call, &last))
            return call_wrong(call, PARAMETER_CURSOR, "the `next` of the page before, unchanged");
        from = skip_holders(holders, n, &last);
    }
    size_t to = n - from > limit ? from + limit : n;
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"lines\":[");
    for (size_t i = from; i < to; i++)
        write_holder(call, &holders[i], item, out);
    buffer_add_byte(out, ']');
    write_page_end(to < n ? &holders[to - 1] : NULL, out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

static enum api_next answer_everywhere(struct api_call *call)
{
    struct str sku = call_text(call, PARAMETER_SKU), document;
    struct everywhere *asked = call->state;
    if (asked == NULL) {
        asked = call->state = arena_array(&call->arena, struct everywhere, 1);
        call_ask_shard(call, sku);
        asked->item = ask_item(&call->plan, call->api->view, sku);
        asked->stock = ask_stock_everywhere(&call->plan, call->api->view, sku);
        return API_ASK;
    }
    struct node_stock *stocks;
    size_t n;
    if (!read_stock_everywhere(call->answers, asked->stock, call->api->view, &call->arena, &stocks, &n) ||
        !read_text(call->answers, asked->item, &document))
        return call_broken(call);
    if (n == 0 && document.len == 0)
        return call_fail(call, PROBLEM_UNKNOWN_SKU, "no item or stock has this sku");
    struct item_facts facts;
    if (!facts_read(call, document, &facts))
        facts = (struct item_facts){0};
    struct holder *holders = arena_array(&call->arena, struct holder, n + 1);
    size_t holders_n = 0;
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_node *node = snapshot_find(call->nodes, stocks[i].node);
        if (snapshot_is_documented(node))
            holders[holders_n++] = (struct holder){stocks[i].node, node, &stocks[i].stock,
                                                   line_availability(call, node, &stocks[i].stock)};
    }
    qsort(holders, holders_n, sizeof(*holders), compare_by_available);
    return write_page(call, holders, holders_n, call_has(call, PARAMETER_INCLUDE) ? &facts : NULL);
}

enum api_next availability_answer(struct api_call *call)
{
    size_t skus = call->values[PARAMETER_SKU].n, styles = call->values[PARAMETER_STYLE].n;
    if (skus + styles == 0)
        return call_wrong(call, PARAMETER_SKU, "sku or style to be given");
    if (call_has(call, PARAMETER_SUMMARY) && skus > 0)
        return call_wrong(call, PARAMETER_SKU, "not to be given with summary=style, which answers styles");
    if (call->values[PARAMETER_NODE].n > 0)
        return call_has(call, PARAMETER_SUMMARY) ? availability_styles_answer(call) : answer_pairs(call);
    if (skus != 1 || styles != 0)
        return call_wrong(call, PARAMETER_NODE, "to be given, unless one sku is asked for and nothing else");
    return answer_everywhere(call);
}
