/* Writes records that exist already: through commits of the view, or with one HSET each.
 *
 *   bench_commit fill URL ITEMS                  makes the records, four of each item (new ones, through commits)
 *   bench_commit ours|theirs|ahead URL ITEMS N   writes N of them, drawn at random, the same ones and the same bytes
 *                                                everywhere
 *
 * Ours: commits of 256 records of one shard, each with a watermark, one shard after the other, some in flight.
 * Theirs: one hiredis client that pipelines as hiredis' README does: it appends 1024 HSETs, then reads their answers.
 * Ahead: the same client made to have the next 256 HSETs on their way before it reads the answers to the last 256. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/shard_meta.h"

enum { SHARDS = 64, NODES = 4, BATCH = 256, IN_FLIGHT = 4, BATCHES_AT_ONCE = 4, VALUE_LEN = 45, TIMEOUT_MS = 5000 };

struct corpus {
    uint32_t *items[SHARDS]; /* numbers of the items of each shard */
    uint32_t items_n[SHARDS];
    uint64_t random;
};

/* One record to write. */
struct write {
    char sku[16], node[16], value[VALUE_LEN];
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench_commit: %s\n", what);
    exit(EXIT_FAILURE);
}

static struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

static void make_sku(uint32_t item, char ret_sku[16])
{
    snprintf(ret_sku, 16, "ZR-%07" PRIu32, item);
}

static void corpus_init(struct corpus *ret_corpus, uint32_t items)
{
    *ret_corpus = (struct corpus){.random = 88172645463325252u};
    for (uint32_t i = 0; i < SHARDS; i++)
        ret_corpus->items[i] = calloc(items, sizeof(uint32_t));
    for (uint32_t item = 0; item < items; item++) {
        char sku[16];
        make_sku(item, sku);
        uint32_t shard = shard_of(str_of(sku), SHARDS);
        ret_corpus->items[shard][ret_corpus->items_n[shard]++] = item;
    }
}

static uint32_t below(struct corpus *corpus, uint32_t bound)
{
    corpus->random ^= corpus->random << 13;
    corpus->random ^= corpus->random >> 7;
    corpus->random ^= corpus->random << 17;
    return (uint32_t)(corpus->random % bound);
}

static void make_write(struct corpus *corpus, uint32_t item, uint32_t node, struct write *ret_write)
{
    make_sku(item, ret_write->sku);
    snprintf(ret_write->node, sizeof(ret_write->node), "store-%03" PRIu32, node);
    for (size_t i = 0; i < VALUE_LEN; i += 15)
        snprintf(ret_write->value + i, VALUE_LEN - i, "%015" PRIu32, below(corpus, 1000000));
}

static void draw(struct corpus *corpus, uint32_t shard, struct write writes[BATCH])
{
    for (size_t i = 0; i < BATCH; i++)
        make_write(corpus, corpus->items[shard][below(corpus, corpus->items_n[shard])], below(corpus, NODES),
                   &writes[i]);
}

/* --- ours -------------------------------------------------------------------------------------------------------- */

struct writer {
    struct view view;
    struct commit commit;
    char tokens[SHARDS][VIEW_TOKEN_MAX];
    struct watermark watermarks[SHARDS];
    uint64_t number;
    bool refused;
};

static void take_answer(void *context, const struct reply *reply)
{
    struct writer *writer = context;
    if (commit_answer(reply) != COMMIT_OK)
        writer->refused = true;
}

struct asked {
    struct writer *writer;
    uint32_t shard;
    struct arena *arena;
};

static void take_meta(void *context, const struct reply *reply)
{
    struct asked *asked = context;
    struct shard_meta meta;
    if (!view_parse_meta(reply, asked->arena, &meta))
        fail("a shard's meta cannot be read");
    snprintf(asked->writer->tokens[asked->shard], VIEW_TOKEN_MAX, "%.*s", STR_ARG(meta.token));
    asked->writer->watermarks[asked->shard] = meta.watermarks_n > 0 ? meta.watermarks[0].watermark : watermark_none;
}

static void writer_init(struct writer *ret_writer, const struct view_config *config)
{
    struct error error;
    struct arena arena;
    struct asked asked[SHARDS];
    error_clear(&error);
    arena_init(&arena);
    view_init(&ret_writer->view, config);
    if (view_connect(&ret_writer->view, VIEW_CREATE, true, &error) != 0)
        fail(error.text);
    commit_init(&ret_writer->commit, &ret_writer->view);
    for (uint32_t shard = 0; shard < SHARDS; shard++) {
        asked[shard] = (struct asked){ret_writer, shard, &arena};
        view_ask_meta(&ret_writer->view, shard, take_meta, &asked[shard]);
    }
    if (!link_drain(view_link(&ret_writer->view, 0), TIMEOUT_MS))
        fail("connection lost");
    arena_done(&arena);
}

static void writer_done(struct writer *writer)
{
    if (!link_drain(view_link(&writer->view, 0), TIMEOUT_MS) || writer->refused)
        fail("a commit failed");
    commit_done(&writer->commit);
    view_done(&writer->view);
}

