/* Clearing one shard, so that it is folded again from the beginning of its log. The meta goes last: until then every
 * writer's commit either finds a record missing or the token it expects, and nothing is taken for complete. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/store/view.h"

enum { SCAN_COUNT = 1000 };

static const struct reply *answer(struct link *link, int timeout_ms, struct error *error)
{
    const struct reply *reply = link_call(link, timeout_ms);
    if (reply == NULL || reply_is_error(reply)) {
        struct str text = reply == NULL ? STR("connection lost") : reply_text(reply);
        error_set(error, ERROR_UNREACHABLE, "Redis, clearing a shard: %.*s", STR_ARG(text));
        return NULL;
    }
    return reply;
}

/* UNLINKs what a SCAN answered, but `meta`. Returns how many words the command got, 0 for none. */
static size_t unlink_found(struct link *link, const struct reply *found, struct str meta)
{
    size_t n = 0;
    for (size_t i = 0; i < reply_count(found); i++)
        n += !str_equal(reply_text(reply_at(found, i)), meta);
    if (n == 0)
        return 0;
    link_begin(link, n + 1, NULL, NULL);
    link_word(link, STR("UNLINK"));
    for (size_t i = 0; i < reply_count(found); i++)
        if (!str_equal(reply_text(reply_at(found, i)), meta))
            link_word(link, reply_text(reply_at(found, i)));
    return n;
}

static int clear(struct link *link, const struct view *view, uint32_t shard, struct str meta, struct error *error)
{
    char pattern[256], cursor[32] = "0";
    snprintf(pattern, sizeof(pattern), "%.*s:{%" PRIu32 "}:*", STR_ARG(view->keys.prefix), shard);
    do {
        link_call_begin(link, 6);
        link_word(link, STR("SCAN"));
        link_word(link, (struct str){cursor, strlen(cursor)});
        link_word(link, STR("MATCH"));
        link_word(link, (struct str){pattern, strlen(pattern)});
        link_word(link, STR("COUNT"));
        link_word_int(link, SCAN_COUNT);
        const struct reply *reply = answer(link, view->config->timeout_ms, error);
        if (reply == NULL)
            return error->code;
        snprintf(cursor, sizeof(cursor), "%.*s", STR_ARG(reply_text(reply_at(reply, 0))));
        unlink_found(link, reply_at(reply, 1), meta);
    } while (strcmp(cursor, "0") != 0);
    link_call_begin(link, 2);
    link_word(link, STR("UNLINK"));
    link_word(link, meta);
    return answer(link, view->config->timeout_ms, error) == NULL ? error->code : 0;
}

int view_clear_shard(struct view *view, uint32_t shard, struct error *error)
{
    struct link *link = link_new(&view->config->address);
    struct buffer meta;
    buffer_init(&meta);
    key_meta(&view->keys, shard, &meta);
    int code = link_open(link, view->config->timeout_ms, error);
    if (code == 0)
        code = clear(link, view, shard, (struct str){meta.data, meta.len}, error);
    buffer_done(&meta);
    link_free(link);
    return code;
}
