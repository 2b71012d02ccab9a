/* Lines of JSON -> Kafka. Responsible for what a line is, where it goes and that it arrives; not for reading files or
 * telling anybody. One thread; librdkafka sends in its own. */
#include "stockfold/ingest/publish.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stockfold/base/log.h"
#include "stockfold/base/unconst.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/codec/time_text.h"
#include "stockfold/ingest/topics.h"
#include "stockfold/store/show.h"

enum { ARENA_KEEP = 1 << 20, POLL_EVERY = 1024, QUEUE_FULL_WAIT_MS = 20, FLUSH_WAIT_MS = 500 };

/* A name in one of the trees (tsearch): a node and its kind, or a sku that the input named. */
struct name {
    struct str text; /* owned, behind this struct */
    enum node_kind kind;
};

struct publisher {
    struct publish_config config;
    rd_kafka_t *handle;
    rd_kafka_topic_t *topics[TOPIC_ROLES]; /* of all roles; with config.topic each is that one */
    enum topic_role role;                  /* of config.topic; TOPIC_ROLES: of none */
    struct arena arena;                    /* of one line */
    void *nodes, *named;                   /* trees of struct name */
    struct publish_totals totals;
    int64_t failed; /* not delivered */
    char failure[256];
};

/* --- what a line is --------------------------------------------------------------------------------------------- */

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

/* The role of a topic that is named; TOPIC_ROLES: of none. */
static enum topic_role role_of_named_topic(const struct kafka_config *kafka, const char *topic)
{
    int role = 0;
    while (role < TOPIC_ROLES && strcmp(topic, kafka->topics[role]) != 0)
        role++;
    return (enum topic_role)role;
}

/* What a topic that the fold reads takes. */
static enum publish_kind kind_of_role(enum topic_role role)
{
    return role == TOPIC_ITEMS ? PUBLISH_ITEM : role == TOPIC_NODES ? PUBLISH_NODE : PUBLISH_EVENT;
}

/* Whether a line is right as what it wants to be. */
static bool reads_as(struct publisher *publisher, struct str line, enum publish_kind kind)
{
    struct event_context context = {.future_max_ms = -1, .arena = &publisher->arena};
    struct event event;
    struct item_facts item;
    struct node node;
    char detail[REFUSAL_DETAIL_MAX];
    if (kind == PUBLISH_EVENT)
        return event_decode(line, &context, &event, detail) == REFUSAL_NONE;
    if (kind == PUBLISH_ITEM)
        return item_read(line, &publisher->arena, &item, detail) == REFUSAL_NONE;
    return node_read(line, &publisher->arena, &node, detail) == REFUSAL_NONE;
}

/* What a line is to be read as. With --topic that is what the topic takes; a line that is something else, and right as
 * that, is refused. */
static enum refusal choose_kind(struct publisher *publisher, struct str line, enum publish_kind *ret_kind,
                                char *ret_detail)
{
    static const char *const is[] = {"an event", "an item document", "a node document"};
    static const char *const takes[] = {"events", "item documents", "node documents"};
    *ret_kind = publish_kind_of(line);
    if (publisher->config.topic == NULL || publisher->role == TOPIC_ROLES)
        return REFUSAL_NONE;
    enum publish_kind taken = kind_of_role(publisher->role);
    if (taken != *ret_kind && reads_as(publisher, line, *ret_kind)) {
        snprintf(ret_detail, REFUSAL_DETAIL_MAX, "line: is %s, and %s takes %s: publish it without --topic",
                 is[*ret_kind], publisher->config.topic, takes[taken]);
        return REFUSAL_OUT_OF_RANGE;
    }
    *ret_kind = taken;
    return REFUSAL_NONE;
}

/* --- names ------------------------------------------------------------------------------------------------------ */

