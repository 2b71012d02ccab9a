/* From the beginning of the topic of refused messages, or a moment, to the end that each partition had at the start: what
 * is published again and refused again meanwhile is not met. */
#include "stockfold/ingest/letters.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "end_question.h"
#include "newest_letters.h"
#include "producer.h"
#include "stockfold/base/clock.h"
#include "stockfold/core/event.h"
#include "stockfold/core/refusal.h"

enum { PARTITIONS_MAX = 1024, WAIT_MS = 1000, AGAIN_MS = 100, OFFSET_BITS = 44 /* of a letter's tag */ };

/* The headers that refusing adds; a producer has no use for them. */
static const char *const own_headers[] = {"reason", "detail", "topic", "partition", "offset", "view", "omitted"};

struct letter_reader {
    const struct kafka_config *config;
    const struct letters_query *query;
    const struct letters_listener *listener;
    rd_kafka_t *consumer;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    struct producer *producer; /* NULL: nothing is published again */
    int partitions_n;
    int64_t begins[PARTITIONS_MAX]; /* RD_KAFKA_OFFSET_END: nothing of it is wanted */
    int64_t ends[PARTITIONS_MAX];
    bool noting; /* first all are read to find the newest of each message, then to show them */
    struct newest_letters newest;
    int reading_n; /* partitions that have not ended */
    bool ended[PARTITIONS_MAX];
};

/* --- one letter ------------------------------------------------------------------------------------------------- */

