/* GET /v1/items?q=: items that have all of some words, or whose sku or barcode it is.
 *
 * First comes what the whole query names. Then, of the query's words, the one that fewest items have drives the search:
 * its terms (it alone, joined to its neighbours, as a beginning) are gone through in order, and every item verified by
 * its document:
 *
 *   sizes ──► [the words with that beginning] ──► skus of some words ──► documents of some items ──► ... until the page
 *                          ▲────────────────────────────▲──────────────────────────┘        is full, there is no more, or
 *                                                                                           this request has done enough
 *
 * An item is answered where the first term and word stand that it has, so that it is answered once. */
#include <stdlib.h>

#include "item_words.h"

#include "barcode.h"
#include "item_groups.h"
#include "item_page.h"
#include "stockfold/codec/words.h"
#include "word_position.h"

enum {
    DRIVERS_MAX = 32, /* words of the query that may drive: the first */
    WORDS_MAX = 64,   /* of a beginning, asked for in one turn */
    LISTS_MAX = 16,   /* words whose items are asked for in one turn */
    BATCH_MIN = 32,   /* documents asked for in one turn, and skus of one word: twice as many each time */
    BATCH_MAX = 256,
    LOOKED_MAX = 2000, /* documents looked at for one page, those of groups too */
    TURNS_MAX = 30,
};

/* A word whose items come next, behind `after`. */
struct list {
    struct str word, after;
    uint32_t ask;
};

struct candidate {
    struct str word, sku;
    uint32_t item; /* ask */
};

enum phase { PHASE_SIZES, PHASE_WORDS, PHASE_SKUS, PHASE_DOCUMENTS, PHASE_GROUPS };

struct search {
    enum phase phase; /* what was asked for last */
    struct word_query query;
    struct str text, name; /* the query as given, and as words_name() has it */
    struct word_position resume;

    uint32_t version, sizes, named, barcodes; /* asks; the first of the sizes, and of the barcodes */
    size_t barcodes_n;

    struct word_term terms[WORD_TERMS_MAX];
    size_t terms_n, term;   /* and the one that is gone through: from 1; 0: what the query names */
    struct str words_after; /* of a beginning: the last word that was listed */
    uint32_t words_ask;     /* for those behind it */
    bool more_words;        /* there may be some */
    struct list *lists;     /* WORDS_MAX + 1 */
    size_t lists_n, list;   /* and the next to ask for */
    size_t asked_n;         /* from there on, asked for in this turn */
    struct candidate *candidates;
    size_t candidates_n, candidate, batch_n; /* and the next to look at, and how many were asked for */
    uint32_t batch_max;                      /* BATCH_MIN to BATCH_MAX */
    size_t looked_n;
    struct item_page page;
    struct word_position start;  /* of a page that follows: the end of the one before */
    struct word_position before; /* the candidates */
    struct item_groups *groups;  /* with `group`; else NULL */
    uint32_t first_word;         /* ask: the first with the beginning that the page before ended in; or NOT_ASKED */
    bool sku_decides;            /* an item behind start.sku was not on an earlier page, unless the query names it */
};

/* --- what the whole query names ---------------------------------------------------------------------------------- */

static struct str digits_of(const struct search *search)
{
    struct str digits = {search->name.data + 1, search->name.len - 1};
    return barcode_is(digits) ? digits : (struct str){0};
}

static bool is_named(const struct search *search, const struct item_facts *facts, const struct words *words)
{
    struct str digits = digits_of(search);
    return str_equal(facts->sku, search->text) ||
           str_equal(facts->sku, (struct str){search->name.data + 1, search->name.len - 1}) ||
           words_find(words, (struct word_term){search->name, false}) != NULL ||
           (digits.len > 0 && facts->gtin.len > 0 && barcode_equal(facts->gtin, digits));
}

static void ask_named(struct api_call *call, struct search *search)
{
    struct str forms[BARCODE_FORMS], digits = digits_of(search);
    search->barcodes_n = digits.len == 0 ? 0 : barcode_forms(digits, &call->arena, forms);
    call_ask_shard(call, search->name);
    for (size_t i = 0; i < search->barcodes_n; i++)
        call_ask_shard(call, forms[i]);
    search->named = ask_word(&call->plan, call->api->view, search->name, search->resume.sku, BATCH_MAX);
    search->barcodes = call->plan.asks_n;
    for (size_t i = 0; i < search->barcodes_n; i++)
        ask_gtin(&call->plan, call->api->view, forms[i]);
}

