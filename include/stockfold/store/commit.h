/* Changing a shard: one atomic function call, filled piece by piece.
 *
 * Exactly-once: a commit names the shard's token and the watermarks that it expects. The function compares, validates
 * the types of all keys, and only then writes: all of it or nothing. A shard whose records another program has changed
 * is closed. */
#ifndef STOCKFOLD_STORE_COMMIT_H
#define STOCKFOLD_STORE_COMMIT_H

#include "stockfold/core/watermark.h"
#include "stockfold/store/view.h"

/* One atomic change of a shard: filled piece by piece, sent once, then empty for the next. Reused without allocation.
 */
struct commit {
    struct view *view;
    uint32_t shard;
    struct commit_parts *parts; /* opaque: the sections being gathered */
};

void commit_init(struct commit *ret_commit, struct view *view);
void commit_done(struct commit *commit);

/* `expected` is the token as last seen (empty: none yet); `token` the new one. */
void commit_start(struct commit *commit, uint32_t shard, struct str expected, struct str token);
/* Advances a watermark from `expected` (NULL: none there yet). */
void commit_watermark(struct commit *commit, struct str topic, int32_t partition, const struct watermark *expected,
                      const struct watermark *next);
/* A record as shown. `existed`: the writer saw it before. When that is not so any more (or the key is no hash),
 * somebody else has written the shard's keys: the commit is answered "LOST" and leaves the shard damaged, to be
 * cleared. A record that did not exist goes into the hint of what the node holds (node items). */
void commit_record(struct commit *commit, struct str sku, struct str node, struct str packed, bool existed);
/* One sealed blob of `events` events for an hour's chunk. */
void commit_journal(struct commit *commit, int64_t hour, struct str blob, uint64_t events);
/* Adds units (may be negative) to what a reservation's line has consumed. */
void commit_consumed(struct commit *commit, struct str reservation, struct str sku, struct str node, int64_t units,
                     int64_t time_ms);
/* Sweeping: a base set (boundary + packed record) or, with empty bytes, deleted; an hour's chunk replaced by one blob,
 * or, with an empty blob, deleted; and the hour up to which the sweep went. */
void commit_base(struct commit *commit, struct str sku, struct str node, struct str base);
void commit_chunk(struct commit *commit, int64_t hour, struct str blob, uint64_t events);
void commit_settled(struct commit *commit, int64_t hour);

/* Sends it. The reply: "OK"; "MISMATCH" (token or a watermark is not as expected: nothing was done); "LOST"; or an
 * error (nothing was done, whichever it is; a REPLY_LOST may have been done). "LOST": see commit_record. */
void commit_send(struct commit *commit, link_reply_fn *fn, void *context);

enum commit_answer { COMMIT_OK, COMMIT_MISMATCH, COMMIT_LOST_RECORD, COMMIT_FAILED };
enum commit_answer commit_answer(const struct reply *reply);

/* A checkpoint: moves watermarks only, leaves the token; same answers. `believed`: the identity that the caller believes
 * the shard to be open on, or the words by which closed (empty: neither); `open`: the identity to open it on, or such words
 * (empty: leave it). MISMATCH: the shard has no token, is not open or closed as believed, is to be opened and closed by
 * words that were not believed, reservations are not open
 * on the identity that it is to be opened on, or the server's own identity is not the one named. Uses a struct commit:
 * checkpoint_start, commit_watermark..., commit_send. */
void checkpoint_start(struct commit *commit, uint32_t shard, struct str believed, struct str open);
/* The same for the meta of node documents or reservations, which has no token: of view_shard_of()'s number. */
void checkpoint_start_part(struct commit *commit, uint32_t shard, struct str believed, struct str open);
/* Names a topic that feeds the checkpoint's shard, and its number of partitions. The shard is complete up to the smallest
 * time of these partitions' watermarks, and not complete while one has none. Other watermarks (of a topic that was
 * renamed or made smaller) do not count. */
void checkpoint_fed_by(struct commit *commit, struct str topic, size_t partitions);

#endif
