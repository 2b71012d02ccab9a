/* Of each style one item. */
#include "item_groups.h"

/* --- what was found ---------------------------------------------------------------------------------------------- */

static void *widen_groups(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return items;
    *cap = *cap == 0 ? 32 : 2 * *cap;
    char *wider = arena_alloc(arena, *cap * size);
    if (n > 0)
        memcpy(wider, items, n * size);
    return wider;
}

static bool has_style(const struct item_groups *groups, struct str style)
{
    for (size_t i = 0; i < groups->styles_n; i++)
        if (str_equal(groups->styles[i], style))
            return true;
    return false;
}

bool item_groups_add(struct item_groups *groups, struct api_call *call, struct str style, struct str document,
                     size_t number)
{
    if (style.len > 0 && has_style(groups, style))
        return false;
    groups->styles =
        widen_groups(&call->arena, groups->styles, groups->styles_n, &groups->styles_cap, sizeof(*groups->styles));
    groups->found =
        widen_groups(&call->arena, groups->found, groups->found_n, &groups->found_cap, sizeof(*groups->found));
    groups->styles[groups->styles_n++] = style;
    groups->found[groups->found_n++] = (struct grouped_item){.document = document, .style = style, .number = number};
    return true;
}

void item_groups_clear(struct item_groups *groups)
{
    groups->found_n = 0;
    groups->round = GROUPS_NOT_ASKED;
}

/* --- what stood on an earlier page ------------------------------------------------------------------------------- */

static bool ask_members_of_groups(struct item_groups *groups, struct api_call *call)
{
    groups->round = GROUPS_MEMBERS;
    for (size_t i = 0; i < groups->found_n; i++) {
        struct grouped_item *item = &groups->found[i];
        if (item->style.len == 0)
            continue;
        call_ask_shard(call, item->style);
        item->ask = ask_style(&call->plan, call->api->view, item->style);
    }
    return call->plan.asks_n > 0;
}

static bool read_members_of_groups(struct item_groups *groups, struct api_call *call)
{
    groups->round = GROUPS_MEMBERS_READ;
    for (size_t i = 0; i < groups->found_n; i++) {
        struct grouped_item *item = &groups->found[i];
        if (item->style.len == 0)
            continue;
        if (!read_names(call->answers, item->ask, &call->arena, &item->members, &item->members_n))
            return false;
        if (item->members_n > GROUP_MEMBERS_MAX)
            item->members_n = GROUP_MEMBERS_MAX;
    }
    return true;
}

static bool ask_documents_of_groups(struct item_groups *groups, struct api_call *call)
{
    groups->round = GROUPS_DOCUMENTS;
    for (size_t i = 0; i < groups->found_n; i++) {
        struct grouped_item *item = &groups->found[i];
        for (size_t k = 0; k < item->members_n; k++)
            call_ask_shard(call, item->members[k]);
        item->ask = call->plan.asks_n;
        for (size_t k = 0; k < item->members_n; k++)
            ask_item(&call->plan, call->api->view, item->members[k]);
    }
    return call->plan.asks_n > 0;
}

static bool read_documents_of_groups(struct item_groups *groups, struct api_call *call)
{
    groups->round = GROUPS_DECIDED;
    for (size_t i = 0; i < groups->found_n; i++) {
        struct grouped_item *item = &groups->found[i];
        for (size_t k = 0; k < item->members_n && !item->earlier; k++) {
            struct item_facts facts;
            struct str document;
            if (!read_text(call->answers, item->ask + (uint32_t)k, &document))
                return false;
            item->earlier = facts_read(call, document, &facts) && str_equal(facts.style, item->style) &&
                            groups->is_earlier(call, groups->context, &facts);
        }
    }
    return true;
}

bool item_groups_ask(struct item_groups *groups, struct api_call *call)
{
    if (groups->is_earlier == NULL || groups->found_n == 0)
        return false;
    return (groups->round == GROUPS_NOT_ASKED && ask_members_of_groups(groups, call)) ||
           (groups->round == GROUPS_MEMBERS_READ && ask_documents_of_groups(groups, call));
}

bool item_groups_read(struct item_groups *groups, struct api_call *call)
{
    if (groups->round == GROUPS_MEMBERS)
        return read_members_of_groups(groups, call);
    return read_documents_of_groups(groups, call);
}
