/* A shard: what it has queued, in flight and learned of the view; one recovery from every mismatch. */
#ifndef STOCKFOLD_SRC_INGEST_SHARD_H
#define STOCKFOLD_SRC_INGEST_SHARD_H

#include "engine.h"
#include "queue.h"
#include "stockfold/base/buffer.h"
#include "sweep_pass.h"

enum shard_state {
    SHARD_UNKNOWN,  /* nothing is known: has to learn when the link is there and it is not backing off */
    SHARD_LEARNING, /* its meta was asked for, and then the view's descriptor */
    SHARD_READY,
};

enum { DAMAGE_WAIT_MAX_MS = 60 * 1000, DAMAGE_CALM_US = 10 * 60 * 1000 * 1000 };

struct shard {
    struct engine *engine;
    uint32_t number; /* in the view */
    enum shard_state state;
    uint32_t generation; /* grows with every loss of knowledge; replies to older questions are dropped */
    int64_t retry_us;    /* do not learn before this moment */
    int64_t backoff_ms;
    bool refusal_logged; /* that Redis refuses its writes; until it takes one */
    char token[VIEW_TOKEN_MAX];
    struct buffer closed; /* `open` in the view, where that lists partitions for an operator to decide of; else empty */
    size_t gaps_listed;   /* how many of this fold's gaps `closed` has */
    bool unclean;         /* has to be cleared before it is folded into */
    int64_t damaged_us;   /* when it was last found damaged */
    int64_t damage_wait_ms;    /* for which it is not cleared then */
    int64_t clearing_since_us; /* when somebody else was first seen clearing it, with this token */
    char clearing_token[VIEW_TOKEN_MAX];
    bool began_empty;          /* when it was learned, nothing had been folded into it: all its records are from here */
    bool open;                 /* verified on the connected server */
    bool checkpoint_in_flight; /* one at a time: a view that is slower than they come would be buried in them */
    bool asked_of_others;      /* the progress of other consumers, of the view; one question at a time, likewise */
    bool lacks_watermarks;     /* of its partitions the view may have none yet */
    bool advanced;             /* by commits since the last checkpoint, which keeps `complete` */
    uint64_t ends_round;       /* round of questions about ends that began after it had to learn */
    bool ends_known;           /* what it must reach to open was taken from that round */
    int64_t *open_at;          /* offset per input that must be reached before it opens */
    int64_t settled;           /* hour */
    int commits_until_pipelining; /* to succeed before more than one may be in flight */
    int contended_commits;        /* that still wait for more events, since another consumer writes this shard too */

    struct shard_input *inputs;
    struct queue queue;

    bool preparing;      /* a batch, or a slice of the sweep: at most one */
    size_t in_flight_n;  /* batches behind it whose commits are not answered; answers come in their order */
    int64_t settle_next; /* P from which something behind `settled` may settle; INT64_MAX: nothing is known of */
    int64_t deferred_ask_us, deferred_retry_us;
    struct sweep_pass pass;
    int64_t sweep_at_us; /* when it may sweep again */
    bool sweep_due;
    int sweep_turn; /* batches since a due sweep had its turn */
};

void shards_init(struct engine *engine);
void shards_done(struct engine *engine);
/* Makes room for inputs that were added. */
void shards_fit_inputs(struct engine *engine);
/* The shard of an item; the one of the node documents; the one of reservations. */
struct shard *shard_for(struct engine *engine, uint32_t sku_hash);
struct shard *shard_for_nodes(struct engine *engine);
struct shard *shard_for_reservations(struct engine *engine);

/* Whatever is known of the shard is void: drops cached records and tentative results, learns anew. */
void shard_forget(struct shard *shard, int64_t wait_ms);
/* Asks the view what it has of the shard. */
void shard_learn(struct shard *shard);
/* Whether it is unclean, and nothing holds its clearing back. */
bool shard_is_to_be_cleared(const struct shard *shard, int64_t now_us);
/* Clears all such shards in one walk over the view's keys. */
void shards_clear_unclean(struct engine *engine, int64_t now_us);
/* Forgets, and drops what is queued. */
void shard_clear(struct shard *shard);
/* What is read of the shard cannot be what was written: it is cleared and folded again. Damage that comes again, since
 * clearing leaves its cause, waits twice as long each time, up to DAMAGE_WAIT_MAX_MS; after DAMAGE_CALM_US without, it does
 * not any more. */
void shard_damaged(struct shard *shard, const char *what);
/* An answer to a commit or question says no: what now. */
void shard_trouble(struct shard *shard, enum reply_problem problem, const struct reply *reply);
/* Forgets every queued message of inputs that are no longer assigned. */
void shard_drop_unassigned(struct shard *shard);
/* A commit was answered with "no"; or with "yes": it was of the oldest `messages_n` in the queue. */
void shard_conflict(struct shard *shard, enum commit_answer answer);
void shard_acknowledge(struct shard *shard, size_t messages_n);

/* Everything before that hour was swept; what was once settled stays so, whatever a setting or a lower P says. */
void shard_note_settled(struct shard *shard, int64_t before);
/* The view took something of the shard: what was refused before is over. */
void shard_written(struct shard *shard);

/* Its counts agree: for assert() and tests. */
bool shard_check(const struct shard *shard);

/* Which of them it is; and whether an input has anything for a shard at all. */
bool shard_is_items(const struct shard *shard);
bool shard_is_nodes(const struct shard *shard);
bool shard_is_reservations(const struct shard *shard);
bool shard_concerns(const struct shard *shard, const struct input *input);
/* The topics that concern it, with how many partitions each has; returns how many topics. None while a topic, or its
 * partitions, were not found yet: what it is complete to cannot be told by the others. */
size_t shard_fed_by(const struct shard *shard, struct fed_topic ret_topics[TOPIC_INPUTS]);

/* A question to the view about a shard, void once the shard has forgotten. question_stands() frees it. */
struct question {
    struct shard *shard;
    uint32_t generation;
};
struct question *question_new(struct shard *shard);
bool question_stands(struct question *question, struct shard **ret_shard);

#endif
