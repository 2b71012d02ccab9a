/* The fold as a driver uses it, in memory: what ingest does with the view, without the view.
 *
 * Per record: what is shown; a journal of the events that have not settled; and, while there are such events, the base
 * that they stand on. Events in order go onto what is shown, others make it anew from base and journal. */
#ifndef TEST_DRIVER_H
#define TEST_DRIVER_H

#include "stockfold/core/fold.h"
#include "stockfold/core/lateness.h"
#include "stockfold/core/watermark.h"

enum { DRIVER_PLACES = 64, DRIVER_INCOMING = 16, DRIVER_JOURNAL = 192, DRIVER_RECORDS = 2 };
enum { DRIVER_PARTITIONS = 4, RECORD_TEXT_MAX = 16384 };

/* A record on arrays of its own. */
struct held_record {
    struct record record;
    struct place_stock places[DRIVER_PLACES];
    struct incoming_line incoming[DRIVER_INCOMING];
};

struct driven_record {
    struct held_record shown, base;
    bool has_base;
    struct lateness_past past;
    struct fold_entry journal[DRIVER_JOURNAL];
    size_t journal_n;
};

/* One Kafka message: an event, and for a shipment (or its correction) the receiving node's side of it. */
struct message {
    int64_t kafka_time;
    int partition;
    const struct event *sides[DRIVER_RECORDS]; /* by record; NULL: does not concern it */
};

/* How often each path was taken. */
struct driver_tally {
    uint64_t in_order, out_of_order, settled, refused, waited, restarts;
    uint64_t refused_unread; /* of the refused: without a look at the window */
    struct fold_tally fold;
};

struct driver {
    struct driven_record records[DRIVER_RECORDS];
    struct lateness_rule rule;
    int64_t slack_ms; /* of settlement */
    struct driver_tally tally;
};

void driver_init(struct driver *driver, const struct lateness_rule *rule);

/* WAITS: the message stays where it is, and so do all behind it in its partition. */
enum verdict { TAKEN, LATE, WAITS };

/* Folds one batch at this progress, as ingest does; ret_verdicts[i] says what became of messages[i]. */
void driver_fold(struct driver *driver, const struct message *const *messages, size_t messages_n, int64_t progress,
                 enum verdict *ret_verdicts);

/* Settles what may settle at `progress`. */
void driver_settle(struct driver *driver, int64_t progress);

/* Throws away what is shown and makes it again from base and journal. Returns false when that is another record. */
bool driver_restart(struct driver *driver);

/* The whole record as text; equal texts are equal records. Same form as naive_text(). */
void record_text(const struct record *record, char ret_text[RECORD_TEXT_MAX]);

#endif
