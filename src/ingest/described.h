/* Whether the view is still described by this fold's settings: another fold may have made it anew. */
#ifndef STOCKFOLD_SRC_INGEST_DESCRIBED_H
#define STOCKFOLD_SRC_INGEST_DESCRIBED_H

#include "engine.h"

/* The answer to view_ask_descriptor(). True: the view is this fold's. False: the descriptor is gone, and written again; or
 * it is another's, and engine->failure ends the fold. */
bool described_as_ours(struct engine *engine, const struct reply *descriptor);
/* Writes the descriptor again if it is gone, and ends the fold if it is another's. */
void described_ask(struct engine *engine);

#endif