static int compare_published_names(const void *a, const void *b)
{
    return str_compare(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static struct name *find_name(void *const *tree, struct str text)
{
    struct name key = {.text = text};
    struct name *const *found = tfind(&key, tree, compare_published_names);
    return found == NULL ? NULL : *found;
}

static void keep_name(void **tree, struct str text, enum node_kind kind)
{
    struct name *name = find_name(tree, text);
    if (name != NULL) {
        name->kind = kind;
        return;
    }
    name = malloc(sizeof(*name) + text.len);
    if (name == NULL)
        error_out_of_memory();
    memcpy(name + 1, text.data, text.len);
    *name = (struct name){.text = {.data = (char *)(name + 1), .len = text.len}, .kind = kind};
    if (tsearch(name, tree, compare_published_names) == NULL)
        error_out_of_memory();
}

/* --- kinds of nodes --------------------------------------------------------------------------------------------- */

static enum node_kind ask_view(struct publisher *publisher, struct str node)
{
    struct view *view = publisher->config.view;
    if (view == NULL)
        return NODE_STORE;
    struct buffer key;
    buffer_init(&key);
    key_nodes(&view->keys, &key);
    struct link *link = view_link(view, view_shard_of(view, VIEW_NODES));
    link_call_begin(link, 3);
    link_word(link, STR("HGET"));
    link_word(link, (struct str){.data = key.data, .len = key.len});
    link_word(link, node);
    buffer_done(&key);
    const struct reply *reply = link_call(link, view->config->timeout_ms);
    if (reply == NULL) {
        log_warning("Redis went away: kinds of nodes come from the input alone from here on");
        publisher->config.view = NULL;
        return NODE_STORE;
    }
    struct node facts;
    char detail[REFUSAL_DETAIL_MAX];
    if (node_read(reply_text(reply), &publisher->arena, &facts, detail) != REFUSAL_NONE)
        return NODE_STORE;
    return facts.kind;
}

static enum topic_role role_of_node(struct publisher *publisher, struct str node)
{
    static const enum topic_role roles[NODE_KINDS] = {
        [NODE_WAREHOUSE] = TOPIC_WAREHOUSE,
        [NODE_STORE] = TOPIC_STORE,
        [NODE_ECOMMERCE] = TOPIC_ECOMMERCE,
    };
    const struct name *name = find_name(&publisher->nodes, node);
    if (name != NULL)
        return roles[name->kind];
    enum node_kind kind = ask_view(publisher, node);
    keep_name(&publisher->nodes, node, kind);
    return roles[kind];
}

/* --- producing -------------------------------------------------------------------------------------------------- */

static void take_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    (void)handle;
    struct publisher *publisher = opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (publisher->failed++ == 0)
        snprintf(publisher->failure, sizeof(publisher->failure), "%s: %s", rd_kafka_topic_name(message->rkt),
                 rd_kafka_err2str(message->err));
}

static int check_delivery(const struct publisher *publisher, struct error *error)
{
    if (publisher->failed == 0)
        return 0;
    return error_set(error, ERROR_UNREACHABLE, "%" PRId64 " messages were not delivered; the first: %s",
                     publisher->failed, publisher->failure);
}

static int produce(struct publisher *publisher, enum topic_role role, struct str key, struct str line,
                   enum refusal *ret_refusal, char *ret_detail, struct error *error)
{
    if (publisher->totals.sent % POLL_EVERY == 0)
        rd_kafka_poll(publisher->handle, 0);
    while (rd_kafka_produce(publisher->topics[role], RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, unconst(line.data),
                            line.len, key.data, key.len, NULL) != 0) {
        rd_kafka_resp_err_t err = rd_kafka_last_error();
        if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            *ret_refusal = REFUSAL_OUT_OF_RANGE;
            snprintf(ret_detail, REFUSAL_DETAIL_MAX, "%zu bytes are more than message.max.bytes", line.len);
            return 0;
        }
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error_set(error, ERROR_UNREACHABLE, "Kafka: %s: %s", rd_kafka_topic_name(publisher->topics[role]),
                             rd_kafka_err2str(err));
        rd_kafka_poll(publisher->handle, QUEUE_FULL_WAIT_MS);
    }
    publisher->totals.sent++;
    return check_delivery(publisher, error);
}

/* Whether a place lies in a scope, which is a place itself, or empty: all of the node. */
static bool covers(struct str scope, struct str place)
{
    bool begins = place.len >= scope.len && memcmp(place.data, scope.data, scope.len) == 0;
    return scope.len == 0 || (begins && (place.len == scope.len || place.data[scope.len] == '\0'));
}

/* Whether an event says something of its item in the scope that is to be completed. */
static bool names_scope(const struct publish_config *config, const struct event *event)
{
    struct str scope = config->complete_place;
    if (config->complete_node.len == 0 || !str_equal(event->node, config->complete_node))
        return false;
    bool counts_all = event->type == EVENT_COUNTED && event->scope != SCOPE_PLACE && covers(event->place, scope);
    bool named = counts_all || covers(scope, event->place) || covers(scope, event->to_place);
    for (uint32_t i = 0; i < event->lines_n; i++)
        named = named || covers(scope, event->lines[i].place);
    return named;
}

