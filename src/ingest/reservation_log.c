/* Responsible for: messages of reservations, until what they bring is queued. Not for: what becomes of their events
 * (judge.c, fold_batch.c), or bringing reservations into Kafka (relay.c). Thread: the fold's. */
#include "reservation_log.h"

#include "shard.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/reservation_json.h"

static void refuse_message(struct message *message, enum refusal refusal, const char *detail)
{
    message->refusal = refusal;
    message->detail = arena_copy(&message->block->arena, detail, strlen(detail) + 1);
}

/* The events, in the block's arena; none where the message is refused. */
static size_t read_events(struct engine *engine, struct message *message, struct str **ret_events)
{
    struct reservation_document document;
    char detail[REFUSAL_DETAIL_MAX];
    enum refusal refusal;
    size_t n = 0;
    if (message->refusal != REFUSAL_NONE)
        return 0;
    if (message->value.data == NULL)
        refuse_message(message, REFUSAL_MALFORMED, "value: a reservation is a JSON object, not null");
    else if ((refusal = reservation_read(message->value, &engine->scratch, &document, detail)) != REFUSAL_NONE)
        refuse_message(message, refusal, detail);
    else if (!str_equal(message->key, document.reservation.id))
        refuse_message(message, REFUSAL_MALFORMED, "key: is not the id of the reservation");
    else if (!reservation_read_events(message->value, &message->block->arena, ret_events, &n))
        refuse_message(message, REFUSAL_MALFORMED,
                       "value: expected a JSON object whose `events` are an array of stock events");
    arena_reset(&engine->scratch, 0);
    return message->refusal == REFUSAL_NONE ? n : 0;
}

/* An event that is refused is so by itself: the others stand. It is refused with the whole message. */
static void queue_event(struct engine *engine, const struct message *message, struct str json)
{
    struct message *more = message_more(message);
    struct event_context context = {.kafka_time = message->kafka_time,
                                    .future_max_ms = engine->config->view.future_max_ms,
                                    .arena = &message->block->arena};
    char detail[REFUSAL_DETAIL_MAX];
    enum refusal refusal = event_decode(json, &context, &more->event, detail);
    if (refusal != REFUSAL_NONE) {
        refuse_message(more, refusal, detail);
        queue_enqueue(shard_for(engine, murmur2(message->key)), more);
        return;
    }
    more->sku_hash = murmur2(more->event.sku);
    queue_enqueue(shard_for(engine, more->sku_hash), more);
}

void reservation_log_queue(struct engine *engine, struct message *message)
{
    struct str *events = NULL;
    size_t events_n = read_events(engine, message, &events);
    for (size_t i = 0; i < events_n; i++)
        queue_event(engine, message, events[i]);
    queue_enqueue(shard_for_reservations(engine), message); /* may be done at once */
}
