/* Filling a view, and driving requests to their end. */
#include "api/support/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stockfold/codec/event_json.h"
#include "stockfold/codec/request_body.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/heard.h"
#include "stockfold/store/master.h"
#include "stockfold/store/record_value.h"

enum { TIMEOUT_MS = 60000, TRIPS_MAX = 1000 };

struct world world;

static struct {
    struct commit commit;
    struct link *admin;
    struct arena arena;
    int64_t tokens[VIEW_SHARDS_MAX]; /* commits of each shard */
    int64_t documents;               /* offset of the newest */
    int64_t item_offsets[VIEW_SHARDS_MAX];
    json_t *answer;
} own;

static struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

void world_start(uint32_t shards, uint32_t buckets)
{
    struct error error = {0};
    memset(&world, 0, sizeof(world));
    memset(&own, 0, sizeof(own));
    redis_server_start(&world.server, NULL);
    world.view_config = redis_server_view(&world.server);
    world.view_config.shards = shards;
    world.view_config.buckets = buckets;
    view_init(&world.view, &world.view_config);
    ck_assert_msg(view_connect(&world.view, VIEW_CREATE, true, &error) == 0, "%s", error.text);
    own.admin = redis_server_link(&world.server);
    commit_init(&own.commit, &world.view);
    arena_init(&own.arena);
    buffer_init(&world.body);
    world.now_ms = INT64_C(1795255200000);
    world.config = (struct api_config){.low = 3,
                                       .silent_ms = 24 * 3600 * 1000,
                                       .lead_ms = 30 * 60 * 1000,
                                       .confidence_half_life_ms = INT64_C(14) * 24 * 3600 * 1000,
                                       .deadline_ms = 250,
                                       .wait_max_ms = 30000,
                                       .lag_max_ms = 60000,
                                       .requests_max = 10,
                                       .waiting_max = 10,
                                       .waiting_max_of_client = 5,
                                       .max_age_ms = 5000,
                                       .origins = "*"};
    world.api = (struct api){.config = &world.config, .view = &world.view, .metrics = &world.metrics};
}

void world_stop(void)
{
    json_decref(own.answer);
    snapshot_unref(world.api.nodes);
    buffer_done(&world.body);
    arena_done(&own.arena);
    commit_done(&own.commit);
    link_free(own.admin);
    api_done(&world.api);
    view_done(&world.view);
    redis_server_stop(&world.server);
}

/* --- filling it -------------------------------------------------------------------------------------------------- */

static void done(void *context, const struct reply *reply)
{
    (void)context;
    ck_assert_msg(commit_answer(reply) == COMMIT_OK, "%.*s", STR_ARG(reply_text(reply)));
}

static void start_commit(uint32_t shard)
{
    char before[32] = "", after[32];
    if (own.tokens[shard] > 0)
        snprintf(before, sizeof(before), "a.%lld", (long long)own.tokens[shard]);
    snprintf(after, sizeof(after), "a.%lld", (long long)++own.tokens[shard]);
    commit_start(&own.commit, shard, str_of(before), str_of(after));
}

/* A shard without a token takes no items. */
static void commit_nothing(uint32_t shard)
{
    start_commit(shard);
    commit_send(&own.commit, done, NULL);
}

void world_record(const char *sku, const char *node, const struct record *record)
{
    struct buffer packed;
    uint32_t shard = shard_of(str_of(sku), world.view.keys.shards);
    buffer_init(&packed);
    record_value_write(&(struct hours){0}, record, &packed);
    start_commit(shard);
    commit_record(&own.commit, str_of(sku), str_of(node), (struct str){packed.data, packed.len}, false);
    commit_send(&own.commit, done, NULL);
    buffer_done(&packed);
}

