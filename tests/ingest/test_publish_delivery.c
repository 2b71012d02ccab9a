/* What a broker refuses at first is delivered in the end, or said. Against librdkafka's mock broker, which can be told
 * to fail. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>

#include "stockfold/ingest/publish.h"
#include "support/suite.h"

enum { PRODUCE = 0 /* its ApiKey */, EVENTS = 16 };

static const char *const topics[TOPIC_ROLES] = {"warehouse", "store", "ecommerce",    "items", "nodes",
                                                "refused",   "clock", "reservations", "holds", "availability"};

static rd_kafka_mock_cluster_t *start_broker(rd_kafka_t **ret_host)
{
    *ret_host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), NULL, 0);
    rd_kafka_mock_cluster_t *broker = rd_kafka_mock_cluster_new(*ret_host, 1);
    for (int role = 0; role < TOPIC_ROLES; role++)
        ck_assert_int_eq(rd_kafka_mock_topic_create(broker, topics[role], 1, 1), 0);
    return broker;
}

static int64_t messages_in(rd_kafka_t *handle, const char *topic)
{
    int64_t begin = 0, end = 0;
    ck_assert_int_eq(rd_kafka_query_watermark_offsets(handle, topic, 0, &begin, &end, 10000), 0);
    return end - begin;
}

static void publish(struct publisher *publisher, int number)
{
    char line[256], detail[REFUSAL_DETAIL_MAX];
    struct error error = {0};
    enum refusal refusal;
    int len = snprintf(line, sizeof(line),
                       "{\"id\":\"%d\",\"source\":\"pos\",\"type\":\"sold\",\"time\":\"2026-01-01T00:00:00Z\","
                       "\"sku\":\"a\",\"node\":\"n\",\"qty\":1}",
                       number);
    int code =
        publisher_line(publisher, (struct str){line, (size_t)len}, (uint64_t)number + 1, &refusal, detail, &error);
    ck_assert_msg(code == 0 && refusal == REFUSAL_NONE, "%s", error.text);
}

/* A broker that has just learned of a topic says for a moment that it does not lead its partitions. librdkafka counts
 * what was refused so as delivered when it had sent more of that partition meanwhile, and that was taken. */
START_TEST(what_a_new_partition_refuses_at_first_is_not_lost)
{
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *broker = start_broker(&host);
    struct kafka_setting settings[] = {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(broker)},
                                       {"batch.num.messages", "2"}};
    struct publish_config config = {.kafka = {.settings = settings, .settings_n = 2, .timeout_ms = 10000}};
    memcpy(config.kafka.topics, topics, sizeof(topics));
    struct error error = {0};
    struct publisher *publisher = publisher_new(&config, &error);
    ck_assert_msg(publisher != NULL, "%s", error.text);
    rd_kafka_mock_broker_set_rtt(broker, 1, 50); /* time to send more before the refusal comes */
    rd_kafka_mock_push_request_errors(broker, PRODUCE, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    for (int i = 0; i < EVENTS; i++)
        publish(publisher, i);
    struct publish_totals totals;
    ck_assert_msg(publisher_finish(publisher, &totals, &error) == 0, "%s", error.text);
    ck_assert_int_eq(totals.sent, EVENTS);
    publisher_free(publisher);
    rd_kafka_mock_broker_set_rtt(broker, 1, 0);
    struct rd_kafka_s *reader = kafka_new(&config.kafka, KAFKA_ADMIN, NULL, NULL, &error);
    ck_assert_int_eq(messages_in(reader, topics[TOPIC_STORE]), EVENTS);
    kafka_free(reader);
    rd_kafka_mock_cluster_destroy(broker);
    kafka_free(host);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_a_new_partition_refuses_at_first_is_not_lost};
    return SUITE_RUN("publish_delivery", tests);
}
