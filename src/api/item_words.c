/* GET /v1/items?q=: items whose titles have all of some words.
 *
 * The index names, for each word, the styles (and the items without one) that have it somewhere. The word that fewest
 * have is gone through, and every item verified by its document:
 *
 *   sizes ──► names of the rarest word ──► members of some styles ──► documents of some items ──► ... until the page is
 *                     ▲───────────────────────────▲──────────────────────────────┘              full, there is no more,
 *                                                                                or this request has done enough */
#include <stdlib.h>

#include "item_words.h"

#include "item_page.h"
#include "stockfold/codec/words.h"

enum {
    NAMES_MAX = 64,      /* asked for in one turn */
    GROUPS_MAX = 16,     /* styles whose members are asked for in one turn */
    DOCUMENTS_MAX = 256, /* asked for in one turn */
    LOOKED_MAX = 2000,   /* documents looked at for one page */
    TURNS_MAX = 30,
};

/* All names up to `done` are through, and of `name` all items up to `sku`. */
struct position {
    struct str done, name, sku;
};

/* What a name stands for: a style's items, or one item without a style. */
struct group {
    struct position at; /* its beginning, or behind what an earlier page took of it */
    bool is_style;
    uint32_t members; /* ask */
    struct str *skus;
    size_t skus_n, next;
};

struct looked {
    const struct group *group;
    struct str sku;
    uint32_t item; /* ask */
};

enum phase { PHASE_SIZES, PHASE_NAMES, PHASE_MEMBERS, PHASE_DOCUMENTS };

struct search {
    enum phase phase; /* what was asked for last */
    struct words words;
    struct str rarest;
    uint32_t sizes, names_ask; /* asks; the first of the sizes */
    struct str *names;
    size_t names_n, name; /* and the one to go on with */
    bool more;            /* there may be more names */
    struct group *groups; /* GROUPS_MAX */
    size_t groups_n, group;
    struct looked *batch; /* DOCUMENTS_MAX */
    size_t batch_n, looked_n;
    struct position resume; /* behind all that was looked at */
    struct str reached;     /* behind all names that became groups */
    struct item_page page;
};

static struct str behind(struct str text, size_t from)
{
    return (struct str){text.data + from, text.len - from};
}

/* --- positions: "DONE\0NAME\0SKU" -------------------------------------------------------------------------------- */

static struct position parse_words_cursor(struct api_call *call)
{
    struct str rest = call_cursor(call), parts[2] = {{0}};
    for (int i = 0; i < 2 && rest.len > 0; i++) {
        const char *end = memchr(rest.data, '\0', rest.len);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.data);
        parts[i] = (struct str){rest.data, len};
        rest = behind(rest, end == NULL ? len : len + 1);
    }
    return (struct position){parts[0], parts[1], rest};
}

static struct str cursor_of(struct api_call *call, const struct position *position)
{
    struct str done = position->done, name = position->name, sku = position->sku;
    char *text = arena_alloc(&call->arena, done.len + name.len + sku.len + 2);
    size_t len = 0;
    for (int i = 0; i < 3; i++) {
        struct str part = i == 0 ? done : i == 1 ? name : sku;
        if (part.len > 0)
            memcpy(text + len, part.data, part.len);
        len += part.len;
        if (i < 2)
            text[len++] = '\0';
    }
    return (struct str){text, len};
}

/* --- the rarest word --------------------------------------------------------------------------------------------- */

static enum api_next ask_sizes(struct api_call *call)
{
    struct search *search = call->state = arena_array(&call->arena, struct search, 1);
    *search = (struct search){.phase = PHASE_SIZES, .resume = parse_words_cursor(call), .page = item_page_new(call)};
    search->reached = search->resume.done;
    words_of(call_text(call, PARAMETER_Q), &call->arena, &search->words);
    if (search->words.n == 0)
        return call_wrong(call, PARAMETER_Q, "at least one letter or digit");
    search->groups = arena_array(&call->arena, struct group, GROUPS_MAX);
    search->batch = arena_array(&call->arena, struct looked, DOCUMENTS_MAX);
    for (size_t i = 0; i < search->words.n; i++)
        call_ask_shard(call, search->words.word[i]);
    search->sizes = call->plan.asks_n;
    for (size_t i = 0; i < search->words.n; i++)
        ask_word_size(&call->plan, call->api->view, search->words.word[i]);
    return API_ASK;
}

static bool read_sizes(struct api_call *call, struct search *search)
{
    int64_t smallest = INT64_MAX;
    for (uint32_t i = 0; i < search->words.n; i++) {
        int64_t size;
        if (!read_size(call->answers, search->sizes + i, &size))
            return false;
        if (size < smallest) {
            smallest = size;
            search->rarest = search->words.word[i];
        }
    }
    search->more = smallest > 0;
    return true;
}

/* --- its names --------------------------------------------------------------------------------------------------- */

static void ask_names(struct api_call *call, struct search *search)
{
    search->phase = PHASE_NAMES;
    call_ask_shard(call, search->rarest);
    search->names_ask = ask_word(&call->plan, call->api->view, search->rarest, search->reached, NAMES_MAX);
}

static bool read_word_names(struct api_call *call, struct search *search)
{
    search->name = 0;
    if (!read_names(call->answers, search->names_ask, &call->arena, &search->names, &search->names_n))
        return false;
    search->more = search->names_n == NAMES_MAX;
    while (search->name < search->names_n && str_compare(search->names[search->name], search->resume.name) < 0)
        search->reached = search->names[search->name++];
    return true;
}

