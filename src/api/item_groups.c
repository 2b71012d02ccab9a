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
    bool is_decided = groups->is_earlier == NULL || style.len == 0;
    groups->styles[groups->styles_n++] = style;
    groups->found[groups->found_n++] = (struct grouped_item){
        .document = document, .style = style, .number = number, .state = is_decided ? GROUP_FIRST : GROUP_FOUND};
    return true;
}

void item_groups_clear(struct item_groups *groups)
{
    groups->found_n = 0;
}

/* --- what stood on an earlier page ------------------------------------------------------------------------------- */

static size_t smaller_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Mostly the first member decides: all of a style's items have the words, or an earlier page ended before them. */
static void ask_documents_of_group(struct grouped_item *item, struct api_call *call, size_t asks_max)
{
    const struct str *members = item->members + item->read_n;
    size_t n = smaller_size(item->read_n == 0 ? 1 : 4 * item->read_n, item->members_n - item->read_n);
    item->asked_n = smaller_size(n, asks_max);
    for (size_t i = 0; i < item->asked_n; i++)
        call_ask_shard(call, members[i]);
    item->ask = call->plan.asks_n;
    for (size_t i = 0; i < item->asked_n; i++)
        ask_item(&call->plan, call->api->view, members[i]);
}

/* Returns how much of the turn it takes. */
static size_t ask_group(struct grouped_item *item, struct api_call *call, size_t asks_max)
{
    if (item->state == GROUP_LISTED) {
        ask_documents_of_group(item, call, asks_max);
        return item->asked_n;
    }
    if (item->state != GROUP_FOUND)
        return 0;
    call_ask_shard(call, item->style);
    item->ask = ask_style(&call->plan, call->api->view, item->style);
    item->asked_n = 1;
    return GROUP_LIST_COST;
}

bool item_groups_ask(struct item_groups *groups, struct api_call *call, size_t room)
{
    size_t asked = 0;
    for (size_t i = 0; i < groups->found_n && room > 0 && asked < GROUP_ASKS_MAX; i++) {
        if (groups->found[i].state == GROUP_EARLIER)
            continue;
        asked += ask_group(&groups->found[i], call, GROUP_ASKS_MAX - asked);
        room--;
    }
    return asked > 0;
}

/* Those that an earlier page may have had. */
static bool read_members_of_group(const struct item_groups *groups, struct grouped_item *item, struct api_call *call)
{
    size_t n;
    if (!read_names(call->answers, item->ask, &call->arena, &item->members, &n))
        return false;
    for (size_t i = 0; i < n && item->members_n < GROUP_MEMBERS_MAX; i++)
        if (groups->may_be_earlier(call, groups->context, item->members[i]))
            item->members[item->members_n++] = item->members[i];
    item->state = item->members_n == 0 ? GROUP_FIRST : GROUP_LISTED;
    return true;
}

static bool read_documents_of_group(struct item_groups *groups, struct grouped_item *item, struct api_call *call)
{
    for (size_t i = 0; i < item->asked_n && item->state == GROUP_LISTED; i++) {
        struct item_facts facts;
        struct str document;
        if (!read_text(call->answers, item->ask + (uint32_t)i, &document))
            return false;
        if (facts_read(call, document, &facts) && str_equal(facts.style, item->style) &&
            groups->is_earlier(call, groups->context, &facts))
            item->state = GROUP_EARLIER;
    }
    groups->documents_n += item->asked_n;
    item->read_n += item->asked_n;
    if (item->state == GROUP_LISTED && item->read_n == item->members_n)
        item->state = GROUP_FIRST;
    return true;
}

bool item_groups_read(struct item_groups *groups, struct api_call *call)
{
    for (size_t i = 0; i < groups->found_n; i++) {
        struct grouped_item *item = &groups->found[i];
        if (item->asked_n == 0)
            continue;
        bool is_read = item->state == GROUP_FOUND ? read_members_of_group(groups, item, call)
                                                  : read_documents_of_group(groups, item, call);
        if (!is_read)
            return false;
        item->asked_n = 0;
    }
    return true;
}
