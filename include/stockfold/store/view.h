/* The view in Redis: the servers that it lies on, its descriptor, and reading its records.
 *
 * Asks and answers are asynchronous over the link of a shard's server; the callback's reply is parsed with the
 * functions here. That there is one server today is known to src/store/view.c alone. Blocking helpers are for the
 * one-shot commands. Changing a shard: commit.h; what it says of itself: shard_meta.h; clearing it: clear.h. */
#ifndef STOCKFOLD_STORE_VIEW_H
#define STOCKFOLD_STORE_VIEW_H

#include "stockfold/base/arena.h"
#include "stockfold/core/lateness.h"
#include "stockfold/store/keys.h"
#include "stockfold/store/link.h"

enum { VIEW_FORMAT = 2, VIEW_TOKEN_MAX = 64, VIEW_IDENTITY_MAX = 64, VIEW_SHARDS_MAX = 4096, VIEW_LINKS_MAX = 1 };

struct view_config {
    struct link_address address;
    char password[LINK_SECRET_MAX]; /* in place of the address's; empty: that one's */
    struct link_tls tls;            /* with address.tls */
    const char *prefix;             /* "sf" */
    uint32_t shards, buckets;       /* used when the view is created; shards 64, buckets 1 */
    int timeout_ms;                 /* of connecting and of one-shot calls: 5000 */
    /* Part of the view's data, kept in its descriptor: a view that was made with others is refused (VIEW_CREATE). */
    struct lateness_rule rule;
    int64_t future_max_ms; /* how far ahead of its Kafka time an event's time may be, 10 min */
};

typedef void view_watch_fn(void *context, const char *why);

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
    struct link *link;                /* for view.c alone: others ask for view_link() */
    char id[40];                      /* of the view, random, given when it is created */
    char identity[VIEW_IDENTITY_MAX]; /* of the server connected to: for view.c alone */
    char version[32];                 /* of that server */
    int renewed_from;                 /* view_connect() found this older format and gave that view up; 0: it did not */
    struct view_opening opening;      /* of view_open_start() */
    struct {
        view_watch_fn *fn; /* NULL: nothing was asked */
        void *context;
    } watch;
};

/* Does not connect. `config` is borrowed. */
void view_init(struct view *ret_view, const struct view_config *config);
void view_done(struct view *view);

/* --- servers ----------------------------------------------------------------------------------------------------- */

/* What lies in no shard of items has a slot of its own; each stands for a shard where one is asked for. */
enum view_part { VIEW_NODES, VIEW_STATS, VIEW_DESCRIPTOR };
uint32_t view_shard_of(const struct view *view, enum view_part part);

/* The link to the server that holds a shard. Borrowed. */
struct link *view_link(const struct view *view, uint32_t shard);
/* The identity of that server, its master_replid: a shard serves only while it is open on it. Borrowed until the view
 * connects again. */
struct str view_identity(const struct view *view, uint32_t shard);
/* Calls `fn` for the link of each server, once: VIEW_LINKS_MAX at most. */
void view_each_link(const struct view *view, void (*fn)(void *context, struct link *link), void *context);

/* Where it lies, for messages: "127.0.0.1:6379". Borrowed. */
const char *view_name(const struct view *view);

/* Of all links: whether they are open; what is outstanding; see link_turn(), link_drain(), link_close(). */
bool view_is_open(const struct view *view);
/* Whether opening will not wait for a name: link_is_ready(). */
bool view_is_ready(struct view *view);
size_t view_outstanding(const struct view *view);
int view_turn(struct view *view, int timeout_ms);
bool view_drain(struct view *view, int timeout_ms);
/* link_seal() for all of them, of a view that is open: a reply counts only if its server is, behind it, still the master
 * with the identity that the view was opened on. */
void view_seal(struct view *view);
/* The same question for those who seal nothing: `fn` is told why a server is that no more, then its link is closed. At
 * most one question is outstanding; another call meanwhile does nothing. */
void view_watch(struct view *view, view_watch_fn *fn, void *context);
void view_close(struct view *view);
/* A connection of one's own to the server that holds a shard and is connected to, not open yet: link_open(),
 * link_free(). */
struct link *view_link_new(const struct view *view, uint32_t shard);

/* --- opening ----------------------------------------------------------------------------------------------------- */

/* How view_connect() treats a server without a view. */
enum view_want { VIEW_READ, VIEW_CREATE };

/* Connects (again), learns identity and version, refuses a replica (ERROR_UNREACHABLE) and a node of
 * a Redis Cluster (ERROR_USAGE), refuses a maxmemory-policy other than noeviction (VIEW_CREATE only),
 * reads P:view, checks its format (one written by a newer one is refused: ERROR_STATE), takes shards and buckets from
 * it, creates it with VIEW_CREATE when missing (VIEW_READ: ERROR_STATE saying what to run), and loads the function
 * library (VIEW_CREATE only: reading needs none). ERROR_UNREACHABLE when there is no server, or it is LOADING. With
 * VIEW_CREATE, a view of another shard count than configured is ERROR_STATE only when `strict` (setup), the fold goes
 * by the view's; one made with other settings that decide what is taken is ERROR_USAGE; and one of an older format is
 * given up, all of it to be folded again (->renewed_from). For VIEW_READ that one is ERROR_STATE. */
int view_connect(struct view *view, enum view_want want, bool strict, struct error *error) WARN_UNUSED;

/* The same for reading (VIEW_READ), without waiting. `fn` is called exactly once, from within a link_turn() or
 * link_close(), never from within this; it may ask the view, but not open it. With an error the link is closed. Until
 * then the view is not to be asked. An opening that is still under way is called off: its own fn gets an error first. A
 * server that does not answer is left with link_close() after a time of the caller's. */
void view_open_start(struct view *view, view_open_fn *fn, void *context);

/* Writes the view's descriptor again if it is gone (after a FLUSHALL). Asynchronous. */
void view_describe(struct view *view);

/* Loads the function library again (after REPLY_NO_FUNCTION). Asynchronous; the reply is an error or not. */
void view_load_functions(struct view *view, link_reply_fn *fn, void *context);

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

#endif
