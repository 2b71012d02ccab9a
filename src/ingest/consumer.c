/* Responsible for: taking messages from Kafka: decoding, and each to its shard.
 * Not for: from where a partition is read (assignment.c), logs that do not fit the view (gap.c), or what is done with a
 * message (turn.c, judge.c). Thread: the fold's; librdkafka calls back only inside its polls. */
#include "consumer.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assignment.h"
#include "gap.h"
#include "master.h"
#include "message.h"
#include "reservation_log.h"
#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/log.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/time_text.h"

enum {
    BLOCK_MESSAGES = 1024,
    FETCHED_LOW = 16 * BLOCK_MESSAGES,
    MUCH_BYTES = 512 * 1024,
    AHEAD_US = 60 * 1000 * 1000,
    COMPLAIN_US = 30 * 1000 * 1000
};

struct consumer {
    rd_kafka_queue_t *queue;
    const rd_kafka_topic_t *last_topic; /* of the message before: most come in runs */
    int32_t last_partition;
    size_t last_input;
    int64_t complained_us, away_us, ahead_us; /* when it was last said */
    size_t message_held;                      /* bytes that a message of the poll before took; 0: not known yet */
};

/* --- messages ---------------------------------------------------------------------------------------------------- */

/* Whether a message is the next one to take. The one before the position must be seen first where that is to be verified,
 * and be what it was; nothing is between the two. */
static bool is_next(struct engine *engine, size_t index, const struct message *message)
{
    struct input *input = &engine->inputs.rows[index];
    if (input->verify_offset < 0) {
        if (message->offset >= input->read.next)
            return message->offset < input->compare_at || gap_compare(engine, index, message);
        if (topic_is_stock(input->role))
            gap_found(engine, index, "a message stands where there was none: the log was cut and written anew");
        return false;
    }
    if (message->offset > input->verify_offset) {
        gap_found(engine, index, "the last message folded is gone: the log was cut, or the topic made again");
    } else if (message->offset == input->verify_offset) {
        if (message_digest(message->key, message->value, message->kafka_time) != input->read.digest)
            gap_found(engine, index, "the last message folded is another one: the topic was deleted and made again");
        else
            input->verify_offset = -1;
        gap_note_fit(input);
    }
    return false;
}

static size_t input_of(struct engine *engine, const rd_kafka_message_t *raw)
{
    struct consumer *consumer = engine->kafka;
    if (raw->rkt == consumer->last_topic && raw->partition == consumer->last_partition)
        return consumer->last_input;
    size_t index = inputs_find(&engine->inputs, str_from(rd_kafka_topic_name(raw->rkt)), raw->partition);
    if (index == SIZE_MAX)
        return index;
    consumer->last_topic = raw->rkt;
    consumer->last_partition = raw->partition;
    consumer->last_input = index;
    return index;
}

/* The shard that a message of a stock topic concerns; a refused one, that of its key. */
static struct shard *decode(struct engine *engine, struct message *message)
{
    if (!topic_is_stock(engine->inputs.rows[message->input].role))
        return master_route(engine, message);
    struct str named = message->key.data != NULL ? message->key : message->value;
    if (message->refusal != REFUSAL_NONE)
        return shard_for(engine, murmur2(named));
    struct event_context context = {.kafka_time = message->kafka_time,
                                    .future_max_ms = engine->config->view.future_max_ms,
                                    .arena = &message->block->arena};
    char detail[REFUSAL_DETAIL_MAX];
    if (message->value.data == NULL) {
        message->refusal = REFUSAL_MALFORMED;
        message->detail = "value: a stock event is a JSON object, not null";
    } else {
        message->refusal = event_decode(message->value, &context, &message->event, detail);
        if (message->refusal == REFUSAL_NONE) {
            message->sku_hash = murmur2(message->event.sku);
            return shard_for(engine, message->sku_hash);
        }
        message->detail = arena_copy(&message->block->arena, detail, strlen(detail) + 1);
    }
    return shard_for(engine, murmur2(named));
}

/* Only librdkafka's mock broker may leave the stamping to producers. */
static bool is_mock(struct engine *engine)
{
    if (!engine->is_mock)
        engine->is_mock = kafka_is_mock(engine->consumer, SEEK_MS);
    return engine->is_mock;
}

/* Refuses a message of a stock topic whose time its producer gave: nothing that is late or settles may go by it. */
static void refuse_unstamped(struct block *block, struct message *message)
{
    char time[TIME_TEXT_MAX], detail[REFUSAL_DETAIL_MAX];
    size_t time_len = time_format(message->kafka_time, time);
    int len = snprintf(detail, sizeof(detail),
                       "Kafka timestamp: %.*s is its producer's, expected the broker's: the topic needs "
                       "message.timestamp.type=LogAppendTime, run `stockfold setup`",
                       (int)time_len, time);
    message->kafka_time = 0;
    message->refusal = REFUSAL_NOT_STAMPED;
    message->detail = arena_copy(&block->arena, detail, (size_t)len + 1);
}

