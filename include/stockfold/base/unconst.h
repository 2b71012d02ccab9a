/* The one way to take `const` off a pointer (the compiler warns of casts that do): for free(), where a struct shows what it
 * owns as const, and for foreign functions that take a pointer to what they do not write. */
#ifndef STOCKFOLD_BASE_UNCONST_H
#define STOCKFOLD_BASE_UNCONST_H

#include <stdint.h>

static inline void *unconst(const void *pointer)
{
    return (void *)(uintptr_t)pointer;
}

#endif
