/* A view in a Redis of its own, open for reservations, changes of them, and what came of each. One to a program. */
#ifndef STOCKFOLD_TESTS_STORE_CHANGING_H
#define STOCKFOLD_TESTS_STORE_CHANGING_H

#include "stockfold/store/reservations.h"
#include "store/support/committing.h"

#define NODE STR("store-1")

/* A fixture, with changing_stop(): committing.h's start(), every shard open on the server, with a token. */
void changing_start(void);
void changing_stop(void);

/* The record of an item at NODE has that many sellable units. */
void put_sellable(struct str sku, int64_t units);
/* The units reserved there, as the view has them. */
int64_t reserved_units(struct str sku);

/* What came back for a plan; it stays until the next plan or change. */
const struct answers *send_plan(struct plan *asked);

/* What a change answers; its texts stay until the next. Its reply may be an error: then ret_error is true. */
struct change_answer do_change(const struct change *change, bool *ret_error);
/* Expects that outcome, and, but for CHANGE_OK, an untouched database. */
struct change_answer expect_change(const struct change *change, enum change_outcome outcome);

/* A reservation of one line: its document, hold, and the time when it is due. Made, changed or ended (units 0). */
struct one_line {
    struct change_document document;
    struct change_hold hold;
    struct change_due due;
    struct change change;
};
void one_line_init(struct one_line *ret, struct str id, struct str sku, int64_t units, int64_t seen, int64_t version);

#endif
