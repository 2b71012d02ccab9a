/* Memory of one batch: allocated piece by piece, given back all at once.
 *
 * Blocks are kept over a reset, so a steady state allocates nothing. Out of memory ends the process with a message:
 * whoever folds can be killed at any point anyway. Not thread-safe. */
#ifndef STOCKFOLD_BASE_ARENA_H
#define STOCKFOLD_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *first, *current;
};

void arena_init(struct arena *ret_arena);
/* Frees everything. */
void arena_done(struct arena *arena);
/* Everything allocated is gone; up to `keep` bytes of blocks stay for reuse. */
void arena_reset(struct arena *arena, size_t keep);
/* `size` bytes aligned to 8, not zeroed. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of `size` bytes. */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
/* Bytes held from the system. */
size_t arena_held(const struct arena *arena);

#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

#endif
