/* Spelling keys; their meaning stands in the header. */
#include "stockfold/store/keys.h"

static void add_str(struct buffer *out, struct str text)
{
    buffer_add(out, text.data, text.len);
}

/* "P:{K}:kind" */
static void start(const struct key_space *space, uint32_t shard, struct str kind, struct buffer *out)
{
    add_str(out, space->prefix);
    buffer_add_literal(out, ":{");
    buffer_add_int(out, shard);
    buffer_add_literal(out, "}:");
    add_str(out, kind);
}

static void start_with(const struct key_space *space, uint32_t shard, struct str kind, struct str name,
                       struct buffer *out)
{
    start(space, shard, kind, out);
    add_str(out, name);
}

static void fixed(const struct key_space *space, struct str rest, struct buffer *out)
{
    add_str(out, space->prefix);
    add_str(out, rest);
}

void key_view(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":view"), out);
}

void key_meta(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    if (shard < space->shards)
        start(space, shard, STR("m"), out);
    else if (shard == space->shards)
        key_nodes_meta(space, out);
    else
        key_reservations_meta(space, out);
}

void key_record_bucket(const struct key_space *space, uint32_t shard, struct str sku, uint32_t bucket,
                       struct buffer *out)
{
    start(space, shard, STR("r"), out);
    if (space->buckets > 1)
        buffer_add_int(out, bucket);
    buffer_add_byte(out, ':');
    add_str(out, sku);
}

uint32_t key_bucket(const struct key_space *space, struct str node)
{
    return space->buckets > 1 ? shard_of(node, space->buckets) : 0;
}

void key_record(const struct key_space *space, uint32_t shard, struct str sku, struct str node, struct buffer *out)
{
    key_record_bucket(space, shard, sku, key_bucket(space, node), out);
}

void key_base(const struct key_space *space, uint32_t shard, struct str sku, struct buffer *out)
{
    start_with(space, shard, STR("b:"), sku, out);
}

void key_hours(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    start(space, shard, STR("h"), out);
}

void key_journal(const struct key_space *space, uint32_t shard, int64_t hour, struct buffer *out)
{
    start(space, shard, STR("j:"), out);
    buffer_add_int(out, hour);
}

void key_consumed(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    start(space, shard, STR("c"), out);
}

void key_counts(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    start(space, shard, STR("k"), out);
}

void key_node_items(const struct key_space *space, uint32_t shard, struct str node, struct buffer *out)
{
    start_with(space, shard, STR("n:"), node, out);
}

void key_item(const struct key_space *space, uint32_t shard, struct str sku, struct buffer *out)
{
    start_with(space, shard, STR("i:"), sku, out);
}

void key_document_times(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    if (shard == space->shards)
        fixed(space, STR(":{nodes}:t"), out);
    else
        start(space, shard, STR("t"), out);
}

void key_style(const struct key_space *space, struct str style, struct buffer *out)
{
    start_with(space, shard_of(style, space->shards), STR("s:"), style, out);
}

void key_gtin(const struct key_space *space, struct str gtin, struct buffer *out)
{
    start_with(space, shard_of(gtin, space->shards), STR("g:"), gtin, out);
}

void key_nodes_meta(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{nodes}:m"), out);
}

void key_nodes(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{nodes}:d"), out);
}

void key_stats(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{stats}:t"), out);
}

void key_word(const struct key_space *space, struct str word, struct str start, struct buffer *out)
{
    start_with(space, shard_of(start, space->shards), STR("w:"), word, out);
}

void key_words(const struct key_space *space, struct str start, struct buffer *out)
{
    start_with(space, shard_of(start, space->shards), STR("a:"), start, out);
}

void key_heard(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{nodes}:h"), out);
}

void key_partitions(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{stats}:p"), out);
}

void key_complete(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{stats}:c"), out);
}

void key_pattern(const struct key_space *space, char kind, struct buffer *out)
{
    for (size_t i = 0; i < space->prefix.len; i++) {
        if (strchr("*?[]^-\\", space->prefix.data[i]) != NULL)
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, space->prefix.data[i]);
    }
    buffer_add_literal(out, ":{*}:");
    if (kind != 0)
        buffer_add_byte(out, kind);
    buffer_add_byte(out, '*');
}

void key_reservations_meta(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{res}:m"), out);
}

void key_reservation(const struct key_space *space, struct str id, struct buffer *out)
{
    fixed(space, STR(":{res}:v:"), out);
    add_str(out, id);
}

void key_due(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{res}:d"), out);
}

void key_outbox(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{res}:o"), out);
}

void key_counters(const struct key_space *space, struct buffer *out)
{
    fixed(space, STR(":{res}:q"), out);
}

void key_reservation_index(const struct key_space *space, char kind, struct str name, struct buffer *out)
{
    fixed(space, STR(":{res}:x:"), out);
    buffer_add_byte(out, kind);
    buffer_add_byte(out, ':');
    add_str(out, name);
}

void key_holds(const struct key_space *space, uint32_t shard, struct buffer *out)
{
    start(space, shard, STR("l"), out);
}
