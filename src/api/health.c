/* GET /healthz and /readyz. */
#include "line.h"

enum api_next healthz_answer(struct api_call *call)
{
    buffer_add_literal(&call->response.body, "{\"status\":\"ok\"}");
    return API_DONE;
}

/* --- readiness --------------------------------------------------------------------------------------------------- */

/* What the shards say, that of the nodes left aside but for `nodes_open`. */
struct readiness {
    uint32_t open_n, broken_n;
    bool nodes_open;
};

/* Not with call_ask_state(), for which every shard that was asked must be open. Each ask has its shard's number. */
static enum api_next ask_all_shards(struct api_call *call)
{
    const struct view *view = call->api->view;
    for (uint32_t shard = 0; shard < view->keys.shards; shard++)
        ask_shard_state(&call->plan, view, shard, NULL);
    ask_nodes_state(&call->plan, view, NULL);
    call->shards_asked_n = view->keys.shards + 1;
    ask_complete(&call->plan, view);
    return API_ASK;
}

/* Its times are those of the shards that are open: nothing is answered from others. */
static struct readiness read_all_shards(struct api_call *call)
{
    const struct view *view = call->api->view;
    struct readiness ready = {0};
    struct shard_state state;
    int64_t all = read_complete(call->answers, view->keys.shards + 1);
    for (uint32_t shard = 0; shard <= view->keys.shards; shard++) {
        if (!read_shard_state(call->answers, shard, view, shard, NULL, &state)) {
            ready.broken_n++;
            continue;
        }
        if (!state.open)
            continue;
        bool of_nodes = shard == view->keys.shards;
        ready.nodes_open = ready.nodes_open || of_nodes;
        ready.open_n += !of_nodes;
        shard_checks_add_times(call, state.newest, !of_nodes && all > state.complete ? all : state.complete);
    }
    return ready;
}

static enum api_next write_ready(struct api_call *call, const struct readiness *ready)
{
    struct buffer *out = call_open(call);
    write_name(out, "status", "ready");
    write_integer(out, "shards", call->api->view->keys.shards);
    write_integer(out, "shards_open", ready->open_n);
    buffer_add_byte(out, '}');
    return API_DONE;
}

/* What an operator wants to know; a load balancer that went by it would take all servers away at once. */
static enum api_next answer_strictly(struct api_call *call, const struct readiness *ready)
{
    uint32_t shards = call->api->view->keys.shards;
    if (ready->broken_n > 0)
        return call_broken(call);
    if (ready->open_n < shards || !ready->nodes_open)
        return call_fail(call, PROBLEM_VIEW_REBUILDING, "%u of %u shards are open, the nodes' %s", ready->open_n,
                         shards, ready->nodes_open ? "as well" : "is not");
    if (call->complete == TIME_NONE)
        return call_fail(call, PROBLEM_NOT_READY, "not every partition was read to its end yet");
    if (call->now_ms - call->complete > call->api->config->lag_max_ms)
        return call_fail(call, PROBLEM_NOT_READY, "the view is %lld ms behind, which is more than http.lag_max",
                         (long long)(call->now_ms - call->complete));
    return write_ready(call, ready);
}

enum api_next readyz_answer(struct api_call *call)
{
    if (call->nodes == NULL)
        return call_fail_without_nodes(call);
    if (call->turn == 0)
        return ask_all_shards(call);
    struct readiness ready = read_all_shards(call);
    if (str_equal(call_text(call, PARAMETER_STRICT), STR("true")))
        return answer_strictly(call, &ready);
    if (ready.open_n > 0)
        return write_ready(call, &ready);
    return ready.broken_n > 0
               ? call_broken(call)
               : call_fail(call, PROBLEM_VIEW_REBUILDING, "none of %u shards is open", call->api->view->keys.shards);
}