/* --- their members ----------------------------------------------------------------------------------------------- */

static struct group *add_group(struct search *search, struct str name)
{
    struct group *group = &search->groups[search->groups_n++];
    *group = (struct group){.at = {.done = search->reached, .name = name}, .is_style = name.data[0] == 's'};
    if (str_equal(name, search->resume.name))
        group->at.sku = search->resume.sku;
    return group;
}

/* An item without a style is its own only member, for which nothing has to be asked. */
static void ask_group(struct api_call *call, struct group *group)
{
    struct str name = behind(group->at.name, 1);
    if (!group->is_style)
        return;
    call_ask_shard(call, name);
    group->members = ask_style(&call->plan, call->api->view, name);
}

/* Of the next names. */
static void ask_group_members(struct api_call *call, struct search *search)
{
    search->phase = PHASE_MEMBERS;
    search->groups_n = search->group = 0;
    while (search->name < search->names_n && search->groups_n < GROUPS_MAX) {
        struct str name = search->names[search->name++];
        if (name.len > 1)
            ask_group(call, add_group(search, name));
        search->reached = name;
    }
}

static bool read_members(struct api_call *call, struct search *search)
{
    for (size_t i = 0; i < search->groups_n; i++) {
        struct group *group = &search->groups[i];
        if (!group->is_style) {
            group->skus = arena_array(&call->arena, struct str, 1);
            group->skus[group->skus_n++] = behind(group->at.name, 1);
        } else if (!read_names(call->answers, group->members, &call->arena, &group->skus, &group->skus_n)) {
            return false;
        }
        while (group->next < group->skus_n && str_compare(group->skus[group->next], group->at.sku) <= 0)
            group->next++;
    }
    return true;
}

/* --- their documents --------------------------------------------------------------------------------------------- */

static void ask_member_documents(struct api_call *call, struct search *search)
{
    search->phase = PHASE_DOCUMENTS;
    search->batch_n = 0;
    for (; search->group < search->groups_n; search->group++) {
        struct group *group = &search->groups[search->group];
        for (; group->next < group->skus_n; group->next++) {
            if (search->batch_n == DOCUMENTS_MAX)
                return;
            struct str sku = group->skus[group->next];
            call_ask_shard(call, sku);
            search->batch[search->batch_n++] = (struct looked){group, sku, ask_item(&call->plan, call->api->view, sku)};
        }
    }
}

static bool has_words(struct api_call *call, const struct words *wanted, struct str title)
{
    struct words words;
    words_of(title, &call->arena, &words);
    for (size_t i = 0; i < wanted->n; i++) {
        size_t k = 0;
        while (k < words.n && !str_equal(words.word[k], wanted->word[i]))
            k++;
        if (k == words.n)
            return false;
    }
    return true;
}

static bool matches_words(struct api_call *call, const struct search *search, const struct looked *looked,
                          struct str document)
{
    struct item_facts facts;
    struct str style = looked->group->is_style ? behind(looked->group->at.name, 1) : (struct str){0};
    return facts_read(call, document, &facts) && str_equal(facts.style, style) &&
           has_words(call, &search->words, facts.title);
}

/* Up to the page's end; what of the batch lies behind it is looked at again by the next page. */
static bool read_member_documents(struct api_call *call, struct search *search)
{
    struct item_page *page = &search->page;
    for (size_t i = 0; i < search->batch_n && page->n < page->limit; i++) {
        const struct looked *looked = &search->batch[i];
        struct str document;
        if (!read_text(call->answers, looked->item, &document))
            return false;
        if (matches_words(call, search, looked, document))
            page->documents[page->n++] = document;
        search->looked_n++;
        search->resume = (struct position){looked->group->at.done, looked->group->at.name, looked->sku};
    }
    return true;
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

static bool fills_page(const struct api_call *call, const struct search *search)
{
    return search->page.n == search->page.limit || search->looked_n >= LOOKED_MAX || call->turn >= TURNS_MAX;
}

static bool read(struct api_call *call, struct search *search)
{
    switch (search->phase) {
    case PHASE_SIZES:
        return read_sizes(call, search);
    case PHASE_NAMES:
        return read_word_names(call, search);
    case PHASE_MEMBERS:
        return read_members(call, search);
    case PHASE_DOCUMENTS:
        return read_member_documents(call, search);
    }
    return false;
}

/* What is at hand comes first: documents of the groups, then groups of the names, then more names. */
static enum api_next continue_words_search(struct api_call *call, struct search *search)
{
    if (fills_page(call, search))
        return item_page_write(call, &search->page, cursor_of(call, &search->resume));
    ask_member_documents(call, search);
    while (call->plan.asks_n == 0 && search->name < search->names_n) {
        ask_group_members(call, search);
        if (call->plan.asks_n == 0 && read_members(call, search))
            ask_member_documents(call, search);
    }
    if (call->plan.asks_n == 0 && search->groups_n > 0)
        search->resume = (struct position){.done = search->reached}; /* the groups are through */
    if (call->plan.asks_n == 0 && search->more)
        ask_names(call, search);
    return call->plan.asks_n > 0 ? API_ASK : item_page_write(call, &search->page, (struct str){0});
}

enum api_next item_words_answer(struct api_call *call)
{
    struct search *search = call->state;
    if (search == NULL)
        return ask_sizes(call);
    return read(call, search) ? continue_words_search(call, search) : call_broken(call);
}
