#include "still_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/ingest/refused.h"
#include "stockfold/codec/pack.h"

static const enum topic_role roles[STILL_INPUTS] = {TOPIC_STORE, TOPIC_STORE, TOPIC_WAREHOUSE, TOPIC_ECOMMERCE,
                                                    TOPIC_RESERVATIONS};

void still_engine_init(struct still_engine *still)
{
    *still = (struct still_engine){.config = {.commit_events = 100, .commit_records = 100, .commits_in_flight = 4}};
    struct engine *engine = &still->engine;
    still->config.view =
        (struct view_config){.prefix = "t", .shards = 1, .buckets = 1, .rule = {72 * STILL_HOUR, 24 * STILL_HOUR}};
    still->config.settle_slack_ms = STILL_HOUR;
    for (int role = 0; role < TOPIC_ROLES; role++)
        still->config.kafka.topics[role] = "topic";
    engine->config = &still->config;
    engine->commit_records = still->config.commit_records;
    view_init(&engine->view, &still->config.view);
    commit_init(&engine->commit, &engine->view);
    engine->cache = cache_new(1 << 20);
    engine->last_heard = last_heard_new(&engine->view);
    buffer_init(&engine->packed);
    buffer_init(&engine->plain);
    buffer_init(&engine->blob);
    arena_init(&engine->scratch);
    shards_init(engine);
    for (int i = 0; i < STILL_INPUTS; i++) {
        size_t index = inputs_index(&engine->inputs, &still->config.kafka, roles[i], i);
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
    view_close(&engine->view);
    view_turn(&engine->view, 0); /* what was asked is answered: it is lost */
    /* A leak check at the end of the program must find the producer's thread ended. */
    refuser_free(engine->refuser, 10000);
    batches_done(engine);
    shards_done(engine);
    inputs_done(&engine->inputs);
    cache_free(engine->cache);
    last_heard_free(engine->last_heard);
    commit_done(&engine->commit);
    arena_done(&engine->scratch);
    buffer_done(&engine->packed);
    buffer_done(&engine->plain);
    buffer_done(&engine->blob);
    view_done(&engine->view);
}

struct shard *still_shard(struct still_engine *still)
{
    return &still->engine.shards[0];
}

static struct message *message_of(struct still_engine *still, uint32_t input, int64_t offset, struct event event)
{
    struct block *block = block_new(&still->borrowing, NULL, 0);
    free(block->messages);
    block->messages = malloc(sizeof(struct message));
    if (block->messages == NULL)
        abort();
    struct message *message = &block->messages[block->messages_n++];
    *message = (struct message){.block = block,
                                .offset = offset,
                                .kafka_time = event.kafka_time,
                                .sku_hash = murmur2(event.sku),
                                .input = input,
                                .event = event};
    block_filled(block, &still->held);
    return message; /* which is now the block's one holder */
}

struct event still_sale(struct still_engine *still, const char *sku, int64_t time, int64_t kafka_time)
{
    char id[24];
    size_t len = (size_t)snprintf(id, sizeof(id), "e%zu", still->made_n++);
    return (struct event){.type = EVENT_SOLD,
                          .qty = 1,
                          .time = time,
                          .kafka_time = kafka_time,
                          .ref_time = TIME_NONE,
                          .eta = TIME_NONE,
                          .id = {arena_copy(&still->engine.scratch, id, len), len},
                          .source = STR("pos"),
                          .sku = {sku, strlen(sku)},
                          .node = STR("n")};
}

struct message *still_message(struct still_engine *still, uint32_t input, int64_t offset, const char *sku)
{
    return message_of(still, input, offset, still_sale(still, sku, offset * 1000, offset * 1000));
}

struct message *still_enqueue_event(struct still_engine *still, uint32_t input, int64_t offset, struct event event)
{
    struct message *message = message_of(still, input, offset, event);
    queue_enqueue(still_shard(still), message);
    return message;
}

void still_progress(struct still_engine *still, int64_t kafka_time)
{
    still->engine.partitions_known = true;
    for (size_t i = 0; i < STILL_INPUTS; i++)
        still_shard(still)->inputs[i].known.complete_to = kafka_time;
}

void still_keep_record(struct still_engine *still, const struct event *event)
{
    struct engine *engine = &still->engine;
    struct batch *batch = batch_new(still_shard(still), BATCH_EVENTS);
    struct record record;
    struct fold_entry entry = fold_entry_of(event, false);
    struct hours hours = {0};
    record_init(&record, NULL, 0, NULL, 0);
    batch_make_room(batch, &record, &entry, 1);
    fold_replay(&record, &entry, 1);
    hours_add(&hours, hour_of(event->time));
    engine->packed.len = 0;
    record_value_write(&hours, &record, &engine->packed);
    cache_put(engine->cache, batch->generation, batch_hash(murmur2(event->sku), murmur2(event->node)), event->sku,
              event->node, (struct str){engine->packed.data, engine->packed.len});
    batch_free(batch);
}

bool still_find_record(struct still_engine *still, const char *sku, struct arena *arena, struct record *ret_record)
{
    struct str key = {sku, strlen(sku)}, node = STR("n"), value;
    return cache_get(still->engine.cache, still_shard(still)->generation, batch_hash(murmur2(key), murmur2(node)), key,
                     node, &value) &&
           record_value_unpack(value, arena, ret_record);
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
    batch->messages_max = n;
    batch->messages = arena_array(&batch->arena, struct message *, n);
    batch->judgements = arena_array(&batch->arena, enum judgement, n);
    batch->records_of = arena_alloc(&batch->arena, n * sizeof(*batch->records_of));
    for (; batch->messages_n < n; batch->messages_n++) {
        batch->messages[batch->messages_n] = *queue_at(&shard->queue, shard->queue.sent + batch->messages_n);
        batch_name_records(batch, batch->messages_n);
    }
    shard->queue.sent += n;
    shard->preparing = true;
    return batch;
}
