/* The new events of a batch, on their way into the journal: hour by hour of event time. */
#ifndef STOCKFOLD_SRC_INGEST_JOURNAL_ROWS_H
#define STOCKFOLD_SRC_INGEST_JOURNAL_ROWS_H

#include "batch.h"

/* A run of one record's new events in one hour of event time, on its way into the journal. */
struct journal_row {
    int64_t hour;
    const struct batch_record *record;
    size_t from, to;
    struct str ride;
};

struct journal_rows {
    struct journal_row *rows;
    size_t n, cap;
};

/* The new events of a record, hour by hour; and the hours that are the record's from now on: of one whose window was
 * replayed, exactly those of its events. */
void journal_rows_add(struct batch *batch, struct batch_record *record, struct journal_rows *rows);
/* Puts them into the commit. */
void journal_rows_write(struct batch *batch, struct journal_rows *rows);

#endif
