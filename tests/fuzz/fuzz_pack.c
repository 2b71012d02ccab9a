/* Any bytes as a packed record and as packed events: no crash, and what is taken packs to what unpacks to the same. */
#include "stockfold/codec/pack.h"
#include "target.h"

static struct arena arena;
static struct buffer packed;

static void as_record(struct str bytes)
{
    struct record record, again;
    if (!record_unpack(bytes, 2, 1, &arena, &record))
        return;
    packed.len = 0;
    record_pack(&record, &packed);
    MUST(record_unpack((struct str){packed.data, packed.len}, 0, 0, &arena, &again));
    MUST(record_equal(&record, &again));
}

static void as_events(struct str bytes, int64_t hour)
{
    struct event event, again;
    size_t position = 0;
    while (position < bytes.len && event_unpack(bytes, &position, hour, STR("sku"), &arena, &event)) {
        size_t start = 0;
        packed.len = 0;
        event_pack(&event, event.kafka_time, event.time, hour, &packed);
        MUST(event_unpack((struct str){packed.data, packed.len}, &start, hour, STR("sku"), &arena, &again));
        MUST(start == packed.len && event_content(&event, &again) == 0 && event.kafka_time == again.kafka_time);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    as_record(bytes);
    as_events(bytes, 498682);
    arena_reset(&arena, 1 << 20);
    return 0;
}
