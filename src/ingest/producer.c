/* Producing with delivery reports. */
#include "producer.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/unconst.h"
#include "stockfold/ingest/topics.h"

enum { POLL_EVERY = 1024, QUEUE_FULL_WAIT_MS = 20, FLUSH_WAIT_MS = 500, SETTING_TEXT_MAX = 24 };

struct producer {
    struct kafka_config config;
    rd_kafka_t *handle;
    rd_kafka_topic_t *topics[TOPIC_ROLES]; /* of all roles; with a topic named each is that one */
    producer_refused_fn *refused;
    void *context;
    int64_t sent, failed; /* failed: not delivered */
    char failure[256];    /* of the first */
};

/* --- delivery --------------------------------------------------------------------------------------------------- */

_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a tag is carried in a pointer");

static void refuse_large(struct producer *producer, uint64_t tag, size_t len, const char *why)
{
    char detail[256];
    snprintf(detail, sizeof(detail), "the message of %zu bytes: %s", len, why);
    producer->refused(producer->context, tag, detail);
}

static void take_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    (void)handle;
    struct producer *producer = opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
        message->err == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE) {
        producer->sent--;
        refuse_large(producer, (uint64_t)(uintptr_t)message->_private, message->len,
                     "is more than its topic takes (max.message.bytes)");
        return;
    }
    if (producer->failed++ == 0)
        snprintf(producer->failure, sizeof(producer->failure), "%s: %s", rd_kafka_topic_name(message->rkt),
                 rd_kafka_err2str(message->err));
}

static int check_delivery(const struct producer *producer, struct error *error)
{
    if (producer->failed == 0)
        return 0;
    return error_set(error, ERROR_UNREACHABLE, "%" PRId64 " messages were not delivered; the first: %s",
                     producer->failed, producer->failure);
}

