/* A style at a node as one line. */
#include "style_summary.h"

#include <stdlib.h>

#include "stockfold/codec/record_json.h"

/* --- the order of sizes ------------------------------------------------------------------------------------------ */

struct sorted_member {
    struct variant variant;
    struct style_member *member;
};

static int compare_sorted_members(const void *a, const void *b)
{
    return facts_compare_variants(&((const struct sorted_member *)a)->variant,
                                  &((const struct sorted_member *)b)->variant);
}

void listed_style_sort(struct listed_style *style, struct arena *arena)
{
    struct sorted_member *sorted = arena_array(arena, struct sorted_member, style->members_n);
    style->sizes = arena_array(arena, struct style_member *, style->members_n);
    style->sizes_n = 0;
    for (size_t i = 0; i < style->members_n; i++) {
        struct style_member *member = &style->members[i];
        if (!member->left)
            sorted[style->sizes_n++] = (struct sorted_member){facts_variant(&member->facts), member};
    }
    if (style->sizes_n > 1)
        qsort(sorted, style->sizes_n, sizeof(*sorted), compare_sorted_members);
    for (size_t i = 0; i < style->sizes_n; i++)
        style->sizes[i] = sorted[i].member;
}

/* --- the line ---------------------------------------------------------------------------------------------------- */

static void add_member_to_line(struct style_line *line, const struct style_member *member)
{
    const struct style_cell *cell = &member->cells[line->cell];
    if (line->shown == NULL || (line->available <= 0 && cell->available > 0))
        line->shown = member;
    line->available = cell->available > line->available ? cell->available : line->available;
    line->for_pickup = cell->for_pickup > line->for_pickup ? cell->for_pickup : line->for_pickup;
}

static void summarize_members(const struct api_call *call, struct style_line *line)
{
    bool heard_of = snapshot_is_documented(line->known);
    for (size_t i = 0; i < line->style->members_n; i++) {
        const struct style_member *member = &line->style->members[i];
        if (member->left)
            continue;
        add_member_to_line(line, member);
        heard_of = heard_of || member->cells[line->cell].exists;
    }
    line->status = line->shown == NULL || !heard_of ? LINE_UNKNOWN : line_status(call, line->available);
}

/* Whether it has a price that can be compared with that of `other`. */
static bool has_price_like(const struct style_member *member, const struct style_member *other)
{
    return !member->left && member->facts.price.len > 0 && str_equal(member->facts.currency, other->facts.currency);
}

/* Only where they differ; of prices in several currencies, those in that of the member shown. */
static void write_price_range(const struct listed_style *style, const struct style_member *shown, struct buffer *out)
{
    const struct style_member *least = shown, *most = shown;
    for (size_t i = 0; i < style->members_n; i++) {
        const struct style_member *member = &style->members[i];
        if (!has_price_like(member, shown))
            continue;
        if (member->facts.amount < least->facts.amount)
            least = member;
        if (member->facts.amount > most->facts.amount)
            most = member;
    }
    if (least->facts.amount == most->facts.amount)
        return;
    write_json(out, "price_from", least->facts.price);
    write_json(out, "price_to", most->facts.price);
}

void style_line_begin(const struct api_call *call, const struct listed_style *style, struct str node, size_t cell,
                      bool with_item, struct style_line *ret_line, struct buffer *out)
{
    struct style_line *line = ret_line;
    *line = (struct style_line){.style = style, .node = node, .cell = cell, .known = snapshot_find(call->nodes, node)};
    summarize_members(call, line);
    write_separator(out);
    buffer_add_literal(out, "{\"style\":");
    json_write_string(style->name, out);
    write_text(out, "node", node);
    write_name(out, "status", line_status_names[line->status]);
    if (with_item)
        line_write_item(line->shown == NULL ? &(struct item_facts){0} : &line->shown->facts, out);
    if (with_item && line->shown != NULL)
        write_price_range(style, line->shown, out);
    buffer_add_literal(out, ",\"sizes\":[");
}

void style_line_write_sizes(const struct api_call *call, const struct style_line *line, size_t from, size_t to,
                            struct buffer *out)
{
    for (size_t i = from; i < to; i++) {
        const struct style_member *member = line->style->sizes[i];
        enum line_status status =
            line->status == LINE_UNKNOWN ? LINE_UNKNOWN : line_status(call, member->cells[line->cell].available);
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(member->sku, out);
        write_text(out, "size", member->facts.size);
        write_text(out, "color", member->facts.color);
        write_name(out, "status", line_status_names[status]);
        write_boolean(out, "elsewhere", is_elsewhere(member->elsewhere, line->known));
        buffer_add_byte(out, '}');
    }
}

void style_line_end(const struct api_call *call, const struct style_line *line, struct buffer *out)
{
    struct availability most = {.available = line->available, .available_for_pickup = line->for_pickup};
    struct line promise = line_from(call, (struct str){0}, line->node, line->known, most);
    if (line->status == LINE_UNKNOWN)
        line_set_unknown(&promise);
    buffer_add_byte(out, ']');
    write_local_time(out, "ready_by", promise.ready_by, line->known);
    write_name(out, "no_pickup", promise.no_pickup);
    write_time(out, "heard_at", line->known == NULL ? TIME_NONE : line->known->heard_at);
    write_boolean(out, "stale", promise.stale);
    buffer_add_byte(out, '}');
}