static int compare_skus(const void *a, const void *b)
{
    return str_compare(((const struct candidate *)a)->sku, ((const struct candidate *)b)->sku);
}

/* Skus with that name or barcode, and what was typed, as a sku: sorted, each once, behind the page before. */
static bool read_named(struct api_call *call, struct search *search)
{
    struct str *skus[1 + BARCODE_FORMS], after = search->resume.sku;
    size_t skus_n[1 + BARCODE_FORMS], all = 2, n = 0, kept = 0;
    for (size_t i = 0; i <= search->barcodes_n; i++) {
        uint32_t ask = i == 0 ? search->named : search->barcodes + (uint32_t)i - 1;
        if (!read_names(call->answers, ask, &call->arena, &skus[i], &skus_n[i]))
            return false;
        all += skus_n[i];
    }
    struct candidate *found = search->candidates = arena_array(&call->arena, struct candidate, all);
    found[n++].sku = search->text;
    found[n++].sku = (struct str){search->name.data + 1, search->name.len - 1};
    for (size_t i = 0; i <= search->barcodes_n; i++)
        for (size_t k = 0; k < skus_n[i]; k++)
            found[n++].sku = skus[i][k];
    qsort(found, n, sizeof(*found), compare_skus);
    for (size_t i = 0; i < n; i++)
        if (str_compare(found[i].sku, after) > 0 && (kept == 0 || !str_equal(found[i].sku, found[kept - 1].sku)))
            found[kept++] = (struct candidate){.sku = found[i].sku};
    search->candidates_n = kept;
    return true;
}

/* --- the word that drives ---------------------------------------------------------------------------------------- */

/* Whether the terms of a word of the query are words of the index, whose sizes tell how many items have them; else
 * whether they can be listed. */
static bool terms_are(const struct word_term *terms, size_t n, bool words)
{
    for (size_t i = 0; i < n; i++)
        if (words ? terms[i].begins : !word_term_is_listed(terms[i]))
            return false;
    return true;
}

static size_t drivers_n(const struct search *search)
{
    return search->query.n < DRIVERS_MAX ? search->query.n : DRIVERS_MAX;
}

/* Asks for the sizes of all terms that are words, or first for the states of their shards. */
static void ask_terms(struct api_call *call, const struct search *search, bool shards)
{
    struct word_term terms[WORD_TERMS_MAX];
    for (size_t i = 0; i < drivers_n(search); i++) {
        size_t n = word_query_terms(&search->query, i, terms);
        for (size_t k = 0; k < n && terms_are(terms, n, true); k++)
            if (shards)
                call_ask_shard(call, word_start(terms[k].text));
            else
                ask_word_size(&call->plan, call->api->view, terms[k].text);
    }
}

/* A page that follows has to know whether an item may be found by an earlier word than that at which it begins. */
static void ask_first_word(struct api_call *call, struct search *search)
{
    struct word_term terms[WORD_TERMS_MAX];
    if (search->start.term != 1)
        return;
    word_query_terms(&search->query, search->start.driver, terms);
    if (!terms[0].begins || !word_term_is_listed(terms[0]))
        return;
    call_ask_shard(call, word_start(terms[0].text));
    search->first_word = ask_words_from(&call->plan, call->api->view, terms[0].text, (struct str){0}, 1);
}

static enum api_next ask_sizes(struct api_call *call, struct search *search)
{
    search->version = ask_word_index(&call->plan, call->api->view);
    if (search->resume.term == 0)
        ask_named(call, search);
    search->first_word = NOT_ASKED;
    if (search->groups != NULL)
        ask_first_word(call, search);
    ask_terms(call, search, true);
    search->sizes = call->plan.asks_n;
    ask_terms(call, search, false);
    return API_ASK;
}

/* The word that fewest items have; the last that is a beginning where there are none but beginnings; of a page that
 * follows, that of the page before. False: the answer cannot be read. */
static bool choose_driver(struct api_call *call, struct search *search, size_t *ret_driver, bool *ret_none)
{
    struct word_term terms[WORD_TERMS_MAX];
    uint32_t ask = search->sizes;
    int64_t smallest = INT64_MAX;
    for (size_t i = 0; i < drivers_n(search); i++) {
        size_t n = word_query_terms(&search->query, i, terms);
        int64_t all = 0, size;
        if (!terms_are(terms, n, true)) {
            if (smallest == INT64_MAX && terms_are(terms, n, false))
                *ret_driver = i;
            continue;
        }
        for (size_t k = 0; k < n; k++, all += size)
            if (!read_size(call->answers, ask++, &size))
                return false;
        if (all < smallest) {
            smallest = all;
            *ret_driver = i;
        }
    }
    *ret_none = smallest == 0;
    return true;
}

