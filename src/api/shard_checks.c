#include "call.h"

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* NULL: the turn has it already. */
static struct shard_check *add_check(struct api_call *call, uint32_t shard)
{
    for (size_t i = 0; i < call->shards_n; i++)
        if (call->shards[i].shard == shard)
            return NULL;
    if (call->shards_n == call->shards_cap) {
        size_t cap = call->shards_cap == 0 ? 8 : call->shards_cap * 2;
        struct shard_check *shards = arena_array(&call->arena, struct shard_check, cap);
        if (call->shards_n > 0)
            memcpy(shards, call->shards, call->shards_n * sizeof(*shards));
        call->shards = shards;
        call->shards_cap = cap;
    }
    struct shard_check *check = &call->shards[call->shards_n++];
    call->shards_asked_n++;
    *check = (struct shard_check){.shard = shard, .ask = NOT_ASKED};
    return check;
}

/* Messages of nodes are in their shard alone, all others in those of items. */
static const struct message_at *waited_for(const struct api_call *call, uint32_t shard)
{
    bool of_nodes = shard == call->api->view->keys.shards;
    return call->waits && of_nodes == call->waits_for_a_node ? &call->after : NULL;
}

static void ask_state(struct api_call *call, struct shard_check *check, const struct message_at *after)
{
    const struct view *view = call->api->view;
    check->ask = check->shard == view->keys.shards ? ask_nodes_state(&call->plan, view, after)
                                                   : ask_shard_state(&call->plan, view, check->shard, after);
}

/* The state of a shard that the turn had not asked yet. */
static void ask_first(struct api_call *call, struct shard_check *check)
{
    check->state.asked_us = call->now_us;
    ask_state(call, check, waited_for(call, check->shard));
    if (call->complete_ask == NOT_ASKED && check->shard != call->api->view->keys.shards)
        call->complete_ask = ask_complete(&call->plan, call->api->view);
}

static struct shard_check *ask_always(struct api_call *call, uint32_t shard)
{
    struct shard_check *check = add_check(call, shard);
    if (check == NULL)
        return NULL;
    ask_first(call, check);
    return check;
}

/* What is said of nodes has to do with messages of any item, and any shard may have the one that is waited for. */
static void ask_all_aside(struct api_call *call)
{
    for (uint32_t shard = 0; shard < call->api->view->keys.shards; shard++) {
        struct shard_check *check = ask_always(call, shard);
        if (check != NULL)
            check->aside = true;
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
    struct shard_check *check = add_check(call, shard);
    bool waits = waited_for(call, shard) != NULL;
    if (check != NULL && (waits || !lease_get(call->api, shard, call->now_us, &check->state)))
        ask_first(call, check);
    return shard;
}

/* --- what they say ----------------------------------------------------------------------------------------------- */

static int64_t later_ms(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The later of the shard's own and, of one of items, the view's. */
static int64_t complete_of(const struct api_call *call, const struct answers *answers, uint32_t shard, int64_t own)
{
    int64_t all = shard == call->api->view->keys.shards ? TIME_NONE : read_complete(answers, call->complete_ask);
    return later_ms(all, own);
}

static enum shard_outcome read_state_answer(struct api_call *call, const struct answers *answers,
                                            struct shard_check *check)
{
    struct shard_state state;
    if (!read_shard_state(answers, check->ask, call->api->view, check->shard, waited_for(call, check->shard), &state))
        return SHARD_BROKEN;
    if (!state.open)
        return SHARD_CLOSED;
    check->state.newest = state.newest;
    check->state.complete = complete_of(call, answers, check->shard, state.complete);
    check->state.cleared = state.cleared;
    lease_put(call->api, check->shard, &check->state);
    if (state.folded)
        return SHARD_BELIEVED;
    call->wait = (struct api_wait){.kind = API_WAIT_FOLDED, .shard = check->shard};
    return state.known ? SHARD_NOT_FOLDED : SHARD_NOT_AN_INPUT;
}

/* A node's message that is folded is waited for until the worker has read the nodes again. */
static enum shard_outcome read_version(struct api_call *call, const struct answers *answers)
{
    struct str version;
    if (!read_text(answers, call->version_ask, &version))
        return SHARD_BROKEN;
    if (str_equal(version, call->api->nodes->version))
        return SHARD_BELIEVED;
    call->wait = (struct api_wait){.kind = API_WAIT_NODES};
    return SHARD_NOT_FOLDED;
}

static enum shard_outcome read_one(struct api_call *call, const struct answers *answers, struct shard_check *check)
{
    if (check->ask == NOT_ASKED)
        return SHARD_BELIEVED;
    enum shard_outcome said = read_state_answer(call, answers, check);
    bool of_nodes = check->shard == call->api->view->keys.shards;
    return said == SHARD_BELIEVED && of_nodes && call->waits_for_a_node ? read_version(call, answers) : said;
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

/* A partition that is new may be known to some shards only. */
static enum shard_outcome read_all(struct api_call *call, const struct answers *answers)
{
    enum shard_outcome worst = SHARD_BELIEVED;
    bool is_input = false;
    for (size_t i = 0; i < call->shards_n; i++) {
        struct shard_check *check = &call->shards[i];
        enum shard_outcome said = read_one(call, answers, check);
        is_input = is_input || (said == SHARD_BELIEVED && waited_for(call, check->shard) != NULL);
        worst = said > worst ? said : worst;
    }
    return worst == SHARD_NOT_AN_INPUT && is_input ? SHARD_NOT_FOLDED : worst;
}

void shard_checks_add_times(struct api_call *call, int64_t newest, int64_t complete)
{
    call->newest = later_ms(call->newest, newest);
    if (complete < call->complete)
        call->complete = complete;
}

enum shard_outcome shard_checks_read(struct api_call *call, const struct answers *answers)
{
    enum shard_outcome worst = read_all(call, answers);
    call->doubtful_n = 0;
    for (size_t i = 0; i < call->shards_n && worst == SHARD_BELIEVED; i++) {
        struct shard_check check = call->shards[i];
        if (!check.aside)
            shard_checks_add_times(call, check.state.newest, check.state.complete);
        if (lease_covers(&check.state, call->now_us) && is_vouched_for(call, answers, check.shard))
            continue;
        call->shards[i] = call->shards[call->doubtful_n];
        call->shards[call->doubtful_n++] = check;
    }
    return call->doubtful_n > 0 ? SHARD_DOUBTFUL : worst;
}

/* --- once more --------------------------------------------------------------------------------------------------- */

void shard_checks_repeat(struct api_call *call)
{
    for (size_t i = 0; i < call->doubtful_n; i++)
        ask_state(call, &call->shards[i], NULL);
}

enum shard_outcome shard_checks_confirm(const struct api_call *call, const struct answers *answers)
{
    for (size_t i = 0; i < call->doubtful_n; i++) {
        const struct shard_check *check = &call->shards[i];
        struct shard_state state;
        if (!read_shard_state(answers, check->ask, call->api->view, check->shard, NULL, &state))
            return SHARD_BROKEN;
        if (!state.open || state.cleared != check->state.cleared)
            return SHARD_CLOSED;
    }
    return SHARD_BELIEVED;
}
