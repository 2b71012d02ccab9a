/* What a link is made of, for the files that make it work: link.c, link_open.c, link_call.c. */
#ifndef STOCKFOLD_SRC_STORE_LINK_STATE_H
#define STOCKFOLD_SRC_STORE_LINK_STATE_H

#include "endpoints.h"
#include "reply_memory.h"
#include "stockfold/store/link.h"
#include "stream.h"

struct waiter;

struct link {
    struct link_address address;
    char name[LINK_NAME_MAX];
    struct endpoints endpoints;
    struct stream stream;
    redisReader *reader;
    struct buffer out;
    size_t sent; /* bytes of out that the server has */
    struct waiter *ring;
    size_t ring_first, ring_n, ring_cap; /* cap: a power of two */
    redisReply **unsealed_replies;
    size_t unsealed_n, unsealed_cap;
    size_t seals_n;      /* in the ring */
    uint64_t seals_sent; /* the newest one's number: a seal is a PING that has to come back with its own */
    bool seal_due;       /* something was begun since */
    struct {
        struct str command; /* RESP; empty: none */
        link_check_fn *check;
        void *context;
    } guard; /* asked with every seal */
    size_t lost;
    bool more;                /* there may be more to read than a turn read */
    redisReply *handed;       /* being handed out, unless its callback keeps it */
    const redisReply *called; /* the last reply of link_call() */
    struct error trouble;     /* why the connection was lost, or never came to be */
};

/* Notes why the connection is lost or was not made; the first reason stays. Returns false. */
bool link_note_trouble(struct link *link, const char *why);

#endif
