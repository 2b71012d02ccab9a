/* When nodes were heard of since that was last written: gathered per batch, sent with the checkpoints. */
#ifndef STOCKFOLD_SRC_INGEST_HEARD_H
#define STOCKFOLD_SRC_INGEST_HEARD_H

#include "stockfold/store/heard.h"

struct heard;

struct heard *heard_new(struct view *view);
void heard_free(struct heard *heard); /* nothing may be under way any more */

/* An event of `node` happened at that time. `hash` is murmur2 of the node. */
void heard_note(struct heard *heard, uint32_t hash, struct str node, int64_t time_ms);
/* Writes what was noted; what Redis did not take is noted again. */
void heard_send(struct heard *heard);

#endif
