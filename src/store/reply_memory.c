/* A whole reply is a chain of pieces: it stands at the beginning of the first, its parts in whatever piece was the last
 * when they came. The chain under way is the reader's, until the reply is whole; then it is the reply's alone. */
#include "reply_memory.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Of the first piece, in which most answers fit; each further one has twice as many, up to a bound. */
enum { FIRST_BYTES = 320, NEXT_BYTES_MAX = 64 * 1024 };

struct piece {
    struct piece *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

/* The reply that is being read. */
struct chain {
    struct piece *first, *last;
};

/* --- pieces ------------------------------------------------------------------------------------------------------ */

/* Not zeroed: a reply is seen by others once it is whole, and a length behind which nothing comes costs no memory. */
static struct piece *piece_new(size_t size)
{
    struct piece *piece = malloc(sizeof(struct piece) + size);
    if (piece != NULL)
        *piece = (struct piece){.size = size};
    return piece;
}

/* A last piece with room for so many bytes. */
static bool make_room(struct chain *chain, size_t room)
{
    struct piece *last = chain->last;
    if (last->size - last->used >= room)
        return true;
    size_t size = last->size < NEXT_BYTES_MAX / 2 ? last->size * 2 : NEXT_BYTES_MAX;
    last->next = piece_new(size < room ? room : size);
    if (last->next == NULL)
        return false;
    chain->last = last->next;
    return true;
}

/* NULL: no memory. */
static void *allocate_from_chain(struct chain *chain, size_t len)
{
    size_t room = (len + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!make_room(chain, room))
        return NULL;
    void *bytes = chain->last->bytes + chain->last->used;
    chain->last->used += room;
    return bytes;
}

void reply_memory_free(void *reply)
{
    if (reply == NULL)
        return;
    struct piece *piece = (struct piece *)(void *)((char *)reply - offsetof(struct piece, bytes));
    while (piece != NULL) {
        struct piece *next = piece->next;
        free(piece);
        piece = next;
    }
}

/* --- what hiredis makes of a reply ------------------------------------------------------------------------------- */

/* A reply that is whole begins a chain of its own; all others are parts of the one under way. */
static redisReply *make(const redisReadTask *task, int type)
{
    struct chain *chain = task->privdata;
    if (task->parent == NULL && (chain->first = chain->last = piece_new(FIRST_BYTES)) == NULL)
        return NULL;
    redisReply *reply = allocate_from_chain(chain, sizeof(*reply));
    if (reply == NULL)
        return NULL;
    *reply = (redisReply){.type = type};
    if (task->parent != NULL) {
        const redisReply *parent = task->parent->obj;
        parent->element[task->idx] = reply;
    }
    return reply;
}

/* What has been made of a whole reply that cannot be finished. Of a part: hiredis frees the whole. */
static void *give_up(const redisReadTask *task, redisReply *reply)
{
    if (task->parent == NULL)
        reply_memory_free(reply);
    return NULL;
}

static void *make_string(const redisReadTask *task, char *text, size_t len)
{
    redisReply *reply = make(task, task->type);
    char *copy = reply == NULL ? NULL : allocate_from_chain(task->privdata, len + 1);
    if (copy == NULL)
        return give_up(task, reply);
    memcpy(copy, text, len);
    copy[len] = '\0';
    reply->str = copy;
    reply->len = len;
    return reply;
}

#if HIREDIS_MAJOR >= 1
static void *make_array(const redisReadTask *task, size_t n)
#else
static void *make_array(const redisReadTask *task, int n)
#endif
{
    redisReply *reply = make(task, task->type);
    redisReply **elements =
        reply == NULL ? NULL : allocate_from_chain(task->privdata, (size_t)n * sizeof(redisReply *));
    if (elements == NULL)
        return give_up(task, reply);
    reply->elements = (size_t)n;
    reply->element = elements;
    return reply;
}

static void *make_integer(const redisReadTask *task, long long number)
{
    redisReply *reply = make(task, REDIS_REPLY_INTEGER);
    if (reply != NULL)
        reply->integer = number;
    return reply;
}

static void *make_nil(const redisReadTask *task)
{
    return make(task, REDIS_REPLY_NIL);
}

#if HIREDIS_MAJOR >= 1
/* Of the protocol's version 3, which is not asked for: nobody takes them for anything else. */
static void *make_double(const redisReadTask *task, double number, char *text, size_t len)
{
    (void)number;
    return make_string(task, text, len);
}

static void *make_bool(const redisReadTask *task, int value)
{
    (void)value;
    return make(task, task->type);
}
#endif

/* --- readers ----------------------------------------------------------------------------------------------------- */

redisReader *reply_memory_reader(void)
{
    static redisReplyObjectFunctions functions = {
        .createString = make_string,
        .createArray = make_array,
        .createInteger = make_integer,
        .createNil = make_nil,
#if HIREDIS_MAJOR >= 1
        .createDouble = make_double,
        .createBool = make_bool,
#endif
        .freeObject = reply_memory_free,
    };
    struct chain *chain = calloc(1, sizeof(*chain));
    redisReader *reader = chain == NULL ? NULL : redisReaderCreateWithFunctions(&functions);
    if (reader == NULL)
        free(chain);
    else
        reader->privdata = chain;
    return reader;
}

void reply_memory_reader_free(redisReader *reader)
{
    if (reader == NULL)
        return;
    struct chain *chain = reader->privdata;
    redisReaderFree(reader);
    free(chain);
}
