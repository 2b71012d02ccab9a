/* Making librdkafka handles: our defaults for each use, the user's settings on top, and the few that would break
 * exactness refused. Also carries librdkafka's log into ours. */
#include "stockfold/ingest/kafka.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

struct preset {
    const char *name, *value;
};

static const struct preset presets_all[] = {
    {"client.id", "stockfold"}, /* in the brokers' logs */
    {"socket.nagle.disable", "true"},
    {NULL, NULL},
};

static const struct preset presets_consumer[] = {
    {"enable.auto.commit", "false"}, /* positions are the view's */
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"}, /* a gap must be seen */
    {"isolation.level", "read_committed"},
    {"enable.partition.eof", "true"}, /* how ends are told */
    {"check.crcs", "true"},
    {"partition.assignment.strategy", "range"}, /* partition p of every topic to one consumer */
    {"session.timeout.ms", "6000"}, /* who died is replaced after so long; brokers take no less by default */
    {"heartbeat.interval.ms", "1500"},
    {"fetch.wait.max.ms", "50"},
    /* Memory: what is fetched ahead, a partition's share of one answer (still compressed), and the answer. */
    {"queued.max.messages.kbytes", "8192"}, /* some 30 ms at full speed; ends.c keeps the fetching awake */
    {"fetch.message.max.bytes", "131072"},
    {"fetch.max.bytes", "16777216"},
    {"topic.metadata.refresh.interval.ms", "5000"}, /* topics made after the start are found */
    {NULL, NULL},
};

/* Up to five requests may be on their way with idempotence. But a broker that has just learned of a partition may
 * refuse the first of them and take the second, since it takes any number for the first it sees of a producer; and
 * librdkafka holds that for proof of the first, which is lost. So there is one at a time. */
static const struct preset presets_producer[] = {
    {"enable.idempotence", "true"},
    {"max.in.flight.requests.per.connection", "1"},
    {"compression.codec", "lz4"},
    {"linger.ms", "5"},
    {"partitioner", "murmur2_random"}, /* Kafka's own, which shards go by */
    {"message.timeout.ms", "60000"},
    {"allow.auto.create.topics", "false"}, /* a topic that nobody set up would stamp and delete as it likes */
    {NULL, NULL},
};

/* A message that a broker took came compressed or not: unpacked it may be larger than what a broker takes. An idempotent
 * producer would end at an error that concerns one message. */
static const struct preset presets_dead_letters[] = {
    {"enable.idempotence", "false"},
    {"max.in.flight.requests.per.connection", "1"},
    {"message.max.bytes", "1000000000"},
    {"compression.codec", "lz4"},
    {"linger.ms", "5"},
    {"partitioner", "murmur2_random"},
    {"message.timeout.ms", "15000"}, /* then it is said, and tried again */
    {"topic.metadata.propagation.max.ms", "2000"},
    {"allow.auto.create.topics", "false"},
    {"topic.metadata.refresh.interval.ms", "5000"}, /* a topic made later is found */
    {NULL, NULL},
};

static const struct preset *const presets[] = {
    [KAFKA_CONSUMER] = presets_consumer,
    [KAFKA_PRODUCER] = presets_producer,
    [KAFKA_DEAD_LETTERS] = presets_dead_letters,
    [KAFKA_ADMIN] = presets_producer,
    [KAFKA_ENDS] = presets_producer,
};

/* Of the handle that asks for ends and clocks, whatever else is set: high watermarks, and messages that nobody reads and
 * that are worth nothing when they are late. */
static const struct preset fixed_ends[] = {
    {"isolation.level", "read_uncommitted"},
    {"enable.idempotence", "false"},
    {"max.in.flight.requests.per.connection", "100"},
    {"linger.ms", "0"},
    {"message.send.max.retries", "0"},
    {"message.timeout.ms", "5000"},
    {NULL, NULL},
};

