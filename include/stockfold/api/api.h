/* Answers to HTTP requests, free of sockets: what the nginx module drives.
 *
 *   request ──► api_call_new ──► api_call_next ──┬─ API_ASK    send call->plan, come back with its answers
 *                                     ▲          ├─ API_PARK   nothing to do now: come back when api_call_wait() says
 *                                     │          ├─ API_PAUSE  there is more to do, but others come first: come back
 *                                     │          │             in the event loop's next turn
 *                                     └──────────┼─ API_PART   send what is in the body, come back when it has gone
 *                                                └─ API_DONE   the answer is whole
 *
 * One round trip is the rule; a few routes need what a first one said for a second (style → items). Every step
 * is pure but for what it is handed: answers and the time. A call belongs to one request and is freed with it, at any
 * point.
 *
 * One api per worker: everything here is used by one thread. */
#ifndef STOCKFOLD_API_API_H
#define STOCKFOLD_API_API_H

#include "stockfold/api/config.h"
#include "stockfold/api/metrics.h"
#include "stockfold/api/problem.h"
#include "stockfold/api/quota.h"
#include "stockfold/api/snapshot.h"
#include "stockfold/store/reading.h"

struct api {
    const struct api_config *config;
    struct view *view;            /* key layout and the identity that shards must be open on */
    const struct snapshot *nodes; /* as of now; NULL: not read yet, every lookup answers 503 */
    bool nodes_closed;            /* the view answers, and its nodes are not whole now: why `nodes` is NULL */
    struct api_metrics *metrics;  /* counted into; may be shared by workers */
    struct api_quotas *quotas;    /* the same */
    struct api_call *spare;       /* freed calls whose memory serves the next ones; begins as NULL */
    uint32_t spare_n;
    struct api_lease *leases; /* by shard; begins as NULL */
    uint32_t leases_n;
};

/* The connection to the view was lost: who answers behind the next one may be another. */
void api_forget(struct api *api);

/* Frees what it keeps, once all its calls are freed. */
void api_done(struct api *api);

enum api_method { API_GET, API_HEAD, API_POST, API_OPTIONS, API_OTHER };

struct request_body;

/* Borrowed until the call is freed. Path and query as they came, still percent-encoded. */
struct api_request {
    enum api_method method;
    struct str path, query;
    const struct request_body *body; /* of a POST that lists pairs, ended, well or not; else NULL */
    struct str text;                 /* the whole body of a POST whose route takes it so; else empty */
    struct str if_none_match, origin, authorization, content_type, last_event_id; /* empty: no such header */
    struct str client;                                                            /* its address, as text */
    int64_t received_ms;                                                          /* wall clock: when it was whole */
};

struct api_now {
    int64_t wall_ms, steady_us; /* steady: not before the answers came that are handed in with it */
};

enum api_next { API_ASK, API_PARK, API_PAUSE, API_PART, API_DONE };

enum api_wait_kind {
    API_WAIT_FOLDED, /* until the shard has folded the message; when until_ms comes first, it is ended as not folded */
    API_WAIT_NODES,  /* until the worker has read its nodes again; the same */
    API_WAIT_OPEN    /* its answer is open, and there is nothing to send now: until it is woken, or until_ms */
};

/* What a parked call waits for (waiting.h). */
struct api_wait {
    enum api_wait_kind kind;
    uint32_t shard;
    struct message_at after; /* borrowed from the call */
    int64_t until_ms;        /* wall clock */
};

/* What is to be sent. Headers that are empty or 0 are left out. */
struct api_response {
    int status;
    const char *content_type;
    struct str etag;               /* with its quotes */
    struct str as_of, complete_at; /* how fresh it is: Stockfold-As-Of, Stockfold-Complete-At */
    const char *cache_control;
    int retry_after_s;
    struct str location;          /* of what was made */
    const char *www_authenticate; /* with 401 */
    const char *allow;            /* methods, with 405 and OPTIONS */
    bool vary;                    /* Vary: Origin, Authorization */
    struct str allow_origin;      /* Access-Control-Allow-Origin */
    bool preflight;               /* an answer to OPTIONS: the other CORS headers too */
    struct buffer body;           /* of HEAD too: for its length */
};

struct api_call;

/* Never fails: a request that cannot be answered is a call that is done with a problem. Copies nothing of the request, but
 * for one that must be finished.
 */
struct api_call *api_call_new(struct api *api, const struct api_request *request);
/* The same for a request that somebody else has refused: it is done. */
struct api_call *api_call_new_refused(struct api *api, const struct api_request *request, enum problem problem);
void api_call_free(struct api_call *call);

/* `answers` only after API_ASK; all of a call's must stay until it says API_PART or API_DONE, or is freed; after API_PARK
 * those of the last ask may go. A request that cannot be asked for, or not in time, is ended with api_call_fail(). After
 * API_PART the body is emptied here.
 * API_DONE with status 0: it went wrong when parts were sent already, and the connection must be cut. */
enum api_next api_call_next(struct api_call *call, const struct answers *answers, struct api_now now);
const struct plan *api_call_plan(const struct api_call *call);
/* Whoever answers is about to end, such as a worker that a reload replaces. The call waits no longer: a message that it waits
 * for is looked for once more, then it is 412 with Retry-After. An answer that is open ends with the route's next turn. */
void api_call_close(struct api_call *call, struct api_now now);
/* After API_PARK. */
const struct api_wait *api_call_wait(const struct api_call *call);
/* Whether it is of a route for those who watch over this server: it is no load, and is never turned away for load. */
bool api_call_is_operational(const struct api_call *call);
/* Wall clock: when it must have ended, unless it is parked until then. A wait's end begins the deadline anew, and so does
 * each portion of an answer that is made in portions. */
int64_t api_call_deadline_ms(const struct api_call *call);
struct api_response *api_call_response(struct api_call *call);
/* Whether it writes, and so is to be finished once it has asked anything, whoever waits for it (errand.h). */
bool api_call_must_finish(const struct api_call *call);
/* Number of the route, for metrics; API_ROUTES_MAX - 1 when there is none. */
uint32_t api_call_route(const struct api_call *call);
/* The route's operationId; "none" when there is none. */
const char *api_call_route_name(const struct api_call *call);
/* What it ended in; PROBLEMS: in none, so far. */
enum problem api_call_problem(const struct api_call *call);
/* How many states of shards were asked for or taken from a lease, in all its turns. */
uint32_t api_call_shards(const struct api_call *call);
/* Whether it reads the counters, and so is not to move them. */
bool api_call_is_scrape(const struct api_call *call);
/* Ends it with a problem, in place of the next turn; with status 0 as above when parts were sent. */
void api_call_fail(struct api_call *call, enum problem problem);

/* How much of a location's path stands before that of the routes in it: 6 of "/stock/", of "/stock/v1/" and of
 * "/stock/metrics"; 0 of "/", of "/v1/items/" and of "/metrics". */
size_t api_mount_len(struct str location);

/* The longest body that is read; beyond it 413. As many pairs as may be fit, of the longest names, each of their bytes
 * escaped, four spaces to a level. */
enum { API_BODY_MAX = 8 * 1024 * 1024 };

/* How the body of a POST is taken: as pairs while it comes, as of a path that no route has, or whole, as text. Of text the
 * longest that is read; beyond it 413. */
enum api_body { API_BODY_PAIRS, API_BODY_TEXT };
enum api_body api_body_form(enum api_method method, struct str path);
enum { API_TEXT_MAX = 64 * 1024 };

#endif
