/* Responsible for: words about shards that are open. Not for: opening them (checkpoint.c). Thread: the fold's. */
#include "openings.h"

#include "shard.h"
#include "stockfold/base/log.h"

enum { PROGRESS_US = 10 * 1000 * 1000 };

void openings_report(struct openings *openings, const struct engine *engine, int64_t now_us)
{
    uint32_t open_n = 0;
    for (uint32_t i = 0; i < engine->shards_n; i++) {
        if (engine->shards[i].state != SHARD_READY)
            return;
        open_n += engine->shards[i].open;
    }
    bool serving = open_n == engine->shards_n;
    if (serving && !openings->serving)
        log_info("the view serves shards=%u", engine->items_n);
    else if (!serving && openings->serving)
        log_warning("the view does not serve everything open=%u of=%u next=\"folding until it does\"", open_n,
                    engine->shards_n);
    else if (!serving && open_n != openings->open_n && now_us - openings->logged_us >= PROGRESS_US)
        log_info("shards open one after the other open=%u of=%u", open_n, engine->shards_n);
    else
        return;
    *openings = (struct openings){.serving = serving, .open_n = open_n, .logged_us = now_us};
}
