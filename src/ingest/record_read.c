/* Responsible for: reading what a batch needs to know of a record: as shown, from the cache or the view; its
 * settled base. Not for: what follows from it (judge.c, replay.c, sweep.c). Thread: the fold's. */
#include "record_read.h"

struct record_question {
    struct batch *batch;
    struct batch_record *record;
};

static void take_value(struct batch *batch, struct batch_record *record, struct str value)
{
    record->value = (struct str){arena_copy(&batch->arena, value.data, value.len), value.len};
    record->existed = true;
}

static void take_record(void *context, const struct reply *reply)
{
    struct record_question *asked = context;
    struct batch *batch = asked->batch;
    if (batch_answered(batch, reply) && !reply_is_nil(reply))
        take_value(batch, asked->record, reply_text(reply));
    batch_arrived(batch);
}

/* Whatever of the item is not in the cache goes there, as it stood behind every commit that was sent before. */
static void take_item(void *context, const struct reply *reply)
{
    struct record_question *asked = context;
    struct batch *batch = asked->batch;
    struct cache *cache = batch->shard->engine->cache;
    struct str sku = asked->record->sku, cached;
    size_t n = batch_answered(batch, reply) ? reply_count(reply) : 0;
    uint32_t sku_hash = murmur2(sku);
    for (size_t i = 0; i < n; i += 2)
        cache_prefetch_slot(cache, batch_hash(sku_hash, murmur2(reply_text(reply_at(reply, i)))));
    for (size_t i = 0; i + 1 < n; i += 2) {
        struct str node = reply_text(reply_at(reply, i)), value = reply_text(reply_at(reply, i + 1));
        uint32_t hash = batch_hash(sku_hash, murmur2(node));
        if (str_equal(node, asked->record->node))
            take_value(batch, asked->record, value);
        else if (field_is_record(node) && node.len <= CACHE_NAME_MAX &&
                 !cache_get(cache, batch->generation, hash, sku, node, &cached))
            cache_put(cache, batch->generation, hash, sku, node, value);
    }
    batch_arrived(batch);
}

/* A first load, or a rebuild, need not ask for what it has not written yet. The commit would notice one that is there. */
static bool is_surely_new(const struct batch *batch, const struct batch_record *record)
{
    return batch->shard->began_empty && cache_has_all(batch->shard->engine->cache, record->hash);
}

void record_read_shown(struct batch *batch, struct batch_record *record)
{
    struct engine *engine = batch->shard->engine;
    struct str value;
    if (cache_get(engine->cache, batch->generation, record->hash, record->sku, record->node, &value)) {
        take_value(batch, record, value);
        return;
    }
    if (is_surely_new(batch, record))
        return;
    struct record_question *asked = arena_alloc(&batch->arena, sizeof(*asked));
    *asked = (struct record_question){batch, record};
    batch->waiting++;
    /* As long as there is room, the item's other nodes come along: they will be wanted too, unless somebody else writes
     * here and what is known of the shard is soon worth nothing. */
    if (batch->shard->contended_commits == 0 && cache_is_filling(engine->cache))
        view_ask_item_records(&engine->view, batch->shard->number, record->sku, record->node, take_item, asked);
    else
        view_ask_record(&engine->view, batch->shard->number, record->sku, record->node, take_record, asked);
}

static void take_base(void *context, const struct reply *reply)
{
    struct record_question *asked = context;
    if (batch_answered(asked->batch, reply) && !reply_is_nil(reply)) {
        struct str base = reply_text(reply);
        asked->record->base = (struct str){arena_copy(&asked->batch->arena, base.data, base.len), base.len};
    }
    batch_arrived(asked->batch);
}

void record_read_base(struct batch *batch, struct batch_record *record)
{
    struct record_question *asked = arena_alloc(&batch->arena, sizeof(*asked));
    *asked = (struct record_question){batch, record};
    batch->waiting++;
    view_ask_base(&batch->shard->engine->view, batch->shard->number, record->sku, record->node, take_base, asked);
}
