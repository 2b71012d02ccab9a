/* Blocks own copies of what was read, and what they hold is counted. Against librdkafka's mock broker. */
#include "../../src/ingest/message.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string.h>

#include "support/suite.h"

enum { MESSAGES = 3, LARGE = 200 * 1000 };

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "tests", NULL, 0);
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    return rd_kafka_new(type, conf, NULL, 0);
}

/* One with a key and headers, one large, one without anything. */
static void produce(const char *brokers)
{
    static char large[LARGE];
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, brokers);
    memset(large, 'x', sizeof(large));
    ck_assert_int_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_KEY("key", 3), RD_KAFKA_V_VALUE("value", 5),
                                       RD_KAFKA_V_HEADER("trace", "7", 1), RD_KAFKA_V_END),
                     0);
    ck_assert_int_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_VALUE(large, sizeof(large)), RD_KAFKA_V_END),
                     0);
    ck_assert_int_eq(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0),
                                       RD_KAFKA_V_KEY("gone", 4), RD_KAFKA_V_END),
                     0);
    ck_assert_int_eq(rd_kafka_flush(producer, 20000), 0);
    rd_kafka_destroy(producer);
}

/* A block of all that was produced; librdkafka's own messages are gone. */
static struct block *read_block(const char *brokers, struct message *ret_messages[MESSAGES])
{
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *raw[MESSAGES];
    for (int i = 0; i < MESSAGES; i++) {
        raw[i] = rd_kafka_consumer_poll(consumer, 20000);
        ck_assert(raw[i] != NULL && raw[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    struct block *block = block_new(raw, MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        struct message *message = ret_messages[i] = block_next(block);
        message->key = (struct str){raw[i]->key, raw[i]->key_len};
        message->value = (struct str){raw[i]->payload, raw[i]->len};
        block_keep(block, message);
        message_keep_headers(message, raw[i]);
        rd_kafka_message_destroy(raw[i]);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return block;
}

START_TEST(a_block_owns_what_was_read_and_counts_it_until_its_last_message_is_done)
{
    rd_kafka_t *host = client(RD_KAFKA_PRODUCER, "");
    rd_kafka_mock_cluster_t *broker = rd_kafka_mock_cluster_new(host, 1);
    ck_assert_int_eq(rd_kafka_mock_topic_create(broker, "t", 1, 1), 0);
    produce(rd_kafka_mock_cluster_bootstraps(broker));
    struct message *messages[MESSAGES];
    struct block *block = read_block(rd_kafka_mock_cluster_bootstraps(broker), messages);
    ck_assert(str_equal(messages[0]->key, STR("key")) && str_equal(messages[0]->value, STR("value")));
    ck_assert_uint_eq(rd_kafka_header_cnt(messages[0]->headers), 1);
    ck_assert_ptr_null(messages[1]->key.data);
    ck_assert_uint_eq(messages[1]->value.len, LARGE);
    ck_assert_ptr_null(messages[1]->headers);
    ck_assert_ptr_null(messages[2]->value.data);

    uint64_t held = 0;
    block_count(block, &held);
    ck_assert_uint_gt(held, LARGE);
    ck_assert_uint_lt(held, LARGE + 100 * 1000);
    block_release(block);
    message_done(messages[1]);
    message_done(messages[0]);
    ck_assert_uint_gt(held, LARGE); /* all of it, until the last */
    message_done(messages[2]);
    ck_assert_uint_eq(held, 0);
    rd_kafka_mock_cluster_destroy(broker);
    rd_kafka_destroy(host);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_block_owns_what_was_read_and_counts_it_until_its_last_message_is_done};
    return SUITE_RUN("message", tests);
}