/* --- terms, words, skus ------------------------------------------------------------------------------------------ */

static void add_list(struct search *search, struct str word, struct str after)
{
    search->lists[search->lists_n++] = (struct list){.word = word, .after = after};
}

/* Begins with the term, behind `word` and `sku` where a page ended in it. */
static void begin_term(struct search *search, struct str word, struct str sku)
{
    const struct word_term *term = &search->terms[search->term - 1];
    search->lists_n = search->list = 0;
    search->more_words = term->begins;
    search->words_after = term->begins ? word : (struct str){0};
    if (!term->begins)
        add_list(search, term->text, sku);
    else if (word.len > 0)
        add_list(search, word, sku);
}

static void ask_listed_words(struct api_call *call, struct search *search)
{
    struct str beginning = search->terms[search->term - 1].text;
    search->phase = PHASE_WORDS;
    call_ask_shard(call, word_start(beginning));
    search->words_ask = ask_words_from(&call->plan, call->api->view, beginning, search->words_after, WORDS_MAX);
}

static bool read_listed_words(struct api_call *call, struct search *search)
{
    struct str *words;
    size_t n;
    if (!read_names(call->answers, search->words_ask, &call->arena, &words, &n))
        return false;
    search->lists_n = search->list = 0;
    for (size_t i = 0; i < n && i < WORDS_MAX; i++)
        if (words[i].len > 0 && words[i].len <= WORD_BYTES_MAX)
            add_list(search, words[i], (struct str){0});
    search->more_words = n == WORDS_MAX;
    if (n > 0)
        search->words_after = words[n - 1];
    return true;
}

static void ask_skus(struct api_call *call, struct search *search)
{
    search->phase = PHASE_SKUS;
    search->asked_n = 0;
    while (search->list + search->asked_n < search->lists_n && search->asked_n < LISTS_MAX) {
        struct list *list = &search->lists[search->list + search->asked_n++];
        call_ask_shard(call, word_start(list->word));
        list->ask = ask_word(&call->plan, call->api->view, list->word, list->after, search->batch_max);
    }
}

/* Up to the first word that has more than was asked for: it is asked again, then those behind it. */
static bool read_skus(struct api_call *call, struct search *search)
{
    search->candidates = arena_array(&call->arena, struct candidate, search->asked_n * search->batch_max);
    search->candidates_n = search->candidate = 0;
    for (size_t i = 0; i < search->asked_n; i++) {
        struct list *list = &search->lists[search->list];
        struct str *skus;
        size_t n;
        if (!read_names(call->answers, list->ask, &call->arena, &skus, &n))
            return false;
        for (size_t k = 0; k < n && k < search->batch_max; k++)
            search->candidates[search->candidates_n++] = (struct candidate){.word = list->word, .sku = skus[k]};
        if (n >= search->batch_max) {
            list->after = skus[search->batch_max - 1];
            break;
        }
        search->list++;
    }
    return true;
}

/* --- documents --------------------------------------------------------------------------------------------------- */

static void ask_documents(struct api_call *call, struct search *search)
{
    search->phase = PHASE_DOCUMENTS;
    search->batch_n = search->candidates_n - search->candidate;
    if (search->batch_n > search->batch_max)
        search->batch_n = search->batch_max;
    search->batch_max = 2 * search->batch_max < BATCH_MAX ? 2 * search->batch_max : BATCH_MAX;
    for (size_t i = 0; i < search->batch_n; i++) {
        struct candidate *candidate = &search->candidates[search->candidate + i];
        call_ask_shard(call, candidate->sku);
        candidate->item = ask_item(&call->plan, call->api->view, candidate->sku);
    }
}

/* Whether the term and word that it was found by are the first that the item has. */
static bool is_first_found(const struct search *search, const struct candidate *candidate, const struct words *words)
{
    for (size_t i = 0; i + 1 < search->term; i++)
        if (words_find(words, search->terms[i]) != NULL)
            return false;
    const struct str *word = words_find(words, search->terms[search->term - 1]);
    return word != NULL && str_equal(*word, candidate->word);
}

