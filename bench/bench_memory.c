/* How many bytes of Redis a record takes, and an event in a window.
 *
 *   bench_memory records NODES ours|theirs URL N    N settled records with one place, items at NODES nodes each
 *   bench_memory places NODES ours|theirs URL N     the same with places whose five parts have 20 bytes each
 *   bench_memory window EVENTS ours|theirs URL N    N events within 72 hours, EVENTS to a record
 *
 * The server must be empty before. Ours: through commits as the fold makes them, hints and bases included. Theirs: the
 * same as JSON: a string for each record, an element of a list for each event. Prints bytes as `operations` in a
 * second. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/codec/pack.h"
#include "stockfold/codec/record_json.h"
#include "stockfold/core/watermark.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/journal.h"

enum { SHARDS = 64, STORES = 100, COMMIT_RECORDS = 256, COMMIT_EVENTS = 200, LONG_PART = 20, TIMEOUT_MS = 30000 };
#define START INT64_C(1763719331250) /* ms: what the records were last touched at */
#define WINDOW_MS (INT64_C(72) * 3600 * 1000)

/* One record of the scene, made from its number alone. */
struct subject {
    char sku[24], node[16], place_bytes[PLACE_MAX];
    struct str sku_str, node_str, place;
};

struct scene {
    struct view view;
    struct commit commit;
    struct buffer packed, plain, blob, key;
    uint32_t *records[SHARDS]; /* numbers of each shard's records, in random order */
    size_t records_n[SHARDS];
    char tokens[SHARDS][VIEW_TOKEN_MAX];
    uint64_t commits, random;
    uint32_t nodes_each;
    bool long_places, theirs, failed;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench_memory: %s\n", what);
    exit(EXIT_FAILURE);
}

static struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

static struct str text_of(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}

static uint32_t below(struct scene *scene, uint32_t bound)
{
    scene->random ^= scene->random << 13;
    scene->random ^= scene->random >> 7;
    scene->random ^= scene->random << 17;
    return (uint32_t)(scene->random % bound);
}

static void make_subject(const struct scene *scene, uint32_t number, struct subject *ret_subject)
{
    static const char *const zones[] = {"women", "men", "kids", "shoes", "home"};
    uint32_t item = number / scene->nodes_each, node = (item * 7 + number % scene->nodes_each) % STORES;
    const char *zone = zones[number % 5];
    char aisle[8], bay[8], shelf[8], floor[8], parts[5][LONG_PART + 1];
    snprintf(ret_subject->sku, sizeof(ret_subject->sku), "ZR-%06" PRIu32 "-M-BLK", item);
    snprintf(ret_subject->node, sizeof(ret_subject->node), "store-%03" PRIu32, node);
    snprintf(floor, sizeof(floor), "%" PRIu32, number % 4);
    snprintf(aisle, sizeof(aisle), "A%02" PRIu32, number % 20);
    snprintf(bay, sizeof(bay), "B%02" PRIu32, number % 12);
    snprintf(shelf, sizeof(shelf), "S%" PRIu32, number % 6);
    struct str components[PLACE_COMPONENTS] = {str_of(floor), str_of(zone), str_of(aisle), str_of(bay), str_of(shelf)};
    for (int i = 0; scene->long_places && i < 5; i++) {
        snprintf(parts[i], sizeof(parts[i]), "Baking Ingredients %s", components[i].data);
        memset(parts[i] + strlen(parts[i]), '.', LONG_PART - strlen(parts[i]));
        components[i] = (struct str){parts[i], LONG_PART};
    }
    ret_subject->place = place_join(components, ret_subject->place_bytes);
    ret_subject->sku_str = str_of(ret_subject->sku);
    ret_subject->node_str = str_of(ret_subject->node);
}

