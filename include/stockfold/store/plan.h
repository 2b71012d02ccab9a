/* What is to be read from the view in one round trip, and what came back.
 *
 * A plan is data: commands as bytes, each with the shard it goes to. A trip sends a plan over the links of its shards
 * and calls back once all the answers are there. Neither waits for anything.
 *
 *   plan_init ──► plan_begin, plan_word... ──► trip_start ──► (link turns) ──► fn(answers) ──► trip_done */
#ifndef STOCKFOLD_STORE_PLAN_H
#define STOCKFOLD_STORE_PLAN_H

#include "stockfold/store/view.h"

/* What a command is answered with, unless it is with an error. */
enum answer_shape {
    ANSWER_TEXT, /* or nil */
    ANSWER_NUMBER,
    ANSWER_LIST,
    ANSWER_PAIRS, /* a list: name, value, name... */
    ANSWER_FIELDS /* a list: one for each word behind the key */
};

struct plan_ask {
    enum answer_shape shape;
    bool vouches;
    uint32_t shard, words;
    size_t from; /* where its words begin in plan->bytes, as RESP bulk strings; they end where the next one's begin */
};

struct plan {
    struct buffer bytes, key; /* key: where asks build theirs */
    struct plan_ask *asks;
    uint32_t asks_n, asks_cap;
};

void plan_init(struct plan *ret_plan);
void plan_done(struct plan *plan);
/* Empty again; memory stays. */
void plan_reset(struct plan *plan);

/* A command to a shard's server, of `words` words, to be added next. Returns its number: where its answer will stand.
 */
uint32_t plan_begin(struct plan *plan, uint32_t shard, uint32_t words, enum answer_shape shape);
void plan_word(struct plan *plan, struct str word);
void plan_word_int(struct plan *plan, int64_t number);
/* An answer with something in it will show that the shard was not emptied until then (src/api/lease.h). */
void plan_vouch(struct plan *plan, uint32_t ask);

/* The answers of a trip, by number of the ask. Borrowed: they live until trip_done(). A NULL reply: the connection was
 * lost before it came. */
struct answers {
    const struct reply *const *replies;
    uint32_t n;
};
/* The worst problem among them. */
enum reply_problem answers_problem(const struct answers *answers);
/* Whether an answer has anything in it: a text, a number but 0, a list with anything but nils. */
bool answer_is_there(const struct answers *answers, uint32_t ask);

struct trip;
typedef void trip_fn(void *context, const struct answers *answers);

/* Sends the asks (they go out with the links' next turns). An answer of another shape than its ask's shows that answers
 * and asks have got out of step: it counts as lost, and so does its link, for whatever would come there next would be
 * taken for the answer to something else. The plan may be reset at once. `fn` is called exactly once,
 * never from within trip_start(), unless the trip is done before; what it is given stays until trip_done(). A plan
 * without asks is not allowed. */
struct trip *trip_start(struct view *view, const struct plan *plan, trip_fn *fn, void *context);

/* Its answers, which are still to come, are given to another. */
void trip_hand_over(struct trip *trip, trip_fn *fn, void *context);

/* Whoever started it is done with it: its answers go, and if it is still on its way, fn will not be called and the rest
 * is dropped as it comes. At any time, in any callback, in its own fn; once. NULL is allowed.
 *
 * link_free() answers nothing: before it (and so before view_done()), link_close() hands those still on their way their
 * NULLs, so that every trip ends and, once done, is freed. */
void trip_done(struct trip *trip);

#endif
