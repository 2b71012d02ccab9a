/* Responsible for: bringing the outbox into Kafka, and letting go of what Kafka has. Not for: what is in it
 * (store/reservations.h), or what becomes of it in the log (reservation_batch.c). Thread: the fold's; librdkafka calls back
 * only inside its polls.
 *
 *   IDLE ──► READING ──► SENDING ──► RELEASING ──► IDLE
 *              │ empty      │ nothing delivered         every answer that is lost: IDLE, and all of it again
 *              └──► IDLE    └──► IDLE
 *
 * One round at a time: its entries are let go once Kafka has acknowledged all before them. */
#include "relay.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"
#include "stockfold/base/unconst.h"
#include "stockfold/store/outbox.h"

enum {
    ROUND_ENTRIES = 256,
    OWN_US = 5 * 1000, /* between looks at an outbox that was empty, for a while behind what was in it */
    WHILE_US = 1000 * 1000,
    QUIET_US = 50 * 1000,        /* the same, later */
    OTHERS_US = 1000 * 1000,     /* the same, of another fold's */
    RELAY_AGAIN_US = 500 * 1000, /* behind a round that failed */
    SAY_OUTAGE_US = 30 * 1000 * 1000,
    ENTRY_ID_MAX = 48
};

enum relay_state { RELAY_IDLE, RELAY_READING, RELAY_SENDING, RELAY_RELEASING };

/* One of a round. */
struct relay_entry {
    char id[ENTRY_ID_MAX];
    bool reported;
    rd_kafka_resp_err_t err;
};

struct relay {
    struct engine *engine;
    rd_kafka_t *producer;
    enum relay_state state;
    struct plan plan;
    struct trip *trip; /* of READING and RELEASING */
    int64_t next_us;   /* not before this moment */
    int64_t round_us;  /* when the newest round was sent */
    int64_t said_us;   /* when an outage of Kafka was last said; 0: none is */
    bool refusal_logged;
    struct relay_entry entries[ROUND_ENTRIES];
    size_t entries_n, reported_n, released_n;
    char oldest[ENTRY_ID_MAX]; /* seen at the last look, and since when */
    int64_t oldest_since_us;
};

static void rest(struct relay *relay, int64_t pause_us)
{
    relay->state = RELAY_IDLE;
    relay->next_us = clock_steady_us() + pause_us;
}

static bool is_own(const struct engine *engine)
{
    size_t index = inputs_find(&engine->inputs, str_from(engine->config->kafka.topics[TOPIC_RESERVATIONS]), 0);
    return index != SIZE_MAX && engine->inputs.rows[index].assigned;
}

/* The answer to the one question that is on its way; its trip ends with it. */
static struct trip *take_trip(struct relay *relay)
{
    struct trip *trip = relay->trip;
    relay->trip = NULL;
    return trip;
}

/* Redis says no: said once, by whoever meets it first, until it says yes. What is lost comes again without a word. */
static void say_refusal(struct relay *relay, const struct reply *reply)
{
    enum reply_problem problem = reply_problem(reply);
    if (problem == REPLY_OK)
        relay->refusal_logged = false;
    if (!reply_is_error(reply) || problem == REPLY_NO_FUNCTION || relay->refusal_logged)
        return;
    if (!relay->engine->refusal_logged)
        log_warning("redis refuses the outbox reply=\"%.*s\" next=\"tried again\"", STR_ARG(reply_text(reply)));
    relay->refusal_logged = relay->engine->refusal_logged = true;
}

/* --- letting go --------------------------------------------------------------------------------------------------- */

static void take_released(void *context, const struct answers *answers)
{
    struct relay *relay = context;
    struct trip *trip = take_trip(relay);
    enum reply_problem problem = answers_problem(answers);
    if (problem == REPLY_NO_FUNCTION)
        view_load_functions(&relay->engine->view, NULL, NULL);
    if (problem == REPLY_OK)
        relay->engine->totals.relayed += (int64_t)relay->released_n;
    say_refusal(relay, answers->replies[0]);
    rest(relay, problem == REPLY_OK ? 0 : RELAY_AGAIN_US);
    trip_done(trip);
}

