/* What a hostile client does, and what it must get all the same. */
#include "client.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "request.h"

enum {
    MEMORY_MAX = 256 * 1024,
    QUIET_US = 30 * 1000,      /* after which nothing more is expected of a broken request */
    SLEEP_US = 500 * 1000,     /* without a turn, after which the server may have lost its patience */
    PATIENCE_US = 20000 * 1000 /* within which everything framed is answered */
};

/* --- complaints -------------------------------------------------------------------------------------------------- */

enum { TOLD_MAX = 10, SHOWN_MAX = 1000 };

static void show(const char *title, const char *data, size_t len)
{
    fprintf(stderr, "  %s (%zu bytes): ", title, len);
    for (size_t i = 0; i < len && i < SHOWN_MAX; i++)
        fprintf(stderr, isprint((unsigned char)data[i]) ? "%c" : "\\x%02x", (unsigned char)data[i]);
    fputc('\n', stderr);
}

static void complain(const struct client *client, struct tally *tally, const char *what)
{
    uint32_t request = client->answered_n;
    size_t before = request < 2 ? 0 : client->ends[request - 2];
    size_t from = request == 0 ? 0 : client->ends[request - 1];
    size_t to = request < client->framed_n ? client->ends[request] : client->out.len;
    if (++tally->wrong > TOLD_MAX)
        return;
    fprintf(stderr, "%s; request %u of %u, manner %d, %lld ms after it began\n", what, request + 1, client->framed_n,
            (int)client->manner, (long long)(client->turned_us - client->began_us) / 1000);
    show("the one before", client->out.data + before, from - before);
    show("request", client->out.data + from, to - from);
    show("answer", client->in.data, client->in.len);
}

/* --- beginning --------------------------------------------------------------------------------------------------- */

static enum manner choose_manner(struct dice *dice)
{
    uint32_t roll = dice_roll(dice, 200);
    if (roll < 90)
        return MANNER_PIPELINED;
    if (roll < 175)
        return MANNER_LOCKSTEP;
    if (roll < 177)
        return MANNER_SLOW;
    return roll < 199 ? MANNER_CUT : MANNER_DEAF;
}

static void add_framed(struct client *client)
{
    client->heads[client->framed_n] = request_add_framed(&client->dice, &client->out);
    client->ends[client->framed_n++] = client->out.len;
}

static void write_requests(struct client *client)
{
    struct dice *dice = &client->dice;
    uint32_t n = client->manner == MANNER_SLOW ? 1 : 1 + dice_roll(dice, CLIENT_REQUESTS_MAX);
    if (client->manner == MANNER_DEAF) {
        request_add_large(dice, &client->out);
        request_add_large(dice, &client->out);
        client->tail = true;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        add_framed(client);
    client->tail = dice_one_in(dice, 4);
    if (client->tail)
        request_add_broken(dice, &client->out);
}

static int open_socket(const struct sockaddr_in *server)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || (connect(fd, (const struct sockaddr *)server, sizeof(*server)) < 0 && errno != EINPROGRESS)) {
        perror("no connection");
        exit(2);
    }
    return fd;
}

/* Its memory serves the next client, unless it is much. */
static struct buffer emptied(struct buffer buffer)
{
    buffer.len = 0;
    if (buffer.cap > MEMORY_MAX)
        buffer_done(&buffer);
    return buffer;
}

