/* Lines of JSON -> Kafka. Responsible for where a line goes and what belongs to it; not for reading files or telling
 * anybody. What a line is: publish_line.c; what completes it: completion.c; that it arrives: producer.c. One thread. */
#include "stockfold/ingest/publish.h"

#include <stdio.h>
#include <stdlib.h>

#include "completion.h"
#include "node_kinds.h"
#include "producer.h"
#include "publish_line.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/time_zone.h"
#include "stockfold/codec/unknown_fields.h"
#include "stockfold/store/show.h"

enum { ARENA_KEEP = 1 << 20, UNKNOWN_FIELDS_MAX = 100 /* that are told */ };

struct publisher {
    struct publish_config config;
    struct producer *producer;
    enum topic_role role; /* of config.topic; TOPIC_ROLES: of none */
    struct arena arena;   /* of one line */
    struct node_kinds nodes;
    struct completion *completion; /* NULL: nothing is to be completed */
    struct name_map unknown;       /* sentences that were told */
    int unknown_n;
    int64_t previewed, completed;
    int64_t now_ms; /* of publisher_empty() */
};

/* --- fields and time zones that are not known -------------------------------------------------------------------- */

struct unknown_search {
    struct publisher *publisher;
    enum refusal *refusal;
    char *detail;
};

static void take_unknown_name(void *context, const char *detail)
{
    struct unknown_search *search = context;
    struct publisher *publisher = search->publisher;
    if (publisher->config.strict) {
        if (*search->refusal == REFUSAL_NONE)
            strcpy(search->detail, detail);
        *search->refusal = REFUSAL_OUT_OF_RANGE;
        return;
    }
    if (publisher->unknown_n == UNKNOWN_FIELDS_MAX || !name_map_put(&publisher->unknown, str_from(detail), 0))
        return;
    publisher->unknown_n++;
    publisher->config.listener.unknown_name(publisher->config.listener.context, detail);
}

/* The workers ask their machine's database, which is hardly another one. */
static void check_time_zone(const struct node *node, struct unknown_search *search)
{
    struct str zone = node->time_zone;
    char name[BOUND_TIME_ZONE + 1], detail[REFUSAL_DETAIL_MAX];
    snprintf(name, sizeof(name), "%.*s", STR_ARG(zone));
    if (zone.len == 0 || time_zone_is_known(name))
        return;
    snprintf(detail, sizeof(detail),
             "time_zone: \"%s\" is no time zone that this machine knows, such as Europe/Madrid: its node counts as "
             "closed",
             name);
    take_unknown_name(search, detail);
}

/* Where a topic is named, its kind is asked of no node. */
static void check_node(struct publisher *publisher, struct str node, struct unknown_search *search)
{
    char detail[REFUSAL_DETAIL_MAX];
    if (publisher->config.topic != NULL || node_kinds_has(&publisher->nodes, node, &publisher->arena))
        return;
    snprintf(detail, sizeof(detail), "node: \"%.*s\" has no document in the view: its events go to %.100s",
             STR_ARG(node), publisher->config.kafka.topics[TOPIC_STORE]);
    take_unknown_name(search, detail);
}

/* --- a line ----------------------------------------------------------------------------------------------------- */

static enum refusal check_line(struct publisher *publisher, struct str line, struct publish_line *ret_read,
                               char *ret_detail)
{
    static const enum document_kind kinds[] = {DOCUMENT_OF_EVENT, DOCUMENT_OF_ITEM, DOCUMENT_OF_NODE};
    arena_reset(&publisher->arena, ARENA_KEEP);
    struct event_context context = {clock_wall_ms(), publisher->config.future_max_ms, &publisher->arena};
    enum refusal refusal =
        publish_line_read(line, publisher->config.topic, publisher->role, &context, ret_read, ret_detail);
    struct unknown_search search = {publisher, &refusal, ret_detail};
    if (refusal == REFUSAL_NONE || (refusal == REFUSAL_MISSING_FIELD && !publisher->config.strict))
        unknown_fields(line, kinds[ret_read->kind], take_unknown_name, &search);
    if (refusal == REFUSAL_NONE && ret_read->kind == PUBLISH_NODE)
        check_time_zone(&ret_read->node, &search);
    if (refusal == REFUSAL_NONE && ret_read->kind == PUBLISH_EVENT)
        check_node(publisher, ret_read->event.node, &search);
    if (refusal == REFUSAL_NONE && ret_read->kind == PUBLISH_NODE)
        name_map_put(&publisher->nodes.known, ret_read->node.id, (int)ret_read->node.kind);
    return refusal;
}

static int send_message(struct publisher *publisher, enum topic_role role, struct str key, struct str value,
                        uint64_t tag, struct error *error)
{
    const struct publish_listener *listener = &publisher->config.listener;
    if (listener->preview == NULL)
        return producer_send(publisher->producer, role, key, value, NULL, tag, error);
    const char *topic = publisher->config.topic;
    listener->preview(listener->context, topic == NULL ? publisher->config.kafka.topics[role] : topic, key, value);
    publisher->previewed++;
    return 0;
}

static enum topic_role role_of_line(struct publisher *publisher, const struct publish_line *read)
{
    if (read->kind == PUBLISH_EVENT)
        return node_kinds_topic(&publisher->nodes, read->event.node, &publisher->arena);
    return read->kind == PUBLISH_ITEM ? TOPIC_ITEMS : TOPIC_NODES;
}

