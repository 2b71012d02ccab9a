/* Responsible for: opening and closing the consumer of the peers. Not for: how they read. */
#include "topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/ingest/kafka.h"

enum { TIMEOUT_MS = 10000 };

void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static rd_kafka_t *consumer_new(const char *brokers)
{
    /* librdkafka's own defaults where the fold saves memory: a peer may use as much as it likes. */
    const struct kafka_setting settings[] = {{"bootstrap.servers", brokers},
                                             {"fetch.message.max.bytes", "1048576"},
                                             {"fetch.max.bytes", "52428800"},
                                             {"queued.max.messages.kbytes", "65536"}};
    const struct kafka_config config = {
        .settings = settings, .settings_n = sizeof(settings) / sizeof(settings[0]), .timeout_ms = TIMEOUT_MS};
    struct error error;
    error_clear(&error);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "group.id", "bench", NULL, 0);
    rd_kafka_t *consumer = kafka_new(&config, KAFKA_CONSUMER, conf, NULL, &error);
    if (consumer == NULL)
        fail("kafka", error.text);
    rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

static void add_partitions(rd_kafka_t *consumer, const char *name, int64_t since_ms,
                           rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(consumer, name, NULL);
    const struct rd_kafka_metadata *found;
    rd_kafka_resp_err_t err = rd_kafka_metadata(consumer, 0, topic, &found, TIMEOUT_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(name, rd_kafka_err2str(err));
    for (int i = 0; i < found->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = since_ms;
    rd_kafka_metadata_destroy(found);
    rd_kafka_topic_destroy(topic);
}

void topics_open(struct topics *ret_topics, const char *brokers, char *names, int64_t since_ms)
{
    rd_kafka_t *consumer = consumer_new(brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(32);
    for (char *name; (name = strsep(&names, ",")) != NULL;)
        add_partitions(consumer, name, since_ms, list);
    rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(consumer, list, TIMEOUT_MS);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        err = rd_kafka_assign(consumer, list);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail("assign", rd_kafka_err2str(err));
    *ret_topics = (struct topics){consumer, rd_kafka_queue_get_consumer(consumer), list->cnt};
    rd_kafka_topic_partition_list_destroy(list);
}

void topics_take_error(struct topics *topics, const rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        fail("kafka", rd_kafka_message_errstr(message));
    topics->open--;
}

void topics_close(struct topics *topics)
{
    rd_kafka_queue_destroy(topics->queue);
    rd_kafka_consumer_close(topics->consumer);
    rd_kafka_destroy(topics->consumer);
}
