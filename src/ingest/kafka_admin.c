/* Responsible for: sending and awaiting one admin request. Not for: what is asked (topics.c, topics_alter.c). Thread: the
 * caller's. */
#include "kafka_admin.h"

rd_kafka_AdminOptions_t *kafka_admin_options(rd_kafka_t *handle, rd_kafka_admin_op_t op, int timeout_ms)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(handle, op);
    char text[128];
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
    return options;
}

rd_kafka_event_t *kafka_admin_await(rd_kafka_queue_t *queue, const struct kafka_config *config, const char *request,
                                    struct error *error)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, config->timeout_ms + 1000);
    rd_kafka_resp_err_t err = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return event;
    error_set(error, ERROR_UNREACHABLE, "Kafka: %s: %s", request, rd_kafka_err2str(err));
    rd_kafka_event_destroy(event);
    return NULL;
}
