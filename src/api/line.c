/* One item at one node: what can be promised, and its JSON. */
#include "line.h"

#include "incoming.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/core/nearby.h"

const char *const line_status_names[] = {
    [LINE_IN_STOCK] = "in_stock", [LINE_LOW] = "low", [LINE_OUT] = "out", [LINE_UNKNOWN] = "unknown"};

/* --- the node now ------------------------------------------------------------------------------------------------ */

bool node_is_open(const struct api_call *call, const struct snapshot_node *node)
{
    return opening_is_open(&node->node.hours, &node->clock, call->now_ms);
}

/* One that was never heard of has fallen silent since nobody knows when: that says nothing. */
bool node_is_silent(const struct api_call *call, const struct snapshot_node *node)
{
    return node->heard_at != TIME_NONE && call->now_ms - node->heard_at > call->api->config->silent_ms;
}

bool node_is_stale(const struct api_call *call, const struct snapshot_node *node)
{
    return node_is_silent(call, node) && node_is_open(call, node);
}

void node_write_hours(const struct api_call *call, const struct snapshot_node *node, struct buffer *out)
{
    bool open = node_is_open(call, node);
    int64_t opens_at = open ? call->now_ms : opening_next(&node->node.hours, &node->clock, call->now_ms);
    int64_t closes_at = opens_at == TIME_NONE ? TIME_NONE : opening_closes(&node->node.hours, &node->clock, opens_at);
    write_boolean(out, "open_now", open);
    write_local_time(out, "opens_at", open ? TIME_NONE : opens_at, node);
    write_local_time(out, "closes_at", closes_at, node);
}

void node_write_now(const struct api_call *call, const struct snapshot_node *node, struct buffer *out)
{
    write_text(out, "address", node->node.address);
    node_write_hours(call, node, out);
    write_time(out, "heard_at", node->heard_at);
    write_boolean(out, "stale", node_is_stale(call, node));
}

static int64_t given_or(int64_t given_minutes, int64_t otherwise_ms)
{
    return given_minutes >= 0 ? given_minutes : otherwise_ms / 60000;
}

static int64_t promise_of(const struct api_call *call, const struct snapshot_node *node)
{
    const struct api_config *config = call->api->config;
    const struct pickup *pickup = &node->node.pickup;
    return promise_ready_by(&node->node.hours, &node->clock, call->now_ms,
                            given_or(pickup->lead_minutes, config->lead_ms),
                            given_or(pickup->cutoff_minutes, config->cutoff_ms));
}

int64_t line_ready_by(const struct api_call *call, const struct snapshot_node *node, int64_t available,
                      int64_t for_pickup, const char **ret_no_pickup)
{
    enum nearby_reason reason = NEARBY_NO_PICKUP;
    int64_t ready_by = TIME_NONE;
    if (node != NULL && node->node.pickup.enabled) {
        ready_by = promise_of(call, node);
        reason = ready_by == TIME_NONE ? NEARBY_CLOSED : nearby_shortage(available, for_pickup, 1);
    }
    *ret_no_pickup = reason == NEARBY_TAKEN ? NULL : nearby_reason_names[reason];
    return reason == NEARBY_TAKEN ? ready_by : TIME_NONE;
}

/* --- the line ---------------------------------------------------------------------------------------------------- */

enum line_status line_status(const struct api_call *call, int64_t available)
{
    if (available <= 0)
        return LINE_OUT;
    return available <= call->api->config->low ? LINE_LOW : LINE_IN_STOCK;
}

struct availability line_availability(const struct api_call *call, const struct snapshot_node *known,
                                      const struct stock *stock)
{
    int64_t safety_stock = safety_stock_of(stock->safety_node, known == NULL ? -1 : known->node.safety_stock,
                                           stock->safety_default, call->api->config->safety_stock);
    return availability_of(&stock->record, stock->reserved, safety_stock, known == NULL ? NULL : &known->node);
}

