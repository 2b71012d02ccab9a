#include "still_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void still_engine_init(struct still_engine *still)
{
    *still = (struct still_engine){.config = {.commit_events = 100, .commit_records = 100, .commits_in_flight = 4}};
    struct engine *engine = &still->engine;
    still->config.view = (struct view_config){.prefix = "t", .shards = 1, .buckets = 1};
    still->config.kafka.topics[TOPIC_STORE] = "stock.store";
    engine->config = &still->config;
    view_init(&engine->view, &still->config.view);
    engine->view.keys.shards = 1;
    engine->cache = cache_new(1 << 20);
    buffer_init(&engine->packed);
    arena_init(&engine->scratch);
    shards_init(engine);
    for (int32_t i = 0; i < STILL_INPUTS; i++) {
        size_t index = inputs_index(&engine->inputs, &still->config.kafka, TOPIC_STORE, i);
        engine->inputs.rows[index].assigned = true;
    }
    shards_fit_inputs(engine);
    still_shard(still)->state = SHARD_READY;
}

void still_engine_done(struct still_engine *still)
{
    struct engine *engine = &still->engine;
    for (uint32_t i = 0; i < engine->shards_n; i++)
        shard_clear(&engine->shards[i]);
    batches_done(engine);
    shards_done(engine);
    inputs_done(&engine->inputs);
    cache_free(engine->cache);
    arena_done(&engine->scratch);
    buffer_done(&engine->packed);
    view_done(&engine->view);
}

struct shard *still_shard(struct still_engine *still)
{
    return &still->engine.shards[0];
}

struct message *still_message(struct still_engine *still, uint32_t input, int64_t offset, const char *sku)
{
    char id[24];
    snprintf(id, sizeof(id), "e%zu", still->made_n++);
    struct block *block = block_new(NULL, 0);
    free(block->messages);
    block->messages = malloc(sizeof(struct message));
    if (block->messages == NULL)
        abort();
    struct message *message = &block->messages[block->messages_n++];
    *message = (struct message){.block = block, .offset = offset, .kafka_time = offset * 1000, .input = input};
    message->event = (struct event){.type = EVENT_SOLD, .qty = 1, .time = offset * 1000};
    message->event.id = (struct str){arena_copy(&block->arena, id, strlen(id)), strlen(id)};
    message->event.source = STR("pos");
    message->event.sku = (struct str){sku, strlen(sku)};
    message->event.node = STR("n");
    message->sku_hash = murmur2(message->event.sku);
    block_count(block, &still->held);
    return message; /* which is now the block's one holder */
}

void still_enqueue(struct still_engine *still, uint32_t input, int64_t from, int64_t to)
{
    for (int64_t offset = from; offset <= to; offset++)
        queue_enqueue(still_shard(still), still_message(still, input, offset, "sku"));
}

struct batch *still_batch(struct still_engine *still, size_t n)
{
    struct shard *shard = still_shard(still);
    struct batch *batch = batch_new(shard, BATCH_EVENTS);
    batch->messages = arena_array(&batch->arena, struct message *, n);
    batch->records_of = arena_alloc(&batch->arena, n * sizeof(*batch->records_of));
    for (; batch->messages_n < n; batch->messages_n++) {
        batch->messages[batch->messages_n] = *queue_at(&shard->queue, shard->queue.sent + batch->messages_n);
        batch_name_records(batch, batch->messages_n);
    }
    shard->queue.sent += n;
    shard->preparing = true;
    return batch;
}
