/* Repeatable randomness for tests: splitmix64. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 … n-1; 0 when n is 0. */
static inline int64_t random_below(struct random *random, int64_t n)
{
    return n <= 0 ? 0 : (int64_t)(random_next(random) % (uint64_t)n);
}

/* True once in n. */
static inline bool random_one_in(struct random *random, int64_t n)
{
    return random_below(random, n) == 0;
}

#endif
