/* Responsible for: finding what was deleted behind our back although nothing reads or writes it. Not for: what a batch
 * reads anyway (replay.c, sweep.c) or a commit compares (functions/commit.lua), or the repair (shard_damaged). Thread:
 * the fold's.
 *
 * What must be there hangs on the shard's meta, without which it is cleared anyway:
 *
 *   sizes ──► P:{K}:k ──► a node's list of skus ──► records ──► their bases
 *         ──► P:{K}:h ──► an hour's chunk (how much is in it: when it is read)
 *         ──► P:{K}:c
 *   documents ──► P:{K}:t ──► items' documents
 *
 *   INSPECT_SIZES      the hashes' sizes; which nodes and hours there are
 *   INSPECT_HOURS      each hour has a chunk
 *   INSPECT_NODE       a part of a node's list: in all as many skus as counted, none twice (a record that was gone when an
 *                      event came for it was made anew)
 *   INSPECT_RECORDS    the records of that part
 *   INSPECT_TIMES      a part of P:{K}:t
 *   INSPECT_DOCUMENTS  its documents
 *
 * Each question is one call, as of one moment, and counts only under the token behind which it was sent. What several
 * answers say together holds because lists are only appended to. One shard at a time, of those that this consumer sweeps,
 * while nothing waits to be folded there. */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>

#include "described.h"
#include "stockfold/base/clock.h"
#include "stockfold/store/peek.h"
#include "stockfold/store/record_value.h"
#include "sweep.h"

enum { TICK_US = 100 * 1000, TICKS_PER_S = 10, ROUND_US = 5 * 1000 * 1000 };
enum { PART = 100, PART_BLOBS = 8, SIZES_COST = 8, CURSOR_MAX = 24, PORTION_KEPT = 64 * 1024 };

enum inspection {
    INSPECT_SIZES,
    INSPECT_HOURS,
    INSPECT_NODE,
    INSPECT_RECORDS,
    INSPECT_TIMES,
    INSPECT_DOCUMENTS,
    INSPECT_DONE,
};

struct inspector {
    struct engine *engine;
    struct peek peek;
    int64_t credit, tick_us; /* keys that may still be looked at in this tick, and when it began */
    int64_t round_us;        /* when the round over all shards began */
    uint32_t next;           /* shard */
    struct shard *shard;     /* being inspected; NULL: none is */
    uint32_t generation;     /* of it */
    char token[VIEW_TOKEN_MAX];
    bool asked;
    enum inspection inspection;
    struct arena arena; /* of this shard: nodes and hours */
    struct str *nodes;
    int64_t *hours;
    size_t nodes_n, node_at, hours_n, hour_at;
    int64_t list_at; /* in the node's list */
    bool list_ended; /* this part is the last */
    uint64_t *skus;  /* hashes of those that the list had so far */
    size_t skus_n, skus_cap;
    struct arena portion; /* of names */
    struct str *names;    /* skus of this part */
    size_t names_n, name_at;
    char cursor[CURSOR_MAX];
};

/* --- whether, and which ------------------------------------------------------------------------------------------ */

struct inspector *inspector_new(struct engine *engine)
{
    struct inspector *inspector = calloc(1, sizeof(*inspector));
    if (inspector == NULL)
        error_out_of_memory();
    inspector->engine = engine;
    peek_init(&inspector->peek, &engine->view);
    arena_init(&inspector->arena);
    arena_init(&inspector->portion);
    return inspector;
}

void inspector_free(struct inspector *inspector)
{
    if (inspector == NULL)
        return;
    peek_done(&inspector->peek);
    arena_done(&inspector->arena);
    arena_done(&inspector->portion);
    free(inspector->skus);
    free(inspector);
}

/* What waits to be folded goes first. */
static bool is_idle(const struct shard *shard)
{
    return shard->state == SHARD_READY && queue_waiting(&shard->queue) == 0;
}

static void end_shard(struct inspector *inspector)
{
    inspector->shard = NULL;
}

static void begin_shard(struct inspector *inspector, struct shard *shard)
{
    arena_reset(&inspector->arena, PORTION_KEPT);
    inspector->shard = shard;
    inspector->generation = shard->generation;
    inspector->inspection = INSPECT_SIZES;
}

