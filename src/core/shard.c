/* murmur2 as Kafka's default partitioner computes it. */
#include "stockfold/core/shard.h"

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t murmur2(struct str bytes)
{
    const uint32_t mix = 0x5bd1e995u;
    const unsigned char *data = (const unsigned char *)bytes.data;
    size_t whole = bytes.len & ~(size_t)3;
    uint32_t hash = 0x9747b28cu ^ (uint32_t)bytes.len;

    for (size_t i = 0; i < whole; i += 4) {
        uint32_t word = little_endian(data + i) * mix;
        hash = hash * mix ^ (word ^ word >> 24) * mix;
    }
    for (size_t i = bytes.len; i > whole; i--)
        hash ^= (uint32_t)data[i - 1] << 8 * (i - 1 - whole);
    if (whole < bytes.len)
        hash *= mix;

    hash = (hash ^ hash >> 13) * mix;
    return hash ^ hash >> 15;
}
