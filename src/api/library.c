#include "library.h"

bool library_is_missing(const struct api_call *call, enum reply_problem problem)
{
    return problem == REPLY_NO_FUNCTION && call->library == LIBRARY_BELIEVED;
}

static void swap_plans(struct api_call *call)
{
    struct plan plan = call->plan;
    call->plan = call->held;
    call->held = plan;
}

void library_ask(struct api_call *call)
{
    uint32_t shard = call->plan.asks[0].shard;
    swap_plans(call);
    plan_reset(&call->plan);
    ask_load_functions(&call->plan, shard);
    call->library = LIBRARY_ASKED;
}

void library_ask_again(struct api_call *call)
{
    swap_plans(call);
    call->library = LIBRARY_LOADED;
}
