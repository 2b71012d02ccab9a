/* Logs that do not fit the view: found, said, and, where an operator has decided so, accepted. */
#ifndef STOCKFOLD_SRC_INGEST_GAP_H
#define STOCKFOLD_SRC_INGEST_GAP_H

#include "engine.h"

struct message;

/* The log of a stock partition does not fit the view. With --accept-gap, begins to restart its shards; else says so once,
 * stops reading it, and has the shards closed. */
void gap_found(struct engine *engine, size_t index, const char *why);
/* The message comes at or behind input->compare_at: whether the last messages that shards had up to here were these. */
bool gap_compare(struct engine *engine, size_t index, const struct message *message);
/* Looks for partitions that end before where a shard stands, as known from after that was learned. */
void gap_find_short_logs(struct engine *engine);
/* Something of the partition was read: from when its log fits, --accept-gap does not count for it any more. */
void gap_note_fit(struct input *input);
/* The same of partitions that others read, once the whole view is open: they have no gap that is still to be accepted. */
void gap_note_others_fit(struct engine *engine);

/* Has shards closed for the gaps found here, without waiting for their next checkpoint; again and again until all are. */
void gap_close_shards(struct engine *engine);

/* Goes on with restarting shards. Reading begins once the view has acknowledged the last. */
void gap_restart_shards(struct engine *engine);
/* Shards are restarted, or a partition that --accept-gap counts for is still to be compared with the view. */
bool gap_is_being_accepted(const struct engine *engine);

#endif