void world_stock(const char *sku, const char *node, int64_t qty)
{
    struct place_stock place = {
        .place = STR("0\0sales"), .qty = qty, .seen_at = world.now_ms - 1000, .seen_by = STR("pos-1")};
    struct record record;
    record_init(&record, &place, 1, NULL, 0);
    record.places_n = qty == 0 ? 0 : 1;
    record.as_of = record.newest_time = record.newest_kafka_time = world.now_ms - 1000;
    world_record(sku, node, &record);
}

void world_do(const char *format, ...)
{
    char words[500];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    const struct reply *reply = redis_do(own.admin, words);
    ck_assert_msg(reply_problem(reply) == REPLY_OK, "%s: %.*s", words, STR_ARG(reply_text(reply)));
}

static int64_t ask_sent(void)
{
    const struct reply *reply = redis_do(own.admin, "INFO stats");
    return strtoll(reply_info(reply, "total_net_output_bytes").data, NULL, 10);
}

int64_t world_redis_sent(void)
{
    static int64_t own_sent; /* each answer is as long as the next one, but for a digit or so */
    int64_t before = ask_sent(), now = ask_sent(), sent = before - own_sent;
    own_sent += 2 * (now - before);
    return sent;
}

void world_reserve(const char *sku, const char *node, int64_t units)
{
    world_do("HSET sf:{%u}:r:%s \1%s %lld", shard_of(str_of(sku), world.view.keys.shards), sku, node, (long long)units);
}

static struct watermark watermark_at(int64_t next)
{
    return (struct watermark){next, next - 1, 7, world.now_ms, world.now_ms};
}

void world_item(const char *json)
{
    struct item_facts item;
    char detail[REFUSAL_DETAIL_MAX];
    ck_assert_msg(item_read(str_of(json), &own.arena, &item, detail) == REFUSAL_NONE, "%s: %s", json, detail);
    uint32_t shard = shard_of(item.sku, world.view.keys.shards);
    int64_t *offset = &own.item_offsets[shard];
    struct watermark before = watermark_at(*offset), next = watermark_at(*offset + 1);
    struct master_put put = {.key = item.sku, .json = str_of(json), .item = &item};
    if (own.tokens[shard] == 0)
        commit_nothing(shard);
    master_put_items(&world.view, shard, &put, 1, STR("stock.items"), 0, *offset == 0 ? NULL : &before, &next, done,
                     NULL);
    ++*offset;
}

void world_node(const char *json)
{
    struct node node;
    char detail[REFUSAL_DETAIL_MAX];
    ck_assert_msg(node_read(str_of(json), &own.arena, &node, detail) == REFUSAL_NONE, "%s: %s", json, detail);
    struct watermark before = watermark_at(own.documents), next = watermark_at(own.documents + 1);
    struct master_put put = {.key = node.id, .json = str_of(json)};
    master_put_nodes(&world.view, &put, 1, STR("stock.nodes"), 0, own.documents == 0 ? NULL : &before, &next, done,
                     NULL);
    own.documents++;
}

void world_watermark(uint32_t shard, const char *topic, int32_t partition, int64_t next)
{
    char key[32], field[300], text[100];
    snprintf(key, sizeof(key), "sf:{%u}:m", shard);
    snprintf(field, sizeof(field), "w:%s:%d", topic, (int)partition);
    snprintf(text, sizeof(text), "%lld %lld 7 %lld", (long long)next, (long long)next - 1, (long long)world.now_ms);
    link_call_begin(own.admin, 4);
    link_word(own.admin, STR("HSET"));
    link_word(own.admin, str_of(key));
    link_word(own.admin, str_of(field));
    link_word(own.admin, str_of(text));
    ck_assert_int_eq(reply_problem(link_call(own.admin, TIMEOUT_MS)), REPLY_OK);
}

void world_heard(const char *node, int64_t time_ms)
{
    struct heard_at heard = {str_of(node), time_ms};
    heard_write(&world.view, &heard, 1, NULL, NULL);
}

/* --- trips ------------------------------------------------------------------------------------------------------- */

