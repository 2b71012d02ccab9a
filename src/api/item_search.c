/* GET /v1/items: items by barcode or style; by words in item_words.c, by sku in item_several.c. */
#include <stdlib.h>

#include "barcode.h"
#include "item_groups.h"
#include "item_page.h"
#include "item_several.h"
#include "item_words.h"

/* --- one list of hints, a page of it ----------------------------------------------------------------------------- */

struct candidate {
    struct str sku;
    uint32_t item; /* ask */
};

struct search {
    struct str style, gtin;        /* one of them */
    uint32_t hints[BARCODE_FORMS]; /* asks */
    size_t hints_n;
    struct candidate *candidates;
    size_t candidates_n;
    struct item_groups groups; /* with `group` */
    struct str next, last_shown;
};

static void ask_gtins(struct api_call *call, struct search *search)
{
    struct str forms[BARCODE_FORMS];
    size_t n = barcode_forms(search->gtin, &call->arena, forms);
    for (size_t i = 0; i < n; i++) {
        call_ask_shard(call, forms[i]);
        search->hints[search->hints_n++] = ask_gtin(&call->plan, call->api->view, forms[i]);
    }
}

static enum api_next ask_search_hints(struct api_call *call)
{
    struct search *search = call->state = arena_array(&call->arena, struct search, 1);
    *search = (struct search){.style = call_text(call, PARAMETER_STYLE), .gtin = call_text(call, PARAMETER_GTIN)};
    if (search->style.len == 0) {
        if (!barcode_is(search->gtin))
            return call_wrong(call, PARAMETER_GTIN, "8, 12, 13 or 14 digits");
        ask_gtins(call, search);
        return API_ASK;
    }
    call_ask_shard(call, search->style);
    search->hints[search->hints_n++] = ask_style(&call->plan, call->api->view, search->style);
    return API_ASK;
}

static int compare_candidates(const void *a, const void *b)
{
    return str_compare(((const struct candidate *)a)->sku, ((const struct candidate *)b)->sku);
}

/* Items of one barcode are few: with `group` all are looked at for every page. */
static bool is_grouped_barcode(const struct api_call *call, const struct search *search)
{
    return search->gtin.len > 0 && call_has(call, PARAMETER_GROUP);
}

/* All that the hints name behind the page before, sorted. An item has one barcode, so it is in one list, but for stale
 * ones. */
static bool read_search_hints(struct api_call *call, struct search *search)
{
    struct str last = is_grouped_barcode(call, search) ? (struct str){0} : call_cursor(call);
    struct str *names[BARCODE_FORMS];
    size_t names_n[BARCODE_FORMS], all = 0;
    for (size_t i = 0; i < search->hints_n; i++) {
        if (!read_names(call->answers, search->hints[i], &call->arena, &names[i], &names_n[i]))
            return false;
        all += names_n[i];
    }
    search->candidates = arena_array(&call->arena, struct candidate, all + 1);
    for (size_t i = 0; i < search->hints_n; i++)
        for (size_t k = 0; k < names_n[i]; k++)
            if (str_compare(names[i][k], last) > 0)
                search->candidates[search->candidates_n++].sku = names[i][k];
    if (search->candidates_n > 1)
        qsort(search->candidates, search->candidates_n, sizeof(*search->candidates), compare_candidates);
    return true;
}

static void ask_candidates(struct api_call *call, struct search *search)
{
    size_t limit = (size_t)call_integer(call, PARAMETER_LIMIT, ITEM_PAGE_DEFAULT);
    if (search->candidates_n > limit && !is_grouped_barcode(call, search)) {
        search->candidates_n = limit;
        search->next = search->candidates[limit - 1].sku;
    }
    for (size_t i = 0; i < search->candidates_n; i++) {
        call_ask_shard(call, search->candidates[i].sku);
        search->candidates[i].item = ask_item(&call->plan, call->api->view, search->candidates[i].sku);
    }
}

static bool is_searched_for(const struct search *search, const struct item_facts *facts)
{
    if (search->style.len > 0)
        return str_equal(facts->style, search->style);
    return facts->gtin.len > 0 && barcode_equal(facts->gtin, search->gtin);
}

/* With `group`, the first of its style; of a barcode, those behind the page before and up to its end. */
static void add_to_page(struct api_call *call, struct search *search, const struct item_facts *facts,
                        struct str document, struct item_page *page)
{
    if (call_has(call, PARAMETER_GROUP) && !item_groups_add(&search->groups, call, facts->style, document, 0))
        return;
    if (is_grouped_barcode(call, search) && str_compare(facts->sku, call_cursor(call)) <= 0)
        return;
    if (page->n == page->limit) {
        if (search->next.len == 0)
            search->next = search->last_shown;
        return;
    }
    page->documents[page->n++] = document;
    search->last_shown = facts->sku;
}

static bool read_candidates(struct api_call *call, struct search *search, struct item_page *page)
{
    for (size_t i = 0; i < search->candidates_n; i++) {
        struct str document;
        struct item_facts facts;
        bool again = i > 0 && str_equal(search->candidates[i].sku, search->candidates[i - 1].sku);
        if (!read_text(call->answers, search->candidates[i].item, &document))
            return false;
        if (!again && facts_read(call, document, &facts) && is_searched_for(search, &facts))
            add_to_page(call, search, &facts, document, page);
    }
    if (search->style.len > 0 && page->n > 0 && call_has(call, PARAMETER_GROUP))
        search->next = (struct str){0}; /* the rest is of the same style */
    return true;
}

static enum api_next write_search(struct api_call *call, const struct search *search, const struct item_page *page)
{
    bool first_and_last = !call_has(call, PARAMETER_CURSOR) && search->next.len == 0;
    if (page->n == 0 && search->style.len > 0 && first_and_last)
        return call_fail(call, PROBLEM_UNKNOWN_STYLE, "no item is of this style");
    return item_page_write(call, page, search->next);
}

static enum api_next answer_list(struct api_call *call)
{
    struct search *search = call->state;
    if (search == NULL)
        return ask_search_hints(call);
    struct item_page page = item_page_new(call);
    if (search->candidates == NULL) {
        if (!read_search_hints(call, search))
            return call_broken(call);
        ask_candidates(call, search);
        return search->candidates_n > 0 ? API_ASK : write_search(call, search, &page);
    }
    return read_candidates(call, search, &page) ? write_search(call, search, &page) : call_broken(call);
}

enum api_next items_answer(struct api_call *call)
{
    int given = call_has(call, PARAMETER_GTIN) + call_has(call, PARAMETER_STYLE) + call_has(call, PARAMETER_Q) +
                call_has(call, PARAMETER_SKU);
    if (given != 1)
        return call_wrong(call, PARAMETER_Q, "one of gtin, style, q and sku to be given, and no two of them");
    if (call_has(call, PARAMETER_SKU))
        return item_several_answer(call);
    return call_has(call, PARAMETER_Q) ? item_words_answer(call) : answer_list(call);
}
