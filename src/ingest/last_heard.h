/* When nodes were heard of since that was last written: gathered per batch, sent with the checkpoints. */
#ifndef STOCKFOLD_SRC_INGEST_LAST_HEARD_H
#define STOCKFOLD_SRC_INGEST_LAST_HEARD_H

#include "stockfold/store/heard.h"

struct last_heard;

struct last_heard *last_heard_new(struct view *view);
void last_heard_free(struct last_heard *last_heard); /* nothing may be under way any more */

/* An event of `node` happened at that time. `hash` is murmur2 of the node. */
void last_heard_note(struct last_heard *last_heard, uint32_t hash, struct str node, int64_t time_ms);
/* Writes what was noted; what Redis did not take is noted again. */
void last_heard_send(struct last_heard *last_heard);

#endif