/* What exactness needs: `required` is the only value taken (NULL: none), `refused` a part that it may not have. */
static const struct {
    const char *name, *required, *refused, *why;
} guarded[] = {
    {"group.id", NULL, NULL, "the consumer group is the setting fold.group"},
    {"enable.auto.commit", "false", NULL, "positions come from the view, not from the group's offsets"},
    {"enable.auto.offset.store", "false", NULL, "positions come from the view, not from the group's offsets"},
    {"auto.offset.reset", "error", NULL, "a gap in the log must be seen, not skipped"},
    {"isolation.level", "read_committed", NULL, "messages of an aborted transaction never happened"},
    {"enable.partition.eof", "true", NULL, "the ends of partitions are told by it"},
    {"enable.idempotence", "true", NULL, "a retry must not write a message twice"},
    {"max.in.flight.requests.per.connection", "1", NULL, "the first messages of a new partition could be lost"},
    {"max.in.flight", "1", NULL, "the first messages of a new partition could be lost"},
    {"partition.assignment.strategy", "", "cooperative", "cooperative assignment lets two consumers own a partition"},
};

static int guard(const char *name, const char *value, struct error *error)
{
    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
        if (strcmp(guarded[i].name, name) != 0)
            continue;
        if (guarded[i].refused != NULL && strstr(value, guarded[i].refused) == NULL)
            return 0;
        if (guarded[i].refused == NULL && guarded[i].required != NULL && strcmp(value, guarded[i].required) == 0)
            return 0;
        return error_set(error, ERROR_USAGE, "%s cannot be %s: %s", name, value, guarded[i].why);
    }
    return 0;
}

static int conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, struct error *error)
{
    char text[384];
    if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK)
        return 0;
    return error_set(error, ERROR_USAGE, "%s = %s: %s", name, value, text);
}

int kafka_setting_check(const char *name, const char *value, struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int code = conf_set(conf, name, value, error);
    rd_kafka_conf_destroy(conf);
    return code != 0 ? code : guard(name, value, error);
}

void kafka_each_setting(void (*each)(void *context, const char *name), void *context)
{
    char *table = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&table, &len);
    if (out == NULL)
        return;
    rd_kafka_conf_properties_show(out);
    fclose(out);
    char *rest = table;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        size_t name_len = strcspn(line, " |");
        bool is_row = name_len > 0 && strchr(line, '|') != NULL && line[0] != '-';
        line[name_len] = '\0';
        if (is_row && strcmp(line, "Property") != 0)
            each(context, line);
    }
    free(table);
}

const char *kafka_library_version(void)
{
    return rd_kafka_version_str();
}

void kafka_name_inputs(const struct kafka_config *config, int roles, char ret_names[KAFKA_INPUT_NAMES_MAX])
{
    size_t len = 0;
    ret_names[0] = '\0';
    for (int role = 0; role < TOPIC_INPUTS && len < KAFKA_INPUT_NAMES_MAX; role++)
        if ((roles >> role & 1) != 0)
            len += (size_t)snprintf(ret_names + len, KAFKA_INPUT_NAMES_MAX - len, "%s%s", len == 0 ? "" : ", ",
                                    config->topics[role]);
}

const char *kafka_bootstrap(const struct kafka_config *config)
{
    const char *brokers = "127.0.0.1:9092";
    for (size_t i = 0; i < config->settings_n; i++)
        if (strcmp(config->settings[i].name, "bootstrap.servers") == 0 ||
            strcmp(config->settings[i].name, "metadata.broker.list") == 0)
            brokers = config->settings[i].value;
    return brokers;
}

static void forward_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    /* Its chatter: errors that matter reach whoever uses the handle, who says them once. */
    log_debug("kafka says facility=%s level=%d text=\"%s\"", facility, level, text);
}

static int apply(rd_kafka_conf_t *conf, const struct preset *preset, struct error *error)
{
    for (; preset->name != NULL; preset++) {
        int code = conf_set(conf, preset->name, preset->value, error);
        if (code != 0)
            return code;
    }
    return 0;
}

