/* Responsible for: dead letters: refused messages, unchanged, in the topic of refused ones, with headers that say why.
 * A batch commits past a refused message only when the broker has acknowledged its dead letter; so none is lost, and
 * one may be there twice after a crash. Thread: the fold's; deliveries are reported in refuser_poll(). */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "stockfold/base/log.h"

struct refuser {
    rd_kafka_t *producer;
    const char *topic;
    bool complained;
};

/* What a delivery report is about: enough to send it again. */
struct letter {
    struct batch *batch;
    rd_kafka_headers_t *headers;
    char *key, *value;
    size_t key_len, value_len;
};

static void letter_free(struct letter *letter)
{
    rd_kafka_headers_destroy(letter->headers);
    free(letter->key);
    free(letter->value);
    free(letter);
}

static void post(struct refuser *refuser, struct letter *letter)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_copy(letter->headers);
    for (;;) {
        rd_kafka_resp_err_t err = rd_kafka_producev(
            refuser->producer, RD_KAFKA_V_TOPIC(refuser->topic), RD_KAFKA_V_KEY(letter->key, letter->key_len),
            RD_KAFKA_V_VALUE(letter->value, letter->value_len), RD_KAFKA_V_MSGFLAGS(0), RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_OPAQUE(letter), RD_KAFKA_V_END);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
        if (!refuser->complained)
            log_warning("dead letters wait topic=%s reason=\"%s\"", refuser->topic, rd_kafka_err2str(err));
        refuser->complained = true;
        rd_kafka_poll(refuser->producer, 50);
    }
}

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct refuser *refuser = opaque;
    struct letter *letter = message->_private;
    (void)producer;
    if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        letter_free(letter); /* leaving: its batch is not committed, so it is refused again by whoever comes next */
        return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_warning("dead letter not taken, sending it again topic=%s reason=\"%s\"", refuser->topic,
                    rd_kafka_err2str(message->err));
        post(refuser, letter);
        return;
    }
    refuser->complained = false;
    struct batch *batch = letter->batch;
    letter_free(letter);
    batch_arrived(batch);
}

struct refuser *refuser_new(const struct kafka_config *config, struct error *error)
{
    struct refuser *refuser = calloc(1, sizeof(*refuser));
    if (refuser == NULL)
        abort();
    refuser->topic = config->topics[TOPIC_REFUSED];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    refuser->producer = kafka_new(config, KAFKA_PRODUCER, conf, refuser, error);
    if (refuser->producer == NULL) {
        free(refuser);
        return NULL;
    }
    return refuser;
}

void refuser_free(struct refuser *refuser, int timeout_ms)
{
    if (refuser == NULL)
        return;
    rd_kafka_purge(refuser->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(refuser->producer, timeout_ms);
    rd_kafka_destroy(refuser->producer);
    free(refuser);
}

static void add_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_header_add(headers, name, -1, value, -1);
}

static char *copy(struct str bytes)
{
    if (bytes.data == NULL)
        return NULL;
    char *copied = malloc(bytes.len + 1);
    if (copied == NULL)
        abort();
    memcpy(copied, bytes.data, bytes.len);
    return copied;
}

void refuser_send(struct refuser *refuser, const struct input *input, const struct message *message,
                  struct batch *batch)
{
    char partition[16], offset[24];
    snprintf(partition, sizeof(partition), "%d", input->partition);
    snprintf(offset, sizeof(offset), "%" PRId64, message->offset);
    struct letter *letter = calloc(1, sizeof(*letter));
    if (letter == NULL)
        abort();
    letter->batch = batch;
    letter->headers = rd_kafka_headers_new(5);
    add_header(letter->headers, "reason", refusal_texts[message->refusal].name);
    add_header(letter->headers, "detail", message->detail);
    add_header(letter->headers, "topic", input->topic);
    add_header(letter->headers, "partition", partition);
    add_header(letter->headers, "offset", offset);
    letter->key = copy(message->key);
    letter->key_len = message->key.len;
    letter->value = copy(message->value);
    letter->value_len = message->value.len;
    post(refuser, letter);
}

void refuser_poll(struct refuser *refuser)
{
    rd_kafka_poll(refuser->producer, 0);
}
