/* Responsible for: records kept in memory, and which go when it is full. Not for: whether what it holds is right:
 * generations say that.
 *
 * A table of rows, each one cache line: eight pointers to entries. An entry can only be in the row its hash names. A
 * pointer's upper 16 bits hold the rest of the hash, so that looking one up touches the row and, nearly always, no
 * entry but its own; and whether it was used lately. When a row or the memory is full, what was not used since a hand
 * last came by goes (second chance). Which rows something had to go from is remembered for good. */
#include "cache.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>

enum { ROW = 8, MIN_ROWS = 128, TYPICAL_ENTRY = 88 };

/* Bits of a slot. The pointer fits below: user space ends at 2^47. */
#define POINTER_BITS ((UINT64_C(1) << 48) - 1)
#define USED_BIT (UINT64_C(1) << 48)
#define TAG_SHIFT 49

struct entry {
    uint32_t generation, packed_len;
    uint8_t sku_len, node_len; /* up to CACHE_NAME_MAX */
    char bytes[];              /* sku, node, packed */
};

struct cache {
    uint64_t *slots; /* rows of ROW; 0: empty */
    size_t rows;     /* a power of two */
    uint64_t *lossy; /* a bit for each row that something had to go from */
    size_t hand;     /* slot */
    uint64_t bytes, bytes_max;
    bool full; /* has been, so something had to go */
};

struct cache *cache_new(uint64_t bytes_max)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        abort();
    cache->rows = MIN_ROWS;
    while (cache->rows * ROW * TYPICAL_ENTRY < bytes_max)
        cache->rows *= 2;
    cache->slots = aligned_alloc(64, cache->rows * ROW * sizeof(uint64_t));
    cache->lossy = calloc(cache->rows / 64, sizeof(uint64_t));
    if (cache->slots == NULL || cache->lossy == NULL)
        abort();
    memset(cache->slots, 0, cache->rows * ROW * sizeof(uint64_t));
    cache->bytes_max = bytes_max;
    cache->bytes = cache->rows * ROW * sizeof(uint64_t);
    return cache;
}

static struct entry *entry_of(uint64_t slot)
{
    return (struct entry *)(uintptr_t)(slot & POINTER_BITS);
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < cache->rows * ROW; i++)
        free(entry_of(cache->slots[i]));
    free(cache->slots);
    free(cache->lossy);
    free(cache);
}

bool cache_is_filling(const struct cache *cache)
{
    return !cache->full;
}

static size_t row_number(const struct cache *cache, uint32_t hash)
{
    return hash & (cache->rows - 1);
}

static uint64_t *row_of(const struct cache *cache, uint32_t hash)
{
    return &cache->slots[row_number(cache, hash) * ROW];
}

bool cache_has_all(const struct cache *cache, uint32_t hash)
{
    size_t row = row_number(cache, hash);
    return (cache->lossy[row / 64] >> row % 64 & 1) == 0;
}

/* What a slot of this hash has above its pointer and its mark of use. */
static uint64_t tag_of(uint32_t hash)
{
    return (uint64_t)(hash >> 17) << TAG_SHIFT;
}

void cache_prefetch_slot(const struct cache *cache, uint32_t hash)
{
    __builtin_prefetch(row_of(cache, hash));
}

static bool has_tag(uint64_t slot, uint32_t hash)
{
    return slot != 0 && (slot & ~(POINTER_BITS | USED_BIT)) == tag_of(hash);
}

void cache_prefetch_entry(const struct cache *cache, uint32_t hash)
{
    const uint64_t *row = row_of(cache, hash);
    for (int i = 0; i < ROW; i++)
        if (has_tag(row[i], hash)) {
            __builtin_prefetch(entry_of(row[i]));
            __builtin_prefetch((const char *)entry_of(row[i]) + 64);
        }
}

