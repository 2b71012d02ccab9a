#include "call.h"

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* NULL: the turn has it already. */
static struct asked_shard *add_asked_shard(struct api_call *call, uint32_t shard)
{
    for (size_t i = 0; i < call->shards_n; i++)
        if (call->shards[i].shard == shard)
            return NULL;
    if (call->shards_n == call->shards_cap) {
        size_t cap = call->shards_cap == 0 ? 8 : call->shards_cap * 2;
        struct asked_shard *shards = arena_array(&call->arena, struct asked_shard, cap);
        if (call->shards_n > 0)
            memcpy(shards, call->shards, call->shards_n * sizeof(*shards));
        call->shards = shards;
        call->shards_cap = cap;
    }
    struct asked_shard *asked = &call->shards[call->shards_n++];
    *asked = (struct asked_shard){.shard = shard, .ask = ASKED_NOT};
    return asked;
}

/* Messages of nodes are in their shard alone, all others in those of items. */
static const struct message_at *waited_for(const struct api_call *call, uint32_t shard)
{
    bool of_nodes = shard == call->api->view->keys.shards;
    return call->waits && of_nodes == call->waits_for_a_node ? &call->after : NULL;
}

static void ask_state(struct api_call *call, struct asked_shard *asked, const struct message_at *after)
{
    const struct view *view = call->api->view;
    asked->ask = asked->shard == view->keys.shards ? ask_nodes_state(&call->plan, view, after)
                                                   : ask_shard_state(&call->plan, view, asked->shard, after);
}

static struct asked_shard *ask_always(struct api_call *call, uint32_t shard)
{
    struct asked_shard *asked = add_asked_shard(call, shard);
    if (asked == NULL)
        return NULL;
    asked->state.asked_us = call->now_us;
    ask_state(call, asked, waited_for(call, shard));
    return asked;
}

/* What is said of nodes has to do with messages of any item, and any shard may have the one that is waited for. */
static void ask_all_aside(struct api_call *call)
{
    for (uint32_t shard = 0; shard < call->api->view->keys.shards; shard++) {
        struct asked_shard *asked = ask_always(call, shard);
        if (asked != NULL)
            asked->aside = true;
    }
}

void call_ask_state(struct api_call *call, uint32_t shard)
{
    bool of_nodes = shard == call->api->view->keys.shards;
    if (ask_always(call, shard) == NULL || !of_nodes)
        return;
    if (call->waits_for_a_node)
        call->version_ask = ask_nodes_version(&call->plan, call->api->view); /* behind: no older than what is folded */
    else if (call->waits)
        ask_all_aside(call);
}

uint32_t call_ask_shard(struct api_call *call, struct str sku)
{
    uint32_t shard = shard_of(sku, call->api->view->keys.shards);
    struct asked_shard *asked = add_asked_shard(call, shard);
    const struct message_at *after = waited_for(call, shard);
    if (asked == NULL || (after == NULL && lease_take(call->api, shard, call->now_us, &asked->state)))
        return shard;
    asked->state.asked_us = call->now_us;
    ask_state(call, asked, after);
    return shard;
}

/* --- what they say ----------------------------------------------------------------------------------------------- */

static enum asked_outcome read_asked_state(struct api_call *call, const struct answers *answers,
                                           struct asked_shard *asked)
{
    struct shard_state state;
    if (!read_shard_state(answers, asked->ask, call->api->view, waited_for(call, asked->shard), &state))
        return ASKED_BROKEN;
    if (!state.open)
        return ASKED_CLOSED;
    asked->state.newest = state.newest;
    asked->state.complete = state.complete;
    asked->state.cleared = state.cleared;
    lease_keep(call->api, asked->shard, &asked->state);
    return state.folded ? ASKED_WELL : ASKED_NOT_FOLDED;
}

/* A node's message that is folded is waited for until the worker has read the nodes again. */
static enum asked_outcome read_version(struct api_call *call, const struct answers *answers)
{
    struct str version;
    if (!read_text(answers, call->version_ask, &version))
        return ASKED_BROKEN;
    return str_equal(version, call->api->nodes->version) ? ASKED_WELL : ASKED_NOT_FOLDED;
}

static enum asked_outcome read_one(struct api_call *call, const struct answers *answers, struct asked_shard *asked)
{
    if (asked->ask == ASKED_NOT)
        return ASKED_WELL;
    enum asked_outcome said = read_asked_state(call, answers, asked);
    bool of_nodes = asked->shard == call->api->view->keys.shards;
    return said == ASKED_WELL && of_nodes && call->waits_for_a_node ? read_version(call, answers) : said;
}

/* Whether the last answer of a shard vouches for all of them. */
static bool is_vouched_for(const struct api_call *call, const struct answers *answers, uint32_t shard)
{
    const struct plan_ask *asks = call->plan.asks;
    uint32_t last = call->plan.asks_n;
    while (last > 0 && asks[last - 1].shard != shard)
        last--;
    return last > 0 && asks[last - 1].vouches && answer_is_there(answers, last - 1);
}

static int64_t earlier_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

enum asked_outcome asked_check(struct api_call *call, const struct answers *answers)
{
    enum asked_outcome worst = ASKED_WELL;
    call->doubtful_n = 0;
    for (size_t i = 0; i < call->shards_n; i++) {
        enum asked_outcome said = read_one(call, answers, &call->shards[i]);
        worst = said > worst ? said : worst;
    }
    for (size_t i = 0; i < call->shards_n && worst == ASKED_WELL; i++) {
        struct asked_shard asked = call->shards[i];
        if (!asked.aside) {
            call->newest = earlier_ms(call->newest, asked.state.newest);
            call->complete = earlier_ms(call->complete, asked.state.complete);
        }
        if (lease_lasts(&asked.state, call->now_us) && is_vouched_for(call, answers, asked.shard))
            continue;
        call->shards[i] = call->shards[call->doubtful_n];
        call->shards[call->doubtful_n++] = asked;
    }
    return call->doubtful_n > 0 ? ASKED_DOUBTFUL : worst;
}

/* --- once more --------------------------------------------------------------------------------------------------- */

void asked_again(struct api_call *call)
{
    for (size_t i = 0; i < call->doubtful_n; i++)
        ask_state(call, &call->shards[i], NULL);
}

enum asked_outcome asked_confirmed(const struct api_call *call, const struct answers *answers)
{
    for (size_t i = 0; i < call->doubtful_n; i++) {
        const struct asked_shard *asked = &call->shards[i];
        struct shard_state state;
        if (!read_shard_state(answers, asked->ask, call->api->view, NULL, &state))
            return ASKED_BROKEN;
        if (!state.open || state.cleared != asked->state.cleared)
            return ASKED_CLOSED;
    }
    return ASKED_WELL;
}
