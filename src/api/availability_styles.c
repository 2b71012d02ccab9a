/* GET /v1/availability?summary=style: styles at nodes, a line a style and node.
 *
 *   skus of the styles ──► their documents and stock, ──► what is elsewhere, ──► the lines,
 *                          portion by portion             the same               the same
 *
 * The items of 200 styles at a node may be 20,000: of each, what the lines need is kept as two numbers a node, and no turn
 * does more than a portion. The head of the answer is written behind all reading, as it tells how fresh that is. */
#include "availability_styles.h"

#include "style_summary.h"

enum {
    LINES_MAX = 200,      /* a style and a node are a pair where they are answered in one line, */
    CELLS_MAX = 20000,    /* and the items behind them have a bound */
    PORTION_CELLS = 320,  /* an item at a node: so many are read in a turn, */
    PORTION_SIZES = 1000, /* and so many are written */
};

enum summary_phase { SUMMARY_SKUS, SUMMARY_CELLS, SUMMARY_ELSEWHERE, SUMMARY_LINES };

struct summaries {
    enum summary_phase phase; /* what the answers are of */
    const struct str *nodes;
    size_t nodes_n;
    struct listed_style *styles;
    size_t styles_n;
    struct style_member *members; /* of all styles */
    size_t members_n, from, to;   /* the portion */
    struct elsewhere_item *elsewhere;
    struct other_nodes others;
    bool with_item;
    size_t style, node, size; /* of the line to go on with */
    struct style_line line;
};

/* --- skus -------------------------------------------------------------------------------------------------------- */

static enum api_next ask_skus_of_styles(struct api_call *call)
{
    const struct values *styles = &call->values[PARAMETER_STYLE], *nodes = &call->values[PARAMETER_NODE];
    struct summaries *summaries = call->state = arena_array(&call->arena, struct summaries, 1);
    *summaries = (struct summaries){.nodes = nodes->texts,
                                    .nodes_n = nodes->n,
                                    .styles_n = styles->n,
                                    .with_item = call_has(call, PARAMETER_INCLUDE)};
    if (styles->n * nodes->n > LINES_MAX)
        return call_wrong(call, PARAMETER_NODE, "at most %d pairs of style and node, not %zu", LINES_MAX,
                          styles->n * nodes->n);
    summaries->styles = arena_array(&call->arena, struct listed_style, styles->n);
    for (size_t i = 0; i < styles->n; i++) {
        call_ask_shard(call, styles->texts[i]);
        uint32_t ask = ask_style(&call->plan, call->api->view, styles->texts[i]);
        summaries->styles[i] = (struct listed_style){.name = styles->texts[i], .ask = ask};
    }
    return API_ASK;
}

/* False: an answer is broken. */
static bool read_skus_of_styles(struct api_call *call, struct summaries *summaries)
{
    struct str **skus = arena_array(&call->arena, struct str *, summaries->styles_n);
    for (size_t i = 0; i < summaries->styles_n; i++) {
        struct listed_style *style = &summaries->styles[i];
        if (!read_names(call->answers, style->ask, &call->arena, &skus[i], &style->members_n))
            return false;
        summaries->members_n += style->members_n;
    }
    struct style_member *member = summaries->members =
        arena_array(&call->arena, struct style_member, summaries->members_n);
    for (size_t i = 0; i < summaries->styles_n; i++) {
        struct listed_style *style = &summaries->styles[i];
        style->members = member;
        for (size_t k = 0; k < style->members_n; k++)
            *member++ = (struct style_member){.sku = skus[i][k]};
    }
    return true;
}

/* --- documents and stock ----------------------------------------------------------------------------------------- */

/* The next portion: as many items as have so many cells, but one at least. */
static void ask_cells_of_portion(struct api_call *call, struct summaries *summaries)
{
    size_t left = summaries->members_n - summaries->to, n = PORTION_CELLS / summaries->nodes_n;
    call_begin_portion(call);
    summaries->from = summaries->to;
    summaries->to += n < left ? n : left;
    for (size_t i = summaries->from; i < summaries->to; i++) {
        struct style_member *member = &summaries->members[i];
        call_ask_shard(call, member->sku);
        member->item = ask_item(&call->plan, call->api->view, member->sku);
        member->stock = ask_stock(&call->plan, call->api->view, member->sku, summaries->nodes, summaries->nodes_n);
    }
}

static bool read_cells_of_member(struct api_call *call, const struct summaries *summaries, struct style_member *member,
                                 struct elsewhere_item *elsewhere)
{
    member->cells = arena_array(&call->arena, struct style_cell, summaries->nodes_n);
    for (size_t i = 0; i < summaries->nodes_n; i++) {
        const struct snapshot_node *node = snapshot_find(call->nodes, summaries->nodes[i]);
        struct stock stock;
        if (!read_stock(call->answers, member->stock, call->api->view, summaries->nodes_n, i, &call->part, &stock))
            return false;
        struct availability availability = line_availability(call, node, &stock);
        member->cells[i] = (struct style_cell){availability.available, availability.available_for_pickup, stock.exists};
        other_nodes_note(elsewhere, node, availability.available);
    }
    return true;
}

