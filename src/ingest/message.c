/* Responsible for: how long a message lives. Not for: what is in it (consumer.c decodes). Thread: the fold's. */
#include "message.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "stockfold/base/clock.h"

size_t message_bytes(const struct message *message)
{
    return sizeof(*message) + message->key.len + message->value.len;
}

void block_release(struct block *block)
{
    if (--block->left > 0)
        return;
    for (size_t i = 0; i < block->n; i++)
        rd_kafka_message_destroy(block->raw[i]);
    arena_done(&block->arena);
    free(block->raw);
    free(block->messages);
    free(block);
}

void message_done(struct engine *engine, struct message *message)
{
    engine->pending_bytes -= message_bytes(message);
    block_release(message->block);
}

struct block *block_new(struct rd_kafka_message_s **raw, size_t n)
{
    struct block *block = calloc(1, sizeof(*block));
    if (block == NULL)
        abort();
    block->raw = malloc(n * sizeof(*raw));
    block->messages = malloc(n * sizeof(struct message));
    if (block->raw == NULL || block->messages == NULL)
        abort();
    memcpy(block->raw, raw, n * sizeof(*raw));
    block->n = n;
    block->came_us = clock_steady_us();
    block->left = 1; /* until all of it is handed out */
    arena_init(&block->arena);
    return block;
}