static void say_outage(struct relay *relay, const char *topic, rd_kafka_resp_err_t err)
{
    int64_t now_us = clock_steady_us();
    if (relay->said_us != 0 && now_us - relay->said_us < SAY_OUTAGE_US)
        return;
    relay->said_us = now_us;
    log_warning(
        "messages of reservations wait in the outbox topic=%s reason=\"%s\" next=\"tried again; a topic that is "
        "missing is made by stockfold setup\"",
        topic, rd_kafka_err2str(err));
}

/* Kafka has answered of the whole round: what it has up to the first that it has not is let go. */
static void release_delivered(struct relay *relay)
{
    size_t n = 0;
    while (n < relay->entries_n && relay->entries[n].err == RD_KAFKA_RESP_ERR_NO_ERROR)
        n++;
    if (n < relay->entries_n)
        say_outage(relay, relay->engine->config->kafka.topics[TOPIC_RESERVATIONS], relay->entries[n].err);
    else
        relay->said_us = 0;
    if (n == 0) {
        rest(relay, RELAY_AGAIN_US);
        return;
    }
    failpoint("relay_delivered");
    relay->released_n = n;
    relay->state = RELAY_RELEASING;
    plan_reset(&relay->plan);
    ask_outbox_release(&relay->plan, &relay->engine->view, str_from(relay->entries[n - 1].id));
    relay->trip = trip_start(&relay->engine->view, &relay->plan, take_released, relay);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void take_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct relay *relay = opaque;
    struct relay_entry *entry = message->_private;
    (void)producer;
    entry->err = message->err;
    entry->reported = true;
    relay->reported_n++;
}

/* An entry that nobody of us wrote: it goes where refused messages go, so that it holds up no other. */
static rd_kafka_headers_t *broken_headers(const struct relay *relay, const struct outbox_entry *entry)
{
    char detail[128];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(3);
    snprintf(detail, sizeof(detail), "entry %.*s of the outbox lacks id, topic or value", STR_ARG(entry->entry));
    rd_kafka_header_add(headers, "reason", -1, "malformed", -1);
    rd_kafka_header_add(headers, "detail", -1, detail, -1);
    rd_kafka_header_add(headers, "view", -1, relay->engine->config->view.prefix, -1);
    log_error("%s next=\"it is in the topic of refused messages; see who writes the view's keys\"", detail);
    return headers;
}

