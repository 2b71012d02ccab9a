/* Where the partitions of the input topics end in Kafka, for `status`. */
#ifndef STOCKFOLD_INGEST_POSITIONS_H
#define STOCKFOLD_INGEST_POSITIONS_H

#include "stockfold/ingest/kafka.h"

struct partition_end {
    enum topic_role role;
    int32_t partition;
    int32_t leader; /* its broker; -1: none just now */
    /* The high watermark; -1: not answered. Transaction markers take offsets, and an open transaction may hide messages:
     * `end` less a position is an upper bound of a lag. */
    int64_t end;
    int64_t sent_us; /* steady clock: when the question was sent that `end` answers */
};

/* Asks for every partition of the input topics that exist, each broker once. `handle` is one of KAFKA_ENDS. The caller frees
 * *ret_ends, which also after an error holds what is known. */
int positions_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct partition_end **ret_ends,
                   size_t *ret_n, struct error *error) WARN_UNUSED;

#endif
