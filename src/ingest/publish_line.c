/* Telling events, items and nodes apart, and reading each as what it is. */
#include "publish_line.h"

#include <stdarg.h>
#include <stdio.h>

/* The next name of a field of the outermost object, from *position on; empty at the end. Trusts nothing: broken JSON
 * gives some names or none, and is refused by the decoder. */
static struct str next_field(struct str line, size_t *position, int *depth)
{
    bool name_next = false;
    for (size_t i = *position; i < line.len; i++) {
        char c = line.data[i];
        if (c == '{' || c == '[') {
            ++*depth;
            name_next = *depth == 1;
        } else if (c == '}' || c == ']') {
            --*depth;
        } else if (c == ',') {
            name_next = *depth == 1;
        } else if (c == '"') {
            size_t start = ++i;
            while (i < line.len && line.data[i] != '"')
                i += line.data[i] == '\\' ? 2 : 1;
            *position = i + 1;
            if (name_next && i <= line.len)
                return (struct str){.data = line.data + start, .len = i - start};
        }
    }
    return STR("");
}

enum publish_kind publish_kind_of(struct str line)
{
    bool event = false, sku = false, node = false;
    size_t position = 0;
    int depth = 0;
    for (struct str field; (field = next_field(line, &position, &depth)).len > 0;) {
        event |= str_equal(field, STR("type")) || str_equal(field, STR("time")) || str_equal(field, STR("source"));
        sku |= str_equal(field, STR("sku"));
        node |= str_equal(field, STR("id")) || str_equal(field, STR("kind"));
    }
    if (event)
        return PUBLISH_EVENT;
    return sku ? PUBLISH_ITEM : node ? PUBLISH_NODE : PUBLISH_EVENT;
}

int64_t publish_time_of(struct str line, struct arena *arena, int64_t *ret_key_time)
{
    struct event_context context = {.future_max_ms = -1, .arena = arena};
    struct event event;
    char detail[REFUSAL_DETAIL_MAX];
    *ret_key_time = TIME_NONE;
    if (!event_decode_fast(line, &context, &event) &&
        (publish_kind_of(line) != PUBLISH_EVENT || event_decode(line, &context, &event, detail) != REFUSAL_NONE))
        return TIME_NONE;
    *ret_key_time = event_key_time(&event);
    return event.time;
}

static enum refusal refuse_to_publish(char *ret_detail, const char *format, ...) __attribute__((format(printf, 2, 3)));
static enum refusal refuse_to_publish(char *ret_detail, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret_detail, REFUSAL_DETAIL_MAX, format, args);
    va_end(args);
    return REFUSAL_OUT_OF_RANGE;
}

/* What a topic that the fold reads takes. */
static enum publish_kind kind_of_role(enum topic_role role)
{
    return role == TOPIC_ITEMS ? PUBLISH_ITEM : role == TOPIC_NODES ? PUBLISH_NODE : PUBLISH_EVENT;
}

/* What somebody meant otherwise is nothing that the fold refuses: documents are taken as they are, such a day is closed, such
 * a node has no position, and of such zones the first counts. */
static enum refusal judge_node_to_publish(const struct node *node, char *ret_detail)
{
    struct str span = node->hours.empty_span, twice[PLACE_COMPONENTS];
    if (span.len > 0)
        return refuse_to_publish(ret_detail, "hours: \"%.*s\" ends as it begins; all day is 00:00-24:00, closed is []",
                                 STR_ARG(span));
    if (node->half_positioned)
        return refuse_to_publish(ret_detail, "lat, lon: only one is given, expected both or neither");
    if (node->zone_twice.len == 0)
        return REFUSAL_NONE;
    place_split(node->zone_twice, twice);
    return refuse_to_publish(ret_detail, "zones: floor \"%.*s\", zone \"%.*s\" is listed twice",
                             STR_ARG(twice[PLACE_FLOOR]), STR_ARG(twice[PLACE_ZONE]));
}

static enum refusal read_as(struct str line, enum publish_kind kind, const struct event_context *context,
                            struct publish_line *ret_line, char *ret_detail)
{
    struct item_facts item;
    enum refusal refusal;
    ret_line->kind = kind;
    switch (kind) {
    case PUBLISH_ITEM:
        refusal = item_read(line, context->arena, &item, ret_detail);
        ret_line->key = refusal == REFUSAL_NONE ? item.sku : STR("");
        return refusal;
    case PUBLISH_NODE:
        refusal = node_read(line, context->arena, &ret_line->node, ret_detail);
        if (refusal == REFUSAL_NONE)
            refusal = judge_node_to_publish(&ret_line->node, ret_detail);
        ret_line->key = refusal == REFUSAL_NONE ? ret_line->node.id : STR("");
        return refusal;
    case PUBLISH_EVENT:
    default:
        refusal = event_decode(line, context, &ret_line->event, ret_detail);
        ret_line->key = refusal == REFUSAL_NONE ? ret_line->event.sku : STR("");
        return refusal;
    }
}

/* With a topic named, a line is read as what that takes; one that is something else, and right as that, is refused. */
enum refusal publish_line_read(struct str line, const char *topic, enum topic_role role,
                               const struct event_context *context, struct publish_line *ret_line, char *ret_detail)
{
    static const char *const is[] = {"an event", "an item document", "a node document"};
    static const char *const takes[] = {"events", "item documents", "node documents"};
    enum publish_kind kind = publish_kind_of(line);
    if (topic == NULL || role == TOPIC_ROLES)
        return read_as(line, kind, context, ret_line, ret_detail);
    enum publish_kind taken = kind_of_role(role);
    if (taken == kind || read_as(line, kind, context, ret_line, ret_detail) != REFUSAL_NONE)
        return read_as(line, taken, context, ret_line, ret_detail);
    snprintf(ret_detail, REFUSAL_DETAIL_MAX, "line: is %s, and %s takes %s: publish it without --topic", is[kind],
             topic, takes[taken]);
    return REFUSAL_OUT_OF_RANGE;
}
