/* Responsible for: how long a message lives, and what it takes meanwhile. Not for: what is in it (consumer.c decodes).
 * Thread: the fold's. */
#include "message.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"
#include "stockfold/base/error.h"

static void *allocate(size_t size)
{
    void *bytes = malloc(size > 0 ? size : 1);
    if (bytes == NULL)
        error_out_of_memory();
    return bytes;
}

static bool may_borrow(struct borrowing *borrowing)
{
    borrowing->next = (borrowing->next + 1) % BORROWED_POLLS;
    borrowing->stays = borrowing->alive != 0 && (borrowing->stays || (borrowing->alive >> borrowing->next & 1) != 0);
    return !borrowing->stays;
}

struct block *block_new(struct borrowing *borrowing, struct rd_kafka_message_s *const *raw, size_t n)
{
    struct block *block = allocate(sizeof(*block));
    *block = (struct block){.left = 1, .came_us = clock_steady_us(), .messages_cap = n, .lent_n = n};
    for (size_t i = 0; i < n; i++)
        block->bytes_cap += raw[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR ? raw[i]->key_len + raw[i]->len : 0;
    block->messages = allocate(n * sizeof(struct message));
    block->lent = allocate(n * sizeof(struct rd_kafka_message_s *));
    for (size_t i = 0; i < n; i++)
        block->lent[i] = raw[i];
    arena_init(&block->arena);
    if (may_borrow(borrowing)) {
        block->borrowing = borrowing;
        block->place = borrowing->next;
        borrowing->alive |= UINT64_C(1) << block->place;
    } else {
        block->bytes = allocate(block->bytes_cap);
    }
    return block;
}

/* In one go: each takes the lock of the memory that the broker's thread fills. */
static void give_back(struct block *block)
{
    for (size_t i = 0; i < block->lent_n; i++)
        rd_kafka_message_destroy(block->lent[i]);
    free(block->lent);
    block->lent = NULL;
    block->lent_n = 0;
    if (block->borrowing != NULL)
        block->borrowing->alive &= ~(UINT64_C(1) << block->place);
}

/* NULL stays NULL, and nothing stays something. */
static struct str own_bytes(struct block *block, struct str bytes)
{
    if (bytes.data == NULL || block->borrowing != NULL)
        return bytes;
    char *copy = block->bytes + block->bytes_n;
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    block->bytes_n += bytes.len;
    return (struct str){copy, bytes.len};
}

struct message *block_next(struct block *block)
{
    struct message *message = &block->messages[block->messages_n];
    message->block = block;
    message->headers = NULL;
    message->sku_hash = 0;
    message->refusal = REFUSAL_NONE;
    message->detail = NULL;
    message->ahead = false;
    message->next_deferred = NULL;
    return message;
}

void block_keep(struct block *block, struct message *message)
{
    message->key = own_bytes(block, message->key);
    message->value = own_bytes(block, message->value);
    block->messages_n++;
    block->left++;
}

struct message *message_more(const struct message *message)
{
    struct message *more = arena_copy(&message->block->arena, message, sizeof(*message));
    more->headers = NULL;
    message->block->left++;
    return more;
}

void message_keep_headers(struct message *message, struct rd_kafka_message_s *raw)
{
    if (rd_kafka_message_detach_headers(raw, &message->headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        message->headers = NULL;
}

static size_t headers_held(const struct rd_kafka_headers_s *headers)
{
    size_t held = 0, value_len;
    const char *name;
    const void *value;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &value_len) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++)
        held += strlen(name) + value_len;
    return held;
}

void block_filled(struct block *block, uint64_t *held_n)
{
    block->held = sizeof(*block) + block->messages_cap * sizeof(struct message) + block->bytes_cap;
    if (block->borrowing != NULL)
        block->held += block->lent_n * sizeof(struct rd_kafka_message_s);
    else
        give_back(block);
    block->held += arena_held(&block->arena);
    for (size_t i = 0; i < block->messages_n; i++)
        if (block->messages[i].headers != NULL)
            block->held += headers_held(block->messages[i].headers);
    block->held_n = held_n;
    *held_n += block->held;
}

void block_release(struct block *block)
{
    if (--block->left > 0)
        return;
    if (block->held_n != NULL)
        *block->held_n -= block->held;
    for (size_t i = 0; i < block->messages_n; i++)
        if (block->messages[i].headers != NULL)
            rd_kafka_headers_destroy(block->messages[i].headers);
    arena_done(&block->arena);
    give_back(block);
    free(block->bytes);
    free(block->messages);
    free(block);
}

void message_done(struct message *message)
{
    block_release(message->block);
}

/* FNV-1a, 64 bit (Fowler, Noll, Vo; the constants are theirs). */
static uint64_t digest_more(uint64_t digest, const void *bytes, size_t len)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++)
        digest = (digest ^ byte[i]) * UINT64_C(0x100000001b3);
    return digest;
}

uint64_t message_digest(struct str key, struct str value, int64_t kafka_time)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    digest = digest_more(digest, &kafka_time, sizeof(kafka_time));
    digest = digest_more(digest, &key.len, sizeof(key.len));
    digest = digest_more(digest, key.data, key.len);
    return digest_more(digest, value.data, value.len);
}
