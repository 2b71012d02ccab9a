/* Replies: hiredis' structures seen through our words. */
#include "stockfold/store/reply.h"

#include <stdlib.h>

#include "reply_memory.h"

static const redisReply *inside(const struct reply *reply)
{
    return (const redisReply *)reply;
}

static bool has_type(const struct reply *reply, int type)
{
    return reply != NULL && inside(reply)->type == type;
}

bool reply_is_error(const struct reply *reply)
{
    return has_type(reply, REDIS_REPLY_ERROR);
}

bool reply_is_nil(const struct reply *reply)
{
    return has_type(reply, REDIS_REPLY_NIL);
}

bool reply_is_array(const struct reply *reply)
{
    return has_type(reply, REDIS_REPLY_ARRAY);
}

bool reply_is_string(const struct reply *reply)
{
    return has_type(reply, REDIS_REPLY_STRING);
}

bool reply_is_int(const struct reply *reply)
{
    return has_type(reply, REDIS_REPLY_INTEGER);
}

struct str reply_text(const struct reply *reply)
{
    if (reply_is_string(reply) || has_type(reply, REDIS_REPLY_STATUS) || reply_is_error(reply))
        return (struct str){inside(reply)->str, (size_t)inside(reply)->len};
    return (struct str){0};
}

struct str reply_info(const struct reply *reply, const char *name)
{
    struct str info = reply_text(reply);
    size_t name_len = strlen(name);
    while (info.len > 0) {
        const char *end = memchr(info.data, '\n', info.len);
        size_t line = end == NULL ? info.len : (size_t)(end - info.data);
        if (line > name_len && memcmp(info.data, name, name_len) == 0 && info.data[name_len] == ':')
            return (struct str){info.data + name_len + 1, strcspn(info.data + name_len + 1, "\r\n")};
        size_t step = end == NULL ? line : line + 1;
        info = (struct str){info.data + step, info.len - step};
    }
    return (struct str){0};
}

int64_t reply_int(const struct reply *reply)
{
    if (reply_is_int(reply))
        return inside(reply)->integer;
    if (reply_is_string(reply))
        return strtoll(inside(reply)->str, NULL, 10);
    return 0;
}

size_t reply_count(const struct reply *reply)
{
    return reply_is_array(reply) ? inside(reply)->elements : 0;
}

const struct reply *reply_at(const struct reply *reply, size_t index)
{
    return index < reply_count(reply) ? (const struct reply *)inside(reply)->element[index] : NULL;
}

void reply_free(const struct reply *reply)
{
    reply_memory_free((void *)(uintptr_t)reply);
}

static bool begins(struct str text, struct str beginning)
{
    return text.len >= beginning.len && memcmp(text.data, beginning.data, beginning.len) == 0;
}

enum reply_problem reply_problem(const struct reply *reply)
{
    static const struct {
        struct str beginning;
        enum reply_problem problem;
    } known[] = {
        {STR("LOADING "), REPLY_WAIT},     {STR("OOM "), REPLY_WAIT},
        {STR("READONLY "), REPLY_WAIT},    {STR("BUSY "), REPLY_WAIT},
        {STR("MISCONF "), REPLY_WAIT},     {STR("MASTERDOWN "), REPLY_WAIT},
        {STR("CLUSTERDOWN "), REPLY_WAIT}, {STR("TRYAGAIN "), REPLY_WAIT},
        {STR("NOREPLICAS "), REPLY_WAIT},  {STR("ERR Function not found"), REPLY_NO_FUNCTION},
    };
    if (reply == NULL)
        return REPLY_LOST;
    if (!reply_is_error(reply))
        return REPLY_OK;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (begins(reply_text(reply), known[i].beginning))
            return known[i].problem;
    return REPLY_BROKEN;
}
