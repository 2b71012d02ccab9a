/* Asks brokers for the ends of the input partitions, one after the other. Not for the fold, which is told by EOF. */
#include "stockfold/ingest/positions.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "stockfold/ingest/topics.h"

int positions_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct partition_ends **ret_ends,
                   size_t *ret_n, struct error *error)
{
    struct topic_facts facts[TOPIC_MADE];
    int code = topics_read(handle, config, facts, error);
    if (code != 0)
        return code;
    size_t ends_n = 0;
    for (int role = 0; role < TOPIC_INPUTS; role++)
        ends_n += (size_t)facts[role].partitions;
    struct partition_ends *ends = calloc(ends_n + 1, sizeof(*ends));
    if (ends == NULL)
        error_out_of_memory();
    size_t n = 0;
    for (int role = 0; role < TOPIC_INPUTS; role++)
        for (int32_t partition = 0; partition < facts[role].partitions; partition++, n++) {
            ends[n] = (struct partition_ends){.role = (enum topic_role)role, .partition = partition};
            rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(
                handle, config->topics[role], partition, &ends[n].begin, &ends[n].end, config->timeout_ms);
            if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
                continue;
            free(ends);
            return error_set(error, ERROR_UNREACHABLE, "Kafka: end of %s:%d: %s", config->topics[role], partition,
                             rd_kafka_err2str(err));
        }
    *ret_ends = ends;
    *ret_n = n;
    return 0;
}