/* Checks a line; what passes says its key and where it goes. */
static enum refusal route(struct publisher *publisher, struct str line, struct str *ret_key, enum topic_role *ret_role,
                          char *ret_detail)
{
    struct event_context context = {.future_max_ms = -1, .arena = &publisher->arena};
    struct event event;
    struct item_facts item;
    struct node node;
    enum publish_kind kind;
    enum refusal refusal = choose_kind(publisher, line, &kind, ret_detail);
    if (refusal != REFUSAL_NONE)
        return refusal;
    switch (kind) {
    case PUBLISH_ITEM:
        refusal = item_read(line, &publisher->arena, &item, ret_detail);
        if (refusal == REFUSAL_NONE) {
            *ret_key = item.sku;
            *ret_role = TOPIC_ITEMS;
        }
        return refusal;
    case PUBLISH_NODE:
        refusal = node_read(line, &publisher->arena, &node, ret_detail);
        if (refusal == REFUSAL_NONE) {
            keep_name(&publisher->nodes, node.id, node.kind);
            *ret_key = node.id;
            *ret_role = TOPIC_NODES;
        }
        return refusal;
    case PUBLISH_EVENT:
    default:
        refusal = event_decode(line, &context, &event, ret_detail);
        if (refusal == REFUSAL_NONE) {
            if (names_scope(&publisher->config, &event))
                keep_name(&publisher->named, event.sku, NODE_STORE);
            *ret_key = event.sku;
            *ret_role = role_of_node(publisher, event.node);
        }
        return refusal;
    }
}

int publisher_line(struct publisher *publisher, struct str line, enum refusal *ret_refusal, char *ret_detail,
                   struct error *error)
{
    struct str key;
    enum topic_role role;
    arena_reset(&publisher->arena, ARENA_KEEP);
    *ret_refusal = route(publisher, line, &key, &role, ret_detail);
    if (*ret_refusal != REFUSAL_NONE)
        return 0;
    return produce(publisher, role, key, line, ret_refusal, ret_detail, error);
}

/* --- life ------------------------------------------------------------------------------------------------------- */

/* With --topic: where it lies, and that the fold reads it. */
static int choose_topic(struct publisher *publisher, struct error *error)
{
    const char *topic = publisher->config.topic;
    publisher->role = topic == NULL ? TOPIC_ROLES : role_of_named_topic(&publisher->config.kafka, topic);
    if (publisher->role < TOPIC_INPUTS || publisher->role == TOPIC_ROLES)
        return 0;
    return error_set(error, ERROR_USAGE, "%s takes neither events nor items nor nodes: Stockfold itself writes it",
                     topic);
}

/* A message for a missing topic would only fail after a time-out. */
static int require_topics(struct publisher *publisher, struct error *error)
{
    const struct kafka_config *kafka = &publisher->config.kafka;
    struct topic_facts facts[TOPIC_MADE];
    if (publisher->config.topic != NULL)
        return topics_require(publisher->handle, kafka, publisher->config.topic, error);
    int code = topics_read(publisher->handle, kafka, facts, error);
    for (int role = 0; code == 0 && role < TOPIC_INPUTS; role++)
        if (facts[role].partitions == 0)
            code = error_set(error, ERROR_STATE, "topic %s does not exist: run `stockfold setup`", kafka->topics[role]);
    return code;
}

struct publisher *publisher_new(const struct publish_config *config, struct error *error)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    if (publisher == NULL)
        error_out_of_memory();
    publisher->config = *config;
    arena_init(&publisher->arena);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, take_report);
    publisher->handle = kafka_new(&config->kafka, KAFKA_PRODUCER, conf, publisher, error);
    if (publisher->handle == NULL || choose_topic(publisher, error) != 0 || require_topics(publisher, error) != 0) {
        publisher_free(publisher);
        return NULL;
    }
    for (int role = 0; role < TOPIC_ROLES; role++) {
        const char *name = config->topic != NULL ? config->topic : config->kafka.topics[role];
        publisher->topics[role] = rd_kafka_topic_new(publisher->handle, name, NULL);
        if (publisher->topics[role] != NULL)
            continue;
        error_set(error, ERROR_USAGE, "%s cannot be a topic: %s", name, rd_kafka_err2str(rd_kafka_last_error()));
        publisher_free(publisher);
        return NULL;
    }
    return publisher;
}

