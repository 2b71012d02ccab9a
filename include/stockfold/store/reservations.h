/* Reservations in the view: what is read of them, and the one step that changes them.
 *
 *   ask (documents, stock, Redis' clock) ──► decide (core/reservation.h) ──► ask_change ──┬─ CHANGE_OK
 *        ▲                                                                               ├─ CHANGE_SHORT, CHANGE_FULL: no
 *        └──────────── CHANGE_CHANGED, CHANGE_MOVED: decide again from what is there now ─┘
 *
 * A change is one function call, all or nothing. Redis knows no states: documents are bytes with a version, holds are
 * numbers of units. In this order it
 *   1. refuses where reservations, or a shard of items that it touches, are not open on this server;
 *   2. holds each document against the version that was seen and, where asked, against Redis' clock;
 *   3. works out `reserved` of each item and node that holds change: the sum over holds of max(0, held - max(0, consumed)).
 *      What it raises needs sellable - less >= reserved afterwards, by the record as it is then; where the caller names the
 *      record's bytes, also these very bytes;
 *   4. holds counters against their most, and the outbox against its own;
 *   5. and only then writes: documents, holds, `reserved` (never below 0), counters, indexes, due times, outbox.
 *
 * A key of a wrong type, or with something in it that nobody of us wrote, is an error before anything is written. */
#ifndef STOCKFOLD_STORE_RESERVATIONS_H
#define STOCKFOLD_STORE_RESERVATIONS_H

#include "stockfold/core/watermark.h"
#include "stockfold/store/plan.h"

/* What documents are found by; the name is an owner, an order, a node, or node and code with a blank between. */
enum reservation_index { INDEX_OWNER, INDEX_ORDER, INDEX_NODE, INDEX_CODE, RESERVATION_INDEXES };

struct change_document {
    struct str id;
    int64_t seen; /* the version it must have; 0: none may be there; CHANGE_OLDER: whichever is lower than `version` */
    int64_t from_ms;   /* only from this moment on by Redis' clock, and */
    int64_t before_ms; /* only before this one; TIME_NONE: whenever */
    int64_t version;
    struct str text; /* what replaces it; empty: it is deleted */
};
enum { CHANGE_OLDER = -1 };

struct change_hold {
    struct str id, sku, node;
    int64_t units;   /* held from now on; 0: none */
    int64_t less;    /* units of what is sellable that are not for reservations: safety stock, closed zones */
    struct str seen; /* the record's value, which must still be the same; data NULL: any */
};

struct change_counter {
    struct str name;
    int64_t by, most; /* INT64_MAX: no most. What falls is never refused, and never goes below 0 */
};

struct change_index {
    enum reservation_index index;
    struct str name, id;
    int64_t at_ms; /* by which it is sorted; TIME_NONE: taken out */
};

struct change_due {
    struct str id;
    int64_t at_ms;   /* when it is to be looked at; TIME_NONE: never again */
    int64_t seen_ms; /* nothing where it is due at another moment than this by now; TIME_NONE: whichever */
    bool consumed;   /* of what a sale took (due_reservation), not of its own time */
};

/* For the relay: a message of that topic, keyed by the id. */
struct change_message {
    struct str id, value;
    bool lasting; /* for stock.reservations, kept for good; else for stock.holds */
};

struct change_watermark {
    struct str topic;
    int32_t partition;
    const struct watermark *expected, *next; /* expected NULL: none there yet */
};

/* Every part is borrowed. */
struct change {
    bool applies;       /* what the log says is written: nothing is refused for want of stock, room or openness */
    int64_t outbox_max; /* entries; 0: no most */
    const struct change_document *documents;
    const struct change_hold *holds; /* no two of one id, item and node */
    const struct change_counter *counters;
    const struct change_index *indexes;
    const struct change_due *due;
    const struct change_message *messages;
    const struct change_watermark *watermarks; /* of stock.reservations: applying moves them */
    uint32_t documents_n, holds_n, counters_n, indexes_n, due_n, messages_n, watermarks_n;
};

enum change_outcome {
    CHANGE_OK,
    CHANGE_CHANGED, /* a document has another version: `text` */
    CHANGE_TIME,    /* it is not the time for a document, by Redis' clock */
    CHANGE_MOVED,   /* a record is not as seen */
    CHANGE_SHORT,   /* too few units: `left` of each */
    CHANGE_FULL,    /* a counter has its most */
    CHANGE_BEHIND,  /* the outbox has its most */
    CHANGE_CLOSED,  /* reservations or a shard are not open here: 503 */
    CHANGE_STALE    /* applies: a watermark is not as expected */
};

struct change_answer {
    enum change_outcome outcome;
    int64_t now_us;  /* Redis' clock */
    uint32_t at;     /* the number of the document, hold or counter that it was about */
    struct str text; /* CHANGED: the document as it is now, empty: there is none; OK: id of the outbox' last entry */
    int64_t version; /* CHANGED: of that */
    const int64_t *left; /* SHORT: of each hold, the units that could be held there in all, those of its own counted as
                            free; INT64_MAX: it does not raise anything. In the arena */
};

uint32_t ask_change(struct plan *plan, const struct view *view, const struct change *change);
/* False: the answer cannot be read, and nobody knows what was done. */
bool read_change(const struct answers *answers, uint32_t ask, const struct change *change, struct arena *arena,
                 struct change_answer *ret_answer);

/* Redis' clock, in us. */
uint32_t ask_server_clock(struct plan *plan, const struct view *view);
bool read_server_clock(const struct answers *answers, uint32_t ask, int64_t *ret_us);

/* A document: its version and text; version 0: there is none. */
uint32_t ask_reservation(struct plan *plan, const struct view *view, struct str id);
bool read_reservation(const struct answers *answers, uint32_t ask, int64_t *ret_version, struct str *ret_text);

/* Ids by an index, newest first, then by bytes from the last, those of `at_ms` and older (TIME_NONE: all), with what they
 * are sorted by; for read_reservation_ids(). */
uint32_t ask_reservation_ids(struct plan *plan, const struct view *view, enum reservation_index index, struct str name,
                             int64_t at_ms, uint32_t limit);
struct indexed_reservation {
    struct str id;
    int64_t at_ms;
};
bool read_reservation_ids(const struct answers *answers, uint32_t ask, struct arena *arena,
                          struct indexed_reservation **ret_ids, size_t *ret_n);

/* Units of a line that sales took so far. */
uint32_t ask_consumed(struct plan *plan, const struct view *view, struct str id, struct str node, struct str sku);
bool read_consumed(const struct answers *answers, uint32_t ask, int64_t *ret_units);

/* Up to `most` reservations that are due, each put off by a second: whoever takes them has so long, and what is not done
 * by then another does. Only where reservations are open: CHANGE_CLOSED. Done is what a change gives another time, or none
 * (change_due); a notice that a sale took of one is taken away only if no other came: by its `again_ms`. */
uint32_t ask_due(struct plan *plan, const struct view *view, uint32_t most);
struct due_reservation {
    struct str id;
    int64_t again_ms; /* when it comes again */
    bool consumed;    /* a sale took all of a line of it; else its own time has come */
};
/* False: closed, or no such answer. */
bool read_due(const struct answers *answers, uint32_t ask, struct arena *arena, int64_t *ret_now_us,
              struct due_reservation **ret_due, size_t *ret_n);

#endif
