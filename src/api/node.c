/* GET /v1/nodes and /v1/nodes/{node}: the nodes' documents, with what they are now. */
#include <stdio.h>
#include <stdlib.h>

#include "line.h"
#include "origin.h"
#include "splice.h"
#include "stockfold/codec/translate.h"
#include "stockfold/core/bounds.h"

enum { LIMIT_DEFAULT = 100, NAMED_MAX = 200 }; /* all of those named are one page, unless a limit is given */

/* `,` and all members; of a node without a document its id, and nothing is known of its hours. */
static bool write_members(struct api_call *call, const struct snapshot_node *node, struct buffer *out)
{
    bool documented = snapshot_is_documented(node);
    if (documented)
        node_write_hours(call, node, out);
    else
        write_name(out, "open_now", NULL);
    write_time(out, "heard_at", node->heard_at);
    write_boolean(out, "stale", node_is_stale(call, node));
    if (documented)
        return splice_members(node_translate(node->document, call_text(call, PARAMETER_LANG), &call->arena), out);
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

/* --- lists ------------------------------------------------------------------------------------------------------- */

struct listed {
    const struct snapshot_node *node; /* NULL: nobody knows it */
    struct str id;
    double rank; /* by which lists are sorted, then by id: chord2 (CHORD2_ALL: not known), or the order asked; else 0 */
};

struct node_list {
    struct listed *nodes;
    size_t n;
    bool by_distance;
    struct geo_point origin;
};

static void add_to_list(struct node_list *list, const struct snapshot_node *node, struct str id, double rank)
{
    if (list->by_distance)
        rank = node != NULL && node->node.positioned ? geo_chord2(list->origin, node->point) : CHORD2_ALL;
    list->nodes[list->n++] = (struct listed){node, id, rank};
}

static int compare_listed_nodes(const void *a, const void *b)
{
    const struct listed *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return str_compare(left->id, right->id);
}

/* Those named, in the order asked; else all that have a document, by distance only those with a position. */
static void list_nodes(struct api_call *call, struct node_list *list)
{
    const struct values *named = &call->values[PARAMETER_NODE];
    const struct snapshot *all = call->nodes;
    list->nodes = arena_array(&call->arena, struct listed, named->n + all->nodes_n);
    for (size_t i = 0; i < named->n; i++)
        add_to_list(list, snapshot_find(all, named->texts[i]), named->texts[i], (double)i);
    for (size_t i = 0; i < all->nodes_n && named->n == 0; i++)
        if (snapshot_is_documented(&all->nodes[i]) && (!list->by_distance || all->nodes[i].node.positioned))
            add_to_list(list, &all->nodes[i], all->nodes[i].node.id, 0);
    if (list->by_distance && list->n > 1)
        qsort(list->nodes, list->n, sizeof(*list->nodes), compare_listed_nodes);
}

/* A cursor is RANK:ID of the last line; ranks are exact. */
static size_t find_page_start(struct api_call *call, const struct node_list *list)
{
    struct str position = call_cursor(call);
    const char *colon = position.len == 0 ? NULL : memchr(position.data, ':', position.len);
    char number[32] = {0};
    size_t i = 0;
    if (colon == NULL || colon - position.data >= (ptrdiff_t)sizeof(number))
        return position.len == 0 ? 0 : list->n;
    memcpy(number, position.data, (size_t)(colon - position.data));
    struct listed last = {.id = {colon + 1, position.len - (size_t)(colon + 1 - position.data)},
                          .rank = strtod(number, NULL)};
    while (i < list->n && compare_listed_nodes(&list->nodes[i], &last) <= 0)
        i++;
    return i;
}

static void write_page_position(const struct listed *last, struct buffer *out)
{
    char next[32 + BOUND_NODE];
    int len = last == NULL ? 0 : snprintf(next, sizeof(next), "%.17g:%.*s", last->rank, STR_ARG(last->id));
    call_write_next(out, (struct str){next, (size_t)len});
}

static bool write_listed(struct api_call *call, const struct node_list *list, const struct listed *listed,
                         struct buffer *out)
{
    write_separator(out);
    size_t at = out->len;
    if (list->by_distance && listed->rank < CHORD2_ALL)
        write_decimal(out, "distance_km", geo_km(listed->rank));
    else if (list->by_distance)
        write_name(out, "distance_km", NULL);
    if (listed->node == NULL) {
        write_text(out, "id", listed->id);
        write_name(out, "status", "unknown");
    } else if (!write_members(call, listed->node, out)) {
        return false;
    }
    out->data[at] = '{'; /* in place of the first member's comma */
    buffer_add_byte(out, '}');
    return true;
}

static enum api_next write_nodes(struct api_call *call, const struct node_list *list)
{
    size_t from = find_page_start(call, list);
    size_t limit =
        (size_t)call_integer(call, PARAMETER_LIMIT, call_has(call, PARAMETER_NODE) ? NAMED_MAX : LIMIT_DEFAULT);
    size_t to = list->n - from > limit ? from + limit : list->n;
    struct buffer *out = call_open(call);
    buffer_add_literal(out, ",\"nodes\":[");
    for (size_t i = from; i < to; i++)
        if (!write_listed(call, list, &list->nodes[i], out))
            return call_broken(call);
    buffer_add_byte(out, ']');
    write_page_position(to < list->n ? &list->nodes[to - 1] : NULL, out);
    buffer_add_byte(out, '}');
    return API_DONE;
}

enum api_next nodes_answer(struct api_call *call)
{
    bool lat = call_has(call, PARAMETER_LAT), lon = call_has(call, PARAMETER_LON);
    if (lat != lon)
        return call_wrong(call, lat ? PARAMETER_LON : PARAMETER_LAT, "to be given with %s", lat ? "lat" : "lon");
    if (call->turn == 0) {
        call_ask_state(call, call->api->view->keys.shards);
        return API_ASK;
    }
    struct node_list list = {.by_distance = lat};
    if (lat)
        list.origin = geo_point_of(call_number(call, PARAMETER_LAT, 0), call_number(call, PARAMETER_LON, 0));
    list_nodes(call, &list);
    return write_nodes(call, &list);
}