void publisher_free(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    for (int role = 0; role < TOPIC_ROLES; role++)
        if (publisher->topics[role] != NULL)
            rd_kafka_topic_destroy(publisher->topics[role]);
    if (publisher->handle != NULL)
        rd_kafka_purge(publisher->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_free(publisher->handle);
    tdestroy(publisher->nodes, free);
    tdestroy(publisher->named, free);
    arena_done(&publisher->arena);
    free(publisher);
}

int publisher_finish(struct publisher *publisher, struct publish_totals *ret_totals, struct error *error)
{
    /* Ends by itself: each message is delivered, or failed after message.timeout.ms. */
    while (rd_kafka_outq_len(publisher->handle) > 0)
        rd_kafka_flush(publisher->handle, FLUSH_WAIT_MS);
    *ret_totals = publisher->totals;
    return check_delivery(publisher, error);
}

/* --- completing ------------------------------------------------------------------------------------------------- */

struct completion {
    struct publisher *publisher;
    enum topic_role role;
    int64_t now_ms;
    struct buffer json;
};

static bool in_scope(const struct record *record, struct str scope)
{
    if (scope.len == 0)
        return record->places_n > 0 || record->unplaced != 0 || record->undrawn != 0 ||
               record->states[STATE_DAMAGED] != 0 || record->states[STATE_QUALITY_HOLD] != 0 ||
               record->states[STATE_STAGED] != 0;
    for (uint32_t i = 0; i < record->places_n; i++)
        if (covers(scope, record->places[i].place))
            return true;
    return false;
}

/* ,"scope":"zone","place":{"floor":"2","zone":"women"} */
static void write_scope(struct str scope, struct buffer *json)
{
    struct str components[PLACE_COMPONENTS];
    place_split(scope, components);
    if (scope.len == 0) {
        buffer_add_literal(json, ",\"scope\":\"node\"");
        return;
    }
    bool zone = components[PLACE_ZONE].len > 0;
    buffer_add_format(json, ",\"scope\":\"%s\",\"place\":{\"floor\":", zone ? "zone" : "floor");
    json_write_string(components[PLACE_FLOOR], json);
    if (zone) {
        buffer_add_literal(json, ",\"zone\":");
        json_write_string(components[PLACE_ZONE], json);
    }
    buffer_add_byte(json, '}');
}

static void write_empty_count(struct completion *completion, struct str sku)
{
    struct publisher *publisher = completion->publisher;
    struct buffer *json = &completion->json;
    char time[TIME_TEXT_MAX];
    size_t time_len = time_format(completion->now_ms, time);
    json->len = 0;
    buffer_add_format(json, "{\"id\":\"complete-%" PRId64 "-%ld-%" PRId64 "\",\"source\":\"publish\"",
                      completion->now_ms, (long)getpid(), publisher->totals.completed);
    buffer_add_format(json, ",\"type\":\"counted\",\"time\":\"%.*s\",\"sku\":", (int)time_len, time);
    json_write_string(sku, json);
    buffer_add_literal(json, ",\"node\":");
    json_write_string(publisher->config.complete_node, json);
    write_scope(publisher->config.complete_place, json);
    buffer_add_literal(json, ",\"lines\":[],\"missing\":\"zero\"}");
}

static int complete_sku(void *context, struct str sku, const struct record *record, struct error *error)
{
    struct completion *completion = context;
    struct publisher *publisher = completion->publisher;
    if (!in_scope(record, publisher->config.complete_place) || find_name(&publisher->named, sku) != NULL)
        return 0;
    write_empty_count(completion, sku);
    enum refusal refusal = REFUSAL_NONE;
    char detail[REFUSAL_DETAIL_MAX];
    struct str json = {.data = completion->json.data, .len = completion->json.len};
    int code = produce(publisher, completion->role, sku, json, &refusal, detail, error);
    publisher->totals.completed++;
    return code;
}

int publisher_complete(struct publisher *publisher, int64_t now_ms, struct error *error)
{
    struct str node = publisher->config.complete_node;
    struct completion completion = {.publisher = publisher, .now_ms = now_ms};
    completion.role = role_of_node(publisher, node);
    struct view *view = publisher->config.view;
    if (view == NULL)
        return error_set(error, ERROR_UNREACHABLE, "Redis went away: what the view has there is not known");
    buffer_init(&completion.json);
    int code = view_each_at_node(view, node, complete_sku, &completion, error);
    buffer_done(&completion.json);
    return code;
}