/* The next shard that is this consumer's, once around in a round. */
static void choose_shard(struct inspector *inspector, int64_t now_us)
{
    struct engine *engine = inspector->engine;
    if (inspector->next == 0 && now_us - inspector->round_us < ROUND_US)
        return;
    if (inspector->next == 0) {
        inspector->round_us = now_us;
        described_ask(engine);
    }
    while (inspector->next < engine->shards_n && inspector->shard == NULL) {
        struct shard *shard = &engine->shards[inspector->next++];
        if (is_idle(shard) && sweep_is_here(shard))
            begin_shard(inspector, shard);
    }
    if (inspector->next == engine->shards_n)
        inspector->next = 0;
}

/* --- the skus of a list ------------------------------------------------------------------------------------------ */

static int compare_hashes_of_skus(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void note_listed_sku(struct inspector *inspector, struct str sku)
{
    if (inspector->skus_n == inspector->skus_cap) {
        inspector->skus_cap = inspector->skus_cap == 0 ? 1024 : inspector->skus_cap * 2;
        inspector->skus = realloc(inspector->skus, inspector->skus_cap * sizeof(*inspector->skus));
        if (inspector->skus == NULL)
            error_out_of_memory();
    }
    inspector->skus[inspector->skus_n++] = message_digest(sku, (struct str){0}, 0);
}

static bool has_sku_twice(struct inspector *inspector)
{
    if (inspector->skus_n > 0)
        qsort(inspector->skus, inspector->skus_n, sizeof(*inspector->skus), compare_hashes_of_skus);
    for (size_t i = 1; i < inspector->skus_n; i++)
        if (inspector->skus[i] == inspector->skus[i - 1])
            return true;
    return false;
}

/* --- answers: false when something is missing -------------------------------------------------------------------- */

/* Of peek_sizes(), and behind it P:{K}:k and P:{K}:h; answer 0 is the token. */
static bool take_sizes(struct inspector *inspector, const struct reply *reply)
{
    char sizes[80];
    const struct reply *documents = reply_at(reply, 2), *counts = reply_at(reply, 7), *hours = reply_at(reply, 8);
    int len = snprintf(sizes, sizeof(sizes), "%lld %lld %lld", (long long)reply_int(reply_at(reply, 3)),
                       (long long)reply_int(reply_at(reply, 4)), (long long)reply_int(reply_at(reply, 5)));
    struct str kept = reply_text(reply_at(reply, 1));
    if ((kept.len > 0 && !str_equal(kept, (struct str){sizes, (size_t)len})) ||
        (!reply_is_nil(documents) && reply_int(documents) != reply_int(reply_at(reply, 6))))
        return false;
    inspector->nodes = arena_array(&inspector->arena, struct str, reply_count(counts) / 2 + 1);
    inspector->hours = arena_array(&inspector->arena, int64_t, reply_count(hours) / 2 + 1);
    inspector->nodes_n = inspector->node_at = inspector->hours_n = inspector->hour_at = 0;
    for (size_t i = 0; i + 1 < reply_count(counts); i += 2) {
        struct str node = reply_text(reply_at(counts, i));
        if (field_is_record(node)) /* else the number of records without a document */
            inspector->nodes[inspector->nodes_n++] =
                (struct str){arena_copy(&inspector->arena, node.data, node.len), node.len};
    }
    for (size_t i = 0; i + 1 < reply_count(hours); i += 2)
        inspector->hours[inspector->hours_n++] = reply_int(reply_at(hours, i));
    inspector->inspection = INSPECT_HOURS;
    return true;
}

static void begin_node(struct inspector *inspector)
{
    inspector->list_at = 0;
    inspector->skus_n = 0;
    strcpy(inspector->cursor, "0");
    inspector->inspection = inspector->node_at < inspector->nodes_n ? INSPECT_NODE : INSPECT_TIMES;
}

static bool take_chunks(struct inspector *inspector, const struct reply *reply)
{
    for (size_t i = 1; i + 1 < reply_count(reply); i += 2)
        if (!reply_is_nil(reply_at(reply, i)) && reply_int(reply_at(reply, i + 1)) == 0)
            return false;
    if (inspector->hour_at == inspector->hours_n)
        begin_node(inspector);
    return true;
}

static void begin_part(struct inspector *inspector, size_t names_max)
{
    arena_reset(&inspector->portion, PORTION_KEPT);
    inspector->names = arena_array(&inspector->portion, struct str, names_max + 1);
    inspector->names_n = inspector->name_at = 0;
}

static void add_name(struct inspector *inspector, struct str name)
{
    inspector->names[inspector->names_n++] =
        (struct str){arena_copy(&inspector->portion, name.data, name.len), name.len};
}

/* One blob: skus, newline-separated. */
static void add_skus(struct inspector *inspector, struct str blob)
{
    while (blob.len > 0) {
        const char *end = memchr(blob.data, '\n', blob.len);
        size_t len = end == NULL ? blob.len : (size_t)(end - blob.data);
        struct str sku = {blob.data, len};
        note_listed_sku(inspector, sku);
        add_name(inspector, sku);
        blob = end == NULL ? (struct str){0} : (struct str){end + 1, blob.len - len - 1};
    }
}

static bool take_node_items(struct inspector *inspector, const struct reply *reply)
{
    const struct reply *blobs = reply_at(reply, 2);
    size_t names_max = 0;
    for (size_t i = 0; i < reply_count(blobs); i++)
        names_max += reply_text(reply_at(blobs, i)).len / 2 + 1;
    begin_part(inspector, names_max);
    for (size_t i = 0; i < reply_count(blobs); i++)
        add_skus(inspector, reply_text(reply_at(blobs, i)));
    inspector->list_at += PART_BLOBS;
    inspector->list_ended = reply_count(blobs) < PART_BLOBS;
    inspector->inspection = INSPECT_RECORDS;
    return !inspector->list_ended ||
           (reply_int(reply_at(reply, 1)) == (int64_t)inspector->skus_n && !has_sku_twice(inspector));
}

static bool take_records(struct inspector *inspector, const struct reply *reply)
{
    for (size_t i = 1; i + 1 < reply_count(reply); i += 2) {
        const struct reply *value = reply_at(reply, i), *base = reply_at(reply, i + 1);
        struct hours hours;
        struct str packed;
        if (reply_is_nil(value) || !record_value_split(reply_text(value), &hours, &packed) ||
            (hours.based && reply_is_nil(base)))
            return false;
    }
    if (inspector->name_at < inspector->names_n)
        return true;
    inspector->inspection = INSPECT_NODE;
    if (inspector->list_ended) {
        inspector->node_at++;
        begin_node(inspector);
    }
    return true;
}

static bool is_deletion(struct str time)
{
    struct str end = STR(" deleted");
    return time.len > end.len && memcmp(time.data + time.len - end.len, end.data, end.len) == 0;
}

static bool take_times(struct inspector *inspector, const struct reply *reply)
{
    const struct reply *page = reply_at(reply, 1), *times = reply_at(page, 1);
    struct str cursor = reply_text(reply_at(page, 0));
    begin_part(inspector, reply_count(times) / 2);
    for (size_t i = 0; i + 1 < reply_count(times); i += 2)
        if (!is_deletion(reply_text(reply_at(times, i + 1))))
            add_name(inspector, reply_text(reply_at(times, i)));
    snprintf(inspector->cursor, CURSOR_MAX, "%.*s", STR_ARG(cursor));
    inspector->inspection = INSPECT_DOCUMENTS;
    return true;
}

static bool take_documents(struct inspector *inspector, const struct reply *reply)
{
    for (size_t i = 1; i + 1 < reply_count(reply); i += 2) {
        const struct reply *time = reply_at(reply, i);
        if (!reply_is_nil(time) && !is_deletion(reply_text(time)) && reply_int(reply_at(reply, i + 1)) == 0)
            return false;
    }
    if (inspector->name_at == inspector->names_n)
        inspector->inspection = strcmp(inspector->cursor, "0") == 0 ? INSPECT_DONE : INSPECT_TIMES;
    return true;
}

static bool take_inspection(struct inspector *inspector, const struct reply *reply)
{
    switch (inspector->inspection) {
    case INSPECT_SIZES:
        return take_sizes(inspector, reply);
    case INSPECT_HOURS:
        return take_chunks(inspector, reply);
    case INSPECT_NODE:
        return take_node_items(inspector, reply);
    case INSPECT_RECORDS:
        return take_records(inspector, reply);
    case INSPECT_TIMES:
        return take_times(inspector, reply);
    case INSPECT_DOCUMENTS:
        return take_documents(inspector, reply);
    case INSPECT_DONE:
        break;
    }
    return true;
}

static void take_answer(void *context, const struct reply *reply)
{
    struct inspector *inspector = context;
    struct shard *shard = inspector->shard;
    inspector->asked = false;
    enum reply_problem problem = reply_problem(reply);
    if (shard->generation != inspector->generation) {
        end_shard(inspector);
    } else if (problem != REPLY_OK) {
        end_shard(inspector);
        shard_trouble(shard, problem, reply);
    } else if (!str_equal(reply_text(reply_at(reply, 0)), (struct str){inspector->token, strlen(inspector->token)})) {
        end_shard(inspector); /* another writer's commit: what is to be found is found the next time */
    } else if (!take_inspection(inspector, reply)) {
        end_shard(inspector);
        shard_damaged(shard, "something is gone that must be there");
    } else if (inspector->inspection == INSPECT_DONE) {
        end_shard(inspector);
    }
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

/* How many of what is left are asked for at once. */
static size_t part_of(const struct inspector *inspector, size_t left)
{
    size_t most = inspector->credit < PART ? (size_t)inspector->credit : PART;
    return left < most ? left : most;
}

static size_t inspect_sizes(struct inspector *inspector)
{
    peek_sizes(&inspector->peek);
    peek_counts(&inspector->peek);
    peek_hours(&inspector->peek);
    return SIZES_COST;
}

static size_t inspect_hours(struct inspector *inspector)
{
    size_t n = part_of(inspector, inspector->hours_n - inspector->hour_at);
    for (size_t i = 0; i < n; i++)
        peek_hour(&inspector->peek, inspector->hours[inspector->hour_at++]);
    return n;
}

static size_t inspect_records(struct inspector *inspector)
{
    size_t n = part_of(inspector, inspector->names_n - inspector->name_at);
    for (size_t i = 0; i < n; i++)
        peek_record(&inspector->peek, inspector->names[inspector->name_at++], inspector->nodes[inspector->node_at]);
    return n;
}

static size_t inspect_documents(struct inspector *inspector)
{
    size_t n = part_of(inspector, inspector->names_n - inspector->name_at);
    for (size_t i = 0; i < n; i++)
        peek_document(&inspector->peek, inspector->names[inspector->name_at++]);
    return n;
}

/* How many keys it asks for. */
static size_t ask_inspection(struct inspector *inspector)
{
    switch (inspector->inspection) {
    case INSPECT_SIZES:
        return inspect_sizes(inspector);
    case INSPECT_HOURS:
        return inspect_hours(inspector);
    case INSPECT_NODE:
        peek_node_items(&inspector->peek, inspector->nodes[inspector->node_at], inspector->list_at, PART_BLOBS);
        return 1;
    case INSPECT_RECORDS:
        return inspect_records(inspector);
    case INSPECT_TIMES:
        peek_document_times(&inspector->peek, inspector->cursor, PART);
        return 1;
    case INSPECT_DOCUMENTS:
        return inspect_documents(inspector);
    case INSPECT_DONE:
        break;
    }
    return 0;
}

static void refill_credit(struct inspector *inspector, int64_t now_us)
{
    if (now_us - inspector->tick_us < TICK_US)
        return;
    inspector->tick_us = now_us;
    inspector->credit = (inspector->engine->config->inspect_keys + TICKS_PER_S - 1) / TICKS_PER_S;
}

void inspector_turn(struct inspector *inspector, int64_t now_us)
{
    struct engine *engine = inspector->engine;
    refill_credit(inspector, now_us);
    if (inspector->asked || inspector->credit <= 0 || !engine->assigned || !view_is_open(&engine->view))
        return;
    if (inspector->shard == NULL)
        choose_shard(inspector, now_us);
    struct shard *shard = inspector->shard;
    if (shard == NULL)
        return;
    if (shard->generation != inspector->generation) {
        end_shard(inspector);
        return;
    }
    if (!is_idle(shard))
        return;
    peek_start(&inspector->peek, shard->number);
    inspector->credit -= (int64_t)ask_inspection(inspector) + 1;
    memcpy(inspector->token, shard->token, VIEW_TOKEN_MAX);
    inspector->asked = true;
    peek_send(&inspector->peek, take_answer, inspector);
}
