/* The connection's traffic: output buffer, hiredis' reader, and the ring of callbacks that wait for their replies.
 * Not for: opening it (link_open.c), waiting for its replies (link_call.c).
 *
 *   link_begin, link_word ──► out ──send_out──► server ──receive──► reader ──dispatch──► callbacks, in ring order
 *
 * Invariants:
 *   1. the ring holds one entry per command that was begun and whose reply was not handed out, oldest first; the first
 *      `unsealed_n` of them have their reply in `unsealed_replies`, where it waits for a seal
 *   2. its first `lost` entries will never be answered: their connection is gone, or there was none
 *   3. closed: out is empty, and every entry of the ring is lost, but for those being handed their NULL */
#include "stockfold/store/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "link_state.h"
#include "reply_memory.h"
#include "resp.h"
#include "stockfold/base/clock.h"

enum {
    READ_BYTES = 64 * 1024,    /* of one read */
    READS_PER_TURN = 16,       /* so that a flood of replies does not starve the caller */
    OUT_KEPT = 8 * 1024 * 1024 /* a larger output buffer is given back once it is sent */
};

struct waiter {
    link_reply_fn *fn;
    void *context;
};

/* --- the ring --------------------------------------------------------------------------------------------------- */

static struct waiter *ring_at(const struct link *link, size_t index)
{
    return &link->ring[(link->ring_first + index) & (link->ring_cap - 1)];
}

static void ring_grow(struct link *link)
{
    size_t cap = link->ring_cap == 0 ? 64 : link->ring_cap * 2;
    struct waiter *ring = malloc(cap * sizeof(*ring));
    if (ring == NULL)
        error_out_of_memory();
    for (size_t i = 0; i < link->ring_n; i++)
        ring[i] = *ring_at(link, i);
    free(link->ring);
    link->ring = ring;
    link->ring_cap = cap;
    link->ring_first = 0;
}

static void ring_push(struct link *link, link_reply_fn *fn, void *context)
{
    if (link->ring_n == link->ring_cap)
        ring_grow(link);
    *ring_at(link, link->ring_n++) = (struct waiter){fn, context};
}

static struct waiter ring_shift(struct link *link)
{
    struct waiter waiter = link->ring[link->ring_first];
    link->ring_first = (link->ring_first + 1) & (link->ring_cap - 1);
    link->ring_n--;
    return waiter;
}

/* Calls nest: a callback that closes the link has others called from within it. */
static void hand_out(struct link *link, redisReply *reply)
{
    struct waiter waiter = ring_shift(link);
    redisReply *outer = link->handed;
    link->handed = reply;
    if (waiter.fn != NULL)
        waiter.fn(waiter.context, (const struct reply *)reply);
    if (link->handed != NULL)
        reply_memory_free(link->handed);
    link->handed = outer;
}

void link_keep(struct link *link)
{
    link->handed = NULL;
}

/* Those lost until now get their NULL; what their callbacks append while closed waits for the next time. A callback
 * that closes the link again has handed out the rest. */
static int hand_out_lost(struct link *link)
{
    int handed = 0;
    for (size_t n = link->lost; n > 0 && link->lost > 0; n--, handed++) {
        link->lost--;
        hand_out(link, NULL);
    }
    return handed;
}

/* --- making and closing ------------------------------------------------------------------------------------------ */

struct link *link_new(const struct link_address *address)
{
    struct link *link = calloc(1, sizeof(*link));
    if (link == NULL)
        error_out_of_memory();
    link->address = *address;
    link_address_name(address, link->name);
    endpoints_init(&link->endpoints, &link->address);
    link->stream = stream_closed;
    return link;
}

static void drop_unsealed(struct link *link)
{
    while (link->unsealed_n > 0)
        reply_memory_free(link->unsealed_replies[--link->unsealed_n]);
}

/* The socket and everything that belongs to it; nobody is told yet. */
static void drop(struct link *link)
{
    drop_unsealed(link);
    link->seals_n = 0;
    link->seal_due = false;
    stream_close(&link->stream);
    reply_memory_reader_free(link->reader);
    link->reader = NULL;
    link->out.len = link->sent = 0;
    link->more = false;
    link->lost = link->ring_n;
}

void link_free(struct link *link)
{
    if (link == NULL)
        return;
    drop(link);
    reply_free((const struct reply *)link->called);
    endpoints_done(&link->endpoints);
    buffer_done(&link->out);
    free(link->ring);
    free(link->unsealed_replies);
    free(link);
}

