/* What a shard says of itself: the fields of its meta hash, read and written. */
#include "meta.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "resp.h"
#include "stockfold/store/shard_meta.h"

enum { WATERMARK_TEXT_MAX = 96, NUMBER_TEXT_MAX = 24 };

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void add_watermark_field(struct buffer *out, struct str topic, int32_t partition)
{
    char text[NUMBER_TEXT_MAX];
    int len = snprintf(text, sizeof(text), ":%" PRId32, partition);
    resp_add_length(out, '$', 2 + topic.len + (size_t)len);
    buffer_add_literal(out, "w:");
    buffer_add(out, topic.data, topic.len);
    buffer_add(out, text, (size_t)len);
    buffer_add_literal(out, "\r\n");
}

static void add_watermark_text(struct buffer *out, const struct watermark *watermark)
{
    char text[WATERMARK_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 " %" PRIx64 " %" PRId64, watermark->next,
                       watermark->last_offset, watermark->digest, watermark->complete_to);
    resp_add_word(out, (struct str){text, (size_t)len});
}

void meta_add_watermark(struct buffer *out, struct str topic, int32_t partition, const struct watermark *expected,
                        const struct watermark *next)
{
    assert(watermark_is_sound(next));
    add_watermark_field(out, topic, partition);
    if (expected == NULL)
        resp_add_word(out, STR(""));
    else
        add_watermark_text(out, expected);
    add_watermark_text(out, next);
}

void meta_send_time(struct link *link, int64_t time)
{
    if (time == TIME_NONE)
        link_word(link, STR(""));
    else
        link_word_int(link, time);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

void view_ask_token(struct view *view, uint32_t shard, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_meta(&view->keys, shard, &key);
    struct link *link = view_link(view, shard);
    link_begin(link, 3, fn, context);
    link_word(link, STR("HGET"));
    link_word(link, (struct str){key.data, key.len});
    link_word(link, STR("token"));
    buffer_done(&key);
}

void view_ask_meta(struct view *view, uint32_t shard, link_reply_fn *fn, void *context)
{
    struct buffer key;
    buffer_init(&key);
    key_meta(&view->keys, shard, &key);
    struct link *link = view_link(view, shard);
    link_begin(link, 2, fn, context);
    link_word(link, STR("HGETALL"));
    link_word(link, (struct str){key.data, key.len});
    buffer_done(&key);
}

/* A zero-terminated copy for strtoll; false when it does not fit. */
static bool copy_text(struct str text, char ret_copy[WATERMARK_TEXT_MAX])
{
    if (text.len >= WATERMARK_TEXT_MAX)
        return false;
    if (text.len > 0)
        memcpy(ret_copy, text.data, text.len);
    ret_copy[text.len] = '\0';
    return true;
}

/* The number at *text, which `after` must follow; moves *text behind that. */
static bool parse_meta_number(const char **text, char after, int64_t *ret_number)
{
    char *end;
    errno = 0;
    *ret_number = strtoll(*text, &end, 10);
    if (end == *text || *end != after || errno != 0)
        return false;
    *text = end + 1;
    return true;
}

static bool parse_digest(const char **text, char after, uint64_t *ret_digest)
{
    char *end;
    errno = 0;
    *ret_digest = strtoull(*text, &end, 16);
    if (end == *text || *end != after || errno != 0)
        return false;
    *text = end + 1;
    return true;
}

static bool parse_watermark(struct str text, struct watermark *ret_watermark)
{
    char copy[WATERMARK_TEXT_MAX];
    const char *at = copy;
    ret_watermark->newest = TIME_NONE;
    return copy_text(text, copy) && parse_meta_number(&at, ' ', &ret_watermark->next) &&
           parse_meta_number(&at, ' ', &ret_watermark->last_offset) && parse_digest(&at, ' ', &ret_watermark->digest) &&
           parse_meta_number(&at, '\0', &ret_watermark->complete_to);
}

/* Of "w:TOPIC:PARTITION"; topics of Kafka hold no colon. */
static bool parse_partition(struct str field, struct shard_watermark *ret_watermark)
{
    char copy[WATERMARK_TEXT_MAX];
    const char *colon = memrchr(field.data, ':', field.len), *at = copy;
    int64_t partition;
    struct str number = {colon + 1, (size_t)(field.data + field.len - colon) - 1};
    if (colon < field.data + 2 || !copy_text(number, copy) || !parse_meta_number(&at, '\0', &partition) ||
        partition < 0 || partition > INT32_MAX)
        return false;
    ret_watermark->topic = (struct str){field.data + 2, (size_t)(colon - field.data) - 2};
    ret_watermark->partition = (int32_t)partition;
    return true;
}

static bool parse_settled(struct str text, int64_t *ret_hour)
{
    char copy[WATERMARK_TEXT_MAX];
    const char *at = copy;
    return copy_text(text, copy) && parse_meta_number(&at, '\0', ret_hour);
}

static bool parse_field(struct str field, struct str text, struct shard_meta *meta)
{
    if (field.len > 2 && memcmp(field.data, "w:", 2) == 0) {
        struct shard_watermark *watermark = &meta->watermarks[meta->watermarks_n++];
        return parse_partition(field, watermark) && parse_watermark(text, &watermark->watermark);
    }
    if (str_equal(field, STR("token")))
        meta->token = text;
    else if (str_equal(field, STR("open")))
        meta->open = text;
    else if (str_equal(field, STR("settled")))
        return parse_settled(text, &meta->settled);
    return true;
}

bool view_parse_meta(const struct reply *reply, struct arena *arena, struct shard_meta *ret_meta)
{
    size_t n = reply_count(reply);
    *ret_meta = (struct shard_meta){.settled = TIME_NONE};
    if (!reply_is_array(reply))
        return false;
    ret_meta->watermarks = arena_array(arena, struct shard_watermark, n / 2);
    for (size_t i = 0; i + 1 < n; i += 2)
        if (!parse_field(reply_text(reply_at(reply, i)), reply_text(reply_at(reply, i + 1)), ret_meta))
            return false;
    return true;
}

struct str view_next_closing(struct str open, size_t *position)
{
    static const struct str begin = STR(VIEW_CLOSED_BY);
    if (*position == 0 && open.len > begin.len && memcmp(open.data, begin.data, begin.len) == 0)
        *position = begin.len;
    if (*position == 0 || *position >= open.len)
        return (struct str){0};
    struct str name = {open.data + *position, open.len - *position};
    const char *space = memchr(name.data, ' ', name.len);
    if (space != NULL)
        name.len = (size_t)(space - name.data);
    *position += name.len + 1;
    return name;
}