/* Now, or once it is judged. */
static bool may_be_refused(const struct engine *engine, const struct message *message)
{
    const struct event *event = &message->event;
    return message->refusal != REFUSAL_NONE || !topic_is_stock(engine->inputs.rows[message->input].role) ||
           lateness_is_history(&engine->config->view.rule, event_key_time(event), event->kafka_time);
}

static void take_message(struct engine *engine, struct block *block, rd_kafka_message_t *raw)
{
    size_t index = input_of(engine, raw);
    if (index == SIZE_MAX)
        return;
    struct input *input = &engine->inputs.rows[index];
    if (!input->assigned || input->broken || input->restarting || input->rewind >= 0)
        return;
    rd_kafka_timestamp_type_t stamped;
    struct message *message = block_next(block);
    message->key = (struct str){raw->key, raw->key_len};
    message->value = (struct str){raw->payload, raw->len};
    message->offset = raw->offset;
    message->input = (uint32_t)index;
    message->kafka_time = rd_kafka_message_timestamp(raw, &stamped);
    if (topic_is_stock(input->role) && stamped != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME && !is_mock(engine))
        refuse_unstamped(block, message);
    if (!is_next(engine, index, message))
        return;
    block_keep(block, message);
    input_take(input, message);
    gap_note_fit(input);
    input->broker = rd_kafka_message_broker_id(raw);
    if (input->role == TOPIC_RESERVATIONS) {
        message_keep_headers(message, raw);
        reservation_log_queue(engine, message);
        return;
    }
    struct shard *shard = decode(engine, message);
    if (may_be_refused(engine, message))
        message_keep_headers(message, raw);
    queue_enqueue(shard, message);
}

static void take_error(struct engine *engine, const rd_kafka_message_t *raw)
{
    struct consumer *consumer = engine->kafka;
    size_t index = raw->rkt == NULL ? SIZE_MAX : input_of(engine, raw);
    struct input *input = index == SIZE_MAX ? NULL : &engine->inputs.rows[index];
    if (input != NULL && input->restarting)
        return;
    if (raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (input == NULL || !input->assigned || input->rewind >= 0)
            return;
        if (input->verify_offset >= 0)
            gap_found(engine, index,
                      "the log ends before the last message folded: it was cut, or the topic made again");
        else
            input_reach_end(input, raw->offset);
        gap_note_fit(input);
        return;
    }
    if (input != NULL && input->assigned &&
        (raw->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || raw->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)) {
        if (topic_is_stock(input->role))
            gap_found(engine, index,
                      "the offset to read from is not in the log: its beginning is gone, or it was made again");
        else
            engine->rereads[input->role].state = REREAD_WANTED;
        return;
    }
    if (input != NULL && input->assigned && input->read.last_offset >= 0 && topic_is_stock(input->role))
        input_verify_again(input);
    if (clock_steady_us() - consumer->complained_us > COMPLAIN_US) {
        consumer->complained_us = clock_steady_us();
        log_warning("kafka: %s topic=%s partition=%d next=\"waiting for it\"", rd_kafka_message_errstr(raw),
                    raw->rkt == NULL ? "-" : rd_kafka_topic_name(raw->rkt), raw->partition);
    }
}

/* librdkafka's callback for errors that concern no partition, such as a broker that is away or refuses the password:
 * called inside consumer_poll(). */
static void on_kafka_error(rd_kafka_t *handle, int err, const char *reason, void *opaque)
{
    struct engine *engine = opaque;
    struct consumer *consumer = engine->kafka;
    int64_t now_us = clock_steady_us();
    (void)handle;
    if (consumer == NULL || (consumer->away_us != 0 && now_us - consumer->away_us < COMPLAIN_US))
        return;
    consumer->away_us = now_us;
    log_warning("kafka: %s error=%s brokers=%s next=\"waiting for it; stockfold check says more\"", reason,
                rd_kafka_err2name((rd_kafka_resp_err_t)err), kafka_bootstrap(&engine->config->kafka));
}

/* What the newest message shows of its broker's clock. One far ahead of what the broker itself says was stamped by another
 * clock: history with such a stamp waits until P has come so far. */
static void note_stamp(struct engine *engine, const struct input *input, int64_t stamp_ms, int64_t now_us)
{
    struct consumer *consumer = engine->kafka;
    int64_t ahead_ms = ends_saw_stamp(engine->ends, input->broker, stamp_ms);
    if (ahead_ms <= engine->config->view.rule.history_ms / CLOCKS_APART_PART)
        return;
    engine->totals.clock_ahead++;
    if (consumer->ahead_us != 0 && now_us - consumer->ahead_us < AHEAD_US)
        return;
    consumer->ahead_us = now_us;
    log_warning("a message was stamped far ahead of its broker's clock topic=%s partition=%d by_ms=%" PRId64
                " next=\"see which broker's clock was wrong: history stamped so waits, and is not lost\"",
                input->topic, input->partition, ahead_ms);
}

