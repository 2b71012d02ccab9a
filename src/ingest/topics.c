/* What each topic must be, as one table, and librdkafka's admin interface around it. */
#include "stockfold/ingest/topics.h"

#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"

static const char *const config_names[TOPIC_CONFIGS] = {
    [TOPIC_TIMESTAMP_TYPE] = "message.timestamp.type",
    [TOPIC_RETENTION_MS] = "retention.ms",
    [TOPIC_RETENTION_BYTES] = "retention.bytes",
    [TOPIC_CLEANUP] = "cleanup.policy",
};

/* In the order of enum topic_config; NULL: the brokers' default. */
static const char *const kept_for_good[TOPIC_CONFIGS] = {"LogAppendTime", "-1", "-1", "delete"};
static const char *const compacted[TOPIC_CONFIGS] = {NULL, NULL, NULL, "compact"};
static const char *const kept_30_days[TOPIC_CONFIGS] = {NULL, "2592000000", NULL, "delete"};

static const char *const *const wanted[TOPIC_ROLES] = {
    [TOPIC_WAREHOUSE] = kept_for_good,
    [TOPIC_STORE] = kept_for_good,
    [TOPIC_ECOMMERCE] = kept_for_good,
    [TOPIC_ITEMS] = compacted,
    [TOPIC_NODES] = compacted,
    [TOPIC_REFUSED] = kept_30_days,
    [TOPIC_RESERVATIONS] = kept_for_good,
    [TOPIC_AVAILABILITY] = compacted,
};

/* --- reading ---------------------------------------------------------------------------------------------------- */

static int cannot_be_reached(rd_kafka_resp_err_t err, struct error *error)
{
    return error_set(error, ERROR_UNREACHABLE, "Kafka cannot be reached: %s", rd_kafka_err2str(err));
}

static int count_partitions(rd_kafka_t *handle, const struct kafka_config *config,
                            struct topic_facts ret_facts[TOPIC_ROLES], struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    /* All topics: asking for one by name would create it where brokers do that by themselves. */
    rd_kafka_resp_err_t err = rd_kafka_metadata(handle, 1, NULL, &metadata, config->timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return cannot_be_reached(err, error);
    for (int role = 0; role < TOPIC_ROLES; role++)
        for (int i = 0; i < metadata->topic_cnt; i++)
            if (strcmp(metadata->topics[i].topic, config->topics[role]) == 0)
                ret_facts[role].partitions = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

int topics_require(struct rd_kafka_s *handle, const struct kafka_config *config, const char *name, struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(handle, 1, NULL, &metadata, config->timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return cannot_be_reached(err, error);
    bool found = false;
    for (int i = 0; i < metadata->topic_cnt; i++)
        found = found || strcmp(metadata->topics[i].topic, name) == 0;
    rd_kafka_metadata_destroy(metadata);
    return found ? 0 : error_set(error, ERROR_STATE, "topic %s does not exist: run `stockfold setup`", name);
}

static void read_values(const rd_kafka_ConfigResource_t *resource, struct topic_facts *facts)
{
    size_t entries_n;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &entries_n);
    for (size_t i = 0; i < entries_n; i++)
        for (int config = 0; config < TOPIC_CONFIGS; config++) {
            const char *value = rd_kafka_ConfigEntry_value(entries[i]);
            if (value != NULL && strcmp(rd_kafka_ConfigEntry_name(entries[i]), config_names[config]) == 0)
                snprintf(facts->values[config], TOPIC_CONFIG_MAX, "%s", value);
        }
}

static int read_resources(rd_kafka_event_t *event, const struct kafka_config *config,
                          struct topic_facts facts[TOPIC_ROLES], struct error *error)
{
    size_t resources_n;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resources_n);
    for (size_t i = 0; i < resources_n; i++) {
        const char *name = rd_kafka_ConfigResource_name(resources[i]);
        if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return error_set(error, ERROR_UNREACHABLE, "topic %s: settings cannot be read: %s", name,
                             rd_kafka_ConfigResource_error_string(resources[i]));
        for (int role = 0; role < TOPIC_ROLES; role++)
            if (strcmp(name, config->topics[role]) == 0)
                read_values(resources[i], &facts[role]);
    }
    return 0;
}

/* Waits for the answer to one admin request and passes it to nobody: the caller destroys it. NULL: none came. */
static rd_kafka_event_t *await_answer(rd_kafka_queue_t *queue, const struct kafka_config *config, const char *what,
                                      struct error *error)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, config->timeout_ms + 1000);
    rd_kafka_resp_err_t err = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return event;
    error_set(error, ERROR_UNREACHABLE, "Kafka: %s: %s", what, rd_kafka_err2str(err));
    rd_kafka_event_destroy(event);
    return NULL;
}

