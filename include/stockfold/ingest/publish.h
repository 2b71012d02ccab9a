/* Publishing lines of JSON: checked as the fold would check them, routed, produced idempotently.
 *
 * An event goes to the topic of its node's kind, keyed by sku; kinds come from node documents, those in the view and
 * those published before it here, and an unknown node counts as a store. Items and nodes go to their topics, keyed by
 * sku and node id. With a topic named, lines that are not what it takes are refused. Lines are sent byte for byte as they
 * are.
 *
 * Without scopes, publisher_line() for each line. With scopes, whose stock the input tells in full: publisher_check() for
 * each line, publisher_plan(), publisher_line() for each line again, publisher_complete(). */
#ifndef STOCKFOLD_INGEST_PUBLISH_H
#define STOCKFOLD_INGEST_PUBLISH_H

#include "stockfold/codec/event_json.h"
#include "stockfold/codec/master.h"
#include "stockfold/ingest/kafka.h"
#include "stockfold/store/view.h"

/* What a line wants to be, told from the names of its fields. */
enum publish_kind { PUBLISH_EVENT, PUBLISH_ITEM, PUBLISH_NODE };
enum publish_kind publish_kind_of(struct str line);
/* The time of an event and of the event that it speaks of (of a `corrected` its ref_time); TIME_NONE: it is none. */
int64_t publish_time_of(struct str line, struct arena *arena, int64_t *ret_key_time);

/* A node, or a floor or zone of it: NODE[/FLOOR[/ZONE]], each name percent-encoded. */
enum { SCOPE_NAMES_MAX = 3 };
struct publish_scope {
    const char *text; /* as it was given */
    struct str node;
    struct str place; /* empty: all of the node */
    bool encoded;     /* the text has a percent-encoding: a / in it separates names; else it may also be part of one */
};

/* What happens to lines, for whoever tells people. `tag` is that of the line; PUBLISH_COMPLETION: of an empty count. */
enum { PUBLISH_COMPLETION = 0 };
struct publish_listener {
    void *context;
    /* Once for each name of a field that is not known, whose value is not read, of a time zone that is none, and of a node
     * without a document. */
    void (*unknown_name)(void *context, const char *detail);
    /* A message that Kafka takes for too large. May be told much later than its line was given. */
    void (*too_large)(void *context, uint64_t tag, const char *detail);
    /* What would be sent; NULL unless nothing is to be sent. Without data `value` is a tombstone. */
    void (*preview)(void *context, const char *topic, struct str key, struct str value);
};

struct publish_config {
    struct kafka_config kafka;
    const char *topic; /* where everything goes that belongs there; NULL: to the topic of its kind */
    struct view *view; /* connected, or NULL: node kinds come from the input alone, and nothing can be completed */
    const struct publish_scope *scopes;
    size_t scopes_n;
    int64_t at_ms;         /* the moment of scopes without a line; TIME_NONE: not given */
    int64_t future_max_ms; /* how far ahead of this machine's clock an event may be: its Kafka time is about that */
    bool strict;           /* lines with fields, time zones or nodes that are not known are refused */
    struct publish_listener listener;
};

struct publish_totals {
    int64_t sent;      /* messages given to Kafka and not refused by it, or previewed */
    int64_t completed; /* empty counts among them */
};

struct publisher;

/* Fails when Kafka cannot be reached or a topic is missing. `config` is copied, what it points at borrowed. */
struct publisher *publisher_new(const struct publish_config *config, struct error *error) WARN_UNUSED;
void publisher_free(struct publisher *publisher);

/* Checks and sends one line, without its newline; gone from `line` when this returns. What the line says wrong is
 * *ret_refusal and `ret_detail` (REFUSAL_DETAIL_MAX bytes); what the world does wrong is returned. */
int publisher_line(struct publisher *publisher, struct str line, uint64_t tag, enum refusal *ret_refusal,
                   char *ret_detail, struct error *error) WARN_UNUSED;

/* Checks one line and notes which item of which scope it tells of. ERROR_USAGE: it lies outside of all scopes. */
int publisher_check(struct publisher *publisher, struct str line, enum refusal *ret_refusal, char *ret_detail,
                    struct error *error) WARN_UNUSED;

/* What completing does to the node of which it empties the greatest part. */
struct publish_plan {
    int64_t counts; /* empty counts, of all nodes */
    const char *scope;
    struct {
        int64_t held, emptied;
    } skus, units;
};

/* Which items get an empty count: those that the view has in a scope and that no line noted there; a count has the time
 * of its scope's newest line. ERROR_USAGE: a node or zone is not known, a scope could name two things, or it
 * has neither line nor moment. */
int publisher_plan(struct publisher *publisher, struct publish_plan *ret_plan, struct error *error) WARN_UNUSED;
/* Whether more than a fifth of the items or of the units of that node become 0. */
bool publish_plan_empties(const struct publish_plan *plan);
/* Sends the empty counts. */
int publisher_complete(struct publisher *publisher, struct error *error) WARN_UNUSED;

/* Sends the deletion of a document. */
int publisher_delete(struct publisher *publisher, enum publish_kind kind, struct str id,
                     struct error *error) WARN_UNUSED;
/* Sends counts, of the moment `now_ms`, that leave nothing of an item at any node, or of any item at a node. */
int publisher_empty(struct publisher *publisher, enum publish_kind kind, struct str id, int64_t now_ms,
                    struct error *error) WARN_UNUSED;

/* Waits until everything is acknowledged; ERROR_UNREACHABLE with the first failure when something is not. */
int publisher_finish(struct publisher *publisher, struct publish_totals *ret_totals, struct error *error) WARN_UNUSED;

#endif
