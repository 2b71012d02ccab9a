/* One connection of a hostile client, from its first byte to its end, which is mostly a bad one.
 *
 *   client_begin ──► client_turn, when the socket is ready or time has passed, until it returns true ──► client_end */
#ifndef TESTS_HOSTILE_CLIENT_H
#define TESTS_HOSTILE_CLIENT_H

#include <netinet/in.h>

#include "dice.h"
#include "stockfold/base/buffer.h"

enum { CLIENT_REQUESTS_MAX = 16, STATUSES_MAX = 600 };

/* What became of all of them. */
struct tally {
    int64_t requests, connections;
    int64_t answers[STATUSES_MAX]; /* by status */
    int64_t resets;                /* connections that the server reset before it had answered all */
    int64_t wrong;                 /* answers that are not what they must be, or missing; each is told on stderr */
};

enum manner {
    MANNER_PIPELINED, /* everything at once */
    MANNER_LOCKSTEP,  /* one after the other's answer */
    MANNER_SLOW,      /* a few bytes at a time */
    MANNER_CUT,       /* gone in the middle */
    MANNER_DEAF       /* wants much and reads nothing */
};

struct client {
    int fd;
    enum manner manner;
    struct dice dice;
    struct buffer out, in;
    size_t sent, stop_at;             /* of out */
    size_t ends[CLIENT_REQUESTS_MAX]; /* of framed requests, in out */
    bool heads[CLIENT_REQUESTS_MAX];
    uint32_t framed_n, answered_n;
    bool tail;      /* something broken follows the framed ones */
    bool told;      /* its answer was counted */
    bool closes;    /* an answer said so */
    bool overslept; /* no turn came for long */
    int64_t began_us, turned_us, progress_us, write_us;
};

/* Keeps the buffers of the client that was here before. */
void client_begin(struct client *client, struct dice *dice, const struct sockaddr_in *server, int64_t now_us);
/* True: it is over. */
bool client_turn(struct client *client, struct tally *tally, int64_t now_us);
void client_end(struct client *client, struct tally *tally);

#endif