static void finish_poll(struct engine *engine)
{
    int64_t now_us = clock_steady_us();
    for (size_t i = 0; i < engine->inputs.n; i++) {
        struct input *input = &engine->inputs.rows[i];
        int64_t stamp_ms = input->last_message == NULL ? 0 : input->last_message->kafka_time;
        if (!input_digest(input))
            continue;
        input->heard_us = now_us;
        if (stamp_ms > 0 && topic_is_stock(input->role))
            note_stamp(engine, input, stamp_ms, now_us);
    }
}

/* How many messages, of the size of those before, there is room for; of what is full, an eighth. */
static size_t messages_that_fit(const struct engine *engine)
{
    uint64_t most = engine->config->pending_bytes, room = most / 8;
    size_t held = engine->kafka->message_held;
    if (engine->pending_bytes + room < most)
        room = most - engine->pending_bytes;
    if (held == 0 || room / held >= BLOCK_MESSAGES)
        return BLOCK_MESSAGES;
    return room > held ? room / held : 1;
}

size_t consumer_poll(struct engine *engine, int timeout_ms)
{
    struct consumer *consumer = engine->kafka;
    rd_kafka_message_t *raw[BLOCK_MESSAGES];
    size_t most = messages_that_fit(engine);
    ssize_t came = rd_kafka_consume_batch_queue(consumer->queue, timeout_ms, raw, most);
    if (came <= 0)
        return 0;
    size_t n = (size_t)came;
    struct block *block = block_new(&engine->borrowing, raw, n);
    bool is_much = n == most || block->bytes_cap >= MUCH_BYTES;
    if (is_much && rd_kafka_queue_length(consumer->queue) < FETCHED_LOW)
        ends_keep_fetching(engine->ends);
    for (size_t i = 0; i < n; i++) {
        if (raw[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            take_error(engine, raw[i]);
        else
            take_message(engine, block, raw[i]);
    }
    finish_poll(engine);
    block_filled(block, &engine->pending_bytes);
    consumer->message_held = block->held / n;
    block_release(block);
    return n;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

int consumer_open(struct engine *engine, int wake_descriptor, struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "group.id", engine->config->group, NULL, 0);
    rd_kafka_conf_set_rebalance_cb(conf, assignment_changed);
    rd_kafka_conf_set_error_cb(conf, on_kafka_error);
    engine->consumer = kafka_new(&engine->config->kafka, KAFKA_CONSUMER, conf, engine, error);
    if (engine->consumer == NULL)
        return (int)error->code;
    engine->kafka = calloc(1, sizeof(struct consumer));
    if (engine->kafka == NULL)
        abort();
    rd_kafka_poll_set_consumer(engine->consumer);
    engine->assignment = assignment_new();
    engine->kafka->queue = rd_kafka_queue_get_consumer(engine->consumer);
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(engine->kafka->queue, wake_descriptor, &one, sizeof(one));
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(TOPIC_INPUTS);
    for (int role = 0; role < TOPIC_INPUTS; role++)
        rd_kafka_topic_partition_list_add(topics, engine->config->kafka.topics[role], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(engine->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(error, ERROR_USAGE, "cannot subscribe: %s", rd_kafka_err2str(err));
    return 0;
}

/* The group, where nobody answers, finds out that we are gone. */
static bool leave_group(struct engine *engine, int timeout_ms)
{
    rd_kafka_queue_t *queue = engine->kafka->queue;
    int64_t until_us = clock_steady_us() + timeout_ms * INT64_C(1000);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(engine->consumer, queue);
    if (error != NULL)
        rd_kafka_error_destroy(error);
    while (!rd_kafka_consumer_closed(engine->consumer) && clock_steady_us() < until_us) {
        rd_kafka_message_t *unwanted[BLOCK_MESSAGES];
        ssize_t came = rd_kafka_consume_batch_queue(queue, 10, unwanted, BLOCK_MESSAGES);
        for (ssize_t i = 0; i < came; i++)
            rd_kafka_message_destroy(unwanted[i]);
    }
    return rd_kafka_consumer_closed(engine->consumer);
}

bool consumer_close(struct engine *engine, int timeout_ms)
{
    if (engine->kafka == NULL)
        return engine->consumer == NULL;
    rd_kafka_queue_io_event_enable(engine->kafka->queue, -1, NULL, 0);
    bool closed = leave_group(engine, timeout_ms);
    rd_kafka_queue_destroy(engine->kafka->queue);
    assignment_free(engine->assignment);
    free(engine->kafka);
    engine->assignment = NULL;
    engine->kafka = NULL;
    return closed;
}