/* Of a file that is not there librdkafka gives OpenSSL's error only, which does not name it. "probe" is no file: it lets
 * librdkafka look for the system's. */
static int require_readable(const struct kafka_setting *setting, struct error *error)
{
    const char *name = setting->name, *path = setting->value, *end = strrchr(name, '.');
    bool is_file = strncmp(name, "ssl.", 4) == 0 && strcmp(end, ".location") == 0 && strcmp(path, "probe") != 0;
    if (!is_file || path[0] == '\0' || access(path, R_OK) == 0)
        return 0;
    return error_set(error, ERROR_USAGE, "kafka.%s = %s: %s", name, path, strerror(errno));
}

static int configure(const struct kafka_config *config, enum kafka_use use, rd_kafka_conf_t *conf, struct error *error)
{
    int code = apply(conf, presets_all, error);
    if (code == 0)
        code = apply(conf, presets[use], error);
    if (code == 0 && use == KAFKA_CONSUMER && rd_kafka_version() >= FETCH_BACKOFF_VERSION)
        code = conf_set(conf, "fetch.queue.backoff.ms", "5", error);
    for (size_t i = 0; code == 0 && i < config->settings_n; i++) {
        const struct kafka_setting *setting = &config->settings[i];
        code = guard(setting->name, setting->value, error);
        if (code == 0)
            code = require_readable(setting, error);
        if (code == 0)
            code = conf_set(conf, setting->name, setting->value, error);
    }
    if (code == 0 && use == KAFKA_ENDS)
        code = apply(conf, fixed_ends, error);
    return code;
}

struct rd_kafka_s *kafka_new(const struct kafka_config *config, enum kafka_use use, void *conf, void *opaque,
                             struct error *error)
{
    if (conf == NULL)
        conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, forward_log);
    rd_kafka_conf_set_opaque(conf, opaque);
    if (use != KAFKA_CONSUMER)
        rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR); /* for kafka_cannot_reach() */
    if (configure(config, use, conf, error) != 0) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    char text[384];
    rd_kafka_type_t type = use == KAFKA_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    rd_kafka_t *handle = rd_kafka_new(type, conf, text, sizeof(text));
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        error_set(error, ERROR_USAGE, "[kafka]: %s", text);
    }
    return handle;
}

/* How long it took librdkafka, and in which of its states, says nothing to whoever reads it. */
static void cut_aside(char *cause)
{
    char *aside = strstr(cause, " (after ");
    if (aside != NULL)
        *aside = '\0';
}

int kafka_cannot_reach(struct rd_kafka_s *handle, const struct kafka_config *config, const char *otherwise,
                       struct error *error)
{
    char cause[400] = "";
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(handle);
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(queue, 0)) != NULL; rd_kafka_event_destroy(event)) {
        bool says_why = rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR &&
                        rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
        if (says_why)
            snprintf(cause, sizeof(cause), "%s", rd_kafka_event_error_string(event));
        cut_aside(cause);
    }
    rd_kafka_queue_destroy(queue);
    return error_set(error, ERROR_UNREACHABLE, "Kafka cannot be reached at %s: %s", kafka_bootstrap(config),
                     cause[0] == '\0' ? otherwise : cause);
}

void kafka_free(struct rd_kafka_s *handle)
{
    if (handle != NULL)
        rd_kafka_destroy(handle);
}

static void *destroy(void *handle)
{
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return NULL;
}

void kafka_free_within(struct rd_kafka_s *handle, int timeout_ms)
{
    pthread_t thread;
    if (handle == NULL || pthread_create(&thread, NULL, destroy, handle) != 0)
        return;
    struct timespec until = clock_steady_in(timeout_ms);
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) != 0)
        pthread_detach(thread);
}

bool kafka_is_mock(struct rd_kafka_s *handle, int timeout_ms)
{
    char *id = rd_kafka_clusterid(handle, timeout_ms);
    bool is_mock = id != NULL && strncmp(id, "mockCluster", strlen("mockCluster")) == 0;
    rd_kafka_mem_free(handle, id);
    return is_mock;
}
