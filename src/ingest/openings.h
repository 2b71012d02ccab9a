/* Says in the log when the view begins to serve, how far it is until then, and when it does not any more. */
#ifndef STOCKFOLD_SRC_INGEST_OPENINGS_H
#define STOCKFOLD_SRC_INGEST_OPENINGS_H

#include "engine.h"

/* All zero: nothing was said yet. */
struct openings {
    bool serving; /* all shards were open when last said */
    uint32_t open_n;
    int64_t logged_us;
};

/* Call it again and again; shards that learn are waited for, so that a new assignment is no news. */
void openings_report(struct openings *openings, const struct engine *engine, int64_t now_us);

#endif
