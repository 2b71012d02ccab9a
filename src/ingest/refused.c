/* Responsible for: dead letters: refused messages, unchanged, in the topic of refused ones, with headers that say why.
 * A batch commits past a refused message only when the broker has acknowledged its dead letter; so none is lost, and
 * one may be there twice after a crash. Thread: the fold's; deliveries are reported in refuser_poll(). */
#include "refused.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch.h"
#include "input.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"

enum { RETRY_US = 200 * 1000 };

struct refuser {
    rd_kafka_t *producer;
    const char *topic;
    struct letter *waiting, **waiting_end; /* not taken, to be sent again; in order */
    int64_t retry_us;
    bool complained;
};

/* What a delivery report is about: enough to send it again. */
struct letter {
    struct letter *next;
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

static rd_kafka_resp_err_t post(struct refuser *refuser, struct letter *letter)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_copy(letter->headers);
    rd_kafka_resp_err_t err = rd_kafka_producev(
        refuser->producer, RD_KAFKA_V_TOPIC(refuser->topic), RD_KAFKA_V_KEY(letter->key, letter->key_len),
        RD_KAFKA_V_VALUE(letter->value, letter->value_len), RD_KAFKA_V_MSGFLAGS(0), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(letter), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers); /* the library takes them only with the message */
    return err;
}

static void wait_for_topic(struct refuser *refuser, struct letter *letter, rd_kafka_resp_err_t err)
{
    letter->next = NULL;
    *refuser->waiting_end = letter;
    refuser->waiting_end = &letter->next;
    if (!refuser->complained)
        log_warning("dead letters wait, and what was refused stays uncommitted topic=%s reason=\"%s\" "
                    "next=\"trying again\"",
                    refuser->topic, rd_kafka_err2str(err));
    refuser->complained = true;
}

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct refuser *refuser = opaque;
    struct letter *letter = message->_private;
    (void)producer;
    bool leaving = message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !leaving) {
        wait_for_topic(refuser, letter, message->err);
        return;
    }
    refuser->complained = refuser->complained && leaving;
    struct batch *batch = letter->batch;
    letter_free(letter);
    batch_arrived(batch); /* leaving: it is dead, and refused again by whoever comes next */
}

static void send_again(struct refuser *refuser)
{
    int64_t now_us = clock_steady_us();
    if (refuser->waiting == NULL || now_us < refuser->retry_us)
        return;
    refuser->retry_us = now_us + RETRY_US;
    while (refuser->waiting != NULL) {
        struct letter *letter = refuser->waiting, *next = letter->next;
        if (post(refuser, letter) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
        refuser->waiting = next;
        if (next == NULL)
            refuser->waiting_end = &refuser->waiting;
    }
}

struct refuser *refuser_new(const struct kafka_config *config, struct error *error)
{
    struct refuser *refuser = calloc(1, sizeof(*refuser));
    if (refuser == NULL)
        abort();
    refuser->topic = config->topics[TOPIC_REFUSED];
    refuser->waiting_end = &refuser->waiting;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "topic.metadata.refresh.interval.ms", "5000", NULL, 0); /* a topic made later is found */
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
    for (struct letter *letter = refuser->waiting, *next; letter != NULL; letter = next) {
        next = letter->next;
        batch_arrived(letter->batch);
        letter_free(letter);
    }
    kafka_free_within(refuser->producer, timeout_ms);
    free(refuser);
}

/* One of that name, ours: a message may have been refused before. */
static void set_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_header_remove(headers, name);
    rd_kafka_header_add(headers, name, -1, value, -1);
}

/* The message's own, to which why it was refused is added. */
static rd_kafka_headers_t *headers_of(const struct message *message)
{
    const struct block *block = message->block;
    rd_kafka_headers_t *own;
    if (rd_kafka_message_headers(block->raw[message - block->messages], &own) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return rd_kafka_headers_copy(own);
    return rd_kafka_headers_new(5);
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
    letter->headers = headers_of(message);
    set_header(letter->headers, "reason", refusal_texts[message->refusal].name);
    set_header(letter->headers, "detail", message->detail);
    set_header(letter->headers, "topic", input->topic);
    set_header(letter->headers, "partition", partition);
    set_header(letter->headers, "offset", offset);
    letter->key = copy(message->key);
    letter->key_len = message->key.len;
    letter->value = copy(message->value);
    letter->value_len = message->value.len;
    rd_kafka_resp_err_t err = refuser->waiting != NULL ? RD_KAFKA_RESP_ERR__QUEUE_FULL : post(refuser, letter);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        wait_for_topic(refuser, letter, err);
}

void refuser_poll(struct refuser *refuser)
{
    rd_kafka_poll(refuser->producer, 0);
    send_again(refuser);
}