static rd_kafka_AdminOptions_t *admin_options(rd_kafka_t *handle, rd_kafka_admin_op_t op, int timeout_ms)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(handle, op);
    char text[128];
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
    return options;
}

static int read_configs(rd_kafka_t *handle, const struct kafka_config *config, struct topic_facts facts[TOPIC_ROLES],
                        struct error *error)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_ROLES];
    size_t resources_n = 0;
    for (int role = 0; role < TOPIC_ROLES; role++)
        if (facts[role].partitions > 0)
            resources[resources_n++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, config->topics[role]);
    if (resources_n == 0)
        return 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options = admin_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, config->timeout_ms);
    rd_kafka_DescribeConfigs(handle, resources, resources_n, options, queue);
    rd_kafka_event_t *event = await_answer(queue, config, "settings of topics", error);
    int code = event == NULL ? ERROR_UNREACHABLE : read_resources(event, config, facts, error);
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy_array(resources, resources_n);
    return code;
}

int topics_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct topic_facts ret_facts[TOPIC_ROLES],
                struct error *error)
{
    memset(ret_facts, 0, sizeof(*ret_facts) * TOPIC_ROLES);
    int code = count_partitions(handle, config, ret_facts, error);
    if (code != 0 || kafka_is_mock(handle, config->timeout_ms))
        return code;
    return read_configs(handle, config, ret_facts, error);
}

/* --- judging ---------------------------------------------------------------------------------------------------- */

struct judgement {
    topics_report_fn *report;
    void *context;
    int failed;
};

static void say(struct judgement *judgement, enum finding finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct judgement *judgement, enum finding finding, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    judgement->failed += finding == FINDING_FAIL;
    judgement->report(judgement->context, finding, text);
}

/* Settings of one topic: true when each is as it should be. */
static bool judge_configs(const struct topic_facts *facts, enum topic_role role, const char *topic,
                          struct judgement *judgement)
{
    bool right = true;
    /* Events that a topic loses or stamps otherwise are wrong for good; master data can be published again. */
    enum finding finding = wanted[role] == kept_for_good ? FINDING_FAIL : FINDING_WARN;
    for (int config = 0; config < TOPIC_CONFIGS; config++) {
        const char *value = facts->values[config], *want = wanted[role][config];
        if (want == NULL || value[0] == '\0' || strcmp(value, want) == 0 || wanted[role] == kept_30_days)
            continue;
        say(judgement, finding, "topic %s: %s is %s and should be %s: change it with kafka-configs --alter", topic,
            config_names[config], value, want);
        right = false;
    }
    return right;
}

static bool judge_partitions(const struct topic_facts *facts, const char *topic, int alike, uint32_t shards,
                             struct judgement *judgement)
{
    if (shards > 0 && shards % (uint32_t)facts->partitions != 0) {
        say(judgement, FINDING_WARN, "topic %s: %d partitions do not divide %u shards: as exact, only slower", topic,
            facts->partitions, shards);
        return false;
    }
    if (facts->partitions != alike) {
        say(judgement, FINDING_WARN, "topic %s: %d partitions where another stock topic has %d: as exact, only slower",
            topic, facts->partitions, alike);
        return false;
    }
    return true;
}

int topics_judge(const struct topic_facts facts[TOPIC_ROLES], const struct kafka_config *config, uint32_t shards,
                 topics_report_fn *report, void *context)
{
    struct judgement judgement = {.report = report, .context = context};
    for (int role = 0; role < TOPIC_ROLES; role++) {
        const char *topic = config->topics[role];
        if (facts[role].partitions == 0) {
            say(&judgement, FINDING_FAIL, "topic %s does not exist: run `stockfold setup`", topic);
            continue;
        }
        bool right = judge_configs(&facts[role], (enum topic_role)role, topic, &judgement);
        if (topic_is_stock((enum topic_role)role))
            right &= judge_partitions(&facts[role], topic, facts[TOPIC_WAREHOUSE].partitions, shards, &judgement);
        if (right)
            say(&judgement, FINDING_OK, "topic %s: %d partitions", topic, facts[role].partitions);
    }
    return judgement.failed;
}

