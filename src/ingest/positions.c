/* Responsible for: where partitions end, asked once. Not for: the fold, which asks again and again (ends.c). */
#include "stockfold/ingest/positions.h"

#include "end_question.h"

int positions_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct partition_end **ret_ends,
                   size_t *ret_n, struct error *error)
{
    struct partition_end_list list = {0};
    bool found = partition_ends_find(handle, config, config->timeout_ms, &list);
    bool whole = found && partition_ends_ask(handle, config, config->timeout_ms, list.rows, list.n);
    *ret_ends = list.rows;
    *ret_n = list.n;
    if (!found)
        return kafka_cannot_reach(handle, config, "no answer in time", error);
    for (size_t i = 0; i < list.n && !whole; i++)
        if (list.rows[i].end < 0)
            return error_set(error, ERROR_UNREACHABLE, "Kafka: %s:%d: %s", config->topics[list.rows[i].role],
                             list.rows[i].partition,
                             list.rows[i].leader < 0 ? "has no leader" : "its broker does not answer");
    return 0;
}
