/* Clearing shards, so that they are folded again from the beginning of their log.
 *
 *   "", damaged ──claim──► clearing.ID ──delete its keys but meta, holds, indexes──► cleared.ID ──► the next commit's token
 *
 * Every step names the token it expects, in the same call: one writer clears, all others see that in the token and
 * wait, and one that was stopped in the middle deletes nothing any more once another has taken over. So that they see it
 * at work in a large view, it says so with a new token of its own from time to time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stockfold/base/clock.h"
#include "stockfold/store/clear.h"

enum { SCAN_COUNT = 1000, CURSOR_MAX = 32, SAID_US = 2 * 1000 * 1000 };

struct clearing {
    struct link *link;
    const struct view *view;
    struct shard_clear *shards;
    size_t n;
    const char *id;
    char claimed[VIEW_TOKEN_MAX], done[VIEW_TOKEN_MAX];
    int64_t said_us; /* when it last said that it is at work, and how often it has */
    unsigned said_n;
    struct buffer key;
};

static const struct reply *answer(struct clearing *clearing, struct error *error)
{
    const struct reply *reply = link_call(clearing->link, clearing->view->config->timeout_ms);
    if (reply != NULL && !reply_is_error(reply))
        return reply;
    struct str text = reply == NULL ? STR("connection lost") : reply_text(reply);
    error_set(error, ERROR_UNREACHABLE, "Redis, clearing shards: %.*s", STR_ARG(text));
    return NULL;
}

/* One step: `deleted` are keys besides the meta. Sets ->mine to false when the token is not as expected. */
static int step(struct clearing *clearing, struct shard_clear *shard, const char *expected, const char *next,
                const struct str *deleted, size_t deleted_n, struct error *error)
{
    clearing->key.len = 0;
    key_meta(&clearing->view->keys, shard->shard, &clearing->key);
    link_call_begin(clearing->link, 6 + deleted_n);
    link_word(clearing->link, STR("FCALL"));
    link_word(clearing->link, STR("stockfold_v5_clear"));
    link_word_int(clearing->link, 1 + (int64_t)deleted_n);
    link_word(clearing->link, (struct str){clearing->key.data, clearing->key.len});
    for (size_t i = 0; i < deleted_n; i++)
        link_word(clearing->link, deleted[i]);
    link_word(clearing->link, str_from(expected));
    link_word(clearing->link, str_from(next));
    const struct reply *reply = answer(clearing, error);
    if (reply == NULL)
        return error->code;
    shard->mine = str_equal(reply_text(reply), STR("OK"));
    return 0;
}

/* The last step, which sets what is reserved. */
static int end_clearing(struct clearing *clearing, struct shard_clear *shard, struct error *error)
{
    const struct key_space *space = &clearing->view->keys;
    link_call_begin(clearing->link, 8);
    link_word(clearing->link, STR("FCALL"));
    link_word(clearing->link, STR("stockfold_v5_clear_end"));
    link_word_int(clearing->link, 2);
    clearing->key.len = 0;
    key_meta(space, shard->shard, &clearing->key);
    link_word(clearing->link, (struct str){clearing->key.data, clearing->key.len});
    clearing->key.len = 0;
    key_holds(space, shard->shard, &clearing->key);
    link_word(clearing->link, (struct str){clearing->key.data, clearing->key.len});
    link_word(clearing->link, str_from(clearing->claimed));
    link_word(clearing->link, str_from(clearing->done));
    link_word_int(clearing->link, space->buckets);
    const struct reply *reply = answer(clearing, error);
    if (reply == NULL)
        return error->code;
    shard->mine = str_equal(reply_text(reply), STR("OK"));
    return 0;
}

/* Whether clearing the shard whose keys begin with `tag` deletes this one. The meta goes with the first and last step. Holds stay.
 * Indexes stay: they lie in the shard of their own name and tell of items of all shards, which are not put again with
 * this one; what is stale in them does no harm, since they are hints. */
static bool goes(struct str tag, struct str key)
{
    if (key.len <= tag.len || memcmp(key.data, tag.data, tag.len) != 0)
        return false;
    struct str kind = {key.data + tag.len, key.len - tag.len};
    bool index = kind.len > 1 && kind.data[1] == ':' && memchr("sgwa", kind.data[0], 4) != NULL;
    return !index && !str_equal(kind, STR("m")) && !str_equal(kind, STR("l"));
}

