/* What `status` gathers from the view and from Kafka before it prints anything. */
#ifndef STOCKFOLD_SRC_CLI_STATUS_H
#define STOCKFOLD_SRC_CLI_STATUS_H

#include "stockfold/ingest/positions.h"
#include "stockfold/store/show.h"
#include "stockfold/store/without_documents.h"

enum { TOTAL_NAME_MAX = 64, TOTALS_MAX = 64 };

/* One input partition: how far the view is, and where Kafka ends. */
struct position {
    char topic[KAFKA_TOPIC_NAME_MAX + 1];
    int32_t partition;
    int64_t next;        /* the lowest over the shards; 0 where one has read nothing */
    int64_t complete_to; /* likewise; TIME_NONE: not read everywhere yet */
    uint32_t shards;     /* that have a watermark of it */
    int64_t end;         /* in Kafka; -1: not known */
    int64_t waiting;     /* messages read that wait for the log (history), or stand behind such */
    int64_t written_ms;  /* when a fold last wrote where it is, by its host's clock; 0: never */
};

struct total {
    char name[TOTAL_NAME_MAX];
    int64_t number;
};

struct status {
    struct view *view;
    struct kafka_config kafka;
    uint32_t open;                             /* shards verified on this server */
    bool reservations_open;                    /* the same of reservations */
    uint32_t never_folded;                     /* shards that nothing was ever committed to */
    uint32_t closed;                           /* shards that wait for an operator... */
    char closed_by[KAFKA_TOPIC_NAME_MAX + 16]; /* ...since the log of this TOPIC:PARTITION, the first, does not fit */
    struct position *positions;                /* sorted by topic and partition; owned */
    size_t positions_n;
    int64_t progress; /* P of the slowest shard: the smallest complete_to of the stock topics */
    struct view_size size;
    struct without_documents without;
    struct total totals[TOTALS_MAX];
    size_t totals_n;
    double seconds;           /* between the two readings of rates; 0: none */
    double rates[TOTALS_MAX]; /* per second, of totals[] */
    struct error kafka_away;  /* why ends are not known */
};

/* Reads everything; Kafka's absence is noted, Redis' is the error. `interval_ms` lies between the readings of rates. */
int status_gather(struct status *status, int64_t interval_ms, struct error *error) WARN_UNUSED;
void status_done(struct status *status);

/* Parts of it. Of shards: how many are open, and the positions in their watermarks. */
int status_read_shards(struct status *status, struct error *error) WARN_UNUSED;
/* Of partitions: what their folds wrote of themselves, sorted. */
int status_read_progress(struct status *status, struct error *error) WARN_UNUSED;

#endif
