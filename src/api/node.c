/* GET /v1/nodes and /v1/nodes/{node}: the nodes' documents, with what they are now. */
#include "line.h"
#include "splice.h"
#include "stockfold/codec/record_json.h"

enum { LIMIT_DEFAULT = 100 };

/* `,` and all members; of a node without a document its id, and nothing is known of its hours. */
static bool write_members(const struct api_call *call, const struct snapshot_node *node, struct buffer *out)
{
    bool documented = node->document.len > 0;
    if (documented)
        write_boolean(out, "open_now", node_is_open(call, node));
    else
        write_name(out, "open_now", NULL);
    write_time(out, "heard_at", node->heard_at);
    write_boolean(out, "stale", node_is_stale(call, node));
    if (documented)
        return splice_members(node->document, out);
    write_text(out, "id", node->node.id);
    return true;
}

enum api_next node_answer(struct api_call *call)
{
    const struct snapshot_node *node = snapshot_find(call->nodes, call_text(call, PARAMETER_NODE));
    if (node == NULL)
        return call_unknown_node(call);
    if (call->turn == 0) {
        call_ask_state(call, call->api->view->keys.shards);
        return API_ASK;
    }
    struct buffer *out = call_open(call);
    if (!write_members(call, node, out))
        return call_broken(call);
    buffer_add_byte(out, '}');
    return API_DONE;
}

/* The number of the first node behind the page before. */
static size_t find_page_start(struct api_call *call)
{
    struct str last = call_cursor(call);
    size_t low = 0, high = call->nodes->nodes_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (last.len > 0 && str_compare(call->nodes->nodes[middle].node.id, last) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum api_next nodes_answer(struct api_call *call)
{
    if (call->turn == 0) {
        call_ask_state(call, call->api->view->keys.shards);
        return API_ASK;
    }
    const struct snapshot *nodes = call->nodes;
    size_t from = find_page_start(call), limit = (size_t)call_integer(call, PARAMETER_LIMIT, LIMIT_DEFAULT);
    size_t to = nodes->nodes_n - from > limit ? from + limit : nodes->nodes_n;
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"nodes\":[");
    for (size_t i = from; i < to; i++) {
        write_separator(out);
        size_t at = out->len;
        if (!write_members(call, &nodes->nodes[i], out))
            return call_broken(call);
        out->data[at] = '{'; /* in place of the first member's comma */
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    call_write_next(out, to < nodes->nodes_n ? nodes->nodes[to - 1].node.id : (struct str){0});
    buffer_add_byte(out, '}');
    return API_DONE;
}