void client_begin(struct client *client, struct dice *dice, const struct sockaddr_in *server, int64_t now_us)
{
    struct buffer out = emptied(client->out), in = emptied(client->in);
    *client = (struct client){.fd = open_socket(server),
                              .manner = choose_manner(dice),
                              .dice = {dice->state ^ dice_roll(dice, UINT32_MAX)},
                              .out = out,
                              .in = in,
                              .began_us = now_us,
                              .progress_us = now_us,
                              .turned_us = now_us};
    write_requests(client);
    client->stop_at = client->out.len;
    if (client->manner == MANNER_CUT && client->out.len > 0)
        client->stop_at = dice_roll(&client->dice, (uint32_t)client->out.len);
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static size_t may_send(struct client *client, int64_t now_us)
{
    if (client->manner == MANNER_LOCKSTEP && client->answered_n < client->framed_n)
        return client->ends[client->answered_n];
    if (client->manner != MANNER_SLOW || client->sent >= client->stop_at)
        return client->stop_at;
    if (now_us < client->write_us)
        return client->sent;
    client->write_us = now_us + (int64_t)dice_roll(&client->dice, dice_one_in(&client->dice, 40) ? 1500 : 60) * 1000;
    size_t some = client->sent + 1 + dice_roll(&client->dice, (uint32_t)client->stop_at / 10 + 1);
    return some < client->stop_at ? some : client->stop_at;
}

/* Returns false when the server does not listen any more. */
static bool send_some(struct client *client, int64_t now_us)
{
    size_t until = may_send(client, now_us);
    while (client->sent < until) {
        ssize_t n = send(client->fd, client->out.data + client->sent, until - client->sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        client->sent += (size_t)n;
        client->progress_us = now_us;
    }
    return true;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

/* Returns 1 when there may be more later, 0 at the end, -1 when the connection was reset. */
static int receive(struct client *client, int64_t now_us)
{
    enum { ROOM = 65536 };
    for (;;) {
        if (client->in.cap - client->in.len < ROOM)
            buffer_reserve(&client->in, ROOM);
        ssize_t n = recv(client->fd, client->in.data + client->in.len, ROOM, 0);
        if (n == 0)
            return 0;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 1 : -1;
        client->in.len += (size_t)n;
        client->progress_us = now_us;
    }
}

static void take(struct client *client, struct tally *tally, const struct answer *answer, bool to_head)
{
    const char *wrong = answer_wrong(client->in.data, answer, to_head);
    if (wrong != NULL)
        complain(client, tally, wrong);
    tally->answers[answer->status % STATUSES_MAX]++;
    client->closes = client->closes || answer->closes;
    client->in.len -= answer->len;
    memmove(client->in.data, client->in.data + answer->len, client->in.len);
}

/* Of the framed requests. */
static void take_answers(struct client *client, struct tally *tally, bool at_end)
{
    struct answer answer;
    while (client->answered_n < client->framed_n && client->in.len > 0 && !client->closes) {
        bool to_head = client->heads[client->answered_n];
        enum answer_state state = answer_read(client->in.data, client->in.len, to_head, at_end, &answer);
        if (state == ANSWER_CUT)
            return;
        if (state == ANSWER_BROKEN) {
            complain(client, tally, "bytes that are no answer");
            client->closes = true;
            return;
        }
        take(client, tally, &answer, to_head);
        if (answer.status != 100)
            client->answered_n++;
    }
}

/* Whether the next answer begins where a body would: this one is to a HEAD. */
static bool is_to_head(const struct client *client, bool at_end)
{
    static const char version[] = "HTTP/1.1 ";
    const struct buffer *in = &client->in;
    struct answer answer;
    return answer_read(in->data, in->len, true, at_end, &answer) == ANSWER_WHOLE &&
           in->len - answer.len >= sizeof(version) - 1 &&
           memcmp(in->data + answer.len, version, sizeof(version) - 1) == 0;
}

/* What it was asked is not certain (a HEAD, several), so only a whole answer is judged, and only the first. */
static void take_tail(struct client *client, struct tally *tally, bool at_end)
{
    struct answer answer;
    bool to_head = client->in.len > 0 && is_to_head(client, at_end);
    if (client->told || client->manner == MANNER_DEAF || client->in.len == 0 ||
        answer_read(client->in.data, client->in.len, to_head, at_end, &answer) != ANSWER_WHOLE)
        return;
    client->told = true;
    take(client, tally, &answer, to_head);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

/* Those who behave like this may be left without an answer; so may those whom this machine gave no time to send. */
static bool is_owed(const struct client *client)
{
    return client->answered_n < client->framed_n && !client->closes && !client->overslept &&
           client->manner != MANNER_SLOW && client->manner != MANNER_CUT;
}

static bool is_over(const struct client *client, int64_t now_us)
{
    int64_t quiet_us = now_us - client->progress_us;
    if (client->closes)
        return true;
    if (client->manner == MANNER_CUT && client->sent == client->stop_at)
        return true;
    if (client->manner == MANNER_DEAF)
        return now_us - client->began_us > (int64_t)(client->dice.state % 2000) * 1000;
    if (client->answered_n < client->framed_n)
        return false;
    return !client->tail || client->told || (client->sent == client->stop_at && quiet_us > QUIET_US);
}

bool client_turn(struct client *client, struct tally *tally, int64_t now_us)
{
    uint32_t answered_n;
    int more = 1;
    client->overslept |= now_us - client->turned_us > SLEEP_US;
    client->turned_us = now_us;
    do {
        answered_n = client->answered_n;
        bool heard = send_some(client, now_us);
        if (client->manner != MANNER_DEAF)
            more = receive(client, now_us);
        take_answers(client, tally, more <= 0);
        if (client->answered_n == client->framed_n && client->tail)
            take_tail(client, tally, more <= 0);
        if (more > 0 && !heard)
            more = -1;
    } while (more > 0 && client->answered_n != answered_n && client->answered_n < client->framed_n);
    if (is_over(client, now_us))
        return true;
    if (more < 0) {
        tally->resets += is_owed(client);
        return true;
    }
    if (more == 0 && is_owed(client))
        complain(client, tally, client->in.len == 0 ? "closed without an answer" : "closed within an answer");
    else if (more > 0 && now_us - client->progress_us > PATIENCE_US)
        complain(client, tally, "no answer");
    else
        return more == 0;
    return true;
}

void client_end(struct client *client, struct tally *tally)
{
    /* Mostly a reset, which leaves no port waiting. */
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (!dice_one_in(&client->dice, 20))
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(client->fd);
    tally->connections++;
    for (uint32_t i = 0; i < client->framed_n; i++)
        tally->requests += client->sent > (i == 0 ? 0 : client->ends[i - 1]);
    if (client->tail)
        tally->requests += client->sent > (client->framed_n == 0 ? 0 : client->ends[client->framed_n - 1]);
}