static uint64_t *find_slot(const struct cache *cache, uint32_t hash, struct str sku, struct str node)
{
    uint64_t *row = row_of(cache, hash);
    for (int i = 0; i < ROW; i++) {
        if (!has_tag(row[i], hash))
            continue;
        const struct entry *entry = entry_of(row[i]);
        if (entry->sku_len == sku.len && entry->node_len == node.len && memcmp(entry->bytes, sku.data, sku.len) == 0 &&
            memcmp(entry->bytes + sku.len, node.data, node.len) == 0)
            return &row[i];
    }
    return NULL;
}

bool cache_get(struct cache *cache, uint32_t generation, uint32_t hash, struct str sku, struct str node,
               struct str *ret_packed)
{
    uint64_t *slot = find_slot(cache, hash, sku, node);
    if (slot == NULL || entry_of(*slot)->generation != generation)
        return false;
    *slot |= USED_BIT;
    const struct entry *entry = entry_of(*slot);
    *ret_packed = (struct str){entry->bytes + entry->sku_len + entry->node_len, entry->packed_len};
    return true;
}

static void drop_entry(struct cache *cache, uint64_t *slot)
{
    cache->bytes -= malloc_usable_size(entry_of(*slot));
    free(entry_of(*slot));
    *slot = 0;
}

/* Takes a slot's mark of use, or, if it has none, what is in it. Returns true when the slot is empty then. */
static bool visit_slot(struct cache *cache, uint64_t *slot)
{
    if (*slot & USED_BIT) {
        *slot &= ~USED_BIT;
    } else if (*slot != 0) {
        size_t row = (size_t)(slot - cache->slots) / ROW;
        cache->lossy[row / 64] |= UINT64_C(1) << row % 64;
        drop_entry(cache, slot);
    }
    return *slot == 0;
}

static void evict_until_it_fits(struct cache *cache)
{
    cache->full = cache->full || cache->bytes > cache->bytes_max;
    for (size_t visits = 0; cache->bytes > cache->bytes_max && visits < 2 * ROW * cache->rows; visits++)
        visit_slot(cache, &cache->slots[cache->hand++ & (cache->rows * ROW - 1)]);
}

static uint64_t *empty_slot(struct cache *cache, uint32_t hash)
{
    uint64_t *row = row_of(cache, hash);
    for (int i = 0; i < ROW; i++)
        if (row[i] == 0)
            return &row[i];
    int at = 0;
    while (!visit_slot(cache, &row[at & (ROW - 1)]))
        at++;
    return &row[at & (ROW - 1)];
}

static struct entry *entry_new(struct cache *cache, struct str sku, struct str node, size_t packed_len)
{
    assert(sku.len <= CACHE_NAME_MAX && node.len <= CACHE_NAME_MAX);
    struct entry *entry = malloc(offsetof(struct entry, bytes) + sku.len + node.len + packed_len);
    if (entry == NULL)
        abort();
    entry->sku_len = (uint8_t)sku.len;
    entry->node_len = (uint8_t)node.len;
    memcpy(entry->bytes, sku.data, sku.len);
    memcpy(entry->bytes + sku.len, node.data, node.len);
    cache->bytes += malloc_usable_size(entry);
    return entry;
}

void cache_put(struct cache *cache, uint32_t generation, uint32_t hash, struct str sku, struct str node,
               struct str packed)
{
    uint64_t *slot = find_slot(cache, hash, sku, node);
    size_t need = offsetof(struct entry, bytes) + sku.len + node.len + packed.len;
    if (slot != NULL && malloc_usable_size(entry_of(*slot)) < need)
        drop_entry(cache, slot);
    else if (slot == NULL)
        evict_until_it_fits(cache);
    if (slot == NULL)
        slot = empty_slot(cache, hash);
    if (*slot == 0)
        *slot = (uint64_t)(uintptr_t)entry_new(cache, sku, node, packed.len) | tag_of(hash) | USED_BIT;
    struct entry *entry = entry_of(*slot);
    memcpy(entry->bytes + sku.len + node.len, packed.data, packed.len);
    entry->packed_len = (uint32_t)packed.len;
    entry->generation = generation;
}