static int report_cluster(rd_kafka_t *handle, const struct kafka_config *config, topics_report_fn *report,
                          void *context, struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(handle, 0, NULL, &metadata, config->timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return cannot_be_reached(err, error);
    char *id = rd_kafka_clusterid(handle, config->timeout_ms), text[400];
    snprintf(text, sizeof(text), "Kafka at %s:%d: cluster %s, %d broker%s (which do not tell their version)",
             metadata->broker_cnt > 0 ? metadata->brokers[0].host : "-",
             metadata->broker_cnt > 0 ? metadata->brokers[0].port : 0, id == NULL ? "-" : id, metadata->broker_cnt,
             metadata->broker_cnt == 1 ? "" : "s");
    report(context, FINDING_OK, text);
    rd_kafka_mem_free(handle, id);
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

int topics_check(struct rd_kafka_s *handle, const struct kafka_config *config, uint32_t shards,
                 topics_report_fn *report, void *context, struct error *error)
{
    struct topic_facts facts[TOPIC_ROLES];
    int code = report_cluster(handle, config, report, context, error);
    if (code == 0)
        code = topics_read(handle, config, facts, error);
    return code != 0 ? code : topics_judge(facts, config, shards, report, context);
}

/* --- creating --------------------------------------------------------------------------------------------------- */

static rd_kafka_NewTopic_t *new_topic(const char *name, enum topic_role role, int partitions, int replication)
{
    char text[128];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, replication, text, sizeof(text));
    for (int config = 0; topic != NULL && config < TOPIC_CONFIGS; config++)
        if (wanted[role][config] != NULL)
            rd_kafka_NewTopic_set_config(topic, config_names[config], wanted[role][config]);
    return topic;
}

/* Each topic has its own answer; one that somebody else made in between is as good. */
static int report_created(rd_kafka_event_t *event, int partitions, topics_report_fn *report, void *context,
                          struct error *error)
{
    size_t results_n;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &results_n);
    for (size_t i = 0; i < results_n; i++) {
        const char *name = rd_kafka_topic_result_name(results[i]);
        rd_kafka_resp_err_t err = rd_kafka_topic_result_error(results[i]);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return error_set(error, ERROR_STATE, "topic %s cannot be created: %s", name,
                             rd_kafka_topic_result_error_string(results[i]));
        char text[400];
        snprintf(text, sizeof(text), "topic %s: created with %d partitions", name, partitions);
        report(context, FINDING_OK, text);
    }
    return 0;
}

static int create_and_wait(rd_kafka_t *handle, const struct kafka_config *config, rd_kafka_NewTopic_t **topics,
                           size_t topics_n, int partitions, topics_report_fn *report, void *context,
                           struct error *error)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options = admin_options(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, config->timeout_ms);
    rd_kafka_CreateTopics(handle, topics, topics_n, options, queue);
    rd_kafka_event_t *event = await_answer(queue, config, "creating topics", error);
    int code = event == NULL ? ERROR_UNREACHABLE : report_created(event, partitions, report, context, error);
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return code;
}

/* Brokers tell of new topics a little later. */
static int await_topics(rd_kafka_t *handle, const struct kafka_config *config, struct error *error)
{
    int64_t deadline_us = clock_steady_us() + (int64_t)config->timeout_ms * 1000;
    for (;;) {
        struct topic_facts facts[TOPIC_ROLES] = {0};
        int code = count_partitions(handle, config, facts, error), there = 0;
        for (int role = 0; role < TOPIC_ROLES; role++)
            there += facts[role].partitions > 0;
        if (code != 0 || there == TOPIC_ROLES || clock_steady_us() > deadline_us)
            return code;
        rd_kafka_poll(handle, 20);
    }
}

int topics_create(struct rd_kafka_s *handle, const struct kafka_config *config, int partitions, int replication,
                  topics_report_fn *report, void *context, struct error *error)
{
    struct topic_facts facts[TOPIC_ROLES] = {0};
    int code = count_partitions(handle, config, facts, error);
    if (code != 0)
        return code;
    if (kafka_is_mock(handle, config->timeout_ms)) {
        report(context, FINDING_WARN, "this is the mock broker: its host makes the topics");
        return 0;
    }
    rd_kafka_NewTopic_t *topics[TOPIC_ROLES];
    size_t topics_n = 0;
    for (int role = 0; role < TOPIC_ROLES; role++) {
        if (facts[role].partitions > 0)
            continue;
        topics[topics_n] = new_topic(config->topics[role], (enum topic_role)role, partitions, replication);
        if (topics[topics_n] != NULL)
            topics_n++;
    }
    if (topics_n > 0)
        code = create_and_wait(handle, config, topics, topics_n, partitions, report, context, error);
    if (code == 0 && topics_n > 0)
        code = await_topics(handle, config, error);
    rd_kafka_NewTopic_destroy_array(topics, topics_n);
    return code;
}
