/* Documents in one language. */
#ifndef STOCKFOLD_CODEC_TRANSLATE_H
#define STOCKFOLD_CODEC_TRANSLATE_H

#include "stockfold/base/arena.h"
#include "stockfold/core/str.h"

/* A stored document in which every object of language → text has become that language's text, else the first one
 * (core/texts.h). All other bytes stay as they are. `json` itself where there is no such object; else in the arena. */
struct str item_translate(struct str json, struct str language, struct arena *arena);
struct str node_translate(struct str json, struct str language, struct arena *arena);

#endif
