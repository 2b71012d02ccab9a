/* What each topic must be, as one table, and librdkafka's admin interface around it. */
#include "stockfold/ingest/topics.h"

#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka_admin.h"
#include "stockfold/base/clock.h"

static const char *const config_names[TOPIC_CONFIGS] = {
    [TOPIC_TIMESTAMP_TYPE] = "message.timestamp.type", [TOPIC_RETENTION_MS] = "retention.ms",
    [TOPIC_RETENTION_BYTES] = "retention.bytes",       [TOPIC_CLEANUP] = "cleanup.policy",
    [TOPIC_DELETE_RETENTION] = "delete.retention.ms",  [TOPIC_MAX_MESSAGE_BYTES] = "max.message.bytes",
};

/* In the order of enum topic_config; NULL: the brokers' default. */
static const char *const kept_for_good[TOPIC_CONFIGS] = {"LogAppendTime", "-1", "-1", "delete", NULL, NULL};
static const char *const documents[TOPIC_CONFIGS] = {"LogAppendTime", NULL, NULL, "compact", "315360000000", NULL};
static const char *const newest_of_key[TOPIC_CONFIGS] = {"LogAppendTime", NULL, NULL, "compact", NULL, NULL};
static const char *const kept_30_days[TOPIC_CONFIGS] = {NULL, "2592000000", NULL, "delete", NULL, NULL};
/* A day longer than a reservation can be open. */
static const char *const kept_31_days[TOPIC_CONFIGS] = {"LogAppendTime", "2678400000", NULL, "delete", NULL, NULL};

static const char *const *const wanted[TOPIC_MADE] = {
    [TOPIC_WAREHOUSE] = kept_for_good, [TOPIC_STORE] = kept_for_good,
    [TOPIC_ECOMMERCE] = kept_for_good, [TOPIC_ITEMS] = documents,
    [TOPIC_NODES] = documents,         [TOPIC_REFUSED] = kept_30_days,
    [TOPIC_CLOCK] = newest_of_key,     [TOPIC_RESERVATIONS] = kept_for_good,
    [TOPIC_HOLDS] = kept_31_days,
};

const char *topic_wanted(enum topic_role role, enum topic_config config)
{
    return wanted[role][config];
}

const char *topic_config_name(enum topic_config config)
{
    return config_names[config];
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

static int count_partitions(rd_kafka_t *handle, const struct kafka_config *config,
                            struct topic_facts ret_facts[TOPIC_MADE], struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    /* All topics: asking for one by name would create it where brokers do that by themselves. */
    rd_kafka_resp_err_t err = rd_kafka_metadata(handle, 1, NULL, &metadata, config->timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_cannot_reach(handle, config, rd_kafka_err2str(err), error);
    for (int role = 0; role < TOPIC_MADE; role++)
        for (int i = 0; i < metadata->topic_cnt; i++)
            if (strcmp(metadata->topics[i].topic, config->topics[role]) == 0)
                ret_facts[role].partitions = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return 0;
}

static void read_values(const rd_kafka_ConfigResource_t *resource, struct topic_facts *facts)
{
    size_t entries_n;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &entries_n);
    for (size_t i = 0; i < entries_n; i++)
        for (int config = 0; config < TOPIC_CONFIGS; config++) {
            const char *value = rd_kafka_ConfigEntry_value(entries[i]);
            if (value == NULL || strcmp(rd_kafka_ConfigEntry_name(entries[i]), config_names[config]) != 0)
                continue;
            snprintf(facts->values[config], TOPIC_CONFIG_MAX, "%s", value);
            facts->chosen[config] =
                rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
        }
}

static int read_resources(rd_kafka_event_t *event, const struct kafka_config *config,
                          struct topic_facts facts[TOPIC_MADE], struct error *error)
{
    size_t resources_n;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resources_n);
    for (size_t i = 0; i < resources_n; i++) {
        const char *name = rd_kafka_ConfigResource_name(resources[i]);
        if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return error_set(error, ERROR_UNREACHABLE, "topic %s: settings cannot be read: %s", name,
                             rd_kafka_ConfigResource_error_string(resources[i]));
        for (int role = 0; role < TOPIC_MADE; role++)
            if (strcmp(name, config->topics[role]) == 0)
                read_values(resources[i], &facts[role]);
    }
    return 0;
}

static int read_configs(rd_kafka_t *handle, const struct kafka_config *config, struct topic_facts facts[TOPIC_MADE],
                        struct error *error)
{
    rd_kafka_ConfigResource_t *resources[TOPIC_MADE];
    size_t resources_n = 0;
    for (int role = 0; role < TOPIC_MADE; role++)
        if (facts[role].partitions > 0)
            resources[resources_n++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, config->topics[role]);
    if (resources_n == 0)
        return 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options =
        kafka_admin_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, config->timeout_ms);
    rd_kafka_DescribeConfigs(handle, resources, resources_n, options, queue);
    rd_kafka_event_t *event = kafka_admin_await(queue, config, "settings of topics", error);
    int code = event == NULL ? ERROR_UNREACHABLE : read_resources(event, config, facts, error);
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy_array(resources, resources_n);
    return code;
}