int publisher_line(struct publisher *publisher, struct str line, uint64_t tag, enum refusal *ret_refusal,
                   char *ret_detail, struct error *error)
{
    struct publish_line read;
    *ret_refusal = check_line(publisher, line, &read, ret_detail);
    if (*ret_refusal != REFUSAL_NONE)
        return 0;
    return send_message(publisher, role_of_line(publisher, &read), read.key, line, tag, error);
}

int publisher_check(struct publisher *publisher, struct str line, enum refusal *ret_refusal, char *ret_detail,
                    struct error *error)
{
    struct publish_line read;
    *ret_refusal = check_line(publisher, line, &read, ret_detail);
    if (*ret_refusal != REFUSAL_NONE)
        return 0;
    if (read.kind == PUBLISH_NODE)
        completion_note_node(publisher->completion, read.node.id, line);
    return read.kind == PUBLISH_EVENT ? completion_note(publisher->completion, &read.event, error) : 0;
}

/* --- counts that empty ------------------------------------------------------------------------------------------ */

static int send_count(void *context, struct str sku, struct str node, struct str json, struct error *error)
{
    struct publisher *publisher = context;
    enum topic_role role = node_kinds_topic(&publisher->nodes, node, &publisher->arena);
    publisher->completed++;
    return send_message(publisher, role, sku, json, PUBLISH_COMPLETION, error);
}

int publisher_plan(struct publisher *publisher, struct publish_plan *ret_plan, struct error *error)
{
    return completion_plan(publisher->completion, &publisher->nodes, ret_plan, error);
}

int publisher_complete(struct publisher *publisher, struct error *error)
{
    return completion_each(publisher->completion, send_count, publisher, error);
}

static int empty_record(struct publisher *publisher, struct str sku, struct str node, const struct record *record,
                        struct error *error)
{
    struct buffer json;
    bool empty = record->places_n == 0 && record->unplaced == 0 && record->undrawn == 0;
    for (int state = 0; state < STOCK_STATES; state++)
        empty = empty && record->states[state] == 0;
    if (empty)
        return 0;
    buffer_init(&json);
    completion_write_count(sku, node, STR(""), publisher->now_ms, record, &json);
    int code = send_count(publisher, sku, node, (struct str){json.data, json.len}, error);
    buffer_done(&json);
    return code;
}

struct emptying {
    struct publisher *publisher;
    struct str id; /* of the item, or the node */
};

static int empty_at_node(void *context, struct str sku, const struct record *record, struct error *error)
{
    const struct emptying *emptying = context;
    return empty_record(emptying->publisher, sku, emptying->id, record, error);
}

static int empty_of_item(void *context, struct str node, const struct record *record, struct error *error)
{
    const struct emptying *emptying = context;
    return empty_record(emptying->publisher, emptying->id, node, record, error);
}

int publisher_empty(struct publisher *publisher, enum publish_kind kind, struct str id, int64_t now_ms,
                    struct error *error)
{
    struct emptying emptying = {publisher, id};
    publisher->now_ms = now_ms;
    if (kind == PUBLISH_NODE)
        return view_each_at_node(publisher->config.view, id, empty_at_node, &emptying, error);
    return view_each_of_item(publisher->config.view, id, empty_of_item, &emptying, error);
}

int publisher_delete(struct publisher *publisher, enum publish_kind kind, struct str id, struct error *error)
{
    enum topic_role role = kind == PUBLISH_NODE ? TOPIC_NODES : TOPIC_ITEMS;
    return send_message(publisher, role, id, (struct str){0}, PUBLISH_COMPLETION, error);
}

/* --- life ------------------------------------------------------------------------------------------------------- */

/* The role of a topic that is named; TOPIC_ROLES: of none. */
static enum topic_role role_of_named_topic(const struct kafka_config *kafka, const char *topic)
{
    int role = 0;
    while (topic != NULL && role < TOPIC_ROLES && strcmp(topic, kafka->topics[role]) != 0)
        role++;
    return topic == NULL ? TOPIC_ROLES : (enum topic_role)role;
}

struct publisher *publisher_new(const struct publish_config *config, struct error *error)
{
    enum topic_role role = role_of_named_topic(&config->kafka, config->topic);
    if (role >= TOPIC_PUBLISHED && role != TOPIC_ROLES) {
        error_set(error, ERROR_USAGE, "%s takes neither events nor items nor nodes: Stockfold itself writes it",
                  config->topic);
        return NULL;
    }
    struct producer *producer =
        producer_new(&config->kafka, config->topic, config->listener.too_large, config->listener.context, error);
    if (producer == NULL)
        return NULL;
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    if (publisher == NULL)
        error_out_of_memory();
    *publisher = (struct publisher){.config = *config, .producer = producer, .role = role};
    publisher->nodes.view = config->view;
    arena_init(&publisher->arena);
    if (config->scopes_n > 0)
        publisher->completion = completion_new(config->scopes, config->scopes_n, config->at_ms);
    return publisher;
}

void publisher_free(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    producer_free(publisher->producer);
    completion_free(publisher->completion);
    name_map_done(&publisher->nodes.known);
    name_map_done(&publisher->unknown);
    arena_done(&publisher->arena);
    free(publisher);
}

int publisher_finish(struct publisher *publisher, struct publish_totals *ret_totals, struct error *error)
{
    int code = producer_finish(publisher->producer, error);
    *ret_totals =
        (struct publish_totals){producer_sent(publisher->producer) + publisher->previewed, publisher->completed};
    return code;
}
