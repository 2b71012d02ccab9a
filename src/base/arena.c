/* Arenas: a list of blocks, filled one after the other. Blocks behind `current` are empty and kept for reuse. */
#include "stockfold/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/error.h"

/* Blocks double from the first to the largest, unless more is asked for at once. */
enum { BLOCK_FIRST = 4 * 1024, BLOCK_LARGEST = 64 * 1024, ALIGNMENT = 8 };

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* of bytes */
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *ret_arena)
{
    *ret_arena = (struct arena){0};
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_done(struct arena *arena)
{
    free_blocks(arena->first);
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena, size_t keep)
{
    size_t held = 0;
    struct arena_block **link = &arena->first;
    while (*link != NULL && (*link)->size <= keep - held) {
        held += (*link)->size;
        (*link)->used = 0;
        link = &(*link)->next;
    }
    free_blocks(*link);
    *link = NULL;
    arena->current = arena->first;
}

static size_t usual_size(const struct arena *arena)
{
    if (arena->current == NULL)
        return BLOCK_FIRST;
    return arena->current->size < BLOCK_LARGEST / 2 ? arena->current->size * 2 : BLOCK_LARGEST;
}

/* A block with room for `size` bytes becomes the current one: the next kept one if it is large enough, else a new one.
 */
static struct arena_block *next_block(struct arena *arena, size_t size)
{
    struct arena_block **link = arena->current == NULL ? &arena->first : &arena->current->next;
    if (*link == NULL || (*link)->size < size) {
        size_t usual = usual_size(arena), room = size > usual ? size : usual;
        struct arena_block *block = malloc(sizeof(*block) + room);
        if (block == NULL)
            error_out_of_memory();
        block->next = *link;
        block->used = 0;
        block->size = room;
        *link = block;
    }
    arena->current = *link;
    return *link;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        error_out_of_memory();
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct arena_block *block = arena->current;
    if (block == NULL || block->size - block->used < size)
        block = next_block(arena, size);
    void *bytes = block->bytes + block->used;
    block->used += size;
    return bytes;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

size_t arena_held(const struct arena *arena)
{
    size_t held = 0;
    for (const struct arena_block *block = arena->first; block != NULL; block = block->next)
        held += block->size;
    return held;
}