/* The document says whether a hint still holds: it names the style. */
static bool read_member_of_style(struct api_call *call, struct str style, struct style_member *member)
{
    struct str document;
    if (!read_text(call->answers, member->item, &document))
        return false;
    member->left = !facts_read(call, document, &member->facts) || !str_equal(member->facts.style, style);
    return true;
}

static bool read_cells_of_portion(struct api_call *call, struct summaries *summaries)
{
    const struct listed_style *style = summaries->styles;
    for (size_t i = summaries->from; i < summaries->to; i++) {
        struct style_member *member = &summaries->members[i];
        struct elsewhere_item *elsewhere = &summaries->elsewhere[i];
        while (member >= style->members + style->members_n)
            style++;
        *elsewhere = (struct elsewhere_item){.stock = {.sku = member->sku}};
        member->elsewhere = elsewhere;
        if (!read_member_of_style(call, style->name, member) ||
            !read_cells_of_member(call, summaries, member, elsewhere))
            return false;
        elsewhere->settled = member->left;
    }
    return true;
}

/* --- the lines --------------------------------------------------------------------------------------------------- */

static void write_line_of_style(struct api_call *call, struct summaries *summaries, size_t *room, struct buffer *out)
{
    struct listed_style *style = &summaries->styles[summaries->style];
    if (style->sizes == NULL)
        listed_style_sort(style, &call->arena);
    if (summaries->size == 0)
        style_line_begin(call, style, summaries->nodes[summaries->node], summaries->node, summaries->with_item,
                         &summaries->line, out);
    size_t left = style->sizes_n - summaries->size, n = left < *room ? left : *room;
    style_line_write_sizes(call, &summaries->line, summaries->size, summaries->size + n, out);
    summaries->size += n;
    *room -= n;
    if (n < left)
        return;
    style_line_end(call, &summaries->line, out);
    *room -= *room > 0; /* a line without sizes takes time too */
    summaries->size = 0;
    if (++summaries->node == summaries->nodes_n) {
        summaries->node = 0;
        summaries->style++;
    }
}

static enum api_next write_style_lines(struct api_call *call, struct summaries *summaries)
{
    struct buffer *out = &call->response.body;
    size_t room = PORTION_SIZES;
    while (room > 0 && summaries->style < summaries->styles_n)
        write_line_of_style(call, summaries, &room, out);
    if (summaries->style < summaries->styles_n)
        return API_PAUSE;
    buffer_add_literal(out, "]}");
    return API_DONE;
}

static bool has_members(const struct summaries *summaries)
{
    for (size_t i = 0; i < summaries->members_n; i++)
        if (!summaries->members[i].left)
            return true;
    return false;
}

static enum api_next begin_style_lines(struct api_call *call, struct summaries *summaries)
{
    if (summaries->styles_n == 1 && !has_members(summaries))
        return call_fail(call, PROBLEM_UNKNOWN_STYLE, "no item is of that style");
    buffer_add_literal(call_open(call), ",\"lines\":[");
    summaries->phase = SUMMARY_LINES;
    return write_style_lines(call, summaries);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static enum api_next look_elsewhere(struct api_call *call, struct summaries *summaries)
{
    return other_nodes_ask(&summaries->others, call) ? API_ASK : begin_style_lines(call, summaries);
}

static enum api_next continue_cells(struct api_call *call, struct summaries *summaries)
{
    if (summaries->to < summaries->members_n) {
        ask_cells_of_portion(call, summaries);
        return API_ASK;
    }
    summaries->phase = SUMMARY_ELSEWHERE;
    other_nodes_init(&summaries->others, call, summaries->nodes, summaries->nodes_n, summaries->elsewhere,
                     summaries->members_n);
    return look_elsewhere(call, summaries);
}

static enum api_next begin_cells(struct api_call *call, struct summaries *summaries)
{
    if (summaries->members_n * summaries->nodes_n > CELLS_MAX)
        return call_wrong(call, PARAMETER_STYLE, "at most %d items of these styles times nodes", CELLS_MAX);
    summaries->elsewhere = arena_array(&call->arena, struct elsewhere_item, summaries->members_n);
    summaries->phase = SUMMARY_CELLS;
    return continue_cells(call, summaries);
}

enum api_next availability_styles_answer(struct api_call *call)
{
    struct summaries *summaries = call->state;
    if (summaries == NULL)
        return ask_skus_of_styles(call);
    switch (summaries->phase) {
    case SUMMARY_SKUS:
        return read_skus_of_styles(call, summaries) ? begin_cells(call, summaries) : call_broken(call);
    case SUMMARY_CELLS:
        return read_cells_of_portion(call, summaries) ? continue_cells(call, summaries) : call_broken(call);
    case SUMMARY_ELSEWHERE:
        return other_nodes_read(&summaries->others, call) ? look_elsewhere(call, summaries) : call_broken(call);
    case SUMMARY_LINES:
        break;
    }
    return write_style_lines(call, summaries);
}
