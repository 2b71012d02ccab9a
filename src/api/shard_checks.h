/* The checks that a turn makes of every shard that it reads: is the shard open, how far is it folded, and does its state
 * cover the answers?
 *
 * Responsible for: one check a shard and turn, asked in the turn's own plan, and the outcome of all of them. Not for: what
 * the call does next (call.c), how long a state counts (lease.h). Thread: the worker's only one. */
#ifndef STOCKFOLD_API_SHARD_CHECKS_H
#define STOCKFOLD_API_SHARD_CHECKS_H

#include "lease.h"

/* The check of one shard: its state, from a lease or from its own answer. */
struct shard_check {
    uint32_t shard;
    uint32_t ask; /* the plan's ask of the shard's state; NOT_ASKED: a lease stands for it */
    bool aside;   /* asked for `after` only: does not count for as_of and lag_ms */
    struct api_lease state;
};

enum { NOT_ASKED = UINT32_MAX };

/* From best to worst. */
enum shard_outcome {
    SHARD_BELIEVED,
    SHARD_DOUBTFUL,     /* shard_checks_repeat(), then shard_checks_confirm() decide */
    SHARD_NOT_AN_INPUT, /* no shard that was asked knows the partition of `after` */
    SHARD_NOT_FOLDED,   /* the message of `after` is not folded yet; call->wait has its kind and shard */
    SHARD_CLOSED,       /* being rebuilt */
    SHARD_BROKEN        /* an answer cannot be read */
};

/* Reads the state of every shard of this turn and returns the worst outcome, before anything else of the answers is read.
 * Sums up call->newest and call->complete. */
enum shard_outcome shard_checks_read(struct api_call *call, const struct answers *answers);
/* One more shard that is open is behind the answer: call->newest and call->complete are those of all of them. */
void shard_checks_add_times(struct api_call *call, int64_t newest, int64_t complete);
/* After SHARD_DOUBTFUL: asks the state of the doubtful shards again, in the plan. */
void shard_checks_repeat(struct api_call *call);
/* Reads those answers; never SHARD_DOUBTFUL or SHARD_NOT_FOLDED. */
enum shard_outcome shard_checks_confirm(const struct api_call *call, const struct answers *answers);

#endif