static rd_kafka_resp_err_t produce(struct producer *producer, enum topic_role role, struct str key, struct str value,
                                   const rd_kafka_headers_t *headers, uint64_t tag)
{
    rd_kafka_headers_t *copy = headers == NULL ? NULL : rd_kafka_headers_copy(headers);
    void *opaque = (void *)(uintptr_t)tag;
    rd_kafka_resp_err_t err;
    if (copy == NULL) {
        bool taken = rd_kafka_produce(producer->topics[role], RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                      unconst(value.data), value.len, key.data, key.len, opaque) == 0;
        return taken ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
    }
    err = rd_kafka_producev(producer->handle, RD_KAFKA_V_RKT(producer->topics[role]), RD_KAFKA_V_KEY(key.data, key.len),
                            RD_KAFKA_V_VALUE(unconst(value.data), value.len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                            RD_KAFKA_V_HEADERS(copy), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(copy); /* the library takes them only with the message */
    return err;
}

int producer_send(struct producer *producer, enum topic_role role, struct str key, struct str value,
                  const struct rd_kafka_headers_s *headers, uint64_t tag, struct error *error)
{
    if (producer->sent % POLL_EVERY == 0)
        rd_kafka_poll(producer->handle, 0);
    for (;;) {
        rd_kafka_resp_err_t err = produce(producer, role, key, value, headers, tag);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            refuse_large(producer, tag, value.len, "is more than this producer sends (message.max.bytes)");
            return 0;
        }
        if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return error_set(error, ERROR_UNREACHABLE, "Kafka: %s: %s", rd_kafka_topic_name(producer->topics[role]),
                             rd_kafka_err2str(err));
        rd_kafka_poll(producer->handle, QUEUE_FULL_WAIT_MS);
    }
    producer->sent++;
    return check_delivery(producer, error);
}

int producer_finish(struct producer *producer, struct error *error)
{
    /* Ends by itself: each message is delivered, or failed after message.timeout.ms. */
    while (rd_kafka_outq_len(producer->handle) > 0)
        rd_kafka_flush(producer->handle, FLUSH_WAIT_MS);
    return check_delivery(producer, error);
}

int64_t producer_sent(const struct producer *producer)
{
    return producer->sent;
}

/* --- life ------------------------------------------------------------------------------------------------------- */

/* What makes a topic that is missing: `setup` makes those of the settings alone. */
static const char *missing_topic_remedy(const struct kafka_config *config, const char *topic)
{
    for (int role = 0; role < TOPIC_MADE; role++)
        if (strcmp(config->topics[role], topic) == 0)
            return "run `stockfold setup`; if it is there, permit this user to describe it";
    return "no setting of [topics] names it, so `stockfold setup` does not make it; create it, or leave --topic out";
}

/* Whether the topics are there; *ret_limit is the smallest of their max.message.bytes, 0: not known. */
static int read_topics(const struct kafka_config *config, const char *topic, int64_t *ret_limit, struct error *error)
{
    struct kafka_config asked = *config;
    struct topic_facts facts[TOPIC_MADE];
    for (int role = 0; topic != NULL && role < TOPIC_MADE; role++)
        asked.topics[role] = role == 0 ? topic : "";
    rd_kafka_t *handle = kafka_new(config, KAFKA_ADMIN, NULL, NULL, error);
    if (handle == NULL)
        return (int)error->code;
    int code = topics_read(handle, &asked, facts, error);
    kafka_free_within(handle, 0);
    *ret_limit = 0;
    for (int role = 0; code == 0 && role < (topic == NULL ? TOPIC_PUBLISHED : 1); role++) {
        int64_t limit = strtoll(facts[role].values[TOPIC_MAX_MESSAGE_BYTES], NULL, 10);
        if (facts[role].partitions == 0)
            code = error_set(error, ERROR_STATE, "topic %s does not exist: %s", asked.topics[role],
                             missing_topic_remedy(config, asked.topics[role]));
        if (limit > 0 && (*ret_limit == 0 || limit < *ret_limit))
            *ret_limit = limit;
    }
    return code;
}

/* A handle whose batches no topic refuses for their size. */
static rd_kafka_t *start_producer(struct producer *producer, int64_t limit, struct error *error)
{
    struct kafka_config config = producer->config;
    struct kafka_setting *settings = calloc(config.settings_n + 1, sizeof(*settings));
    char text[SETTING_TEXT_MAX];
    int64_t batch = 1000000; /* librdkafka's */
    if (settings == NULL)
        error_out_of_memory();
    for (size_t i = 0; i < config.settings_n; i++) {
        settings[i] = config.settings[i];
        if (strcmp(settings[i].name, "batch.size") == 0)
            batch = strtoll(settings[i].value, NULL, 10);
    }
    config.settings = settings;
    if (limit > 0 && limit < batch) {
        snprintf(text, sizeof(text), "%" PRId64, limit);
        settings[config.settings_n++] = (struct kafka_setting){"batch.size", text};
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, take_report);
    rd_kafka_t *handle = kafka_new(&config, KAFKA_PRODUCER, conf, producer, error);
    free(settings);
    return handle;
}

static int open_topics(struct producer *producer, const char *topic, struct error *error)
{
    for (int role = 0; role < TOPIC_ROLES; role++) {
        const char *name = topic != NULL ? topic : producer->config.topics[role];
        producer->topics[role] = rd_kafka_topic_new(producer->handle, name, NULL);
        if (producer->topics[role] == NULL)
            return error_set(error, ERROR_USAGE, "%s cannot be a topic: %s", name,
                             rd_kafka_err2str(rd_kafka_last_error()));
    }
    return 0;
}

struct producer *producer_new(const struct kafka_config *config, const char *topic, producer_refused_fn *refused,
                              void *context, struct error *error)
{
    int64_t limit;
    if (read_topics(config, topic, &limit, error) != 0)
        return NULL;
    struct producer *producer = calloc(1, sizeof(*producer));
    if (producer == NULL)
        error_out_of_memory();
    producer->config = *config;
    producer->refused = refused;
    producer->context = context;
    producer->handle = start_producer(producer, limit, error);
    if (producer->handle == NULL || open_topics(producer, topic, error) != 0) {
        producer_free(producer);
        return NULL;
    }
    return producer;
}

void producer_free(struct producer *producer)
{
    if (producer == NULL)
        return;
    for (int role = 0; role < TOPIC_ROLES; role++)
        if (producer->topics[role] != NULL)
            rd_kafka_topic_destroy(producer->topics[role]);
    if (producer->handle != NULL)
        rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_free(producer->handle);
    free(producer);
}
