/* Responsible for: item and node documents on their way from Kafka into the view. The newest stays; a null value
 * deletes. Not for: what is in them (codec). Thread: the fold's. */
#include "master.h"

#include "batch.h"
#include "refused.h"
#include "reread.h"
#include "stockfold/base/log.h"
#include "stockfold/codec/event_json.h"
#include "stockfold/codec/master.h"
#include "stockfold/store/master.h"

struct shard *master_route(struct engine *engine, struct message *message)
{
    const struct input *input = &engine->inputs.rows[message->input];
    bool item = input->role == TOPIC_ITEMS;
    char detail[REFUSAL_DETAIL_MAX];
    struct str key = message->key;
    if (message->value.data == NULL) {
        if (key.len == 0) {
            message->refusal = REFUSAL_MALFORMED;
            message->detail = "key: a deletion needs the key of what it deletes";
        }
        return item ? shard_for(engine, murmur2(key)) : shard_for_nodes(engine);
    }
    struct item_facts facts = {0};
    struct node node = {0};
    detail[0] = '\0';
    message->refusal = item ? item_read(message->value, &message->block->arena, &facts, detail)
                            : node_read(message->value, &message->block->arena, &node, detail);
    if (message->refusal == REFUSAL_NONE)
        message->refusal =
            item ? master_key_judge(key, "sku", facts.sku, detail) : master_key_judge(key, "id", node.id, detail);
    if (message->refusal != REFUSAL_NONE)
        message->detail = arena_copy(&message->block->arena, detail, strlen(detail) + 1);
    if (input->rereading)
        reread_note_key(engine, input->role, key);
    return item ? shard_for(engine, murmur2(key)) : shard_for_nodes(engine);
}

/* One line: line ends can only stand between tokens of good JSON. */
static struct str one_line(struct batch *batch, struct str json)
{
    char *line = arena_copy(&batch->arena, json.data, json.len);
    for (size_t i = 0; i < json.len; i++)
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    return (struct str){line, json.len};
}

static struct master_put put_of(struct batch *batch, const struct message *message, bool item)
{
    struct master_put put = {.key = message->key, .kafka_time = message->kafka_time};
    char detail[REFUSAL_DETAIL_MAX];
    if (message->value.data == NULL)
        return put;
    put.json = one_line(batch, message->value);
    struct item_facts *facts = arena_alloc(&batch->arena, sizeof(*facts));
    if (item && item_read(put.json, &batch->arena, facts, detail) == REFUSAL_NONE)
        put.item = facts;
    return put;
}

static void put_documents(struct batch *batch)
{
    struct shard *shard = batch->shard;
    struct engine *engine = shard->engine;
    const struct message *last = batch->messages[batch->messages_n - 1];
    const struct input *input = &engine->inputs.rows[last->input];
    bool item = input->role == TOPIC_ITEMS;
    struct master_put *puts = arena_array(&batch->arena, struct master_put, batch->messages_n);
    size_t puts_n = 0;
    for (size_t i = 0; i < batch->messages_n; i++)
        if (batch->judgements[i] == JUDGED_TAKEN)
            puts[puts_n++] = put_of(batch, batch->messages[i], item);
    struct shard_input *shard_input = &shard->inputs[last->input];
    struct watermark expected = shard_input->known;
    bool stored = shard_input->stored;
    watermark_pass(&shard_input->known, last->offset, message_digest(last->key, last->value, last->kafka_time),
                   last->kafka_time); /* only the end of the topic completes it: checkpoints say so */
    shard_input->stored = true;
    batch->totals.read = (int64_t)batch->messages_n;
    batch->totals.master = (int64_t)puts_n;
    struct str topic = {input->topic, strlen(input->topic)};
    batch_in_flight(batch);
    if (item)
        master_put_items(&engine->view, shard->number, puts, puts_n, topic, input->partition, stored ? &expected : NULL,
                         &shard_input->known, batch_committed, batch);
    else
        master_put_nodes(&engine->view, puts, puts_n, topic, input->partition, stored ? &expected : NULL,
                         &shard_input->known, batch_committed, batch);
}

void master_start(struct batch *batch)
{
    batch_step(batch, refuser_send_bad, put_documents);
}
