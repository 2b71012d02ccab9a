/* Responsible for: setting right the stock topics that a broker made by itself. Not for: what they must be (topics.c).
 * Thread: the caller's.
 *
 * An AlterConfigs request replaces all that was set for a topic, and the one that changes single settings needs a newer
 * librdkafka than Debian 12 has. So the topic's own settings are read and sent again, with what changes. */
#include <stdio.h>
#include <string.h>

#include "kafka_admin.h"
#include "stockfold/base/clock.h"
#include "stockfold/ingest/topics.h"

static bool must_alter(const struct topic_facts *facts, enum topic_role role, enum topic_config config)
{
    const char *value = facts->values[config], *want = topic_wanted(role, config);
    return want != NULL && value[0] != '\0' && strcmp(value, want) != 0 && !facts->chosen[config];
}

/* What must change, as "name=value,name=value"; empty: nothing. */
static void spell_changes(const struct topic_facts *facts, enum topic_role role, char *ret_text, size_t size)
{
    size_t len = 0;
    ret_text[0] = '\0';
    for (int config = 0; config < TOPIC_CONFIGS; config++)
        if (must_alter(facts, role, (enum topic_config)config) && len < size)
            len += (size_t)snprintf(ret_text + len, size - len, "%s%s=%s", len == 0 ? "" : ",",
                                    topic_config_name((enum topic_config)config),
                                    topic_wanted(role, (enum topic_config)config));
}

static void copy_own_settings(const rd_kafka_ConfigResource_t *described, rd_kafka_ConfigResource_t *ret_resource)
{
    size_t entries_n;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(described, &entries_n);
    for (size_t i = 0; i < entries_n; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        if (value != NULL && rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
            rd_kafka_ConfigResource_set_config(ret_resource, rd_kafka_ConfigEntry_name(entries[i]), value);
    }
}

/* The topic's own settings and the changes; NULL when they cannot be read. */
static rd_kafka_ConfigResource_t *altered(rd_kafka_t *handle, rd_kafka_queue_t *queue,
                                          const struct kafka_config *config, enum topic_role role,
                                          const struct topic_facts *facts, struct error *error)
{
    rd_kafka_ConfigResource_t *asked = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, config->topics[role]);
    rd_kafka_AdminOptions_t *options =
        kafka_admin_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, config->timeout_ms);
    rd_kafka_DescribeConfigs(handle, &asked, 1, options, queue);
    rd_kafka_event_t *event = kafka_admin_await(queue, config, "settings of a topic", error);
    rd_kafka_ConfigResource_t *resource = NULL;
    size_t resources_n = 0;
    const rd_kafka_ConfigResource_t **resources =
        event == NULL
            ? NULL
            : rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resources_n);
    if (resources_n == 1 && rd_kafka_ConfigResource_error(resources[0]) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, config->topics[role]);
        copy_own_settings(resources[0], resource);
        for (int i = 0; i < TOPIC_CONFIGS; i++)
            if (must_alter(facts, role, (enum topic_config)i))
                rd_kafka_ConfigResource_set_config(resource, topic_config_name((enum topic_config)i),
                                                   topic_wanted(role, (enum topic_config)i));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(asked);
    return resource;
}

/* Sends the alteration. True: the brokers took it; else `ret_reason` says why not. */
static bool send_alteration(rd_kafka_t *handle, rd_kafka_queue_t *queue, const struct kafka_config *config,
                            rd_kafka_ConfigResource_t *resource, struct error *ret_reason)
{
    rd_kafka_AdminOptions_t *options = kafka_admin_options(handle, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, config->timeout_ms);
    rd_kafka_AlterConfigs(handle, &resource, 1, options, queue);
    rd_kafka_event_t *event = kafka_admin_await(queue, config, "altering a topic", ret_reason);
    size_t resources_n = 0;
    const rd_kafka_ConfigResource_t **resources =
        event == NULL ? NULL
                      : rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &resources_n);
    bool done = resources_n == 1 && rd_kafka_ConfigResource_error(resources[0]) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (resources_n == 1 && !done)
        error_set(ret_reason, ERROR_STATE, "%s", rd_kafka_ConfigResource_error_string(resources[0]));
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    return done;
}

/* True: done, and reported; else reported why not. */
static bool alter(rd_kafka_t *handle, const struct kafka_config *config, enum topic_role role,
                  const struct topic_facts *facts, const char *changes, topics_report_fn *report, void *context)
{
    char text[1200];
    struct error reason = {0};
    rd_kafka_queue_t *queue = rd_kafka_queue_new(handle);
    rd_kafka_ConfigResource_t *resource = altered(handle, queue, config, role, facts, &reason);
    bool done = resource != NULL && send_alteration(handle, queue, config, resource, &reason);
    if (done)
        snprintf(text, sizeof(text), "topic %s, which a broker had made by itself: set %s", config->topics[role],
                 changes);
    else
        snprintf(text, sizeof(text), "topic %s: %s is not set: %s", config->topics[role], changes,
                 reason.text[0] == '\0' ? "the brokers do not say why" : reason.text);
    report(context, done ? FINDING_OK : FINDING_WARN, text);
    if (resource != NULL)
        rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_queue_destroy(queue);
    return done;
}

/* Brokers tell of what changed a little later. */
static int await_change(rd_kafka_t *handle, const struct kafka_config *config, enum topic_role role,
                        struct error *error)
{
    int64_t deadline_us = clock_steady_us() + (int64_t)config->timeout_ms * 1000;
    for (;;) {
        struct topic_facts facts[TOPIC_MADE];
        char changes[300];
        int code = topics_read(handle, config, facts, error);
        if (code != 0)
            return code;
        spell_changes(&facts[role], role, changes, sizeof(changes));
        if (changes[0] == '\0' || clock_steady_us() > deadline_us)
            return 0;
        rd_kafka_poll(handle, 20);
    }
}

int topics_alter(struct rd_kafka_s *handle, const struct kafka_config *config, topics_report_fn *report, void *context,
                 struct error *error)
{
    struct topic_facts facts[TOPIC_MADE];
    char changes[300];
    int code = topics_read(handle, config, facts, error);
    for (int role = 0; code == 0 && role < TOPIC_MADE; role++) {
        if (!topic_is_stock((enum topic_role)role))
            continue;
        spell_changes(&facts[role], (enum topic_role)role, changes, sizeof(changes));
        if (changes[0] != '\0' && alter(handle, config, (enum topic_role)role, &facts[role], changes, report, context))
            code = await_change(handle, config, (enum topic_role)role, error);
    }
    return code;
}