static bool is_wanted(struct api_call *call, const struct search *search, const struct candidate *candidate,
                      struct str document, struct item_facts *ret_facts)
{
    struct words words;
    if (!facts_read(call, document, ret_facts))
        return false;
    words_of_item(ret_facts, &call->arena, &words);
    bool named = is_named(search, ret_facts, &words);
    if (search->term == 0 || named)
        return search->term == 0 && named;
    return is_first_found(search, candidate, &words) && word_query_matches(&search->query, &words);
}

/* Up to the page's end; what lies behind it is looked at again by the next page. */
static bool read_documents(struct api_call *call, struct search *search)
{
    struct item_page *page = &search->page;
    if (search->candidate == 0)
        search->before = search->resume;
    for (size_t i = 0; i < search->batch_n && page->n < page->limit; i++) {
        const struct candidate *candidate = &search->candidates[search->candidate++];
        struct str document;
        struct item_facts facts;
        if (!read_text(call->answers, candidate->item, &document))
            return false;
        bool wanted = is_wanted(call, search, candidate, document, &facts);
        if (wanted && search->groups == NULL)
            page->documents[page->n++] = document;
        else if (wanted)
            item_groups_add(search->groups, call, facts.style, document, search->candidate - 1);
        search->looked_n++;
        search->resume.term = search->term;
        search->resume.word = candidate->word;
        search->resume.sku = candidate->sku;
    }
    return true;
}

/* --- styles ------------------------------------------------------------------------------------------------------ */

/* Whether an item was answered up to the end of the page before, which is a search's context. */
static bool is_on_earlier_page(struct api_call *call, void *context, const struct item_facts *facts)
{
    const struct search *search = context;
    struct word_position position = {.sku = facts->sku};
    const struct str *word = NULL;
    struct words words;
    words_of_item(facts, &call->arena, &words);
    if (!is_named(search, facts, &words)) {
        if (!word_query_matches(&search->query, &words))
            return false;
        while (word == NULL && position.term < search->terms_n)
            word = words_find(&words, search->terms[position.term++]);
        if (word == NULL)
            return false;
        position.word = *word;
    }
    return word_position_compare(&position, &search->start) <= 0;
}

/* Whether an item's sku alone tells that no earlier page had it: no earlier term or word can have it. False: the answer
 * cannot be read. */
static bool read_first_word(struct api_call *call, struct search *search)
{
    bool is_first_term = search->start.term == 1 && digits_of(search).len == 0;
    search->sku_decides = search->start.term == 0 || (is_first_term && !search->terms[0].begins);
    if (!is_first_term || search->first_word == NOT_ASKED)
        return true;
    struct str *words;
    size_t n;
    if (!read_names(call->answers, search->first_word, &call->arena, &words, &n))
        return false;
    search->sku_decides = n == 0 || str_compare(words[0], search->start.word) >= 0;
    return true;
}

static bool may_be_on_earlier_page(struct api_call *call, void *context, struct str sku)
{
    const struct search *search = context;
    return !search->sku_decides || str_compare(sku, search->start.sku) <= 0 ||
           str_equal(words_name(sku, &call->arena), search->name);
}

/* The next page begins with this candidate. */
static void resume_at(struct search *search, size_t candidate)
{
    if (candidate == 0) {
        search->resume = search->before;
        return;
    }
    search->resume.term = search->term;
    search->resume.word = search->candidates[candidate - 1].word;
    search->resume.sku = search->candidates[candidate - 1].sku;
}

/* Up to the page's end, or the first that is not decided: that is where the next one begins. */
static void take_groups(struct search *search)
{
    struct item_groups *groups = search->groups;
    struct item_page *page = &search->page;
    for (size_t i = 0; i < groups->found_n && page->n < page->limit; i++) {
        const struct grouped_item *item = &groups->found[i];
        if (item->state == GROUP_EARLIER)
            continue;
        if (item->state != GROUP_FIRST) {
            resume_at(search, item->number);
            break;
        }
        page->documents[page->n++] = item->document;
        if (page->n == page->limit)
            resume_at(search, item->number + 1);
    }
    item_groups_clear(groups);
}

/* --- turns ------------------------------------------------------------------------------------------------------- */

/* The first group of a page is decided before that: its members are all asked for within five turns. */
static bool has_done_enough(const struct api_call *call, const struct search *search)
{
    size_t of_groups = search->groups == NULL ? 0 : search->groups->documents_n;
    return search->looked_n + of_groups >= LOOKED_MAX || call->turn >= TURNS_MAX;
}

