/* A reservation: its states, and each verb's effect on it. Pure: Redis, the API and the log know no rule of their own.
 *
 *   held ──confirm──► confirmed ──pick──► picking ──ready──► ready ──collect──► collected
 *     │                   │                  │                 │
 *     └───────────────────┴──── cancel ──────┴── expire ───────┴──► cancelled, expired
 *
 *   reservation x step (verb, its arguments, Redis' clock) -> reservation, holds, floor events
 *
 * The table (reservation_verbs) says from which states a verb may come and where it leads; the API's routes, its
 * documentation and the tests are made from it. A verb that was carried out before changes nothing.
 *
 * Units of a line:
 *   qty        asked for
 *   held       set aside, counted in `reserved` until consumed: all of qty while it is open, what was picked from
 *              `ready` on, what was handed over once collected, 0 when it ended otherwise
 *   picked     staged for it now: picked, less put back, less handed over
 *   collected  handed over
 *
 * Invariants (reservation_check):
 *   1. 0 <= held <= qty, 0 <= picked, 0 <= collected <= qty; a reservation has 1 to RESERVATION_LINES lines, of different
 *      skus, each of 1 unit or more
 *   2. held is 0 in `cancelled` and `expired`
 *   3. an open reservation has a deadline, at most RESERVATION_LIFE_MS after it was created
 *   4. updated_ms is not before created_ms, nor is ended_ms of one that has ended; history is not empty and ends with the
 *      present state */
#ifndef STOCKFOLD_CORE_RESERVATION_H
#define STOCKFOLD_CORE_RESERVATION_H

#include "stockfold/core/event.h"

enum reservation_state {
    RESERVATION_HELD,
    RESERVATION_CONFIRMED,
    RESERVATION_PICKING,
    RESERVATION_READY,
    RESERVATION_COLLECTED,
    RESERVATION_CANCELLED,
    RESERVATION_EXPIRED,
    RESERVATION_STATES
};
extern const char *const reservation_state_names[RESERVATION_STATES];

/* The last three have no route: they come when they are due. */
enum reservation_verb {
    VERB_CREATE,
    VERB_CONFIRM,
    VERB_EXTEND,
    VERB_PICK,
    VERB_PICKED,
    VERB_SHORT,
    VERB_READY,
    VERB_NOTIFY,
    VERB_COLLECT,
    VERB_SETTLE,
    VERB_CANCEL,
    VERB_PUT_BACK,
    VERB_EXPIRE,
    VERB_CONSUME,    /* every line was sold before it was collected */
    VERB_MISS_SALES, /* it was collected, and the till did not report the sale in time */
    RESERVATION_VERBS
};

/* Sets of states, and of those who may use a verb. */
#define STATE_BIT(state) (1u << (state))
enum verb_scope { VERB_BY_HOLD = 1, VERB_BY_RESERVE = 2, VERB_BY_PLAN = 4, VERB_BY_OPERATE = 8 };

struct reservation_verb_row {
    const char *name;
    unsigned from;       /* states in which it may come */
    int to;              /* the state that it leads to; -1: it stays in the same */
    unsigned done_in;    /* states in which it changes nothing any more */
    unsigned done_since; /* the same, if it was ever carried out */
    unsigned scopes;     /* keys of any of these; 0: nobody's, it has no route */
    bool needs_request;  /* repeating it would do it again: a request id tells */
    const char *help;    /* one sentence */
};
extern const struct reservation_verb_row reservation_verbs[RESERVATION_VERBS];

enum reservation_type { RESERVATION_COLLECT, RESERVATION_SHIP, RESERVATION_TYPES };
extern const char *const reservation_type_names[RESERVATION_TYPES];

enum {
    RESERVATION_LINES = 100,
    RESERVATION_HISTORY = 64,
    RESERVATION_REQUESTS = 16, /* request ids that are remembered */
    BOUND_LABEL_ID = 64,       /* of id, owner, order, request and of who does it */
    BOUND_NOTE = 500
};
#define RESERVATION_LIFE_MS (INT64_C(30) * 24 * 3600 * 1000)

struct reservation_line {
    struct str sku;
    int64_t qty, held, picked, collected;
};

/* One step that was done. */
struct reservation_entry {
    int64_t at_ms;
    enum reservation_verb verb;
    enum reservation_state state; /* after it */
    struct str by, channel, reason;
    int64_t made_at_ms; /* when a device without network did it, or TIME_NONE */
};

/* Every str is borrowed; arrays are the caller's, with room for RESERVATION_LINES, _HISTORY and _REQUESTS. Times are of
 * the clock of the Redis server that holds the view, in ms, TIME_NONE where there is none. */
