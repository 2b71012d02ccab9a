/* The view in Redis: its servers, its descriptor, and reading its records.
 *
 * Commands go over the link of a shard's server, without waiting; a callback gets the reply. Only src/store/view.c knows
 * that there is one server today. Blocking functions are for the one-shot commands. Changing a shard: commit.h; its
 * token, openness and watermarks: shard_meta.h; clearing it: clear.h. */
#ifndef STOCKFOLD_STORE_VIEW_H
#define STOCKFOLD_STORE_VIEW_H

#include "stockfold/base/arena.h"
#include "stockfold/core/lateness.h"
#include "stockfold/store/keys.h"
#include "stockfold/store/link.h"

enum { VIEW_FORMAT = 5, VIEW_TOKEN_MAX = 64, VIEW_IDENTITY_MAX = 64, VIEW_SHARDS_MAX = 4096, VIEW_LINKS_MAX = 1 };

struct view_config {
    struct link_address address;
    char password[LINK_SECRET_MAX]; /* replaces the address's; empty: the address's */
    struct link_tls tls;            /* used when address.tls */
    const char *prefix;             /* "sf" */
    uint32_t shards, buckets;       /* used when the view is created; shards 64, buckets 1 */
    int timeout_ms;                 /* of connecting and of one-shot calls: 5000 */
    /* Part of the view's data, kept in its descriptor: a view that was made with others is refused (VIEW_CREATE). */
    struct lateness_rule rule;
    int64_t future_max_ms; /* how far ahead of its Kafka time an event's time may be, 10 min */
};

typedef void view_watch_fn(void *context, const char *why);

/* `error` is NULL when the view is open. */
typedef void view_open_fn(void *context, const struct error *error);

struct view_opening {
    view_open_fn *fn;
    void *context;
    struct error error;
};

struct view {
    const struct view_config *config;
    struct key_space keys;
    struct link *link;                /* private to view.c: see view_link() */
    char id[40];                      /* of the view, random, given when it is created */
    char identity[VIEW_IDENTITY_MAX]; /* of the server connected to; private to view.c: see view_identity() */
    char version[32];                 /* of that server */
    int renewed_from;                 /* view_connect() found this older format and gave that view up; 0: it did not */
    int64_t word_index;               /* version of the index of words when it was opened; 0: older than versions are */
    struct view_opening opening;      /* of view_open_start() */
    struct {
        view_watch_fn *fn; /* NULL: no question is outstanding */
        void *context;
    } watch;
};

/* Does not connect. `config` is borrowed. */
void view_init(struct view *ret_view, const struct view_config *config);
void view_done(struct view *view);

/* --- servers ----------------------------------------------------------------------------------------------------- */

/* Parts of the view outside the shards of items, each in a slot of its own. view_shard_of() gives the number that stands
 * for one wherever a shard is asked for. */
enum view_part { VIEW_NODES, VIEW_STATS, VIEW_DESCRIPTOR, VIEW_RESERVATIONS };
uint32_t view_shard_of(const struct view *view, enum view_part part);

/* The link to the server that holds a shard. Borrowed. */
struct link *view_link(const struct view *view, uint32_t shard);
/* That server's identity, its master_replid. A shard serves only while its `open` names this identity. Borrowed until the
 * view connects again. */
struct str view_identity(const struct view *view, uint32_t shard);
/* Calls `fn` for the link of each server, once: VIEW_LINKS_MAX at most. */
void view_each_link(const struct view *view, void (*fn)(void *context, struct link *link), void *context);

/* The server's address for messages: "127.0.0.1:6379". Borrowed. */
const char *view_name(const struct view *view);

/* For all links together: link_is_open(), link_is_ready(), link_outstanding(), link_turn(), link_drain(), link_close().
 */
bool view_is_open(const struct view *view);
bool view_is_ready(struct view *view);
size_t view_outstanding(const struct view *view);
int view_turn(struct view *view, int timeout_ms);
bool view_drain(struct view *view, int timeout_ms);
void view_close(struct view *view);
/* link_seal() for all links of an open view. Each seal also asks for the server's identity: replies count only if the
 * server, after answering them, still is the master that the view was opened on. */
void view_seal(struct view *view);
/* Asks the same for callers that seal nothing. If a server is not that master any more, `fn` gets the reason, then the
 * link is closed. One question at a time: a call while one is outstanding does nothing. */
void view_watch(struct view *view, view_watch_fn *fn, void *context);
/* A new, closed link to the server that holds a shard: link_open() it, link_free() it. */
struct link *view_link_new(const struct view *view, uint32_t shard);

/* --- opening ----------------------------------------------------------------------------------------------------- */

/* How view_connect() treats a server without a view. */
enum view_want { VIEW_READ, VIEW_CREATE };

/* Connects (again), learns identity and version, refuses a replica (ERROR_UNREACHABLE), a node of a Redis Cluster
 * (ERROR_USAGE) and a maxmemory-policy other than noeviction (VIEW_CREATE only), reads P:view, checks its format (one written by a newer one is refused: ERROR_STATE), takes shards and buckets from
 * it, creates it with VIEW_CREATE when missing (VIEW_READ: ERROR_STATE saying what to run), and loads the function
 * library (VIEW_CREATE only: reading needs none). ERROR_UNREACHABLE when there is no server, or it is LOADING. With
 * VIEW_CREATE, a view of another shard count than configured is ERROR_USAGE only when `strict` (setup), the fold goes
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
/* Whether the settings that a view is made with are those of a connected view: shards, buckets, window, history, future.
 * ERROR_USAGE says of the first that is another what to do. Blocking. */
int view_settings_hold(struct view *view, struct error *error) WARN_UNUSED;

/* HGETALL of the descriptor; an empty array: it is gone. */
void view_ask_descriptor(struct view *view, link_reply_fn *fn, void *context);
/* Whether a descriptor that is there is that of the view as it was opened and of this program's settings; its id may be a
 * new one, which is taken over. Another program may have made it meanwhile: ERROR_USAGE where a setting differs that
 * decides what is in the view, else ERROR_STATE. */
int view_keep_to_descriptor(struct view *view, const struct reply *descriptor, struct error *error) WARN_UNUSED;

/* Loads the function libraries again (after REPLY_NO_FUNCTION). Asynchronous; the reply, to the last, is an error or not. */
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
/* HMGET of it for at least one hour: array of how many events each hour's chunk holds; nil: there is none. */
void view_ask_some_hours(struct view *view, uint32_t shard, const int64_t *hours, size_t n, link_reply_fn *fn,
                         void *context);
/* LRANGE of one hour's chunk: array of blobs. */
void view_ask_chunk(struct view *view, uint32_t shard, int64_t hour, link_reply_fn *fn, void *context);

#endif
