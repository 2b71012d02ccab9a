/* What the routes' own files share: a call as they see it, its parameters, its answer in the making.
 *
 * A route is one function, entered once per turn: at turn 0 it asks, at later ones it reads what the turn before asked
 * for and asks again (API_ASK), writes a part (API_PART) or the whole (API_DONE), or ends in a problem. A turn keeps
 * everybody else of its worker waiting: what takes many milliseconds is made in portions, one a turn (API_PAUSE where a
 * portion has nothing to ask).
 *
 * Invariant: no route writes a body before every shard that it asked was open and, with `after`, far enough; call.c
 * sees to that between the turns. */
#ifndef STOCKFOLD_API_CALL_H
#define STOCKFOLD_API_CALL_H

#include "route.h"
#include "shard_checks.h"
#include "stockfold/api/api.h"
#include "stockfold/api/problem.h"
#include "stockfold/base/arena.h"

struct values {
    struct str *texts; /* as given, decoded; in order */
    size_t *at;        /* of each, its number among all that were given */
    size_t n;
};

/* Of functions in Redis, on which a server that was emptied or promoted may have to be brought up. */
enum library {
    LIBRARY_BELIEVED, /* nothing said that it is missing */
    LIBRARY_ASKED,    /* it is being loaded */
    LIBRARY_LOADED    /* for this call: not a second time */
};

struct api_call {
    struct api *api;
    struct api_call *next; /* while it is spare */
    const struct api_request *request;
    const struct route *route; /* NULL: none */
    struct values values[PARAMETERS];
    size_t given_n;               /* of all of them */
    const struct snapshot *nodes; /* its own reference */
    struct arena arena;
    struct arena part;      /* of a portion: emptied for the next */
    struct plan plan, held; /* held: to be asked again once the function library is loaded */
    enum library library;
    struct api_response response;
    int64_t now_ms, now_us; /* wall, steady */

    int turn;
    bool nodes_asked; /* whether the nodes are open, and `after` is in them, before turn 0; then that comes again */
    bool not_a_turn;  /* what was asked last was asked before turn 0, which is still to come */
    const struct answers *answers; /* of the turn before */
    void *state;                   /* the route's own, from the arena; NULL at turn 0 */
    bool ended;                    /* with a problem, or whole */
    enum problem problem;          /* PROBLEMS: none */
    bool parted;                   /* a part was sent: its status cannot be taken back */

    /* The shards asked in this turn, and what was learned of all so far. */
    struct shard_check *shards;
    size_t shards_n, shards_cap;
    uint32_t shards_asked_n; /* in all turns */
    size_t doubtful_n;       /* of them, the first: asked once more */
    bool confirming;         /* that is what was asked last; the turn's own answers are kept */
    int64_t newest;          /* the greatest; TIME_NONE: nothing was folded yet in any */
    int64_t complete;        /* the smallest; INT64_MAX: none asked yet; TIME_NONE: one does not know */
    uint32_t complete_ask;   /* in this turn, of the view as a whole; NOT_ASKED: no shard of items was asked */
    struct message_at after;
    bool waits;            /* `after` was given */
    bool waits_for_a_node; /* and is a message of the topic of nodes */
    uint32_t version_ask;  /* then: of the nodes' version */
    int64_t wait_until_ms;
    int64_t deadline_from_ms; /* when the request was whole, its last wait was over, or its last portion was begun */
    struct api_wait wait;     /* what it was parked for last */
    bool closing;             /* it is not parked any more: an answer that is open says what it has to, and ends */
    size_t head_len;          /* of the body: what an ETag leaves out */
};

/* The next portion of an answer that takes many: call->part is emptied, and the deadline begins anew. */
void call_begin_portion(struct api_call *call);

/* So that the call outlives whoever made it; before its parameters are taken. */
void call_copy_request(struct api_call *call);

/* --- parameters -------------------------------------------------------------------------------------------------- */

/* The one value of a parameter; empty when it was not given. */
struct str call_text(const struct api_call *call, enum parameter parameter);
bool call_has(const struct api_call *call, enum parameter parameter);
/* Of those with numbers; `otherwise` when it was not given. */
int64_t call_integer(const struct api_call *call, enum parameter parameter, int64_t otherwise);
double call_number(const struct api_call *call, enum parameter parameter, double otherwise);

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* Adds the state of an item's shard to this turn's asks, once a turn, unless a lease stands for it; whoever asks for
 * anything of an item calls it. Returns the shard. */
uint32_t call_ask_shard(struct api_call *call, struct str sku);
/* The same of a shard by number (api->view->keys.shards: that of the nodes), and always: nothing else need be asked. */
void call_ask_state(struct api_call *call, uint32_t shard);

/* --- answering --------------------------------------------------------------------------------------------------- */

/* Ends the call with a problem. `format` is its detail. Returns API_DONE. */
enum api_next call_fail(struct api_call *call, enum problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* For routes that need the nodes, before they were read. */
enum api_next call_fail_without_nodes(struct api_call *call);
/* The view's bytes cannot be read. */
enum api_next call_broken(struct api_call *call);
/* 404, once the view has said that it serves: until then nobody knows; what was read anew by then is looked at again.
 * For turn 0. */
enum api_next call_unknown_node(struct api_call *call);
/* 400: the route has no parameter of that name. */
enum api_next call_no_parameter(struct api_call *call, struct str name);
/* 400, naming the parameter: `format` says what was expected. */
enum api_next call_wrong(struct api_call *call, enum parameter parameter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Begins the body: `{"as_of":...,"lag_ms":...` without a closing brace, and sets the headers that say the same.
 * Returns it. */
struct buffer *call_open(struct api_call *call);

/* --- paging ------------------------------------------------------------------------------------------------------ */

/* A cursor is opaque to clients: hex of whatever the route wants to find again. `,"next":"..."` or `,"next":null`. */
void call_write_next(struct buffer *out, struct str position);
/* The position in `cursor`; empty when it was not given. Any bytes may come: whoever reads it checks them. */
struct str call_cursor(struct api_call *call);

#endif
