/* Responsible for: waiting until nothing is under way, before partitions are given up or the fold leaves. Not for: what
 * is to be sent (turn.c). Thread: the fold's. */
#include "in_flight.h"

#include "refused.h"
#include "shard.h"
#include "stockfold/base/clock.h"

void in_flight_wait(struct engine *engine, int64_t timeout_ms)
{
    int64_t until_us = clock_steady_us() + timeout_ms * 1000;
    while (view_is_open(&engine->view) && clock_steady_us() < until_us) {
        bool busy = engine->checkpoints_in_flight > 0;
        for (uint32_t i = 0; i < engine->shards_n; i++)
            busy = busy || engine->shards[i].in_flight_n > 0 || engine->shards[i].preparing;
        if (!busy)
            return;
        refuser_poll(engine->refuser);
        view_turn(&engine->view, 1);
    }
}
