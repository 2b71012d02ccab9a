/* Random numbers of a seed: the same seed, the same numbers (splitmix64). */
#ifndef TESTS_HOSTILE_DICE_H
#define TESTS_HOSTILE_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* 0 ... sides - 1. */
static inline uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
    uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % sides);
}

static inline bool dice_one_in(struct dice *dice, uint32_t sides)
{
    return dice_roll(dice, sides) == 0;
}

#define DICE_PICK(dice, table) ((table)[dice_roll((dice), sizeof(table) / sizeof((table)[0]))])

#endif
