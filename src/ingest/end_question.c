/* Responsible for: asking brokers which partitions there are and where they end. Not for: when (ends.c), or what follows
 * from it. */
#include "end_question.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"

enum { PARTITIONS_MAX = 4096 };

void partition_ends_done(struct partition_end_list *list)
{
    free(list->rows);
    *list = (struct partition_end_list){0};
}

/* --- which there are ---------------------------------------------------------------------------------------------- */

int topic_leaders(struct rd_kafka_s *handle, const char *name, int timeout_ms, int32_t *ret_leaders, int room)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, name, NULL);
    const struct rd_kafka_metadata *metadata = NULL;
    int count = -1;
    if (topic == NULL)
        return -1;
    if (rd_kafka_metadata(handle, 0, topic, &metadata, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        bool exists = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
        count = exists ? metadata->topics[0].partition_cnt : 0;
        for (int i = 0; i < count && i < room; i++)
            ret_leaders[i] = -1;
        for (int i = 0; i < count; i++)
            if (metadata->topics[0].partitions[i].id < room)
                ret_leaders[metadata->topics[0].partitions[i].id] = metadata->topics[0].partitions[i].leader;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(topic);
    return count > room ? room : count;
}

static struct partition_end *end_row(struct partition_end_list *list, enum topic_role role, int32_t partition)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->rows[i].role == role && list->rows[i].partition == partition)
            return &list->rows[i];
    if (list->n == list->cap) {
        list->cap = list->cap == 0 ? 32 : list->cap * 2;
        list->rows = reallocarray(list->rows, list->cap, sizeof(*list->rows));
        if (list->rows == NULL)
            error_out_of_memory();
    }
    struct partition_end *row = &list->rows[list->n++];
    *row = (struct partition_end){.role = role, .partition = partition, .leader = -1, .end = -1};
    return row;
}

bool partition_ends_find(struct rd_kafka_s *handle, const struct kafka_config *config, int timeout_ms,
                         struct partition_end_list *list)
{
    int32_t leaders[PARTITIONS_MAX];
    int missing = 0;
    for (int role = 0; role < TOPIC_INPUTS; role++) {
        int count = topic_leaders(handle, config->topics[role], timeout_ms, leaders, PARTITIONS_MAX);
        if (count < 0)
            return false;
        missing |= (count == 0) << role;
        for (int32_t partition = 0; partition < count; partition++)
            end_row(list, (enum topic_role)role, partition)->leader = leaders[partition];
    }
    list->missing = missing;
    return true;
}

/* --- where they end ----------------------------------------------------------------------------------------------- */

/* One broker, of which librdkafka would else wait for all when one of them is away. */
static bool ask_leader(rd_kafka_t *handle, const struct kafka_config *config, int timeout_ms,
                       struct partition_end *rows, size_t n, int32_t leader)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].leader == leader)
            rd_kafka_topic_partition_list_add(list, config->topics[rows[i].role], rows[i].partition)->offset =
                RD_KAFKA_OFFSET_END;
    int64_t sent_us = clock_steady_us();
    bool whole = rd_kafka_offsets_for_times(handle, list, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0, at = 0; i < n && whole; i++) {
        if (rows[i].leader != leader)
            continue;
        const rd_kafka_topic_partition_t *answer = &list->elems[at++];
        whole = whole && answer->err == RD_KAFKA_RESP_ERR_NO_ERROR && answer->offset >= 0;
        if (!whole)
            break;
        rows[i].end = answer->offset;
        rows[i].sent_us = sent_us;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return whole;
}

bool partition_ends_ask(struct rd_kafka_s *handle, const struct kafka_config *config, int timeout_ms,
                        struct partition_end *rows, size_t n)
{
    bool whole = true;
    for (size_t i = 0; i < n; i++) {
        int32_t leader = rows[i].leader;
        bool asked = false;
        for (size_t k = 0; k < i && !asked; k++)
            asked = rows[k].leader == leader;
        if (!asked)
            whole = (leader >= 0 && ask_leader(handle, config, timeout_ms, rows, n, leader)) && whole;
    }
    return whole;
}
