/* Who waits until a message is folded, and what Redis is asked for all of them together: one command a shard and
 * partition, however many wait for it.
 *
 *   api_call_next: API_PARK ──► waiting_add ──► (waiting_due_us, waiting_ask, waiting_read)... ──► waiting_pop
 *
 * Responsible for: how often a watermark is asked for, whom its answer lets go on, and whose time is over. Not for: how
 * many may wait, sending the plan, and when those that may go on do so (nginx/parking.c); nor for the answer: a call
 * that goes on asks its shards itself, so what is said here need only be nearly right. Pure but for its memory; one
 * thread.
 *
 * How often: a message is mostly folded within milliseconds, or not for long. So a watermark is asked for 5 ms after the
 * newest of its waiters came, and then whenever another half of the time since has passed, up to 250 ms (more only
 * where more than 60 watermarks are waited for), and when somebody's time is over. */
#ifndef STOCKFOLD_API_WAITING_H
#define STOCKFOLD_API_WAITING_H

#include "stockfold/api/api.h"

struct waiter_link {
    struct waiter_link *before, *behind; /* a ring; NULL: in none */
};

/* Owned by who waits; it is removed before it goes. All zero: it does not wait. */
struct waiter {
    struct waiter_link link; /* first, for casts */
    int64_t offset, until_us;
    bool late; /* when it is popped: its time is over */
};

/* Waiters for one watermark; or for something that nobody asks for. */
struct watch {
    struct waiter_link waiters;
    int64_t first_offset, first_until_us; /* no waiter's is smaller */
    struct watch *next;
    uint32_t shard;
    int32_t partition;
    struct str topic; /* owned */
    int64_t joined_us, asked_us, ask_at_us;
    bool asked; /* in the plan that is under way, by the number `ask` */
    uint32_t ask;
};

enum { WAITING_CHAINS = 64 };

struct waiting {
    struct watch *chains[WAITING_CHAINS]; /* by shard and partition */
    size_t watches_n;
    struct watch nodes, open; /* for the nodes to be read again; until they are woken */
    struct waiter_link ready;
};

void waiting_init(struct waiting *ret_waiting);
/* Nobody waits any more. */
void waiting_done(struct waiting *waiting);

/* `until_us` is steady time, as all of it here. */
void waiting_add(struct waiting *waiting, struct waiter *waiter, const struct api_wait *wait, int64_t until_us,
                 int64_t now_us);
/* At any time, also of one that does not wait (any more). */
void waiting_remove(struct waiter *waiter);

/* When something is to be asked, or somebody's time is over; INT64_MAX: neither, until answers come. */
int64_t waiting_due_us(struct waiting *waiting);
/* Adds what is due to the plan, whose answers go to waiting_read() before more is asked. False: nothing is to be asked.
 */
bool waiting_ask(struct waiting *waiting, const struct view *view, struct plan *plan, int64_t now_us);
/* An answer that cannot be read lets all of that watermark go on: they will see for themselves. */
void waiting_read(struct waiting *waiting, const struct answers *answers);

/* The worker has read its nodes again. */
void waiting_nodes_read(struct waiting *waiting);
/* There is something for one that is open. */
void waiting_wake(struct waiting *waiting, struct waiter *waiter);
/* Nothing can be asked: all that wait for the view go on, and see that for themselves. */
void waiting_give_up(struct waiting *waiting);
/* Nobody is to wait any longer: all go on. */
void waiting_close(struct waiting *waiting);

/* One that may go on, or must end; it does not wait any more. NULL: nobody may. */
struct waiter *waiting_pop(struct waiting *waiting);

#endif