static rd_kafka_resp_err_t send_entry(struct relay *relay, const struct outbox_entry *entry, struct relay_entry *row)
{
    const char *const *topics = relay->engine->config->kafka.topics;
    bool broken = entry->id.len == 0;
    const char *topic = topics[broken ? TOPIC_REFUSED : entry->lasting ? TOPIC_RESERVATIONS : TOPIC_HOLDS];
    rd_kafka_headers_t *headers = broken ? broken_headers(relay, entry) : rd_kafka_headers_new(0);
    rd_kafka_resp_err_t err = rd_kafka_producev(
        relay->producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(entry->id.data, entry->id.len),
        RD_KAFKA_V_VALUE(unconst(entry->value.data), entry->value.len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(row), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers); /* the library takes them only with the message */
    return err;
}

/* As many as librdkafka takes. */
static void send_round(struct relay *relay, const struct outbox_entry *entries, size_t n)
{
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    relay->state = RELAY_SENDING;
    relay->round_us = clock_steady_us();
    relay->entries_n = relay->reported_n = 0;
    for (size_t i = 0; i < n && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        struct relay_entry *row = &relay->entries[relay->entries_n];
        *row = (struct relay_entry){.reported = false};
        snprintf(row->id, sizeof(row->id), "%.*s", STR_ARG(entries[i].entry));
        err = send_entry(relay, &entries[i], row);
        relay->entries_n += err == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    if (relay->entries_n > 0)
        return;
    say_outage(relay, relay->engine->config->kafka.topics[TOPIC_RESERVATIONS], err);
    rest(relay, RELAY_AGAIN_US);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Whether the oldest entry has stayed for so long that whoever should relay it does not. */
static bool is_left_lying(struct relay *relay, const struct outbox_entry *oldest)
{
    int64_t now_us = clock_steady_us();
    if (!str_equal(oldest->entry, str_from(relay->oldest))) {
        snprintf(relay->oldest, sizeof(relay->oldest), "%.*s", STR_ARG(oldest->entry));
        relay->oldest_since_us = now_us;
    }
    return now_us - relay->oldest_since_us >= RELAY_PATIENCE_MS * INT64_C(1000);
}

static void take_entries(void *context, const struct answers *answers)
{
    struct relay *relay = context;
    struct trip *trip = take_trip(relay);
    struct arena arena;
    arena_init(&arena);
    struct outbox_entry *entries;
    size_t n;
    bool own = is_own(relay->engine);
    say_refusal(relay, answers->replies[0]);
    if (!read_outbox(answers, 0, &arena, &entries, &n))
        rest(relay, RELAY_AGAIN_US);
    else if (n == 0 || (!own && !is_left_lying(relay, &entries[0])))
        rest(relay, !own ? OTHERS_US : clock_steady_us() - relay->round_us < WHILE_US ? OWN_US : QUIET_US);
    else
        send_round(relay, entries, n);
    arena_done(&arena);
    trip_done(trip);
}

static void read_oldest(struct relay *relay)
{
    relay->state = RELAY_READING;
    plan_reset(&relay->plan);
    ask_outbox(&relay->plan, &relay->engine->view, ROUND_ENTRIES);
    relay->trip = trip_start(&relay->engine->view, &relay->plan, take_entries, relay);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static rd_kafka_t *start_relay_producer(struct relay *relay, struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, take_delivery);
    return kafka_new(&relay->engine->config->kafka, KAFKA_PRODUCER, conf, relay, error);
}

struct relay *relay_new(struct engine *engine, struct error *error)
{
    struct relay *relay = calloc(1, sizeof(*relay));
    if (relay == NULL)
        error_out_of_memory();
    relay->engine = engine;
    plan_init(&relay->plan);
    relay->producer = start_relay_producer(relay, error);
    if (relay->producer != NULL)
        return relay;
    relay_free(relay, 0);
    return NULL;
}

static void end_relay_producer(struct relay *relay, int timeout_ms)
{
    if (relay->producer == NULL)
        return;
    rd_kafka_purge(relay->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(relay->producer, timeout_ms);
    kafka_free_within(relay->producer, timeout_ms);
    relay->producer = NULL;
}

/* An idempotent producer that has met an error that it cannot go on from is made anew. */
static void renew_after_fatal_error(struct relay *relay)
{
    char text[256];
    struct error error;
    if (relay->producer != NULL &&
        rd_kafka_fatal_error(relay->producer, text, sizeof(text)) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    error_clear(&error);
    if (relay->producer != NULL)
        log_warning("the relay's producer is made anew reason=\"%s\"", text);
    end_relay_producer(relay, 0);
    relay->producer = start_relay_producer(relay, &error);
}

bool relay_turn(struct relay *relay, int64_t now_us)
{
    if (relay->producer != NULL)
        rd_kafka_poll(relay->producer, 0);
    if (relay->state == RELAY_SENDING && relay->reported_n == relay->entries_n) {
        release_delivered(relay);
        return true;
    }
    if (relay->state != RELAY_IDLE || now_us < relay->next_us || !view_is_open(&relay->engine->view) ||
        relay->engine->leaving)
        return false;
    renew_after_fatal_error(relay);
    if (relay->producer == NULL)
        rest(relay, RELAY_AGAIN_US);
    else
        read_oldest(relay);
    return false;
}

void relay_free(struct relay *relay, int timeout_ms)
{
    if (relay == NULL)
        return;
    end_relay_producer(relay, timeout_ms);
    trip_done(relay->trip);
    plan_done(&relay->plan);
    free(relay);
}
