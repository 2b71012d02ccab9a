/* Where the partitions of the input topics begin and end in Kafka, for `status`. */
#ifndef STOCKFOLD_INGEST_POSITIONS_H
#define STOCKFOLD_INGEST_POSITIONS_H

#include "stockfold/ingest/kafka.h"

struct partition_ends {
    enum topic_role role;
    int32_t partition;
    int64_t begin,
        end; /* offsets; transaction markers take some, so `end` less a position is an upper bound of a lag */
};

/* Asks for every partition of the input topics that exist. The caller frees *ret_ends. */
int positions_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct partition_ends **ret_ends,
                   size_t *ret_n, struct error *error) WARN_UNUSED;

#endif
