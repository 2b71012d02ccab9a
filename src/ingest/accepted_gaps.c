/* A name that is mistyped would accept nothing, and the fold would go on as if it had not been given. */
#include "accepted_gaps.h"

#include <stdlib.h>

#include "end_question.h"

enum { PARTITIONS_MAX = 4096 };

/* The partition behind the colon: -1 where the whole topic is meant, -2: it is no number. */
static int32_t partition_of(const char *gap)
{
    const char *digits = strchr(gap, ':');
    if (digits == NULL)
        return -1;
    size_t len = strlen(++digits);
    return len == 0 || len > 9 || strspn(digits, "0123456789") < len ? -2 : (int32_t)strtol(digits, NULL, 10);
}

static int refuse_gap(const struct kafka_config *kafka, const char *gap, struct error *error)
{
    char inputs[KAFKA_INPUT_NAMES_MAX];
    kafka_name_inputs(kafka, KAFKA_ALL_INPUTS, inputs);
    return error_set(error, ERROR_USAGE,
                     "--accept-gap %s: expected TOPIC or TOPIC:PARTITION of what the fold reads: %s", gap, inputs);
}

static int check_partition(const struct kafka_config *kafka, struct rd_kafka_s *handle, const char *gap,
                           const char *topic, struct error *error)
{
    int32_t leaders[PARTITIONS_MAX], partition = partition_of(gap);
    int partitions_n = partition < 0 ? 0 : topic_leaders(handle, topic, kafka->timeout_ms, leaders, PARTITIONS_MAX);
    if (partitions_n <= 0 || partition < partitions_n)
        return 0;
    return error_set(error, ERROR_USAGE, "--accept-gap %s: topic %s has %d partitions, counted from 0", gap, topic,
                     partitions_n);
}

int accepted_gaps_check(const struct fold_config *config, struct error *error)
{
    const struct kafka_config *kafka = &config->kafka;
    struct rd_kafka_s *handle = config->accept_gaps_n == 0 ? NULL : kafka_new(kafka, KAFKA_ADMIN, NULL, NULL, error);
    for (size_t i = 0; i < config->accept_gaps_n && error->code == ERROR_NONE; i++) {
        const char *gap = config->accept_gaps[i];
        struct str name = {gap, strcspn(gap, ":")};
        int role = 0;
        while (role < TOPIC_INPUTS && !str_equal(str_from(kafka->topics[role]), name))
            role++;
        if (role == TOPIC_INPUTS || partition_of(gap) == -2)
            refuse_gap(kafka, gap, error);
        else
            check_partition(kafka, handle, gap, kafka->topics[role], error);
    }
    kafka_free_within(handle, 0);
    return (int)error->code;
}