struct line line_from(const struct api_call *call, struct str sku, struct str node, const struct snapshot_node *known,
                      struct availability availability)
{
    struct line line = {.sku = sku, .node = node, .known = known, .availability = availability, .ready_by = TIME_NONE};
    line.now_ms = call->now_ms;
    line.language = call_text(call, PARAMETER_LANG);
    line.status = line_status(call, line.availability.available);
    line.ready_by =
        line_ready_by(call, known, availability.available, availability.available_for_pickup, &line.no_pickup);
    line.stale = known != NULL && node_is_stale(call, known);
    return line;
}

struct line line_of(const struct api_call *call, struct str sku, struct str node, const struct snapshot_node *known,
                    const struct stock *stock)
{
    struct line line = line_from(call, sku, node, known, line_availability(call, known, stock));
    line.stock = stock;
    return line;
}

void line_set_unknown(struct line *line)
{
    line->status = LINE_UNKNOWN;
    line->ready_by = TIME_NONE;
    line->no_pickup = nearby_reason_names[NEARBY_UNKNOWN];
}

struct stock line_no_stock(void)
{
    struct stock none = {.safety_node = -1, .safety_default = -1};
    record_init(&none.record, NULL, 0, NULL, 0);
    return none;
}

void line_write_node(const struct line *line, struct buffer *out)
{
    if (line->known != NULL && (line->language.len == 0 || line->known->node.name.n < 2)) {
        buffer_add(out, line->known->head.data, line->known->head.len);
        return;
    }
    buffer_add_literal(out, "\"node\":");
    json_write_string(line->node, out);
    write_text(out, "name",
               line->known == NULL ? (struct str){0} : texts_choose(&line->known->node.name, line->language));
    write_name(out, "kind", line->known == NULL ? NULL : node_kind_names[line->known->node.kind]);
}

void line_write_promise(const struct line *line, struct buffer *out)
{
    write_integer(out, "available", line->availability.available);
    write_integer(out, "available_for_pickup", line->availability.available_for_pickup);
    write_text(out, "status", (struct str){line_status_names[line->status], strlen(line_status_names[line->status])});
    write_local_time(out, "ready_by", line->ready_by, line->known);
}

void line_write_item(const struct item_facts *item, struct buffer *out)
{
    write_text(out, "title", item->title);
    write_json(out, "price", item->price);
    write_json(out, "promotion", item->promotion);
    write_text(out, "image", item->image);
}

void line_write(const struct line *line, struct buffer *out)
{
    const struct snapshot_node *known = line->known;
    buffer_add_literal(out, "{\"sku\":");
    if (line->sku.len > 0)
        json_write_string(line->sku, out);
    else
        buffer_add_literal(out, "null");
    if (line->style.len > 0)
        write_text(out, "style", line->style);
    buffer_add_byte(out, ',');
    line_write_node(line, out);
    if (line->item != NULL)
        line_write_item(line->item, out);
    line_write_promise(line, out);
    write_name(out, "no_pickup", line->no_pickup);
    incoming_write(line->stock->record.incoming, line->stock->record.incoming_n, line->now_ms, out);
    write_time(out, "heard_at", known == NULL ? TIME_NONE : known->heard_at);
    write_boolean(out, "stale", line->stale);
    buffer_add_byte(out, '}');
}

void line_write_pair(const struct api_call *call, struct str sku, bool sku_known, const struct item_facts *item,
                     struct str node, const struct stock *stock, struct buffer *out)
{
    const struct snapshot_node *known = snapshot_find(call->nodes, node);
    struct line line = line_of(call, sku, node, known, stock);
    line.item = item;
    if (!sku_known || (known == NULL && !stock->exists))
        line_set_unknown(&line);
    line_write(&line, out);
}

void line_write_unknown_style(const struct api_call *call, struct str style, struct str node, struct buffer *out)
{
    struct stock none = line_no_stock();
    struct line line = line_of(call, (struct str){0}, node, snapshot_find(call->nodes, node), &none);
    line.style = style;
    line_set_unknown(&line);
    line_write(&line, out);
}
