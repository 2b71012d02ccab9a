/* Responsible for: what a pass of the sweep has to leave behind. Not for: what may settle (sweep.c). Thread: the
 * fold's. */
#include "sweep_pass.h"

#include <stdlib.h>

#include "stockfold/base/error.h"
#include "stockfold/core/event.h"

enum { SKIPPED_BITS = 1 << 18 };

void sweep_pass_init(struct sweep_pass *pass)
{
    *pass = (struct sweep_pass){.from = INT64_MIN, .swept = TIME_NONE};
}

void sweep_pass_begin(struct sweep_pass *pass, int64_t now_us)
{
    pass->skipped = calloc(SKIPPED_BITS / 64, sizeof(*pass->skipped));
    if (pass->skipped == NULL)
        error_out_of_memory();
    pass->from = INT64_MIN;
    pass->began_us = now_us;
}

bool sweep_pass_is_on(const struct sweep_pass *pass)
{
    return pass->skipped != NULL;
}

void sweep_pass_end(struct sweep_pass *pass)
{
    free(pass->skipped);
    pass->skipped = NULL;
    pass->from = INT64_MIN;
}

static uint64_t *skipped_word(const struct sweep_pass *pass, uint32_t hash, uint64_t *ret_bit)
{
    hash = (hash ^ (uint32_t)pass->began_us) * 0x9e3779b1u; /* other pairs share a bit in each pass */
    uint32_t index = (hash ^ hash >> 15) & (SKIPPED_BITS - 1);
    *ret_bit = UINT64_C(1) << (index & 63);
    return &pass->skipped[index >> 6];
}

void sweep_pass_skip(struct sweep_pass *pass, uint32_t hash)
{
    uint64_t bit, *word = skipped_word(pass, hash, &bit);
    *word |= bit;
}

bool sweep_pass_is_skipped(const struct sweep_pass *pass, uint32_t hash)
{
    uint64_t bit, *word = skipped_word(pass, hash, &bit);
    return (*word & bit) != 0;
}

void sweep_pass_add_event(struct sweep_pass *pass, int64_t hour, uint32_t hash)
{
    if (pass->skipped != NULL && hour < pass->from)
        sweep_pass_skip(pass, hash);
}
