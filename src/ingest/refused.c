/* Responsible for: dead letters, and a word in the log about what is refused. A batch commits past a refused message
 * when the broker has acknowledged its dead letter, which may be there twice after a crash; or when the broker refuses
 * even a letter without value and headers, which is logged as an error.
 * Not for: what is refused, and its count (judge.c, master.c). Thread: the fold's; deliveries are reported in
 * refuser_poll().
 *
 *   refuser_send ──► waiting ──post_waiting──► librdkafka ──delivered──► batch_arrived
 *                       ▲                          │
 *                       └── later ◄── will pass ───┤
 *                       └── next form ◄── never ───┘
 */
#include "refused.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch.h"
#include "input.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/base/unconst.h"

enum { RETRY_US = 200 * 1000, LOG_US = 60 * 1000 * 1000 };

/* Of a letter, in the order in which they are tried. A letter alone is one with which no other is on its way: the broker
 * refuses whole batches. */
enum letter_form { LETTER_WHOLE, LETTER_ALONE, LETTER_WITHOUT_VALUE, LETTER_BARE, LETTER_FORMS };

struct letter {
    struct letter *next;
    struct batch *batch;
    struct message *message; /* its block is held */
    const char *topic;       /* where it was refused */
    int32_t partition;
    enum letter_form form;
    rd_kafka_resp_err_t err; /* why it is not in an earlier form */
};

/* When a reason was last logged for a topic, and how many messages were refused for it since. */
struct mention {
    int64_t logged_us, refused_n;
};

struct refuser {
    rd_kafka_t *producer;
    const char *topic, *view;
    struct letter *waiting, **waiting_end; /* to be sent, in order */
    size_t under_way;                      /* letters that librdkafka has */
    bool alone;                            /* ... of which the only one is to be alone */
    int64_t retry_us;                      /* nothing is sent before */
    bool outage_logged;
    struct mention mentions[TOPIC_INPUTS][REFUSALS];
};

/* --- what a letter says ------------------------------------------------------------------------------------------ */

/* One of that name, ours: a message may have been refused before. */
static void set_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_header_remove(headers, name);
    rd_kafka_header_add(headers, name, -1, value, -1);
}

/* The message's own, to which why it was refused is added. */
static rd_kafka_headers_t *letter_headers(const struct refuser *refuser, const struct letter *letter)
{
    const struct message *message = letter->message;
    char partition[16], offset[24], omitted[256];
    rd_kafka_headers_t *headers = message->headers != NULL && letter->form < LETTER_BARE
                                      ? rd_kafka_headers_copy(message->headers)
                                      : rd_kafka_headers_new(7);
    snprintf(partition, sizeof(partition), "%d", letter->partition);
    snprintf(offset, sizeof(offset), "%" PRId64, message->offset);
    set_header(headers, "reason", refusal_texts[message->refusal].name);
    set_header(headers, "detail", message->detail);
    set_header(headers, "topic", letter->topic);
    set_header(headers, "partition", partition);
    set_header(headers, "offset", offset);
    set_header(headers, "view", refuser->view);
    rd_kafka_header_remove(headers, "omitted");
    if (letter->form >= LETTER_WITHOUT_VALUE) {
        snprintf(omitted, sizeof(omitted), "the value of %zu bytes%s: %s", message->value.len,
                 letter->form == LETTER_BARE ? ", the key and the producer's headers" : "",
                 rd_kafka_err2str(letter->err));
        set_header(headers, "omitted", omitted);
    }
    return headers;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static rd_kafka_resp_err_t post(struct refuser *refuser, struct letter *letter)
{
    struct str key = letter->message->key, value = letter->message->value;
    if (letter->form == LETTER_BARE)
        key = (struct str){0};
    if (letter->form >= LETTER_WITHOUT_VALUE)
        value = (struct str){0};
    rd_kafka_headers_t *headers = letter_headers(refuser, letter);
    rd_kafka_resp_err_t err =
        rd_kafka_producev(refuser->producer, RD_KAFKA_V_TOPIC(refuser->topic), RD_KAFKA_V_KEY(key.data, key.len),
                          RD_KAFKA_V_VALUE(unconst(value.data), value.len), RD_KAFKA_V_MSGFLAGS(0),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(letter), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers); /* the library takes them only with the message */
    return err;
}

static void enqueue_letter(struct refuser *refuser, struct letter *letter)
{
    letter->next = NULL;
    *refuser->waiting_end = letter;
    refuser->waiting_end = &letter->next;
}

/* The batch has what it waited for of this letter. */
static void letter_done(struct letter *letter)
{
    struct batch *batch = letter->batch;
    block_release(letter->message->block);
    free(letter);
    batch_arrived(batch);
}

/* Whether the broker will never take the letter as it is. */
static bool is_permanent(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return true;
    default:
        return false;
    }
}

static void letter_give_up(struct refuser *refuser, struct letter *letter)
{
    log_error("dead letter not stored, the refused message stays where it is topic=%s partition=%d offset=%" PRId64
              " refused=%s reason=\"%s\" next=\"see what %s allows: cleanup.policy, max.message.bytes\"",
              letter->topic, letter->partition, letter->message->offset, refusal_texts[letter->message->refusal].name,
              rd_kafka_err2str(letter->err), refuser->topic);
    letter_done(letter);
}