/* What is at hand comes first: documents, skus of words, words of a beginning; then the next term. */
static enum api_next continue_words_search(struct api_call *call, struct search *search)
{
    const struct item_page *page = &search->page;
    bool enough = has_done_enough(call, search);
    if (search->groups != NULL && !enough && item_groups_ask(search->groups, call, page->limit - page->n)) {
        search->phase = PHASE_GROUPS;
        return API_ASK;
    }
    if (search->groups != NULL)
        take_groups(search);
    if (page->n == page->limit || enough)
        return item_page_write(call, page, word_position_cursor(call, &search->resume));
    while (search->candidate == search->candidates_n && search->list == search->lists_n && !search->more_words) {
        if (search->term == search->terms_n)
            return item_page_write(call, page, (struct str){0});
        search->term++;
        begin_term(search, (struct str){0}, (struct str){0});
    }
    if (search->candidate < search->candidates_n)
        ask_documents(call, search);
    else if (search->list < search->lists_n)
        ask_skus(call, search);
    else
        ask_listed_words(call, search);
    return API_ASK;
}

static enum api_next begin_words_search(struct api_call *call, struct search *search)
{
    bool whole, none = false;
    size_t driver = 0;
    if (!read_word_index(call->answers, search->version, &whole))
        return call_broken(call);
    if (!whole)
        return call_fail(call, PROBLEM_VIEW_REBUILDING, "the index of words is being made anew");
    if ((search->resume.term == 0 && !read_named(call, search)) || !choose_driver(call, search, &driver, &none))
        return call_broken(call);
    if (search->resume.term == 0)
        search->resume.driver = driver;
    if (!none)
        search->terms_n = word_query_terms(&search->query, search->resume.driver, search->terms);
    if (!terms_are(search->terms, search->terms_n, false) || search->resume.term > search->terms_n)
        search->resume.term = search->terms_n; /* no cursor of ours */
    search->term = search->resume.term;
    if (search->groups != NULL && !read_first_word(call, search))
        return call_broken(call);
    if (search->term > 0)
        begin_term(search, search->resume.word, search->resume.sku);
    return continue_words_search(call, search);
}

static struct str trim(struct str text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = (struct str){text.data + 1, text.len - 1};
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}

static enum api_next start_words_search(struct api_call *call)
{
    struct search *search = call->state = arena_array(&call->arena, struct search, 1);
    *search = (struct search){.phase = PHASE_SIZES, .text = trim(call_text(call, PARAMETER_Q))};
    word_query_read(search->text, &call->arena, &search->query);
    if (search->query.n == 0)
        return call_wrong(call, PARAMETER_Q, "at least one letter or digit");
    if (search->query.typed > WORD_QUERY_MAX)
        return call_wrong(call, PARAMETER_Q, "at most %d words, not %zu", WORD_QUERY_MAX, search->query.typed);
    search->name = words_name(search->text, &call->arena);
    search->resume = search->start = word_position_parse(call, &search->query);
    search->page = item_page_new(call);
    search->batch_max = search->page.limit > BATCH_MAX ? BATCH_MAX : (uint32_t)search->page.limit;
    search->batch_max = search->batch_max < BATCH_MIN ? BATCH_MIN : search->batch_max;
    search->lists = arena_array(&call->arena, struct list, WORDS_MAX + 1);
    if (call_has(call, PARAMETER_GROUP)) {
        search->groups = arena_array(&call->arena, struct item_groups, 1);
        *search->groups = (struct item_groups){.context = search};
        if (call_has(call, PARAMETER_CURSOR))
            *search->groups = (struct item_groups){
                .is_earlier = is_on_earlier_page, .may_be_earlier = may_be_on_earlier_page, .context = search};
    }
    return ask_sizes(call, search);
}

static bool read_phase(struct api_call *call, struct search *search)
{
    switch (search->phase) {
    case PHASE_WORDS:
        return read_listed_words(call, search);
    case PHASE_SKUS:
        return read_skus(call, search);
    case PHASE_DOCUMENTS:
        return read_documents(call, search);
    case PHASE_GROUPS:
        return item_groups_read(search->groups, call);
    case PHASE_SIZES:
        break;
    }
    return false;
}

enum api_next item_words_answer(struct api_call *call)
{
    struct search *search = call->state;
    if (search == NULL)
        return start_words_search(call);
    if (search->phase == PHASE_SIZES)
        return begin_words_search(call, search);
    return read_phase(call, search) ? continue_words_search(call, search) : call_broken(call);
}
