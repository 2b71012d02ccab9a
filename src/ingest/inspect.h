/* Looks, slowly and all the time, whether everything that a shard must hold is there. */
#ifndef STOCKFOLD_SRC_INGEST_INSPECT_H
#define STOCKFOLD_SRC_INGEST_INSPECT_H

#include "shard.h"

/* Keeps to config->inspect_keys keys a second; 0: looks at nothing. */
struct inspector *inspector_new(struct engine *engine);
/* After view_close(): nothing may be outstanding. */
void inspector_free(struct inspector *inspector);
/* Asks the next question when it is time; called once a turn. */
void inspector_turn(struct inspector *inspector, int64_t now_us);

#endif
