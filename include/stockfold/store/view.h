/* The view in Redis: shards, what each holds, and the one function that changes a shard.
 *
 * Asks and answers are asynchronous over a link of the shard's choosing (view_link: one server today; routing in a
 * cluster later); the callback's reply is parsed with the functions here. Blocking helpers are for the one-shot
 * commands.
 *
 * Exactly-once: a commit names the shard's token and the watermarks it expects. The function compares, validates the
 * types of all keys, and only then writes: all of it or nothing; a shard whose records others have changed it closes.
 */
#ifndef STOCKFOLD_STORE_VIEW_H
#define STOCKFOLD_STORE_VIEW_H

#include "stockfold/base/arena.h"
#include "stockfold/core/watermark.h"
#include "stockfold/store/keys.h"
#include "stockfold/store/link.h"

enum { VIEW_FORMAT = 1, VIEW_TOKEN_MAX = 64, VIEW_RUN_ID_MAX = 64, VIEW_SHARDS_MAX = 4096 };

struct view_config {
    struct link_address address;
    const char *prefix;       /* "sf" */
    uint32_t shards, buckets; /* used when the view is created; shards 64, buckets 1 */
    int timeout_ms;           /* of connecting and of one-shot calls: 5000 */
};

/* NULL: it is open; else why not. */
typedef void view_open_fn(void *context, const struct error *error);

struct view_opening {
    view_open_fn *fn;
    void *context;
    struct error error;
};

struct view {
    const struct view_config *config;
    struct key_space keys;
    struct link *link;
    char id[40];                  /* of the view, random, given when it is created */
    char run_id[VIEW_RUN_ID_MAX]; /* of the server connected to */
    char version[32];             /* of that server */
    struct view_opening opening;  /* of view_open_start() */
};

/* Does not connect. `config` is borrowed. */
void view_init(struct view *ret_view, const struct view_config *config);
void view_done(struct view *view);

/* How view_connect() treats a server without a view. */
enum view_want { VIEW_READ, VIEW_CREATE };

/* Connects (again), learns run_id and version, refuses a maxmemory-policy other than noeviction (VIEW_CREATE only),
 * reads P:view, checks its format (one written by a newer one is refused: ERROR_STATE), takes shards and buckets from
 * it, creates it with VIEW_CREATE when missing (VIEW_READ: ERROR_STATE saying what to run), and loads the function
 * library (VIEW_CREATE only: reading needs none). ERROR_UNREACHABLE when there is no server, or it is LOADING. With
 * VIEW_CREATE, a view of another shard count than configured is ERROR_STATE only when `strict` (setup); the fold goes
 * by the view's. */
int view_connect(struct view *view, enum view_want want, bool strict, struct error *error) WARN_UNUSED;

/* The same for reading (VIEW_READ), without waiting. `fn` is called exactly once, from within a link_turn() or
 * link_close(), never from within this; it may ask the view, but not open it. With an error the link is closed. Until
 * then the view is not to be asked. An opening that is still under way is called off: its own fn gets an error first. A
 * server that does not answer is left with link_close() after a time of the caller's. */
void view_open_start(struct view *view, view_open_fn *fn, void *context);

struct link *view_link(const struct view *view, uint32_t shard);

/* Writes the view's descriptor again if it is gone (after a FLUSHALL). Asynchronous. */
void view_describe(struct view *view);

/* Tokens that no writer's commit leaves: of a shard that a commit found damaged, and (as a beginning) of one that is
 * being cleared by the writer whose id follows. Neither, nor a shard without a token, may be folded into before it is
 * cleared, and whoever clears takes the shard and then waits VIEW_LEASE_MS: for so long, what a reader finds in a shard
 * that was open is as it was folded. */
#define VIEW_DAMAGED "damaged"
#define VIEW_CLEARING "clearing."
enum { VIEW_LEASE_MS = 200 };

struct shard_clear {
    uint32_t shard;
    char token[VIEW_TOKEN_MAX]; /* as last seen */
    bool mine;                  /* out: it was cleared; false: another writer is at it, or has done it */
};

/* Deletes all that shards hold and leaves them with a new token each; `id` is unique for each call. Over a connection
 * of its own, in one walk over all keys. Blocking; may be done again after an error. */
int view_clear_shards(struct view *view, struct shard_clear *shards, size_t n, const char *id,
                      struct error *error) WARN_UNUSED;

/* Loads the function library again (after REPLY_NO_FUNCTION). Asynchronous; the reply is an error or not. */
void view_load_functions(struct view *view, link_reply_fn *fn, void *context);

/* --- what a shard says of itself ------------------------------------------------------------------------------- */

struct shard_watermark {
    struct str topic; /* view into the reply */
    int32_t partition;
    struct watermark watermark;
};

struct shard_meta {
    struct str token; /* empty: nothing was ever committed */
    struct str open;  /* run_id it was verified on; empty: rebuilding */
    int64_t settled;  /* hour, TIME_NONE before the first sweep */
    size_t watermarks_n;
    struct shard_watermark *watermarks; /* from the arena */
};

/* HGETALL P:{K}:m */
void view_ask_meta(struct view *view, uint32_t shard, link_reply_fn *fn, void *context);
/* False: a field that is no such thing (error reply, NULL reply or broken watermark text). */
bool view_parse_meta(const struct reply *reply, struct arena *arena, struct shard_meta *ret_meta);

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* HGET of the record (hours.h + packed), or of its base ("boundary + packed record"); nil: none. */
void view_ask_record(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn,
                     void *context);
/* HGETALL of the hash that the record is in: array of field, value... in no order, not all of them records (keys.h). */
void view_ask_item_records(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn,
                           void *context);
void view_ask_base(struct view *view, uint32_t shard, struct str sku, struct str node, link_reply_fn *fn,
                   void *context);
/* HGETALL P:{K}:h: array of hour, count, hour, count... in no order. */
void view_ask_hours(struct view *view, uint32_t shard, link_reply_fn *fn, void *context);
/* LRANGE of one hour's chunk: array of blobs. */
void view_ask_chunk(struct view *view, uint32_t shard, int64_t hour, link_reply_fn *fn, void *context);

/* --- changing --------------------------------------------------------------------------------------------------- */

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

/* A checkpoint: moves watermarks only, leaves the token; same answers. `believed`: run_id on which the caller takes the
 * shard for open (empty: it does not); `open`: run_id to mark it verified on (empty: leave as it is). A shard without a
 * token, or not open as believed, is a MISMATCH. Uses a struct commit: checkpoint_start, commit_watermark...,
 * commit_send. */
void checkpoint_start(struct commit *commit, uint32_t shard, struct str believed, struct str open);
/* The same for the node documents' own meta, P:{nodes}:m, which has no token. */
void checkpoint_start_nodes(struct commit *commit, struct str open);
/* A topic that feeds a checkpoint's shard, with this many partitions: to what time the shard is complete goes by their
 * watermarks alone (a topic that was renamed or made smaller leaves others behind), and to none while one is missing.
 */
void checkpoint_fed_by(struct commit *commit, struct str topic, size_t partitions);

#endif
