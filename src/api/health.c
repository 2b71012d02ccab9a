/* GET /healthz and /readyz. */
#include "line.h"

enum api_next healthz_answer(struct api_call *call)
{
    buffer_add_literal(&call->response.body, "{\"status\":\"ok\"}");
    return API_DONE;
}

static enum api_next ask_all_shards(struct api_call *call)
{
    uint32_t shards = call->api->view->keys.shards;
    for (uint32_t shard = 0; shard <= shards; shard++)
        call_ask_state(call, shard);
    return API_ASK;
}

/* call.c has seen to it that every shard is open. */
enum api_next readyz_answer(struct api_call *call)
{
    if (call->nodes == NULL)
        return call_fail(call, PROBLEM_VIEW_UNREACHABLE, "the view was not reached yet");
    if (call->turn == 0)
        return ask_all_shards(call);
    bool known = call->complete != TIME_NONE;
    int64_t lag_ms = known && call->now_ms > call->complete ? call->now_ms - call->complete : 0;
    if (!known)
        return call_fail(call, PROBLEM_NOT_READY, "not every partition was read to its end yet");
    if (lag_ms > call->api->config->lag_max_ms)
        return call_fail(call, PROBLEM_NOT_READY, "the view is %lld ms behind, which is more than http.lag_max",
                         (long long)lag_ms);
    call_open(call);
    write_name(&call->response.body, "status", "ready");
    buffer_add_byte(&call->response.body, '}');
    return API_DONE;
}
