/* Which shard an item belongs to: murmur2(sku) mod S, murmur2 being the hash of Kafka's default partitioner
 * (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c, result masked to 31 bits). Pure. */
#ifndef STOCKFOLD_CORE_SHARD_H
#define STOCKFOLD_CORE_SHARD_H

#include <stdint.h>

#include "stockfold/core/str.h"

uint32_t murmur2(struct str bytes);

/* shards >= 1. */
static inline uint32_t shard_of_hash(uint32_t sku_hash, uint32_t shards)
{
    return (sku_hash & 0x7fffffffu) % shards;
}

static inline uint32_t shard_of(struct str sku, uint32_t shards)
{
    return shard_of_hash(murmur2(sku), shards);
}

#endif
