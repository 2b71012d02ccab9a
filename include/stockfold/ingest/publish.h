/* Publishing lines of JSON: checked as the fold would check them, routed, produced idempotently.
 *
 * An event goes to the topic of its node's kind, keyed by sku; kinds come from node documents, those in the view and
 * those published before it here, and an unknown node counts as a store. Items and nodes go to their topics, keyed by
 * sku and node id. With a topic named, lines that are not what it takes are refused. Lines are sent byte for byte as they
 * are. */
#ifndef STOCKFOLD_INGEST_PUBLISH_H
#define STOCKFOLD_INGEST_PUBLISH_H

#include "stockfold/codec/event_json.h"
#include "stockfold/codec/master.h"
#include "stockfold/ingest/kafka.h"
#include "stockfold/store/view.h"

/* What a line wants to be, told from the names of its fields. */
enum publish_kind { PUBLISH_EVENT, PUBLISH_ITEM, PUBLISH_NODE };
enum publish_kind publish_kind_of(struct str line);

struct publish_config {
    struct kafka_config kafka;
    const char *topic; /* where everything goes that belongs there; NULL: to the topic of its kind */
    struct view *view; /* connected, or NULL: node kinds come from the input alone, and nothing can be completed */
    /* The scope that the input tells in full: a node, and of it a floor or zone (as a place; empty: all of it). An
     * empty node: none. */
    struct str complete_node, complete_place;
};

struct publish_totals {
    int64_t sent;      /* lines given to Kafka */
    int64_t completed; /* empty counts among them */
};

struct publisher;

/* Fails when Kafka cannot be reached or a topic is missing. `config` is copied, what it points at borrowed. */
struct publisher *publisher_new(const struct publish_config *config, struct error *error) WARN_UNUSED;
void publisher_free(struct publisher *publisher);

/* One line, without its newline; gone from `line` when this returns. What the line says wrong is *ret_refusal and
 * `ret_detail` (REFUSAL_DETAIL_MAX bytes); what the world does wrong is returned. */
int publisher_line(struct publisher *publisher, struct str line, enum refusal *ret_refusal, char *ret_detail,
                   struct error *error) WARN_UNUSED;

/* Sends an empty count, at `now_ms`, for every sku that the view has in the scope and that no event of the input named
 * at that node. For an input without refusals only: a mistyped line would empty its item's shelf. */
int publisher_complete(struct publisher *publisher, int64_t now_ms, struct error *error) WARN_UNUSED;

/* Waits until everything is acknowledged; ERROR_UNREACHABLE with the first failure when something is not. */
int publisher_finish(struct publisher *publisher, struct publish_totals *ret_totals, struct error *error) WARN_UNUSED;

#endif
