/* Hosts librdkafka's mock broker; it serves from a thread of its own. */
#include "stockfold/ingest/mock_broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

struct mock_broker {
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

static int create_topics(rd_kafka_mock_cluster_t *cluster, const struct kafka_config *config, int partitions,
                         struct error *error)
{
    for (int role = 0; role < TOPIC_MADE; role++) {
        rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(cluster, config->topics[role], partitions, 1);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return error_set(error, ERROR_STATE, "mock broker: topic %s: %s", config->topics[role],
                             rd_kafka_err2str(err));
    }
    return 0;
}

struct mock_broker *mock_broker_start(const struct kafka_config *config, int partitions, struct error *error)
{
    struct mock_broker *broker = calloc(1, sizeof(*broker));
    if (broker == NULL)
        error_out_of_memory();
    broker->handle = kafka_new(config, KAFKA_ADMIN, NULL, NULL, error);
    if (broker->handle != NULL)
        broker->cluster = rd_kafka_mock_cluster_new(broker->handle, 1);
    if (broker->cluster == NULL)
        error_set(error, ERROR_UNREACHABLE, "the mock broker cannot listen on loopback");
    else if (create_topics(broker->cluster, config, partitions, error) == 0)
        return broker;
    mock_broker_stop(broker);
    return NULL;
}

const char *mock_broker_address(const struct mock_broker *broker)
{
    return rd_kafka_mock_cluster_bootstraps(broker->cluster);
}

void mock_broker_stop(struct mock_broker *broker)
{
    if (broker == NULL)
        return;
    if (broker->cluster != NULL)
        rd_kafka_mock_cluster_destroy(broker->cluster);
    kafka_free(broker->handle);
    free(broker);
}
