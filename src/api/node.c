/* GET /v1/nodes and /v1/nodes/{node}: the nodes' documents, with what they are now. */
#include "line.h"
#include "splice.h"
#include "stockfold/codec/record_json.h"

enum { LIMIT_DEFAULT = 100 };

/* `,` and all members; of a node without a document its id, and nothing is known of its hours. */
static bool write_members(const struct api_call *call, const struct snapshot_node *node, struct buffer *out)
{
    bool documented = snapshot_is_documented(node);
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

/* The nodes that are listed, in their order. */
struct node_list {
    const struct snapshot_node **nodes;
    size_t n;
};

/* All behind the page before, by id, and one more than the page has room for. */
static void list_all_nodes(struct api_call *call, size_t limit, struct node_list *ret_list)
{
    const struct snapshot *all = call->nodes;
    struct str last = call_cursor(call);
    for (size_t i = 0; i < all->nodes_n && ret_list->n <= limit; i++)
        if (snapshot_is_documented(&all->nodes[i]) && str_compare(all->nodes[i].node.id, last) > 0)
            ret_list->nodes[ret_list->n++] = &all->nodes[i];
}

static bool write_nodes(struct api_call *call, const struct node_list *list, size_t n, struct buffer *out)
{
    buffer_add_literal(out, ",\"nodes\":[");
    for (size_t i = 0; i < n; i++) {
        write_separator(out);
        size_t at = out->len;
        if (!write_members(call, list->nodes[i], out))
            return false;
        out->data[at] = '{'; /* in place of the first member's comma */
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    call_write_next(out, n < list->n ? list->nodes[n - 1]->node.id : (struct str){0});
    buffer_add_byte(out, '}');
    return true;
}

enum api_next nodes_answer(struct api_call *call)
{
    if (call->turn == 0) {
        call_ask_state(call, call->api->view->keys.shards);
        return API_ASK;
    }
    size_t limit = (size_t)call_integer(call, PARAMETER_LIMIT, LIMIT_DEFAULT);
    struct node_list list = {.nodes = arena_array(&call->arena, const struct snapshot_node *, limit + 1)};
    list_all_nodes(call, limit, &list);
    return write_nodes(call, &list, list.n < limit ? list.n : limit, call_open(call)) ? API_DONE : call_broken(call);
}
