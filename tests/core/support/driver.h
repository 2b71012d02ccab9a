/* The fold as a driver uses it, in memory: what ingest does with the view, without the view.
 *
 * Per record: what is shown; a journal of the events that have not settled; and, while there are such events, the base
 * that they stand on. Events in order go onto what is shown, others make it anew from base and journal. */
#ifndef TEST_DRIVER_H
#define TEST_DRIVER_H

#include "stockfold/core/fold.h"
#include "stockfold/core/watermark.h"

enum { DRIVER_PLACES = 64, DRIVER_INCOMING = 16, DRIVER_JOURNAL = 192, DRIVER_RECORDS = 2, RECORD_TEXT_MAX = 16384 };

/* A record on arrays of its own. */
struct held_record {
    struct record record;
    struct place_stock places[DRIVER_PLACES];
    struct incoming_line incoming[DRIVER_INCOMING];
};

struct driven_record {
    struct held_record shown, base;
    bool has_base;
    struct fold_entry journal[DRIVER_JOURNAL];
    size_t journal_n;
};

/* One Kafka message: an event, and for a shipment (or its correction) the receiving node's side of it. */
struct message {
    int64_t kafka_time;
    bool history;  /* older than the window when it came: must come in order, to within the hour */
    bool may_late; /* repeats another or is a stray: may be refused as late */
    const struct event *sides[DRIVER_RECORDS]; /* by record; NULL: does not concern it */
};

/* How often each path was taken. */
struct driver_tally {
    uint64_t in_order, out_of_order, settled, refused, restarts;
    struct fold_tally fold;
};

struct driver {
    struct driven_record records[DRIVER_RECORDS];
    int64_t window_ms;
    struct driver_tally tally;
};

void driver_init(struct driver *driver, int64_t window_ms);

/* Folds one batch, as ingest does; ret_taken[i] says whether messages[i] was taken, or refused as late. */
void driver_fold(struct driver *driver, const struct message *const *messages, size_t messages_n, bool *ret_taken);

/* Settles what may settle at `progress`. */
void driver_settle(struct driver *driver, int64_t progress);

/* Throws away what is shown and makes it again from base and journal. Returns false when that is another record. */
bool driver_restart(struct driver *driver);

/* The whole record as text; equal texts are equal records. Same form as naive_text(). */
void record_text(const struct record *record, char ret_text[RECORD_TEXT_MAX]);

#endif
