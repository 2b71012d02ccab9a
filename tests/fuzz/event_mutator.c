/* libFuzzer's mutations, and now and then a fresh event in place of the input: so that good events are always near. */
#include <stdlib.h>

#include "event_generator.h"
#include "target.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static struct buffer event;
    if (seed % 4 == 0) {
        event.len = 0;
        generate_event(seed / 4, &event);
        size = event.len < max_size ? event.len : max_size;
        memcpy(data, event.data, size);
    }
    return seed % 8 == 0 ? size : LLVMFuzzerMutate(data, size, max_size);
}