static void take(void *context, const struct answers *answers)
{
    *(const struct answers **)context = answers;
}

struct trip *world_travel(const struct plan *plan, const struct answers **ret_answers)
{
    *ret_answers = NULL;
    struct trip *trip = trip_start(&world.view, plan, take, ret_answers);
    ck_assert(link_drain(view_link(&world.view, 0), TIMEOUT_MS));
    ck_assert_ptr_nonnull(*ret_answers);
    return trip;
}

static void read_nodes(void)
{
    struct plan plan;
    const struct answers *answers;
    plan_init(&plan);
    uint32_t first = ask_nodes_version(&plan, &world.view);
    ask_nodes(&plan, &world.view);
    ask_heard(&plan, &world.view);
    struct trip *trip = world_travel(&plan, &answers);
    snapshot_unref(world.api.nodes);
    world.api.nodes = snapshot_new(answers, first, world.now_ms);
    ck_assert_ptr_nonnull(world.api.nodes);
    trip_done(trip);
    plan_done(&plan);
}

void world_open(void)
{
    struct str run_id = view_identity(&world.view, 0);
    checkpoint_start_part(&own.commit, view_shard_of(&world.view, VIEW_RESERVATIONS), STR(""), run_id);
    commit_send(&own.commit, done, NULL);
    for (uint32_t shard = 0; shard < world.view.keys.shards; shard++) {
        if (own.tokens[shard] == 0)
            commit_nothing(shard);
        checkpoint_start(&own.commit, shard, STR(""), run_id);
        commit_send(&own.commit, done, NULL);
    }
    world_do("HSET sf:{nodes}:m open %s", world.view.identity);
    ck_assert(link_drain(view_link(&world.view, 0), TIMEOUT_MS));
    read_nodes();
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

static void take_body(struct api_response *response)
{
    buffer_add(&world.body, response->body.data, response->body.len);
    if (response->body.len > world.part_max)
        world.part_max = response->body.len;
}

/* Of this thread: the machine may have more to do. */
static int64_t cpu_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static enum api_next next_turn(struct api_call *call, const struct answers *answers)
{
    int64_t start_us = cpu_us();
    enum api_next next = api_call_next(call, answers, (struct api_now){world.now_ms, world.now_us});
    int64_t took_us = cpu_us() - start_us;
    world.spent_us += took_us;
    world.longest_us = took_us > world.longest_us ? took_us : world.longest_us;
    return next;
}

static void finish_trips(struct trip **trips, int *n)
{
    while (*n > 0)
        trip_done(trips[--*n]);
}

static void note_fields(const struct answers *answers)
{
    size_t fields = 0;
    for (uint32_t i = 0; i < answers->n; i++)
        fields += reply_count(answers->replies[i]);
    world.fields_max = fields > world.fields_max ? fields : world.fields_max;
}

/* Returns the status. */
static int run(struct api_call *call)
{
    struct trip *trips[TRIPS_MAX];
    int n = 0;
    const struct answers *answers = NULL;
    enum api_next next;
    while ((next = next_turn(call, answers)) != API_DONE) {
        answers = NULL;
        if (next == API_ASK) {
            ck_assert_int_lt(n, TRIPS_MAX);
            int asks = (int)api_call_plan(call)->asks_n;
            world.asks += asks;
            world.asks_max = asks > world.asks_max ? asks : world.asks_max;
            trips[n++] = world_travel(api_call_plan(call), &answers);
            note_fields(answers);
            world.now_us += world.took_us;
            world.trips++;
        } else if (next == API_PART) {
            finish_trips(trips, &n);
            take_body(api_call_response(call));
            world.parts++;
        } else if (next == API_PAUSE) {
            world.pauses++;
        }
    }
    finish_trips(trips, &n);
    take_body(api_call_response(call));
    return api_call_response(call)->status;
}

static void keep_headers(const struct api_response *response)
{
    snprintf(world.etag, sizeof(world.etag), "%.*s", STR_ARG(response->etag));
    snprintf(world.as_of, sizeof(world.as_of), "%.*s", STR_ARG(response->as_of));
    snprintf(world.complete_at, sizeof(world.complete_at), "%.*s", STR_ARG(response->complete_at));
    snprintf(world.cache_control, sizeof(world.cache_control), "%s", response->cache_control);
}

static json_t *ask(int status, const struct api_request *request)
{
    json_error_t error;
    world.spent_us = world.longest_us = world.trips = world.asks = world.asks_max = world.parts = world.pauses = 0;
    world.part_max = world.fields_max = world.body.len = 0;
    int64_t start_us = cpu_us();
    struct api_call *call = api_call_new(&world.api, request);
    world.spent_us = cpu_us() - start_us;
    int got = run(call);
    keep_headers(api_call_response(call));
    start_us = cpu_us();
    api_call_free(call);
    world.spent_us += cpu_us() - start_us;
    ck_assert_msg(got == status, "%.*s: %d %.*s", STR_ARG(request->path), got, (int)world.body.len, world.body.data);
    json_decref(own.answer);
    own.answer = NULL;
    if (status == 304)
        return NULL;
    own.answer = json_loadb(world.body.data, world.body.len, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(own.answer != NULL, "%s: %.*s", error.text, (int)world.body.len, world.body.data);
    return own.answer;
}

json_t *world_get(int status, const char *format, ...)
{
    char url[4000];
    va_list args;
    va_start(args, format);
    vsnprintf(url, sizeof(url), format, args);
    va_end(args);
    size_t path_len = strcspn(url, "?");
    struct api_request request = {.path = {url, path_len},
                                  .if_none_match = world.if_none_match,
                                  .authorization = world.authorization,
                                  .received_ms = world.now_ms};
    if (url[path_len] == '?')
        request.query = str_of(url + path_len + 1);
    return ask(status, &request);
}

json_t *world_post(int status, const char *path, const char *body)
{
    size_t path_len = strcspn(path, "?");
    struct request_body *taken = request_body_new();
    request_body_add(taken, str_of(body));
    request_body_end(taken);
    struct api_request request = {
        .method = API_POST, .path = {path, path_len}, .body = taken, .received_ms = world.now_ms};
    if (path[path_len] == '?')
        request.query = str_of(path + path_len + 1);
    json_t *answer = ask(status, &request);
    request_body_free(taken);
    return answer;
}

/* --- looking at answers ------------------------------------------------------------------------------------------ */

json_t *at(json_t *json, const char *path)
{
    char name[100];
    while (json != NULL && *path != '\0') {
        size_t len = strcspn(path, "/");
        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name)) : json_object_get(json, name);
        path += len + (path[len] == '/');
    }
    return json;
}

const char *text_at(json_t *json, const char *path)
{
    json_t *value = at(json, path);
    ck_assert_msg(value != NULL, "no %s", path);
    return json_is_string(value) ? json_string_value(value) : json_is_null(value) ? "null" : "no string";
}

int64_t number_at(json_t *json, const char *path)
{
    json_t *value = at(json, path);
    ck_assert_msg(json_is_integer(value), "no integer %s", path);
    return json_integer_value(value);
}

double real_at(json_t *json, const char *path)
{
    json_t *value = at(json, path);
    ck_assert_msg(json_is_number(value), "no number %s", path);
    return json_number_value(value);
}

const char *texts_of(json_t *list, const char *name)
{
    static char texts[8000];
    size_t len = 0;
    texts[0] = '\0';
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        const char *text = json_string_value(name[0] == '\0' ? entry : json_object_get(entry, name));
        len +=
            (size_t)snprintf(texts + len, sizeof(texts) - len, "%s%s", i > 0 ? " " : "", text == NULL ? "null" : text);
    }
    return texts;
}