int topics_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct topic_facts ret_facts[TOPIC_MADE],
                struct error *error)
{
    memset(ret_facts, 0, sizeof(*ret_facts) * TOPIC_MADE);
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
    char text[800];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    judgement->failed += finding == FINDING_FAIL;
    judgement->report(judgement->context, finding, text);
}

/* Whether a setting does what it must: whatever is to be kept for a time may be kept for longer, and for good (-1). */
static bool is_right(enum topic_config config, const char *value, const char *want)
{
    bool is_time = config == TOPIC_DELETE_RETENTION || config == TOPIC_RETENTION_MS;
    long long least = strtoll(want, NULL, 10), kept = strtoll(value, NULL, 10);
    return strcmp(value, want) == 0 || (is_time && least > 0 && (kept >= least || kept == -1));
}

/* Settings of one topic: true when each is as it should be. */
static bool judge_configs(const struct topic_facts *facts, enum topic_role role, const struct kafka_config *kafka,
                          struct judgement *judgement)
{
    bool right = true;
    const char *topic = kafka->topics[role];
    /* Events that a topic loses or stamps otherwise are wrong for good; master data can be published again. */
    enum finding finding = wanted[role] == kept_for_good ? FINDING_FAIL : FINDING_WARN;
    for (int config = 0; config < TOPIC_CONFIGS; config++) {
        const char *value = facts->values[config], *want = wanted[role][config];
        if (want == NULL || value[0] == '\0' || wanted[role] == kept_30_days ||
            is_right((enum topic_config)config, value, want))
            continue;
        say(judgement, finding,
            "topic %s: %s is %s and should be %s: kafka-configs --bootstrap-server %s --alter --entity-type topics "
            "--entity-name %s --add-config %s=%s",
            topic, config_names[config], value, want, kafka_bootstrap(kafka), topic, config_names[config], want);
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

int topics_judge(const struct topic_facts facts[TOPIC_MADE], const struct kafka_config *config, uint32_t shards,
                 topics_report_fn *report, void *context)
{
    struct judgement judgement = {.report = report, .context = context};
    for (int role = 0; role < TOPIC_MADE; role++) {
        const char *topic = config->topics[role];
        if (facts[role].partitions == 0) {
            say(&judgement, FINDING_FAIL,
                "topic %s does not exist: run `stockfold setup`; if it is there, permit this user to describe it",
                topic);
            continue;
        }
        bool right = judge_configs(&facts[role], (enum topic_role)role, config, &judgement);
        if (topic_is_stock((enum topic_role)role))
            right &= judge_partitions(&facts[role], topic, facts[TOPIC_WAREHOUSE].partitions, shards, &judgement);
        if (right)
            say(&judgement, FINDING_OK, "topic %s: %d partition%s", topic, facts[role].partitions,
                facts[role].partitions == 1 ? "" : "s");
    }
    return judgement.failed;
}

static int report_cluster(rd_kafka_t *handle, const struct kafka_config *config, topics_report_fn *report,
                          void *context, struct error *error)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(handle, 0, NULL, &metadata, config->timeout_ms);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return kafka_cannot_reach(handle, config, rd_kafka_err2str(err), error);
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
    struct topic_facts facts[TOPIC_MADE];
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
        snprintf(text, sizeof(text), "topic %s: created with %d partition%s", name, partitions,
                 partitions == 1 ? "" : "s");
        report(context, FINDING_OK, text);
    }
    return 0;
}

static int create_and_wait(rd_kafka_t *handle, const struct kafka_config *config, rd_kafka_NewTopic_t **topics,
                           size_t topics_n, int partitions, topics_report_fn *report, void *context,
                           struct error *error)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS, config->timeout_ms);
    rd_kafka_CreateTopics(handle, topics, topics_n, options, queue);
    rd_kafka_event_t *event = kafka_admin_await(queue, config, "creating topics", error);
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
        struct topic_facts facts[TOPIC_MADE] = {0};
        int code = count_partitions(handle, config, facts, error), there = 0;
        for (int role = 0; role < TOPIC_MADE; role++)
            there += facts[role].partitions > 0;
        if (code != 0 || there == TOPIC_MADE || clock_steady_us() > deadline_us)
            return code;
        rd_kafka_poll(handle, 20);
    }
}

int topics_create(struct rd_kafka_s *handle, const struct kafka_config *config, int partitions, int replication,
                  topics_report_fn *report, void *context, struct error *error)
{
    struct topic_facts facts[TOPIC_MADE] = {0};
    int code = count_partitions(handle, config, facts, error);
    if (code != 0)
        return code;
    if (kafka_is_mock(handle, config->timeout_ms)) {
        report(context, FINDING_WARN, "this is the mock broker: its host makes the topics");
        return 0;
    }
    rd_kafka_NewTopic_t *topics[TOPIC_MADE];
    size_t topics_n = 0;
    for (int role = 0; role < TOPIC_MADE; role++) {
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
