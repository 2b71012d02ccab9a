/* How complete the view is as a whole: the rules are in store/complete.h. */
#ifndef STOCKFOLD_SRC_INGEST_COMPLETENESS_H
#define STOCKFOLD_SRC_INGEST_COMPLETENESS_H

#include "shard.h"

/* Kafka time up to which every shard of items has acknowledged all of an input that is read here; TIME_NONE: just now, for
 * some of them, that cannot be said. */
int64_t completeness_of_input(const struct engine *engine, size_t index);

/* Moves on the times of the inputs that are read here. */
void completeness_write(struct engine *engine);

/* Takes them back when they are in doubt; before anything is committed to a shard that was learned anew. */
void completeness_take_back(struct engine *engine, int64_t now_us);

#endif
