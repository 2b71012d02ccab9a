/* Responsible for: the messages that a shard still has to fold, in the order of their arrival. Not for: which of them
 * are folded together (turn.c). Thread: the fold's. */
#include "queue.h"

#include <stdlib.h>

#include "shard.h"
#include "stockfold/base/clock.h"
#include "stockfold/base/error.h"

struct message **queue_at(const struct queue *queue, size_t index)
{
    return &queue->ring[(queue->head + index) & (queue->cap - 1)];
}

size_t queue_waiting(const struct queue *queue)
{
    return queue->n - queue->sent;
}

static void queue_grow(struct queue *queue)
{
    size_t cap = queue->cap == 0 ? 64 : queue->cap * 2;
    struct message **ring = malloc(cap * sizeof(struct message *));
    if (ring == NULL)
        error_out_of_memory();
    for (size_t i = 0; i < queue->n; i++)
        ring[i] = *queue_at(queue, i);
    free(queue->ring);
    queue->ring = ring;
    queue->cap = cap;
    queue->head = 0;
}

static void count_deferred(struct shard *shard, const struct message *message, int by)
{
    struct engine *engine = shard->engine;
    shard->inputs[message->input].deferred_n += (uint32_t)by;
    shard->queue.deferred_n += (size_t)by;
    engine->inputs.rows[message->input].deferred_n += (size_t)by;
    engine->deferred_n += (size_t)by;
}

static void add_deferred(struct shard *shard, struct message *message)
{
    struct shard_input *input = &shard->inputs[message->input];
    message->next_deferred = NULL;
    if (input->deferred == NULL)
        input->deferred = message;
    else
        input->deferred_last->next_deferred = message;
    input->deferred_last = message;
    count_deferred(shard, message, 1);
}

static void add_to_ring(struct queue *queue, struct message *message)
{
    if (queue->n == queue->cap)
        queue_grow(queue);
    if (queue->n == queue->sent)
        queue->waiting_since_us = clock_steady_us();
    *queue_at(queue, queue->n++) = message;
}

static bool is_of_one_offset(const struct message *left, const struct message *right)
{
    return left->input == right->input && left->offset == right->offset && left->block == right->block;
}

/* Whether it is a further message of the offset that was queued last. */
static bool continues_last(const struct shard *shard, const struct message *message)
{
    const struct shard_input *input = &shard->inputs[message->input];
    const struct queue *queue = &shard->queue;
    const struct message *last = input->deferred != NULL ? input->deferred_last
                                 : queue->n > 0          ? *queue_at(queue, queue->n - 1)
                                                         : NULL;
    return last != NULL && is_of_one_offset(last, message);
}

size_t queue_offset_end(const struct queue *queue, size_t index)
{
    const struct message *first = *queue_at(queue, index);
    do
        index++;
    while (index < queue->n && is_of_one_offset(first, *queue_at(queue, index)));
    return index;
}

void queue_enqueue(struct shard *shard, struct message *message)
{
    struct shard_input *input = &shard->inputs[message->input];
    if (message->offset < input->taken && !continues_last(shard, message)) {
        message_done(message);
        return;
    }
    input->taken = message->offset + 1;
    input->queued++;
    if (input->deferred != NULL)
        add_deferred(shard, message);
    else
        add_to_ring(&shard->queue, message);
}

static bool is_deferred(const struct shard *shard, const struct message *message)
{
    return message->offset >= shard->inputs[message->input].defer_from;
}

static void put_first_deferred(struct shard *shard, struct message *message)
{
    struct shard_input *input = &shard->inputs[message->input];
    message->next_deferred = input->deferred;
    if (input->deferred == NULL)
        input->deferred_last = message;
    input->deferred = message;
    count_deferred(shard, message, 1);
}

void queue_defer(struct shard *shard, size_t index)
{
    struct queue *queue = &shard->queue;
    for (size_t i = queue->n; i > index; i--)
        if (is_deferred(shard, *queue_at(queue, i - 1)))
            put_first_deferred(shard, *queue_at(queue, i - 1));
    size_t kept = index, sent = queue->sent;
    for (size_t i = index; i < queue->n; i++) {
        struct message *message = *queue_at(queue, i);
        if (!is_deferred(shard, message))
            *queue_at(queue, kept++) = message;
        else if (i < sent)
            queue->sent--;
    }
    queue->n = kept;
}

static struct message *first_deferred(struct shard *shard, size_t input)
{
    struct shard_input *shard_input = &shard->inputs[input];
    struct message *message = shard_input->deferred;
    shard_input->deferred = message->next_deferred;
    count_deferred(shard, message, -1);
    return message;
}

void queue_note_oldest(struct shard *shard, const struct message *message)
{
    struct shard_input *input = &shard->inputs[message->input];
    if (message->kafka_time - 1 > input->before_oldest)
        input->before_oldest = message->kafka_time - 1;
}

void queue_resume(struct shard *shard, size_t input)
{
    const struct shard_input *shard_input = &shard->inputs[input];
    if (shard_input->deferred_n == shard_input->queued)
        queue_note_oldest(shard, shard_input->deferred);
    const struct message *first = shard_input->deferred;
    do
        add_to_ring(&shard->queue, first_deferred(shard, input));
    while (shard_input->deferred != NULL && is_of_one_offset(first, shard_input->deferred));
}

static void drop_message(struct shard *shard, struct message *message)
{
    shard->inputs[message->input].queued--;
    message_done(message);
}

static void filter_deferred(struct shard *shard, size_t input,
                            bool (*keep)(const struct shard *shard, const struct message *message))
{
    for (uint32_t left = shard->inputs[input].deferred_n; left > 0; left--) {
        struct message *message = first_deferred(shard, input);
        if (keep(shard, message))
            add_deferred(shard, message);
        else
            drop_message(shard, message);
    }
}

void queue_filter(struct shard *shard, bool (*keep)(const struct shard *shard, const struct message *message))
{
    struct queue *queue = &shard->queue;
    size_t kept = 0;
    for (size_t i = 0; i < queue->n; i++) {
        struct message *message = *queue_at(queue, i);
        if (keep(shard, message))
            *queue_at(queue, kept++) = message;
        else
            drop_message(shard, message);
    }
    queue->n = kept;
    for (size_t input = 0; input < shard->engine->inputs.n; input++)
        filter_deferred(shard, input, keep);
}

void queue_commit(struct shard *shard, size_t n)
{
    struct queue *queue = &shard->queue;
    for (size_t i = 0; i < n; i++) {
        struct message *message = *queue_at(queue, i);
        struct shard_input *input = &shard->inputs[message->input];
        input->acknowledged = message->offset + 1;
        input->queued--;
        message_done(message);
    }
    queue->head += n;
    queue->n -= n;
    queue->sent -= n;
}