static void write_commit(struct writer *writer, uint32_t shard, const struct write *writes, size_t n, bool existed)
{
    char token[VIEW_TOKEN_MAX];
    struct watermark *watermark = &writer->watermarks[shard], next = *watermark;
    snprintf(token, sizeof(token), "%" PRIx64 ".%" PRIu64, (uint64_t)clock_wall_ms(), ++writer->number);
    commit_start(&writer->commit, shard, str_of(writer->tokens[shard]), str_of(token));
    for (size_t i = 0; i < n; i++)
        commit_record(&writer->commit, str_of(writes[i].sku), str_of(writes[i].node),
                      (struct str){writes[i].value, VALUE_LEN}, existed);
    next.next += (int64_t)n;
    next.last_offset = next.next - 1;
    next.digest = writer->number * 0x9e3779b97f4a7c15u;
    next.complete_to = clock_wall_ms();
    commit_watermark(&writer->commit, STR("stock.store"), 0, watermark->next == 0 ? NULL : watermark, &next);
    commit_send(&writer->commit, take_answer, writer);
    *watermark = next;
    memcpy(writer->tokens[shard], token, sizeof(token));
    while (link_outstanding(view_link(&writer->view, 0)) >= IN_FLIGHT)
        link_turn(view_link(&writer->view, 0), TIMEOUT_MS);
}

static void fill(struct corpus *corpus, struct writer *writer)
{
    static struct write writes[BATCH];
    for (uint32_t shard = 0; shard < SHARDS; shard++) {
        size_t n = 0;
        for (uint32_t i = 0; i < corpus->items_n[shard] * NODES; i++) {
            make_write(corpus, corpus->items[shard][i / NODES], i % NODES, &writes[n++]);
            if (n < BATCH && i + 1 < corpus->items_n[shard] * NODES)
                continue;
            write_commit(writer, shard, writes, n, false);
            n = 0;
        }
    }
}

static void run_ours(struct corpus *corpus, struct writer *writer, size_t batches)
{
    static struct write writes[BATCH];
    for (size_t i = 0; i < batches; i++) {
        draw(corpus, i % SHARDS, writes);
        write_commit(writer, i % SHARDS, writes, BATCH, true);
    }
}

/* --- theirs ------------------------------------------------------------------------------------------------------ */

static void append_batch(struct corpus *corpus, redisContext *redis, uint32_t shard)
{
    static struct write writes[BATCH];
    draw(corpus, shard, writes);
    for (size_t i = 0; i < BATCH; i++) {
        char key[64];
        int len = snprintf(key, sizeof(key), "sf:{%" PRIu32 "}:r:%s", shard, writes[i].sku);
        const char *words[] = {"HSET", key, writes[i].node, writes[i].value};
        size_t lens[] = {4, (size_t)len, strlen(writes[i].node), VALUE_LEN};
        redisAppendCommandArgv(redis, 4, words, lens);
    }
}

static void send_batch(redisContext *redis)
{
    for (int done = 0; !done;)
        if (redisBufferWrite(redis, &done) != REDIS_OK)
            fail("connection lost");
}

static void read_batch(redisContext *redis)
{
    for (size_t i = 0; i < BATCH; i++) {
        redisReply *reply;
        if (redisGetReply(redis, (void **)&reply) != REDIS_OK || reply->type != REDIS_REPLY_INTEGER)
            fail("HSET failed");
        freeReplyObject(reply);
    }
}

static void run_theirs(struct corpus *corpus, redisContext *redis, size_t batches)
{
    size_t unread = 0;
    for (size_t i = 0; i < batches; i++) {
        append_batch(corpus, redis, i % SHARDS);
        if (++unread == BATCHES_AT_ONCE || i + 1 == batches)
            for (; unread > 0; unread--)
                read_batch(redis);
    }
}

static void run_ahead(struct corpus *corpus, redisContext *redis, size_t batches)
{
    for (size_t i = 0; i < batches; i++) {
        append_batch(corpus, redis, i % SHARDS);
        send_batch(redis);
        if (i > 0)
            read_batch(redis);
    }
    read_batch(redis);
}

static void run_peer(struct corpus *corpus, const struct link_address *address, bool ahead, size_t batches)
{
    redisContext *redis = redisConnect(address->host, address->port);
    if (redis == NULL || redis->err)
        fail("cannot connect");
    if (ahead)
        run_ahead(corpus, redis, batches);
    else
        run_theirs(corpus, redis, batches);
    redisFree(redis);
}

/* --- which one --------------------------------------------------------------------------------------------------- */

static void run(struct corpus *corpus, const char *mode, const struct view_config *config, size_t batches)
{
    static struct writer writer;
    if (strcmp(mode, "theirs") == 0 || strcmp(mode, "ahead") == 0) {
        run_peer(corpus, &config->address, strcmp(mode, "ahead") == 0, batches);
        return;
    }
    writer_init(&writer, config);
    if (strcmp(mode, "ours") == 0)
        run_ours(corpus, &writer, batches);
    else
        fill(corpus, &writer);
    writer_done(&writer);
}

int main(int argc, char **argv)
{
    struct error error;
    struct view_config config = {.prefix = "sf", .shards = SHARDS, .buckets = 1, .timeout_ms = TIMEOUT_MS};
    error_clear(&error);
    if (argc < 4 || link_address_parse(argv[2], &config.address, &error) != 0)
        fail("usage: bench_commit fill URL ITEMS | ours|theirs|ahead URL ITEMS N");
    size_t batches = argc > 4 ? strtoul(argv[4], NULL, 10) / BATCH : 0;
    static struct corpus corpus;
    corpus_init(&corpus, (uint32_t)strtoul(argv[3], NULL, 10));
    int64_t start = clock_steady_us();
    run(&corpus, argv[1], &config, batches);
    printf("{\"operations\":%zu,\"seconds\":%.6f}\n", batches * BATCH, (double)(clock_steady_us() - start) / 1e6);
    for (size_t i = 0; i < SHARDS; i++)
        free(corpus.items[i]);
    return EXIT_SUCCESS;
}