struct reservation {
    struct str id, node, owner, order, channel, picker;
    enum reservation_type type;
    enum reservation_state state;
    bool paid;
    bool settled;      /* collected, and nothing is expected of the till any more */
    bool sale_missing; /* collected, and the till's sale did not come in time */
    int64_t version;   /* us; grows with each step */
    int64_t created_ms, updated_ms, confirmed_ms, picking_ms, ready_ms, ended_ms;
    int64_t expires_ms;  /* of an open one; of an ended one as it was */
    int64_t ready_by_ms; /* as promised at confirm; before it as foreseen at create */
    struct reservation_line *lines;
    struct reservation_entry *history; /* oldest first; of steps that left the state, the oldest go when it is full */
    struct str *requests;              /* the newest last */
    uint32_t lines_n, history_n, requests_n;
};

/* What bounds a reservation's life: settings. */
struct reservation_policy {
    int64_t ttl_max_ms;          /* of one create or extend */
    int64_t sale_missing_ms;     /* after collecting: the till should have reported the sale */
    int64_t keep_ended_ms;       /* an ended one is known for so long */
    int64_t keep_unconfirmed_ms; /* the same, of one that was never confirmed */
};

/* A line that a step names. */
struct step_line {
    uint32_t line; /* its number in the reservation */
    int64_t qty;
    struct str place; /* empty: nowhere in particular */
};

/* A verb with its arguments; those that a verb does not take are not looked at. */
struct reservation_step {
    enum reservation_verb verb;
    int64_t now_us;                 /* Redis' clock */
    struct str by, channel, reason; /* who does it */
    struct str request;             /* where the verb needs one */
    int64_t made_at_ms;             /* TIME_NONE: now */
    bool paid;                      /* confirm and collect: paid from now on; settle: the sale took place */
    bool take_over;                 /* pick: from another */
    int64_t ttl_ms;                 /* create, extend */
    int64_t deadline_ms;            /* confirm, ready: when the customer must have come at the latest */
    int64_t ready_by_ms;            /* confirm: the promise, or TIME_NONE */
    const struct step_line *lines;  /* NULL: all of every line; picked, short and put_back name theirs */
    uint32_t lines_n;               /* none twice; 0 where lines is NULL */
    const int64_t *consumed;        /* of each line: units that sales took so far. consume, settle, miss_sales */
};

enum step_outcome {
    STEP_DONE,
    STEP_REPEATED,    /* carried out before: nothing changes, and it is no error */
    STEP_WRONG_STATE, /* not from this state */
    STEP_OVERDUE,     /* its deadline has passed: expire it first */
    STEP_PICKED_BY,   /* another picks it: reservation->picker */
    STEP_TOO_MANY,    /* a line names more units than there are: step->lines[*ret_line] */
    STEP_NOT_DUE      /* expire before the deadline, consume before all is consumed */
};

/* What a step says to the floor: at most one event to take and one to give a line. Every event lacks id and source,
 * which whoever publishes it adds. */
enum { STEP_EVENTS = 2 * RESERVATION_LINES };
struct step_events {
    struct event rows[STEP_EVENTS];
    uint32_t n;
};

/* A new reservation: `ret` brings its arrays, id, node, owner, order, channel, type, paid, ready_by_ms and lines (sku and
 * qty); the rest is set. The ttl is bounded by the policy. */
void reservation_create(struct reservation *ret, const struct reservation_step *step,
                        const struct reservation_policy *policy);

/* Any other verb. Unless it answers STEP_DONE the reservation is as it was, and there are no events. */
enum step_outcome reservation_apply(struct reservation *reservation, const struct reservation_step *step,
                                    struct step_events *ret_events, uint32_t *ret_line);

/* Open: neither collected nor ended otherwise. */
bool reservation_is_open(const struct reservation *reservation);
/* Whether units of it may still be consumed by a sale: the hold of a line is `held`. Wholly consumed: each line's. */
bool reservation_is_consumed(const struct reservation *reservation, const int64_t *consumed);
/* The verbs that it could take now, as a set of 1u << verb. */
unsigned reservation_possible(const struct reservation *reservation);
/* When it is to be looked at again: its deadline, a missing sale, or to be forgotten; of the last *ret_forget is true. */
int64_t reservation_due_ms(const struct reservation *reservation, const struct reservation_policy *policy,
                           bool *ret_forget);

/* True when the invariants above hold. For assert and tests. */
bool reservation_check(const struct reservation *reservation);

#endif