static void pack(struct scene *scene, const struct subject *subject, int64_t qty, int64_t time)
{
    struct place_stock place = {.place = subject->place, .qty = qty, .seen_at = time, .seen_by = STR("pos-17")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = 1;
    record.as_of = record.newest_time = time;
    record.newest_kafka_time = time + 1500;
    scene->packed.len = 0;
    if (!scene->theirs) {
        buffer_add_byte(&scene->packed, 0); /* no hours */
        record_pack(&record, &scene->packed);
        return;
    }
    struct record_context context = {
        .sku = subject->sku_str, .node = subject->node_str, .availability = availability_of(&record, 0, 0, NULL)};
    record_write_json(&record, &context, &scene->packed);
}

/* --- a scene ------------------------------------------------------------------------------------------------------ */

static void scene_init(struct scene *ret_scene, const struct view_config *config, uint32_t nodes_each, uint32_t n)
{
    struct error error;
    error_clear(&error);
    ret_scene->random = 88172645463325252u;
    ret_scene->nodes_each = nodes_each;
    view_init(&ret_scene->view, config);
    if (view_connect(&ret_scene->view, VIEW_CREATE, true, &error) != 0)
        fail(error.text);
    commit_init(&ret_scene->commit, &ret_scene->view);
    for (uint32_t shard = 0; shard < SHARDS; shard++)
        ret_scene->records[shard] = calloc(n, sizeof(uint32_t));
    for (uint32_t number = 0; number < n; number++) {
        struct subject subject;
        make_subject(ret_scene, number, &subject);
        uint32_t shard = shard_of(subject.sku_str, SHARDS);
        size_t at = ret_scene->records_n[shard]++, other = below(ret_scene, (uint32_t)at + 1);
        ret_scene->records[shard][at] = ret_scene->records[shard][other];
        ret_scene->records[shard][other] = number;
    }
}

static void scene_done(struct scene *scene)
{
    struct buffer *buffers[] = {&scene->packed, &scene->plain, &scene->blob, &scene->key};
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        buffer_done(buffers[i]);
    for (uint32_t shard = 0; shard < SHARDS; shard++)
        free(scene->records[shard]);
    commit_done(&scene->commit);
    view_done(&scene->view);
}

static void take_answer(void *context, const struct reply *reply)
{
    struct scene *scene = context;
    if (reply == NULL || reply_is_error(reply) || (!scene->theirs && commit_answer(reply) != COMMIT_OK))
        scene->failed = true;
}

static void settle(struct scene *scene)
{
    if (!link_drain(view_link(&scene->view, 0), TIMEOUT_MS) || scene->failed)
        fail("a command failed");
}

static int64_t memory_used(struct scene *scene)
{
    struct link *link = view_link(&scene->view, 0);
    settle(scene);
    link_call_begin(link, 2);
    link_word(link, STR("MEMORY"));
    link_word(link, STR("PURGE"));
    link_call(link, TIMEOUT_MS);
    link_call_begin(link, 2);
    link_word(link, STR("INFO"));
    link_word(link, STR("memory"));
    struct str info = reply_text(link_call(link, TIMEOUT_MS));
    const char *at = info.len == 0 ? NULL : strstr(info.data, "used_memory:");
    return at == NULL ? 0 : strtoll(at + strlen("used_memory:"), NULL, 10);
}

static void begin_commit(struct scene *scene, uint32_t shard)
{
    char token[VIEW_TOKEN_MAX];
    snprintf(token, sizeof(token), "0123456789abcdef.%" PRIu64, ++scene->commits);
    commit_start(&scene->commit, shard, str_of(scene->tokens[shard]), str_of(token));
    memcpy(scene->tokens[shard], token, sizeof(token));
}

static void send_command(struct scene *scene, struct str verb, struct str value)
{
    link_begin(view_link(&scene->view, 0), 3, take_answer, scene);
    link_word(view_link(&scene->view, 0), verb);
    link_word(view_link(&scene->view, 0), text_of(&scene->key));
    link_word(view_link(&scene->view, 0), value);
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static void write_record(struct scene *scene, const struct subject *subject, int64_t qty, int64_t time, bool existed)
{
    pack(scene, subject, qty, time);
    if (!scene->theirs) {
        commit_record(&scene->commit, subject->sku_str, subject->node_str, text_of(&scene->packed), existed);
        return;
    }
    scene->key.len = 0;
    buffer_add_format(&scene->key, "stock:%s:%s", subject->sku, subject->node);
    send_command(scene, STR("SET"), text_of(&scene->packed));
}

static void write_records(struct scene *scene)
{
    for (uint32_t shard = 0; shard < SHARDS; shard++)
        for (size_t i = 0; i < scene->records_n[shard];) {
            begin_commit(scene, shard);
            for (size_t n = 0; n < COMMIT_RECORDS && i < scene->records_n[shard]; n++, i++) {
                struct subject subject;
                make_subject(scene, scene->records[shard][i], &subject);
                write_record(scene, &subject, 1 + below(scene, 40), START - below(scene, 1000000), false);
            }
            if (!scene->theirs)
                commit_send(&scene->commit, take_answer, scene);
            settle(scene);
        }
}

/* --- the window --------------------------------------------------------------------------------------------------- */

static void write_their_event(struct scene *scene, const struct event *event)
{
    struct str parts[PLACE_COMPONENTS];
    place_split(event->place, parts);
    scene->key.len = scene->plain.len = 0;
    buffer_add_format(&scene->key, "window:%" PRId64, hour_of(event->time));
    buffer_add_format(&scene->plain,
                      "{\"id\":\"%.*s\",\"source\":\"%.*s\",\"type\":\"sold\",\"time\":%" PRId64
                      ",\"sku\":\"%.*s\",\"node\":\"%.*s\",\"qty\":%" PRId64
                      ",\"place\":{\"floor\":\"%.*s\",\"zone\":\"%.*s\",\"aisle\":\"%.*s\",\"bay\":\"%.*s\","
                      "\"shelf\":\"%.*s\"}}",
                      STR_ARG(event->id), STR_ARG(event->source), event->time, STR_ARG(event->sku),
                      STR_ARG(event->node), event->qty, STR_ARG(parts[0]), STR_ARG(parts[1]), STR_ARG(parts[2]),
                      STR_ARG(parts[3]), STR_ARG(parts[4]));
    send_command(scene, STR("RPUSH"), text_of(&scene->plain));
}

/* A record's first event takes its settled base along. */
static void add_our_event(struct scene *scene, const struct event *event, const struct subject *subject, bool first)
{
    struct buffer base, events;
    buffer_init(&base);
    buffer_init(&events);
    if (first) {
        pack(scene, subject, 40, START);
        pack_varint(&base, (uint64_t)START << 1);
        buffer_add(&base, scene->packed.data, scene->packed.len);
    }
    event_pack(event, event->kafka_time, event->time, hour_of(event->time), &events);
    struct journal_group group = {event->sku, event->node, text_of(&base), text_of(&events)};
    journal_add_group(&group, &scene->plain);
    write_record(scene, subject, 39, event->time, true);
    buffer_done(&base);
    buffer_done(&events);
}

static void seal_hour(struct scene *scene, int64_t hour, uint64_t *events)
{
    if (*events == 0)
        return;
    scene->blob.len = 0;
    journal_seal(text_of(&scene->plain), &scene->blob);
    commit_journal(&scene->commit, hour, text_of(&scene->blob), *events);
    scene->plain.len = 0;
    *events = 0;
}

/* The shard's events number `from` to `to` of `n`, as one commit. */
static void write_events(struct scene *scene, uint32_t shard, size_t from, size_t to, size_t n, bool *touched)
{
    int64_t hour = 0;
    uint64_t events = 0;
    scene->plain.len = 0;
    begin_commit(scene, shard);
    for (size_t i = from; i < to; i++) {
        struct subject subject;
        char id[32], source[16];
        uint32_t number = scene->records[shard][i % scene->records_n[shard]];
        int64_t time = START + (int64_t)i * WINDOW_MS / (int64_t)n + below(scene, 1000);
        make_subject(scene, number, &subject);
        snprintf(id, sizeof(id), "%" PRIu32 "-%" PRIu32, below(scene, 100000), below(scene, 10));
        snprintf(source, sizeof(source), "pos-%" PRIu32, below(scene, 40));
        struct event event = {.type = EVENT_SOLD,
                              .time = time,
                              .kafka_time = time + 200 + below(scene, 3000),
                              .id = str_of(id),
                              .source = str_of(source),
                              .sku = subject.sku_str,
                              .node = subject.node_str,
                              .qty = 1 + below(scene, 3),
                              .place = subject.place,
                              .eta = TIME_NONE,
                              .ref_time = TIME_NONE};
        if (scene->theirs) {
            write_their_event(scene, &event);
            continue;
        }
        if (hour_of(time) != hour)
            seal_hour(scene, hour, &events);
        hour = hour_of(time);
        events++;
        add_our_event(scene, &event, &subject, !touched[number]);
        touched[number] = true;
    }
    seal_hour(scene, hour, &events);
    if (!scene->theirs)
        commit_send(&scene->commit, take_answer, scene);
    settle(scene);
}

static void write_window(struct scene *scene, uint32_t records_n, size_t events_each)
{
    bool *touched = calloc(records_n, sizeof(*touched));
    for (uint32_t shard = 0; shard < SHARDS; shard++) {
        size_t n = scene->records_n[shard] * events_each;
        for (size_t i = 0; i < n; i += COMMIT_EVENTS)
            write_events(scene, shard, i, i + COMMIT_EVENTS < n ? i + COMMIT_EVENTS : n, n, touched);
    }
    free(touched);
}

int main(int argc, char **argv)
{
    struct error error;
    struct view_config config = {.prefix = "sf", .shards = SHARDS, .buckets = 1, .timeout_ms = TIMEOUT_MS};
    error_clear(&error);
    if (argc != 6 || link_address_parse(argv[4], &config.address, &error) != 0)
        fail("usage: bench_memory records|places NODES ours|theirs URL N | window EVENTS ours|theirs URL N");
    bool window = strcmp(argv[1], "window") == 0;
    uint32_t each = (uint32_t)strtoul(argv[2], NULL, 10), n = (uint32_t)strtoul(argv[5], NULL, 10);
    uint32_t records_n = window ? n / each : n;
    static struct scene scene;
    scene.long_places = strcmp(argv[1], "places") == 0;
    scene.theirs = strcmp(argv[3], "theirs") == 0;
    scene_init(&scene, &config, window ? 8 : each, records_n);
    int64_t before = memory_used(&scene);
    write_records(&scene);
    if (window) {
        before = memory_used(&scene);
        write_window(&scene, records_n, each);
    }
    int64_t bytes = memory_used(&scene) - before;
    printf("{\"operations\":%.2f,\"seconds\":1}\n", (double)bytes / (window ? records_n * each : n));
    scene_done(&scene);
    return EXIT_SUCCESS;
}
