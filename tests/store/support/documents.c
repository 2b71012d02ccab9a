#include "store/support/documents.h"

#include <stdio.h>

#include "stockfold/codec/event_json.h"
#include "stockfold/store/master.h"

uint32_t documents_shard;

void documents_start(void)
{
    start();
    documents_shard = shard_of(STR("sku-1"), config.shards);
    for (uint32_t i = 0; i < config.shards; i++) {
        char words[64];
        snprintf(words, sizeof(words), "HSET sf:{%u}:m token a.1", i);
        redis_do(admin, words);
    }
}

void documents_hear(void *context, const struct reply *reply)
{
    *(enum commit_answer *)context = commit_answer(reply);
}

struct watermark documents_watermark(int64_t next)
{
    return (struct watermark){next, next - 1, 7, next, next};
}

enum commit_answer documents_put_item(const char *json, int64_t from)
{
    char detail[REFUSAL_DETAIL_MAX];
    struct arena arena;
    struct item_facts item;
    enum commit_answer answer = COMMIT_FAILED;
    struct watermark expected = documents_watermark(from), next = documents_watermark(from + 1);
    struct master_put put = {.key = STR("sku-1"), .json = {json, json == NULL ? 0 : strlen(json)}, .item = &item};
    arena_init(&arena);
    if (json == NULL)
        put = (struct master_put){.key = put.key};
    else
        ck_assert_int_eq(item_read(put.json, &arena, &item, detail), REFUSAL_NONE);
    master_put_items(&view, documents_shard, &put, 1, STR("stock.items"), 0, from == 0 ? NULL : &expected, &next,
                     documents_hear, &answer);
    ck_assert(link_drain(view_link(&view, 0), TIMEOUT_MS));
    arena_done(&arena);
    return answer;
}

int64_t documents_keys(const char *pattern)
{
    char words[128];
    snprintf(words, sizeof(words), "KEYS %s", pattern);
    return (int64_t)reply_count(redis_do(admin, words));
}
