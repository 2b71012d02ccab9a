/* What blocks hold is counted, and they own copies where it would be more. Against librdkafka's mock broker. */
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

static rd_kafka_t *reader(const char *brokers)
{
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 0)->offset = 0;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

/* A block of all that was produced, which only its messages hold once it is returned. */
static struct block *read_block(rd_kafka_t *consumer, struct borrowing *borrowing, uint64_t *held,
                                struct message *ret_messages[MESSAGES])
{
    rd_kafka_message_t *raw[MESSAGES];
    for (size_t i = 0; i < MESSAGES; i++) {
        raw[i] = rd_kafka_consumer_poll(consumer, 20000);
        ck_assert(raw[i] != NULL && raw[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    struct block *block = block_new(borrowing, raw, MESSAGES);
    for (size_t i = 0; i < MESSAGES; i++) {
        struct message *message = ret_messages[i] = block_next(block);
        message->key = (struct str){raw[i]->key, raw[i]->key_len};
        message->value = (struct str){raw[i]->payload, raw[i]->len};
        block_keep(block, message);
        message_keep_headers(message, raw[i]);
    }
    block_filled(block, held);
    block_release(block);
    return block;
}

static void check_messages(struct message *const messages[MESSAGES])
{
    ck_assert(str_equal(messages[0]->key, STR("key")) && str_equal(messages[0]->value, STR("value")));
    ck_assert_uint_eq(rd_kafka_header_cnt(messages[0]->headers), 1);
    ck_assert_ptr_null(messages[1]->key.data);
    ck_assert_uint_eq(messages[1]->value.len, LARGE);
    ck_assert_ptr_null(messages[1]->headers);
    ck_assert_ptr_null(messages[2]->value.data);
}

/* Of one that borrows and, where another stays, of one that owns copies. */
START_TEST(a_block_counts_what_it_holds_until_its_last_message_is_done)
{
    rd_kafka_t *host = client(RD_KAFKA_PRODUCER, "");
    rd_kafka_mock_cluster_t *broker = rd_kafka_mock_cluster_new(host, 1);
    ck_assert_int_eq(rd_kafka_mock_topic_create(broker, "t", 1, 1), 0);
    produce(rd_kafka_mock_cluster_bootstraps(broker));
    for (int owns = 0; owns <= 1; owns++) {
        struct borrowing borrowing = {.alive = owns ? UINT64_MAX : 0};
        rd_kafka_t *consumer = reader(rd_kafka_mock_cluster_bootstraps(broker));
        struct message *messages[MESSAGES];
        uint64_t held = 0;
        struct block *block = read_block(consumer, &borrowing, &held, messages);
        ck_assert((block->borrowing == NULL) == owns);
        check_messages(messages);
        ck_assert_uint_gt(held, LARGE);
        ck_assert_uint_lt(held, LARGE + 100 * 1000);
        message_done(messages[1]);
        message_done(messages[0]);
        ck_assert_uint_gt(held, LARGE); /* all of it, until the last */
        message_done(messages[2]);
        ck_assert_uint_eq(held, 0);
        ck_assert_uint_eq(borrowing.alive, owns ? UINT64_MAX : 0);
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
    }
    rd_kafka_mock_cluster_destroy(broker);
    rd_kafka_destroy(host);
}
END_TEST

static struct block *empty_block(struct borrowing *borrowing)
{
    uint64_t held = 0;
    struct block *block = block_new(borrowing, NULL, 0);
    block_filled(block, &held);
    block->held_n = NULL;
    return block;
}

START_TEST(blocks_borrow_unless_one_of_them_stays)
{
    struct borrowing borrowing = {0};
    struct block *first = empty_block(&borrowing);
    for (int i = 1; i < 3 * BORROWED_POLLS; i++) {
        struct block *block = empty_block(&borrowing);
        ck_assert((block->borrowing != NULL) == (i < BORROWED_POLLS)); /* then the first one's place comes again */
        block_release(block);
    }
    struct block *owner = empty_block(&borrowing);
    block_release(first); /* what still lives owns its bytes */
    struct block *second = empty_block(&borrowing), *third = empty_block(&borrowing);
    ck_assert(owner->borrowing == NULL && second->borrowing != NULL && third->borrowing != NULL);
    block_release(owner);
    block_release(third);
    block_release(second);
    ck_assert_uint_eq(borrowing.alive, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_block_counts_what_it_holds_until_its_last_message_is_done,
                                  blocks_borrow_unless_one_of_them_stays};
    return SUITE_RUN("message", tests);
}
