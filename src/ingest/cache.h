/* A bounded memory of packed records, so that folding rarely has to read back. Never the truth: an entry counts only in
 * the generation of its shard in which it was put; a shard that has to learn anew starts a new generation. */
#ifndef STOCKFOLD_SRC_INGEST_CACHE_H
#define STOCKFOLD_SRC_INGEST_CACHE_H

#include <stdint.h>

#include "stockfold/core/str.h"

struct cache;

/* Of a sku, and of a node. */
enum { CACHE_NAME_MAX = 255 };

/* Holds about `bytes_max` in all, its table included. */
struct cache *cache_new(uint64_t bytes_max);
void cache_free(struct cache *cache);

/* Start fetching from memory what cache_get() will look at: first the slots of many, then their entries. */
void cache_prefetch_slot(const struct cache *cache, uint32_t hash);
void cache_prefetch_entry(const struct cache *cache, uint32_t hash);

/* Nothing had to go yet. */
bool cache_is_filling(const struct cache *cache);
/* Nothing that could be found under this hash had to go, ever: what is not there was never put there. */
bool cache_has_all(const struct cache *cache, uint32_t hash);

/* `hash` is of sku and node, whichever the caller uses, always the same. The packed record; false when it is not there.
 * Borrowed until the next cache_put(). */
bool cache_get(struct cache *cache, uint32_t generation, uint32_t hash, struct str sku, struct str node,
               struct str *ret_packed);
void cache_put(struct cache *cache, uint32_t generation, uint32_t hash, struct str sku, struct str node,
               struct str packed);

#endif
