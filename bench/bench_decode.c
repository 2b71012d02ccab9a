/* How fast an event is decoded: event_decode() against jansson reading the same bytes. bench/measure_decode.py runs it.
 *
 *   bench_decode ours|theirs EVENTS
 *
 * Both decode the same generated events (about 240 bytes, a shop's usual mix) and print the same sum. jansson's side
 * parses the document and fetches every field that the event has; it checks nothing. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/buffer.h"
#include "stockfold/base/clock.h"
#include "stockfold/codec/event_json.h"

enum { EVENTS = 20000 };

struct corpus {
    struct buffer bytes;
    struct str events[EVENTS];
};

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int below(uint64_t *state, int bound)
{
    return (int)(random_next(state) % (uint64_t)bound);
}

static void add_place(struct buffer *out, const char *name, uint64_t *state)
{
    static const char *const zones[] = {"women", "men", "kids", "shoes", "home"};
    buffer_add_format(out, ",\"%s\":{\"floor\":\"%d\",\"zone\":\"%s\",\"aisle\":\"A%02d\",\"bay\":\"B%02d\"", name,
                      below(state, 4), zones[below(state, 5)], below(state, 20), below(state, 12));
    buffer_add_format(out, ",\"shelf\":\"S%d\",\"position\":\"%d\"}", below(state, 6), below(state, 9));
}

/* What comes with the type: sales mostly. */
static void add_rest(struct buffer *out, uint64_t *state)
{
    int qty = 1 + below(state, 3), kind = below(state, 20);
    if (kind < 14) {
        buffer_add_format(out, ",\"type\":\"sold\",\"qty\":%d", qty);
        add_place(out, "place", state);
    } else if (kind < 16) {
        buffer_add_format(out, ",\"type\":\"returned\",\"qty\":%d,\"state\":\"sellable\"", qty);
        add_place(out, "place", state);
    } else if (kind < 18) {
        buffer_add_format(out, ",\"type\":\"received\",\"qty\":%d,\"ref\":\"PO-%d\"", qty * 10, below(state, 10000));
        add_place(out, "place", state);
    } else if (kind < 19) {
        buffer_add_format(out, ",\"type\":\"counted\",\"scope\":\"place\",\"qty\":%d", qty);
        add_place(out, "place", state);
    } else {
        buffer_add_format(out, ",\"type\":\"moved\",\"qty\":%d", qty);
        add_place(out, "place", state);
        add_place(out, "to_place", state);
    }
}

static void make_corpus(struct corpus *ret_corpus)
{
    static size_t starts[EVENTS + 1];
    uint64_t state = 88172645463325252u;
    struct buffer *out = &ret_corpus->bytes;
    buffer_init(out);
    for (int i = 0; i < EVENTS; i++) {
        starts[i] = out->len;
        buffer_add_format(out, "{\"id\":\"%d-%d\",\"source\":\"pos-%d\"", 8000 + i, below(&state, 10),
                          below(&state, 60));
        buffer_add_format(out, ",\"time\":\"2026-11-%02dT%02d:%02d:%02d.%03dZ\"", 1 + below(&state, 28),
                          below(&state, 24), below(&state, 60), below(&state, 60), below(&state, 1000));
        buffer_add_format(out, ",\"sku\":\"ZR-%d-M-BLK\",\"node\":\"store-%03d\"", 1000 + below(&state, 9000),
                          below(&state, 200));
        add_rest(out, &state);
        buffer_add_byte(out, '}');
    }
    starts[EVENTS] = out->len;
    for (int i = 0; i < EVENTS; i++)
        ret_corpus->events[i] = (struct str){out->data + starts[i], starts[i + 1] - starts[i]};
}

/* A sum that depends on what was decoded, so that neither side can be left out. */
static int64_t decode_ours(const struct corpus *corpus, struct arena *arena)
{
    struct event_context context = {.kafka_time = INT64_C(1800000000000), .future_max_ms = EVENT_FUTURE_MS_DEFAULT};
    context.arena = arena;
    int64_t sum = 0;
    for (int i = 0; i < EVENTS; i++) {
        struct event event;
        char detail[REFUSAL_DETAIL_MAX];
        if (event_decode(corpus->events[i], &context, &event, detail) != REFUSAL_NONE) {
            fprintf(stderr, "decode: %s: %.*s\n", detail, STR_ARG(corpus->events[i]));
            exit(EXIT_FAILURE);
        }
        sum += event.qty + (int64_t)event.place.len;
        if (i % 500 == 499)
            arena_reset(arena, SIZE_MAX);
    }
    return sum;
}

static int64_t fetch_place(const json_t *event, const char *name)
{
    static const char *const components[] = {"floor", "zone", "aisle", "bay", "shelf", "position"};
    const json_t *place = json_object_get(event, name);
    int64_t len = -1;
    for (size_t i = 0; place != NULL && i < sizeof(components) / sizeof(components[0]); i++)
        len += 1 + (int64_t)json_string_length(json_object_get(place, components[i]));
    return place == NULL ? 0 : len;
}

static int64_t decode_theirs(const struct corpus *corpus)
{
    static const char *const strings[] = {"id", "source", "type", "time", "sku", "node", "state", "ref"};
    int64_t sum = 0;
    size_t bytes = 0;
    for (int i = 0; i < EVENTS; i++) {
        json_t *event = json_loadb(corpus->events[i].data, corpus->events[i].len, JSON_REJECT_DUPLICATES, NULL);
        for (size_t j = 0; j < sizeof(strings) / sizeof(strings[0]); j++)
            bytes += json_string_length(json_object_get(event, strings[j]));
        sum += json_integer_value(json_object_get(event, "qty")) + fetch_place(event, "place");
        bytes += (size_t)fetch_place(event, "to_place");
        json_decref(event);
    }
    return bytes == 0 ? 0 : sum;
}

int main(int argc, char **argv)
{
    bool ours = argc == 3 && strcmp(argv[1], "ours") == 0;
    int64_t passes = argc == 3 ? atoll(argv[2]) / EVENTS : 0;
    if (passes < 1 || (!ours && strcmp(argv[1], "theirs") != 0)) {
        fprintf(stderr, "usage: bench_decode ours|theirs EVENTS\n");
        return EXIT_FAILURE;
    }
    static struct corpus corpus;
    struct arena arena;
    make_corpus(&corpus);
    arena_init(&arena);
    int64_t sum = 0, start = clock_steady_us();
    for (int64_t pass = 0; pass < passes; pass++)
        sum += ours ? decode_ours(&corpus, &arena) : decode_theirs(&corpus);
    double seconds = (double)(clock_steady_us() - start) / 1e6;
    arena_done(&arena);
    buffer_done(&corpus.bytes);
    printf("{\"operations\":%lld,\"seconds\":%.6f,\"sum\":%lld}\n", (long long)(passes * EVENTS), seconds,
           (long long)(sum / passes));
    return EXIT_SUCCESS;
}
