/* `stockfold fold`: Kafka -> decode -> fold -> commit, until told to stop.
 *
 * One thread drives it all (ingest/README in this head comment's source file, src/ingest/fold.c, draws the flow); librdkafka
 * fetches in its own threads, and one small thread asks for partition ends. */
#ifndef STOCKFOLD_INGEST_FOLD_H
#define STOCKFOLD_INGEST_FOLD_H

#include <signal.h>

#include "stockfold/core/lateness.h"
#include "stockfold/core/refusal.h"
#include "stockfold/ingest/kafka.h"
#include "stockfold/store/view.h"

/* Bounds of what may be configured. */
enum {
    FOLD_COMMIT_RECORDS_MAX = 10000,
    FOLD_COMMIT_EVENTS_MAX = 1000000,
    FOLD_COMMITS_IN_FLIGHT_MAX = 64,
    FOLD_INSPECT_KEYS_MAX = 1000000
};

struct fold_config {
    struct kafka_config kafka;
    struct view_config view;
    const char *group;           /* consumer group: "stockfold" */
    int64_t settle_slack_ms;     /* beyond W and G before an event may settle, 1 h */
    int64_t step_ms;             /* how far in Kafka time one partition may run ahead of the slowest, 1 h */
    int64_t step_patience_ms;    /* without data for so long, a partition holds nobody back, 10 s */
    int64_t master_retention_ms; /* a compacted topic away for longer is read whole, 24 h */
    int64_t checkpoint_ms;       /* 1000 */
    int64_t linger_ms;           /* longest a decoded event waits for more before its commit, 2 */
    uint32_t commit_records;     /* records in one commit at most, 256: about a quarter of a ms of Redis */
    uint32_t commit_events;      /* events in one commit at most, 4096 */
    uint32_t commits_in_flight;  /* per shard, 4 */
    uint32_t inspect_keys;       /* keys a second that are looked at for what is missing, 1000; 0: none */
    uint64_t cache_bytes;        /* of records kept in memory, 96 MiB */
    uint64_t pending_bytes;      /* of messages decoded and not yet committed, 8 MiB */
    /* TOPIC[:PARTITION] whose logs may have lost their past before this start: fold what they hold now */
    const char *const *accept_gaps;
    size_t accept_gaps_n;
    bool until_end;               /* stop when everything that was there at the start is committed */
    int64_t until_end_timeout_ms; /* of until_end: give up after so long; 0: never */
};

struct fold_totals {
    int64_t read, folded, duplicate;
    int64_t refused[REFUSALS];
    double seconds;
};

/* Runs until `*stop` is set, or the end with until_end. Servers away are waited for. Returns 0 after a clean end. */
int fold_run(const struct fold_config *config, const volatile sig_atomic_t *stop, struct fold_totals *ret_totals,
             struct error *error) WARN_UNUSED;

#endif