/* In a lesser form, when the broker never takes it in this one; else later. */
static void send_again(struct refuser *refuser, struct letter *letter, rd_kafka_resp_err_t err)
{
    if (is_permanent(err)) {
        letter->err = err;
        if (++letter->form == LETTER_FORMS)
            letter_give_up(refuser, letter);
        else
            enqueue_letter(refuser, letter);
        return;
    }
    enqueue_letter(refuser, letter);
    refuser->retry_us = clock_steady_us() + RETRY_US;
    if (!refuser->outage_logged)
        log_warning("dead letters wait, and what was refused stays uncommitted topic=%s reason=\"%s\" "
                    "next=\"tried again; a topic that is missing is made by stockfold setup\"",
                    refuser->topic, rd_kafka_err2str(err));
    refuser->outage_logged = true;
}

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct refuser *refuser = opaque;
    struct letter *letter = message->_private;
    (void)producer;
    refuser->under_way--;
    refuser->alone = false;
    bool leaving = message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !leaving) {
        send_again(refuser, letter, message->err);
        return;
    }
    refuser->outage_logged = refuser->outage_logged && leaving;
    letter_done(letter); /* leaving: its batch is dead, and the message refused again by whoever comes next */
}

/* Whether the letter can go now: one that is to be alone when no other is under way, others when none such is. */
static bool may_post(const struct refuser *refuser, const struct letter *letter)
{
    return !refuser->alone && (letter->form != LETTER_ALONE || refuser->under_way == 0);
}

/* As far as librdkafka has room. */
static void post_waiting(struct refuser *refuser)
{
    struct letter *letter = refuser->waiting;
    if (letter == NULL || clock_steady_us() < refuser->retry_us)
        return;
    bool full = false;
    refuser->waiting = NULL;
    refuser->waiting_end = &refuser->waiting;
    for (struct letter *next; letter != NULL; letter = next) {
        next = letter->next;
        if (batch_is_dead(letter->batch)) {
            letter_done(letter); /* refused again with its next batch */
            continue;
        }
        if (full || !may_post(refuser, letter)) {
            enqueue_letter(refuser, letter);
            continue;
        }
        rd_kafka_resp_err_t err = post(refuser, letter);
        full = err == RD_KAFKA_RESP_ERR__QUEUE_FULL;
        if (full) {
            enqueue_letter(refuser, letter);
        } else if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            send_again(refuser, letter, err);
        } else {
            refuser->under_way++;
            refuser->alone = letter->form == LETTER_ALONE;
        }
    }
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct refuser *refuser_new(const struct fold_config *config, struct error *error)
{
    struct refuser *refuser = calloc(1, sizeof(*refuser));
    if (refuser == NULL)
        error_out_of_memory();
    refuser->topic = config->kafka.topics[TOPIC_REFUSED];
    refuser->view = config->view.prefix;
    refuser->waiting_end = &refuser->waiting;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    refuser->producer = kafka_new(&config->kafka, KAFKA_DEAD_LETTERS, conf, refuser, error);
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
        letter_done(letter);
    }
    kafka_free_within(refuser->producer, timeout_ms);
    free(refuser);
}

/* Once a minute for each reason and topic, with this message as the example. */
static void log_refusal(struct refuser *refuser, const struct input *input, const struct message *message)
{
    struct mention *mention = &refuser->mentions[input->role][message->refusal];
    int64_t now_us = clock_steady_us();
    mention->refused_n++;
    if (mention->logged_us != 0 && now_us - mention->logged_us < LOG_US)
        return;
    log_warning("refused reason=%s topic=%s messages=%" PRId64 " example=%s:%d:%" PRId64
                " detail=\"%s\" note=\"again only after a minute; all are in %s\"",
                refusal_texts[message->refusal].name, input->topic, mention->refused_n, input->topic, input->partition,
                message->offset, message->detail, refuser->topic);
    *mention = (struct mention){.logged_us = now_us};
}

void refuser_send(struct refuser *refuser, const struct input *input, struct message *message, struct batch *batch)
{
    log_refusal(refuser, input, message);
    struct letter *letter = malloc(sizeof(*letter));
    if (letter == NULL)
        error_out_of_memory();
    *letter = (struct letter){.batch = batch, .message = message, .topic = input->topic, .partition = input->partition};
    message->block->left++;
    bool first = refuser->waiting == NULL;
    enqueue_letter(refuser, letter);
    if (first)
        post_waiting(refuser);
}

void refuser_send_bad(struct batch *batch)
{
    struct engine *engine = batch->shard->engine;
    for (size_t i = 0; i < batch->messages_n; i++) {
        struct message *message = batch->messages[i];
        batch->judgements[i] = message->refusal == REFUSAL_NONE ? JUDGED_TAKEN : JUDGED_REFUSED;
        if (batch->judgements[i] == JUDGED_TAKEN)
            continue;
        batch->totals.refused[message->refusal]++;
        batch->waiting++;
        refuser_send(engine->refuser, &engine->inputs.rows[message->input], message, batch);
    }
}

void refuser_poll(struct refuser *refuser)
{
    rd_kafka_poll(refuser->producer, 0);
    post_waiting(refuser);
}