void link_close(struct link *link)
{
    drop(link);
    hand_out_lost(link);
}

bool link_is_open(const struct link *link)
{
    return link->stream.fd >= 0;
}

bool link_note_trouble(struct link *link, const char *why)
{
    error_set(&link->trouble, ERROR_UNREACHABLE, "cannot reach Redis at %s: %s", link->name, why);
    return false;
}

void link_give_up(struct link *link, const char *why)
{
    link_note_trouble(link, why);
    link_close(link);
}

/* The same by errno, or by the words that go before it. */
static bool in_stream_trouble(struct link *link, const struct error *error)
{
    return link_note_trouble(link, error->text[0] != '\0' ? error->text : strerror(errno));
}

const char *link_name(const struct link *link)
{
    return link->name;
}

const char *link_trouble(const struct link *link)
{
    return link->trouble.text;
}

/* --- commands out ----------------------------------------------------------------------------------------------- */

void link_begin(struct link *link, size_t words, link_reply_fn *fn, void *context)
{
    ring_push(link, fn, context);
    if (link->stream.fd < 0) {
        link->lost++;
        return;
    }
    resp_add_length(&link->out, '*', words);
    link->seal_due = true;
}

void link_word(struct link *link, struct str word)
{
    if (link->stream.fd >= 0)
        resp_add_word(&link->out, word);
}

void link_word_int(struct link *link, int64_t number)
{
    if (link->stream.fd >= 0)
        resp_add_int(&link->out, number);
}

void link_encoded(struct link *link, const void *bytes, size_t len)
{
    if (link->stream.fd >= 0)
        buffer_add(&link->out, bytes, len);
}

/* Stands for a seal in the ring, and is told, like others, when its reply is lost. */
static void on_seal(void *context, const struct reply *reply)
{
    (void)context;
    (void)reply;
}

/* Stands for a guard in the ring; it was looked at when it came. */
static void on_guard(void *context, const struct reply *reply)
{
    (void)context;
    (void)reply;
}

void link_guard(struct link *link, struct str command, link_check_fn *check, void *context)
{
    link->guard.command = command;
    link->guard.check = check;
    link->guard.context = context;
}

void link_seal(struct link *link)
{
    if (!link->seal_due)
        return;
    if (link->guard.command.len > 0) {
        ring_push(link, on_guard, NULL);
        buffer_add(&link->out, link->guard.command.data, link->guard.command.len);
    }
    uint64_t number = ++link->seals_sent;
    link_begin(link, 2, on_seal, (void *)(uintptr_t)number);
    link_word(link, STR("PING"));
    link_word_int(link, (int64_t)number);
    link->seals_n++;
    link->seal_due = false;
}

/* What was sent makes room at the front once it is the larger part. */
static void compact(struct link *link)
{
    if (link->sent < link->out.len - link->sent)
        return;
    memmove(link->out.data, link->out.data + link->sent, link->out.len - link->sent);
    link->out.len -= link->sent;
    link->sent = 0;
    if (link->out.len == 0 && link->out.cap > OUT_KEPT)
        buffer_done(&link->out);
}

/* False: the connection is gone. */
static bool send_out(struct link *link)
{
    while (link->sent < link->out.len) {
        struct error error = {0};
        ssize_t n = stream_send(&link->stream, link->out.data + link->sent, link->out.len - link->sent, &error);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || in_stream_trouble(link, &error);
        link->sent += (size_t)n;
        compact(link);
    }
    return true;
}

void link_flush(struct link *link)
{
    if (link->stream.fd >= 0)
        send_out(link); /* what goes wrong, the next turn finds too */
}

/* --- replies in ------------------------------------------------------------------------------------------------- */

static void keep_unsealed(struct link *link, redisReply *reply)
{
    if (link->unsealed_n == link->unsealed_cap) {
        link->unsealed_cap = link->unsealed_cap == 0 ? 64 : link->unsealed_cap * 2;
        link->unsealed_replies = realloc(link->unsealed_replies, link->unsealed_cap * sizeof(redisReply *));
        if (link->unsealed_replies == NULL)
            error_out_of_memory();
    }
    link->unsealed_replies[link->unsealed_n++] = reply;
}

/* Those that waited for a seal; a callback that closes the link has dropped the rest. */
static int hand_out_unsealed(struct link *link)
{
    int handed = 0;
    for (size_t i = 0; i < link->unsealed_n; i++, handed++) {
        redisReply *reply = link->unsealed_replies[i];
        link->unsealed_replies[i] = NULL;
        hand_out(link, reply);
    }
    link->unsealed_n = 0;
    return handed;
}

