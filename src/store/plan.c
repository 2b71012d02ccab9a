/* Plans and trips. Every ask of a trip has a seat, in which its answer arrives; the last one to arrive ends the trip.
 */
#include "stockfold/store/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "resp.h"

/* --- plans ------------------------------------------------------------------------------------------------------- */

void plan_init(struct plan *ret_plan)
{
    *ret_plan = (struct plan){0};
}

void plan_done(struct plan *plan)
{
    buffer_done(&plan->bytes);
    buffer_done(&plan->key);
    free(plan->asks);
    *plan = (struct plan){0};
}

void plan_reset(struct plan *plan)
{
    plan->bytes.len = 0;
    plan->asks_n = 0;
}

static void grow_asks(struct plan *plan)
{
    plan->asks_cap = plan->asks_cap == 0 ? 16 : plan->asks_cap * 2;
    plan->asks = realloc(plan->asks, plan->asks_cap * sizeof(*plan->asks));
    if (plan->asks == NULL)
        error_out_of_memory();
}

uint32_t plan_begin(struct plan *plan, uint32_t shard, uint32_t words, enum answer_shape shape)
{
    if (plan->asks_n == plan->asks_cap)
        grow_asks(plan);
    plan->asks[plan->asks_n] = (struct plan_ask){shape, false, shard, words, plan->bytes.len};
    return plan->asks_n++;
}

void plan_word(struct plan *plan, struct str word)
{
    resp_add_word(&plan->bytes, word);
}

void plan_word_int(struct plan *plan, int64_t number)
{
    resp_add_int(&plan->bytes, number);
}

void plan_vouch(struct plan *plan, uint32_t ask)
{
    plan->asks[ask].vouches = true;
}

/* --- trips ------------------------------------------------------------------------------------------------------- */

struct seat {
    struct trip *trip;
    struct link *link;
    enum answer_shape shape;
    uint32_t fields;
};

struct trip {
    trip_fn *fn; /* NULL: nobody waits for it any more */
    void *context;
    uint32_t left; /* answers still to come */
    struct answers answers;
    const struct reply **replies;
    struct seat seats[];
};

static bool fits(const struct seat *seat, const struct reply *reply)
{
    if (reply == NULL || reply_is_error(reply))
        return true;
    switch (seat->shape) {
    case ANSWER_TEXT:
        return reply_is_string(reply) || reply_is_nil(reply);
    case ANSWER_NUMBER:
        return reply_is_int(reply);
    case ANSWER_LIST:
        return reply_is_array(reply);
    case ANSWER_PAIRS:
        return reply_is_array(reply) && reply_count(reply) % 2 == 0;
    case ANSWER_FIELDS:
        return reply_is_array(reply) && reply_count(reply) == seat->fields;
    }
    return false;
}

/* Giving up a link hands NULL to other seats of the trip, before this one counts as taken. */
static void take_plan_reply(void *context, const struct reply *reply)
{
    struct seat *seat = context;
    struct trip *trip = seat->trip;
    if (!fits(seat, reply)) {
        link_give_up(seat->link, "an answer is not one to what was asked");
    } else if (trip->fn != NULL) {
        link_keep(seat->link);
        trip->replies[seat - trip->seats] = reply;
    }
    if (--trip->left > 0)
        return;
    if (trip->fn == NULL)
        free(trip);
    else
        trip->fn(trip->context, &trip->answers);
}

/* One piece of memory: the trip, its seats, its replies. */
static struct trip *trip_new(uint32_t asks_n)
{
    size_t seats = asks_n * sizeof(struct seat), replies = asks_n * sizeof(struct reply *);
    struct trip *trip = malloc(sizeof(*trip) + seats + replies);
    if (trip == NULL)
        error_out_of_memory();
    trip->left = asks_n;
    trip->replies = (const struct reply **)(void *)(trip->seats + asks_n);
    memset(trip->replies, 0, replies);
    trip->answers = (struct answers){trip->replies, asks_n};
    return trip;
}

struct trip *trip_start(struct view *view, const struct plan *plan, trip_fn *fn, void *context)
{
    assert(plan->asks_n > 0);
    struct trip *trip = trip_new(plan->asks_n);
    trip->fn = fn;
    trip->context = context;
    for (uint32_t i = 0; i < plan->asks_n; i++) {
        const struct plan_ask *ask = &plan->asks[i];
        size_t end = i + 1 < plan->asks_n ? ask[1].from : plan->bytes.len;
        struct seat *seat = &trip->seats[i];
        *seat = (struct seat){trip, view_link(view, ask->shard), ask->shape, ask->words - 2};
        link_begin(seat->link, ask->words, take_plan_reply, seat);
        link_encoded(seat->link, plan->bytes.data + ask->from, end - ask->from);
    }
    return trip;
}

void trip_hand_over(struct trip *trip, trip_fn *fn, void *context)
{
    assert(trip->left > 0);
    trip->fn = fn;
    trip->context = context;
}

void trip_done(struct trip *trip)
{
    if (trip == NULL)
        return;
    for (uint32_t i = 0; i < trip->answers.n; i++)
        reply_free(trip->replies[i]);
    trip->fn = NULL;
    if (trip->left == 0)
        free(trip);
}

/* --- answers ----------------------------------------------------------------------------------------------------- */

enum reply_problem answers_problem(const struct answers *answers)
{
    enum reply_problem worst = REPLY_OK;
    for (uint32_t i = 0; i < answers->n; i++) {
        enum reply_problem problem = reply_problem(answers->replies[i]);
        if (problem > worst)
            worst = problem;
    }
    return worst;
}

static bool is_there(const struct reply *reply)
{
    for (size_t i = 0; i < reply_count(reply); i++)
        if (is_there(reply_at(reply, i)))
            return true;
    return reply_is_string(reply) || (reply_is_int(reply) && reply_int(reply) != 0);
}

bool answer_is_there(const struct answers *answers, uint32_t ask)
{
    return is_there(answers->replies[ask]);
}
