/* Responsible for: records kept in memory, and which go when it is full (second chance: a hand goes round the table and
 * drops what was not used since it last came by). Not for: whether what it holds is right: generations say that. */
#include "cache.h"

#include <malloc.h>
#include <stdlib.h>

struct entry {
    struct entry *next;
    uint64_t generation;
    uint32_t hash;
    uint16_t sku_len, node_len;
    uint32_t packed_len;
    uint32_t room; /* bytes after this struct */
    bool used;
    char bytes[]; /* sku, node, packed */
};

struct cache {
    struct entry **table;
    size_t slots; /* a power of two */
    size_t hand;
    uint64_t bytes, bytes_max;
};

/* An entry is about this large; the table has a slot for each that fits. */
enum { TYPICAL_ENTRY = 160 };

struct cache *cache_new(uint64_t bytes_max)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        abort();
    cache->slots = 1024;
    while (cache->slots * TYPICAL_ENTRY < bytes_max)
        cache->slots *= 2;
    cache->table = calloc(cache->slots, sizeof(struct entry *));
    if (cache->table == NULL)
        abort();
    cache->bytes_max = bytes_max;
    cache->bytes = cache->slots * sizeof(struct entry *);
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->slots; i++)
        while (cache->table[i] != NULL) {
            struct entry *entry = cache->table[i];
            cache->table[i] = entry->next;
            free(entry);
        }
    free(cache->table);
    free(cache);
}

void cache_prefetch_slot(const struct cache *cache, uint32_t hash)
{
    __builtin_prefetch(&cache->table[hash & (cache->slots - 1)]);
}

void cache_prefetch_entry(const struct cache *cache, uint32_t hash)
{
    const struct entry *entry = cache->table[hash & (cache->slots - 1)];
    __builtin_prefetch(entry);
    __builtin_prefetch((const char *)entry + 64);
}

static struct entry **find(struct cache *cache, uint32_t hash, struct str sku, struct str node)
{
    struct entry **at = &cache->table[hash & (cache->slots - 1)];
    for (; *at != NULL; at = &(*at)->next) {
        const struct entry *entry = *at;
        if (entry->hash == hash && entry->sku_len == sku.len && entry->node_len == node.len &&
            memcmp(entry->bytes, sku.data, sku.len) == 0 && memcmp(entry->bytes + sku.len, node.data, node.len) == 0)
            return at;
    }
    return at;
}

bool cache_get(struct cache *cache, uint64_t generation, uint32_t hash, struct str sku, struct str node,
               struct str *ret_packed)
{
    struct entry *entry = *find(cache, hash, sku, node);
    if (entry == NULL || entry->generation != generation)
        return false;
    entry->used = true;
    *ret_packed = (struct str){entry->bytes + entry->sku_len + entry->node_len, entry->packed_len};
    return true;
}

static void drop(struct cache *cache, struct entry **at)
{
    struct entry *entry = *at;
    *at = entry->next;
    cache->bytes -= malloc_usable_size(entry);
    free(entry);
}

static void make_room(struct cache *cache)
{
    for (size_t visited = 0; cache->bytes > cache->bytes_max && visited < 2 * cache->slots; visited++) {
        struct entry **at = &cache->table[cache->hand++ & (cache->slots - 1)];
        while (*at != NULL) {
            if ((*at)->used) {
                (*at)->used = false;
                at = &(*at)->next;
            } else {
                drop(cache, at);
            }
        }
    }
}

void cache_put(struct cache *cache, uint64_t generation, uint32_t hash, struct str sku, struct str node,
               struct str packed)
{
    struct entry **at = find(cache, hash, sku, node);
    size_t need = sku.len + node.len + packed.len;
    struct entry *entry = *at;
    if (entry != NULL && entry->room < need) {
        drop(cache, at);
        entry = NULL;
    }
    if (entry == NULL) {
        make_room(cache);
        at = &cache->table[hash & (cache->slots - 1)];
        entry = malloc(sizeof(*entry) + need);
        if (entry == NULL)
            abort();
        size_t held = malloc_usable_size(entry);
        *entry = (struct entry){.next = *at,
                                .hash = hash,
                                .sku_len = (uint16_t)sku.len,
                                .node_len = (uint16_t)node.len,
                                .room = (uint32_t)(held - sizeof(*entry))};
        memcpy(entry->bytes, sku.data, sku.len);
        memcpy(entry->bytes + sku.len, node.data, node.len);
        cache->bytes += held;
        *at = entry;
    }
    memcpy(entry->bytes + sku.len + node.len, packed.data, packed.len);
    entry->packed_len = (uint32_t)packed.len;
    entry->generation = generation;
    entry->used = true;
}

uint64_t cache_bytes(const struct cache *cache)
{
    return cache->bytes;
}