static bool opens_seal(const redisReply *reply, const struct waiter *seal)
{
    char number[24];
    struct buffer digits = {.data = number, .cap = sizeof(number)};
    buffer_add_int(&digits, (int64_t)(uintptr_t)seal->context);
    return str_equal(reply_text((const struct reply *)reply), (struct str){digits.data, digits.len});
}

/* False: the guard says that nothing here counts. */
static bool passes_guard(struct link *link, const redisReply *reply)
{
    const char *why = link->guard.check(link->guard.context, (const struct reply *)reply);
    return why == NULL || link_note_trouble(link, why);
}

/* A reply has come. False: it is not one to what was asked. */
static bool take_link_reply(struct link *link, redisReply *reply, int *dispatched)
{
    const struct waiter *waiter = link->unsealed_n < link->ring_n ? ring_at(link, link->unsealed_n) : NULL;
    if (waiter != NULL && waiter->fn == on_guard && !passes_guard(link, reply)) {
        reply_memory_free(reply);
        return false;
    }
    if (waiter != NULL && waiter->fn != on_seal) {
        keep_unsealed(link, reply);
        if (link->seals_n == 0)
            *dispatched += hand_out_unsealed(link);
        return true;
    }
    bool opens = waiter != NULL && opens_seal(reply, waiter);
    if (reply_is_error((const struct reply *)reply))
        link_note_trouble(link, reply->str);
    reply_memory_free(reply);
    if (!opens)
        return false;
    link->seals_n--;
    *dispatched += 1 + hand_out_unsealed(link);
    if (link->stream.fd >= 0)
        ring_shift(link);
    return true;
}

/* Takes every whole reply that the reader has. False: not Redis' protocol, or out of step. */
static bool dispatch(struct link *link, int *dispatched)
{
    while (link->stream.fd >= 0) {
        redisReply *reply = NULL;
        if (redisReaderGetReply(link->reader, (void **)&reply) != REDIS_OK)
            return false;
        if (reply == NULL)
            return true;
        if (!take_link_reply(link, reply, dispatched))
            return false;
    }
    return true; /* closed by a callback */
}

/* False: the connection is gone. */
static bool receive(struct link *link, int *dispatched)
{
    char bytes[READ_BYTES];
    link->more = false;
    for (int reads = 0; reads < READS_PER_TURN && link->stream.fd >= 0; reads++) {
        struct error error = {0};
        ssize_t n = stream_recv(&link->stream, bytes, sizeof(bytes), &error);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || in_stream_trouble(link, &error);
        if (n == 0)
            return link_note_trouble(link, "it closed the connection");
        if (redisReaderFeed(link->reader, bytes, (size_t)n) != REDIS_OK || !dispatch(link, dispatched))
            return link_note_trouble(link, "what it sends is not Redis' protocol, or no reply to what was asked");
        if (!stream_may_have_more(&link->stream, (size_t)n, sizeof(bytes)))
            return true;
    }
    link->more = link->stream.fd >= 0;
    return true;
}

/* What could not be sent before something was read (a handshake) goes out behind that. */
static bool exchange(struct link *link, int *dispatched)
{
    if (!send_out(link))
        return false;
    bool waited = link->stream.send_waits_for == POLLIN;
    return receive(link, dispatched) && (!waited || link->stream.fd < 0 || send_out(link));
}

int link_turn(struct link *link, int timeout_ms)
{
    int dispatched = hand_out_lost(link);
    if (link->stream.fd < 0)
        return dispatched;
    bool well = exchange(link, &dispatched);
    if (well && dispatched == 0 && timeout_ms != 0 && link->stream.fd >= 0) {
        short events = stream_events(&link->stream, link_unsent(link) > 0);
        if (stream_wait(&link->stream, events, clock_steady_us() + (int64_t)timeout_ms * 1000))
            well = exchange(link, &dispatched);
    }
    if (!well) {
        drop(link);
        dispatched += hand_out_lost(link);
    }
    return dispatched;
}

int link_descriptor(const struct link *link)
{
    return link->stream.fd;
}

bool link_wants_write(const struct link *link)
{
    return (stream_events(&link->stream, link_unsent(link) > 0) & POLLOUT) != 0;
}

bool link_wants_read(const struct link *link)
{
    return link->more;
}

size_t link_outstanding(const struct link *link)
{
    return link->ring_n;
}

size_t link_unsent(const struct link *link)
{
    return link->out.len - link->sent;
}
