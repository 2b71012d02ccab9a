/* Responsible for: comparing clocks once. Not for: the fold, which asks again and again (ends.c). */
#include "stockfold/ingest/clocks.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker_clock.h"
#include "end_question.h"
#include "ends.h"
#include "stockfold/base/clock.h"

enum { BROKERS_MAX = 64, HOST_OFF_MS = 1000 };

/* One broker's question. */
struct asked {
    int64_t sent_us, sent_ms; /* steady and wall clock */
};

struct clock_comparison {
    struct asked asked[BROKERS_MAX];
    struct broker_clocks clocks;
    int64_t host_ahead_ms; /* the least that the host's clock is off; below 0: behind */
    int stamped_n;         /* answers */
};

static int64_t host_ahead(int64_t stamp_ms, int64_t sent_ms, int64_t came_ms)
{
    if (stamp_ms < sent_ms)
        return sent_ms - stamp_ms;
    return stamp_ms > came_ms ? came_ms - stamp_ms : 0;
}

static void compare_stamp(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct clock_comparison *comparison = opaque;
    const struct asked *asked = message->_private;
    rd_kafka_timestamp_type_t type;
    int64_t stamp_ms = rd_kafka_message_timestamp(message, &type);
    (void)handle;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || type != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
        return;
    comparison->stamped_n++;
    broker_clock_answered(&comparison->clocks, rd_kafka_message_broker_id(message), stamp_ms, asked->sent_us,
                          clock_steady_us());
    int64_t ahead_ms = host_ahead(stamp_ms, asked->sent_ms, clock_wall_ms());
    if (llabs(ahead_ms) > llabs(comparison->host_ahead_ms))
        comparison->host_ahead_ms = ahead_ms;
}

/* One question to each broker that leads a partition. */
static void ask_brokers(rd_kafka_t *handle, const struct kafka_config *config, struct clock_comparison *comparison)
{
    static const char key[] = "check";
    const char *topic = config->topics[TOPIC_CLOCK];
    int32_t leaders[BROKERS_MAX];
    int count = topic_leaders(handle, topic, config->timeout_ms, leaders, BROKERS_MAX);
    for (int i = 0; i < count; i++) {
        bool first = leaders[i] >= 0;
        for (int k = 0; k < i && first; k++)
            first = leaders[k] != leaders[i];
        comparison->asked[i] = (struct asked){clock_steady_us(), clock_wall_ms()};
        if (first)
            rd_kafka_producev(handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(i),
                              RD_KAFKA_V_KEY(key, sizeof(key) - 1), RD_KAFKA_V_VALUE((void *)"?", 1),
                              RD_KAFKA_V_OPAQUE(&comparison->asked[i]), RD_KAFKA_V_END);
    }
    rd_kafka_flush(handle, config->timeout_ms);
}

void clocks_check(const struct kafka_config *config, int64_t history_ms, topics_report_fn *report, void *context)
{
    struct clock_comparison comparison = {0};
    struct error error = {0};
    char text[400];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, compare_stamp);
    struct rd_kafka_s *handle = kafka_new(config, KAFKA_ENDS, conf, &comparison, &error);
    if (handle == NULL)
        return;
    ask_brokers(handle, config, &comparison);
    kafka_free(handle);
    int64_t apart_ms = broker_clocks_apart(&comparison.clocks), off_ms = comparison.host_ahead_ms;
    if (llabs(off_ms) > HOST_OFF_MS) {
        snprintf(text, sizeof(text),
                 "this host's clock is %lld ms %s the brokers': lags are shown wrong by that; set it (NTP)",
                 llabs(off_ms), off_ms > 0 ? "ahead of" : "behind");
        report(context, FINDING_WARN, text);
    }
    if (apart_ms > history_ms / CLOCKS_APART_PART) {
        snprintf(text, sizeof(text),
                 "the brokers' clocks are %lld ms apart: history waits for the slowest of them; set them (NTP)",
                 (long long)apart_ms);
        report(context, FINDING_WARN, text);
    }
    if (comparison.stamped_n == 0) {
        snprintf(text, sizeof(text), "the brokers' clocks could not be compared: no broker stamped a message in %s",
                 config->topics[TOPIC_CLOCK]);
        report(context, FINDING_WARN, text);
    } else if (llabs(off_ms) <= HOST_OFF_MS && apart_ms <= history_ms / CLOCKS_APART_PART) {
        snprintf(text, sizeof(text), "clocks: of %d broker%s %lld ms apart, this host's within %d ms",
                 comparison.stamped_n, comparison.stamped_n == 1 ? "" : "s", (long long)apart_ms, HOST_OFF_MS);
        report(context, FINDING_OK, text);
    }
    broker_clocks_done(&comparison.clocks);
}
