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

void queue_filter(struct shard *shard, bool (*keep)(const struct shard *shard, const struct message *message))
{
    struct queue *queue = &shard->queue;
    size_t kept = 0;
    for (size_t i = 0; i < queue->n; i++) {
        struct message *message = *queue_at(queue, i);
        if (keep(shard, message)) {
            *queue_at(queue, kept++) = message;
        } else {
            shard->inputs[message->input].queued--;
            message_done(message);
        }
    }
    queue->n = kept;
}

void queue_enqueue(struct shard *shard, struct message *message)
{
    struct queue *queue = &shard->queue;
    struct shard_input *input = &shard->inputs[message->input];
    if (message->offset < input->taken) {
        message_done(message);
        return;
    }
    input->taken = message->offset + 1;
    input->queued++;
    if (queue->n == queue->cap)
        queue_grow(queue);
    if (queue->n == queue->sent)
        queue->waiting_since_us = clock_steady_us();
    *queue_at(queue, queue->n++) = message;
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