static struct str letter_header(const rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t len;
    if (headers == NULL || rd_kafka_header_get_last(headers, name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL)
        return STR("");
    return (struct str){value, len};
}

static void letter_not_sent(void *context, uint64_t tag, const char *why)
{
    const struct letter_reader *reader = context;
    reader->listener->not_sent(reader->listener->context, (int32_t)(tag >> OFFSET_BITS),
                               (int64_t)(tag & ((UINT64_C(1) << OFFSET_BITS) - 1)), why);
}

static int replay_letter(struct letter_reader *reader, const rd_kafka_message_t *message, rd_kafka_headers_t *headers,
                         const struct refused_letter *letter, struct error *error)
{
    uint64_t tag = (uint64_t)message->partition << OFFSET_BITS | (uint64_t)message->offset;
    int role = 0;
    while (role < TOPIC_INPUTS && !str_equal(str_from(reader->config->topics[role]), letter->topic))
        role++;
    if (role == TOPIC_INPUTS) {
        letter_not_sent(reader, tag, "its header topic names none that the fold reads");
        return 0;
    }
    if (letter->omitted.len > 0) {
        letter_not_sent(reader, tag,
                        "its value is where it was refused: it was too large for the topic of refused ones");
        return 0;
    }
    rd_kafka_headers_t *others = headers == NULL ? NULL : rd_kafka_headers_copy(headers);
    for (size_t i = 0; others != NULL && i < sizeof(own_headers) / sizeof(own_headers[0]); i++)
        rd_kafka_header_remove(others, own_headers[i]);
    int code = producer_send(reader->producer, (enum topic_role)role, letter->key, letter->value, others, tag, error);
    if (others != NULL)
        rd_kafka_headers_destroy(others);
    return code;
}

/* Of this view and no older than asked for. */
static bool is_of_view_and_time(const struct letters_query *query, const struct refused_letter *letter)
{
    bool own = letter->view.len == 0 || str_equal(letter->view, str_from(query->view));
    return own && letter->at_ms >= query->since_ms;
}

static int show_letter(struct letter_reader *reader, const rd_kafka_message_t *message, struct error *error)
{
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        headers = NULL;
    const struct refused_letter letter = {
        .reason = letter_header(headers, "reason"),
        .detail = letter_header(headers, "detail"),
        .topic = letter_header(headers, "topic"),
        .partition = letter_header(headers, "partition"),
        .offset = letter_header(headers, "offset"),
        .view = letter_header(headers, "view"),
        .omitted = letter_header(headers, "omitted"),
        .key = {message->key, message->key_len},
        .value = {message->payload, message->len},
        .at_ms = rd_kafka_message_timestamp(message, NULL),
    };
    const struct letter_position position = {letter.at_ms, message->partition, message->offset};
    if (!is_of_view_and_time(reader->query, &letter))
        return 0;
    if (reader->noting) {
        newest_letters_note(&reader->newest, &letter, &position);
        return 0;
    }
    if (reader->query->reason != NULL && !str_equal(letter.reason, str_from(reader->query->reason)))
        return 0;
    if (!newest_letters_has(&reader->newest, &letter, &position))
        return 0;
    reader->listener->each(reader->listener->context, &letter);
    return reader->producer == NULL ? 0 : replay_letter(reader, message, headers, &letter, error);
}

/* --- the topic -------------------------------------------------------------------------------------------------- */

static void end_partition(struct letter_reader *reader, int32_t partition)
{
    if (!reader->ended[partition]) {
        reader->ended[partition] = true;
        reader->reading_n--;
        rd_kafka_consume_stop(reader->topic, partition);
    }
}

static int take_refused(struct letter_reader *reader, const rd_kafka_message_t *message, struct error *error)
{
    int32_t partition = message->partition;
    int code = 0;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        end_partition(reader, partition);
        return 0;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(error, ERROR_UNREACHABLE, "Kafka: %s: %s", rd_kafka_topic_name(reader->topic),
                         rd_kafka_message_errstr(message));
    if (reader->ended[partition])
        return 0;
    if (message->offset < reader->ends[partition])
        code = show_letter(reader, message, error);
    if (message->offset + 1 >= reader->ends[partition])
        end_partition(reader, partition);
    return code;
}

static int read_letters(struct letter_reader *reader, struct error *error)
{
    int code = 0, waits_max = 1 + reader->config->timeout_ms / WAIT_MS, waits = 0;
    for (int32_t i = 0; i < reader->partitions_n; i++) {
        reader->ended[i] = reader->begins[i] == RD_KAFKA_OFFSET_END || reader->ends[i] == 0;
        if (!reader->ended[i] && rd_kafka_consume_start_queue(reader->topic, i, reader->begins[i], reader->queue) == 0)
            reader->reading_n++;
        else
            reader->ended[i] = true;
    }
    while (code == 0 && reader->reading_n > 0) {
        rd_kafka_message_t *message = rd_kafka_consume_queue(reader->queue, WAIT_MS);
        if (message == NULL && ++waits >= waits_max)
            code = error_set(error, ERROR_UNREACHABLE, "Kafka: %s: nothing came for %d s",
                             rd_kafka_topic_name(reader->topic), waits);
        if (message == NULL)
            continue;
        waits = 0;
        code = take_refused(reader, message, error);
        rd_kafka_message_destroy(message);
    }
    for (int32_t i = 0; i < reader->partitions_n; i++)
        if (!reader->ended[i])
            rd_kafka_consume_stop(reader->topic, i);
    return code;
}

/* Where each partition ends, and where the letters begin that are wanted. */
static rd_kafka_resp_err_t ask_offsets(struct letter_reader *reader)
{
    const char *topic = rd_kafka_topic_name(reader->topic);
    int timeout_ms = reader->config->timeout_ms;
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->partitions_n);
    for (int32_t i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < reader->partitions_n; i++) {
        int64_t begin;
        err = rd_kafka_query_watermark_offsets(reader->consumer, topic, i, &begin, &reader->ends[i], timeout_ms);
        reader->begins[i] = RD_KAFKA_OFFSET_BEGINNING;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR && begin == reader->ends[i])
            reader->begins[i] = RD_KAFKA_OFFSET_END;
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = reader->query->since_ms;
    }
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR && reader->query->since_ms != TIME_NONE) {
        err = rd_kafka_offsets_for_times(reader->consumer, list, timeout_ms);
        for (int i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
            reader->begins[list->elems[i].partition] = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

/* A partition that is new, or whose broker was restarted, has no leader for a moment. */
static int find_offsets(struct letter_reader *reader, struct error *error)
{
    int64_t until_us = clock_steady_us() + INT64_C(1000) * reader->config->timeout_ms;
    for (;;) {
        rd_kafka_resp_err_t err = ask_offsets(reader);
        bool passes = err == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                      err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            return 0;
        if (!passes || clock_steady_us() >= until_us)
            return error_set(error, ERROR_UNREACHABLE, "Kafka: ends of %s: %s", rd_kafka_topic_name(reader->topic),
                             rd_kafka_err2str(err));
        rd_kafka_poll(reader->consumer, AGAIN_MS);
    }
}

static int open_reader(struct letter_reader *reader, struct error *error)
{
    const char *name = reader->config->topics[TOPIC_REFUSED];
    int32_t leaders[PARTITIONS_MAX];
    reader->consumer = kafka_new(reader->config, KAFKA_CONSUMER, NULL, NULL, error);
    if (reader->consumer == NULL)
        return (int)error->code;
    reader->partitions_n = topic_leaders(reader->consumer, name, reader->config->timeout_ms, leaders, PARTITIONS_MAX);
    if (reader->partitions_n < 0)
        return kafka_cannot_reach(reader->consumer, reader->config, "no answer in time", error);
    if (reader->partitions_n == 0 || reader->partitions_n > PARTITIONS_MAX)
        return error_set(error, ERROR_STATE,
                         reader->partitions_n == 0 ? "topic %s is missing: run `stockfold setup`"
                                                   : "topic %s has %d partitions, more than can be read",
                         name, reader->partitions_n);
    reader->topic = rd_kafka_topic_new(reader->consumer, name, NULL);
    reader->queue = rd_kafka_queue_new(reader->consumer);
    if (reader->query->replay)
        reader->producer = producer_new(reader->config, NULL, letter_not_sent, reader, error);
    return (int)error->code;
}

int letters_read(const struct kafka_config *config, const struct letters_query *query,
                 const struct letters_listener *listener, int64_t *ret_sent, struct error *error)
{
    struct letter_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        error_out_of_memory();
    *reader = (struct letter_reader){.config = config, .query = query, .listener = listener};
    int code = open_reader(reader, error);
    if (code == 0)
        code = find_offsets(reader, error);
    reader->noting = true;
    if (code == 0)
        code = read_letters(reader, error);
    reader->noting = false;
    if (code == 0)
        code = read_letters(reader, error);
    if (reader->producer != NULL) {
        int finished = producer_finish(reader->producer, error);
        code = code != 0 ? code : finished;
        *ret_sent = producer_sent(reader->producer);
    }
    producer_free(reader->producer);
    newest_letters_done(&reader->newest);
    if (reader->queue != NULL)
        rd_kafka_queue_destroy(reader->queue);
    if (reader->topic != NULL)
        rd_kafka_topic_destroy(reader->topic);
    kafka_free(reader->consumer);
    free(reader);
    return code;
}
