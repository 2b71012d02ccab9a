/* A style at a node as one line. */
#include "style_summary.h"

#include <stdlib.h>

#include "stockfold/codec/record_json.h"

struct summary {
    struct line best; /* of the members, with the style's status */
    size_t shown;     /* the member whose title and image stand for the style */
};

static int compare_members_by_sku(const void *a, const void *b)
{
    return str_compare(((const struct style_member *)a)->sku, ((const struct style_member *)b)->sku);
}

static int compare_members_by_size(const void *a, const void *b)
{
    const struct style_member *left = a, *right = b;
    int order = facts_compare_sizes(left->item.size, right->item.size);
    if (order == 0)
        order = str_compare(left->item.color, right->item.color);
    return order != 0 ? order : str_compare(left->sku, right->sku);
}

/* Of members sorted by sku. The one with a promise, where any has one, gives the style's. */
static struct summary summarize_members(const struct api_call *call, struct str node, const struct snapshot_node *known,
                                        const struct style_member *members, size_t n)
{
    struct stock none = line_no_stock();
    struct summary summary = {.best = line_of(call, (struct str){0}, node, known, &none)};
    bool heard_of = snapshot_is_documented(known), in_stock = false;
    for (size_t i = 0; i < n; i++) {
        struct line line = line_of(call, members[i].sku, node, known, members[i].stock);
        heard_of = heard_of || members[i].stock->exists;
        if (!in_stock && line.status != LINE_OUT) {
            in_stock = true;
            summary.shown = i;
        }
        enum line_status status = line.status < summary.best.status ? line.status : summary.best.status;
        if (summary.best.ready_by == TIME_NONE && line.ready_by != TIME_NONE)
            summary.best = line;
        summary.best.status = status;
    }
    if (n == 0 || !heard_of)
        summary.best.status = LINE_UNKNOWN;
    return summary;
}

static void write_sizes(const struct api_call *call, const struct snapshot_node *known,
                        const struct style_member *members, size_t n, bool node_unknown, struct buffer *out)
{
    buffer_add_literal(out, ",\"sizes\":[");
    for (size_t i = 0; i < n; i++) {
        int64_t available = line_availability(call, known, members[i].stock).available;
        enum line_status status = node_unknown ? LINE_UNKNOWN : line_status(call, available);
        write_separator(out);
        buffer_add_literal(out, "{\"sku\":");
        json_write_string(members[i].sku, out);
        write_text(out, "size", members[i].item.size);
        write_text(out, "color", members[i].item.color);
        write_name(out, "status", line_status_names[status]);
        write_boolean(out, "elsewhere", is_elsewhere(members[i].elsewhere, known));
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

/* Whether it has a price that can be compared with that of `other`. */
static bool has_price_like(const struct style_member *member, const struct style_member *other)
{
    return member->item.price.len > 0 && str_equal(member->item.currency, other->item.currency);
}

/* Only where they differ; of prices in several currencies, those in that of the member shown. */
static void write_price_range(const struct style_member *members, size_t n, const struct style_member *shown,
                              struct buffer *out)
{
    const struct style_member *least = shown, *most = shown;
    for (size_t i = 0; i < n; i++) {
        if (!has_price_like(&members[i], shown))
            continue;
        if (members[i].item.amount < least->item.amount)
            least = &members[i];
        if (members[i].item.amount > most->item.amount)
            most = &members[i];
    }
    if (least->item.amount == most->item.amount)
        return;
    write_json(out, "price_from", least->item.price);
    write_json(out, "price_to", most->item.price);
}

void style_summary_write(const struct api_call *call, struct str style, struct str node, struct style_member *members,
                         size_t members_n, bool with_item, struct buffer *out)
{
    const struct snapshot_node *known = snapshot_find(call->nodes, node);
    if (members_n > 1)
        qsort(members, members_n, sizeof(*members), compare_members_by_sku);
    struct summary summary = summarize_members(call, node, known, members, members_n);
    struct line *line = &summary.best;
    buffer_add_literal(out, "{\"style\":");
    json_write_string(style, out);
    write_text(out, "node", node);
    write_name(out, "status", line_status_names[line->status]);
    if (with_item && members_n > 0) {
        line_write_item(&members[summary.shown].item, out);
        write_price_range(members, members_n, &members[summary.shown], out);
    } else if (with_item) {
        line_write_item(&(struct item_facts){0}, out);
    }
    if (members_n > 1)
        qsort(members, members_n, sizeof(*members), compare_members_by_size);
    write_sizes(call, known, members, members_n, line->status == LINE_UNKNOWN, out);
    write_local_time(out, "ready_by", line->ready_by, known);
    write_name(out, "no_pickup", line->no_pickup);
    write_time(out, "heard_at", known == NULL ? TIME_NONE : known->heard_at);
    write_boolean(out, "stale", line->stale);
    buffer_add_byte(out, '}');
}