/* Deletes, of the keys found, those of one shard. */
static int delete_found(struct clearing *clearing, struct shard_clear *shard, const struct str *found, size_t found_n,
                        struct error *error)
{
    struct str *deleted = calloc(found_n + 1, sizeof(*deleted));
    if (deleted == NULL)
        error_out_of_memory();
    clearing->key.len = 0;
    key_meta(&clearing->view->keys, shard->shard, &clearing->key);
    struct str tag = {clearing->key.data, clearing->key.len - 1}; /* "P:{K}:" */
    size_t n = 0;
    for (size_t i = 0; i < found_n; i++)
        if (goes(tag, found[i]))
            deleted[n++] = found[i];
    int code = n == 0 ? 0 : step(clearing, shard, clearing->claimed, clearing->claimed, deleted, n, error);
    free(deleted);
    return code;
}

/* What a SCAN answered, copied: the next call reuses the reply. */
static size_t copy_found(const struct reply *keys, struct arena *arena, struct str **ret_found)
{
    size_t n = reply_count(keys);
    *ret_found = arena_array(arena, struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        struct str key = reply_text(reply_at(keys, i));
        (*ret_found)[i] = (struct str){arena_copy(arena, key.data, key.len), key.len};
    }
    return n;
}

static int scan_step(struct clearing *clearing, char cursor[CURSOR_MAX], struct arena *arena, struct error *error)
{
    clearing->key.len = 0;
    key_pattern(&clearing->view->keys, 0, &clearing->key);
    link_call_begin(clearing->link, 6);
    link_word(clearing->link, STR("SCAN"));
    link_word(clearing->link, str_from(cursor));
    link_word(clearing->link, STR("MATCH"));
    link_word(clearing->link, (struct str){clearing->key.data, clearing->key.len});
    link_word(clearing->link, STR("COUNT"));
    link_word_int(clearing->link, SCAN_COUNT);
    const struct reply *reply = answer(clearing, error);
    if (reply == NULL)
        return error->code;
    struct str *found;
    snprintf(cursor, CURSOR_MAX, "%.*s", STR_ARG(reply_text(reply_at(reply, 0))));
    size_t n = copy_found(reply_at(reply, 1), arena, &found);
    int code = 0;
    for (size_t i = 0; n > 0 && code == 0 && i < clearing->n; i++)
        if (clearing->shards[i].mine)
            code = delete_found(clearing, &clearing->shards[i], found, n, error);
    return code;
}

static void name_claim(struct clearing *clearing, char ret_token[VIEW_TOKEN_MAX])
{
    snprintf(ret_token, VIEW_TOKEN_MAX, VIEW_CLEARING "%s.%u", clearing->id, clearing->said_n++);
    clearing->said_us = clock_steady_us();
}

static int say_at_work(struct clearing *clearing, struct error *error)
{
    char next[VIEW_TOKEN_MAX];
    int code = 0;
    if (clock_steady_us() - clearing->said_us < SAID_US)
        return 0;
    name_claim(clearing, next);
    for (size_t i = 0; code == 0 && i < clearing->n; i++)
        if (clearing->shards[i].mine)
            code = step(clearing, &clearing->shards[i], clearing->claimed, next, NULL, 0, error);
    memcpy(clearing->claimed, next, sizeof(next));
    return code;
}

static int delete_all(struct clearing *clearing, struct error *error)
{
    char cursor[CURSOR_MAX] = "0";
    struct arena arena;
    arena_init(&arena);
    int code;
    do {
        arena_reset(&arena, 1 << 20);
        code = scan_step(clearing, cursor, &arena, error);
        if (code == 0)
            code = say_at_work(clearing, error);
    } while (code == 0 && strcmp(cursor, "0") != 0);
    arena_done(&arena);
    return code;
}

static void wait_for_readers(const struct clearing *clearing)
{
    bool any = false;
    for (size_t i = 0; i < clearing->n; i++)
        any = any || clearing->shards[i].mine;
    struct timespec left = {0, VIEW_LEASE_MS * 1000 * 1000};
    while (any && nanosleep(&left, &left) != 0)
        ;
}

static int clear(struct clearing *clearing, struct error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < clearing->n; i++)
        code = step(clearing, &clearing->shards[i], clearing->shards[i].token, clearing->claimed, NULL, 0, error);
    wait_for_readers(clearing);
    if (code == 0)
        code = delete_all(clearing, error);
    for (size_t i = 0; code == 0 && i < clearing->n; i++)
        if (clearing->shards[i].mine)
            code = end_clearing(clearing, &clearing->shards[i], error);
    return code;
}

int view_clear_shards(struct view *view, struct shard_clear *shards, size_t n, const char *id, struct error *error)
{
    struct clearing clearing = {.link = view_link_new(view, 0), .view = view, .shards = shards, .n = n, .id = id};
    name_claim(&clearing, clearing.claimed);
    snprintf(clearing.done, sizeof(clearing.done), "cleared.%s", id);
    buffer_init(&clearing.key);
    int code = link_open(clearing.link, view->config->timeout_ms, error);
    if (code == 0)
        code = clear(&clearing, error);
    buffer_done(&clearing.key);
    link_free(clearing.link);
    return code;
}
