/* Random event documents: mostly good ones, with one thing in ten odd or wrong. */
#ifndef TESTS_FUZZ_EVENT_GENERATOR_H
#define TESTS_FUZZ_EVENT_GENERATOR_H

#include "stockfold/base/buffer.h"

/* Appends one document; the same `seed`, the same document. */
void generate_event(uint64_t seed, struct buffer *out);

#endif
