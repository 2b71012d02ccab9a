/* The sections of `stockfold`'s settings, and the rows that are no single layer's: Kafka, its topics and the fold. */
#include "stockfold/cli/settings.h"

#include <string.h>

#include "stockfold/core/watermark.h"

#define AT(field) SETTING_FIELD(struct settings, field)
/* One of the names, as its number. */
static bool accepts_log_level(const char *value, void *ret_field)
{
    for (int level = 0; level < LOG_LEVELS; level++)
        if (strcmp(value, log_level_names[level]) == 0) {
            *(enum log_level *)ret_field = (enum log_level)level;
            return true;
        }
    return false;
}

static bool accepts_log_format(const char *value, void *ret_field)
{
    bool json = strcmp(value, "json") == 0;
    if (!json && strcmp(value, "text") != 0)
        return false;
    *(bool *)ret_field = json;
    return true;
}

#define MIB (INT64_C(1) << 20)

static const struct setting kafka_rows[] = {
    {"bootstrap.servers", SETTING_TEXT, "127.0.0.1:9092", .help = "Brokers to start from, host:port,..."},
};

static const struct settings_section kafka_section = {
    "kafka",
    "Whatever librdkafka knows, passed to it unchanged: for a password over TLS security.protocol = SASL_SSL, "
    "sasl.mechanism, sasl.username, sasl.password and ssl.ca.location. A few settings that exactness needs are "
    "refused.",
    SETTINGS_ROWS(kafka_rows), .take = settings_take_kafka};

static const struct setting topics_rows[] = {
    {"warehouse", SETTING_TEXT, "stock.warehouse", AT(fold.kafka.topics[TOPIC_WAREHOUSE]),
     "Events of warehouses, keyed by sku."},
    {"store", SETTING_TEXT, "stock.store", AT(fold.kafka.topics[TOPIC_STORE]), "Events of stores, keyed by sku."},
    {"ecommerce", SETTING_TEXT, "stock.ecommerce", AT(fold.kafka.topics[TOPIC_ECOMMERCE]),
     "Events of web shops, keyed by sku."},
    {"items", SETTING_TEXT, "stock.items", AT(fold.kafka.topics[TOPIC_ITEMS]),
     "Item documents, keyed by sku, compacted."},
    {"nodes", SETTING_TEXT, "stock.nodes", AT(fold.kafka.topics[TOPIC_NODES]),
     "Node documents, keyed by node id, compacted."},
    {"refused", SETTING_TEXT, "stock.refused", AT(fold.kafka.topics[TOPIC_REFUSED]),
     "Where refused messages go, unchanged, with the reason in their headers."},
    {"clock", SETTING_TEXT, "stock.clock", AT(fold.kafka.topics[TOPIC_CLOCK]),
     "Where a fold asks for the brokers' time when nothing else comes, compacted."},
    {"reservations", SETTING_TEXT, "stock.reservations", AT(fold.kafka.topics[TOPIC_RESERVATIONS]),
     "Reservations from their confirmation on, with the events of their steps, keyed by reservation id."},
    {"holds", SETTING_TEXT, "stock.holds", AT(fold.kafka.topics[TOPIC_HOLDS]),
     "Reservations that are not confirmed yet, keyed by reservation id, kept 31 days."},
    {"availability", SETTING_TEXT, "stock.availability", AT(fold.kafka.topics[TOPIC_AVAILABILITY]),
     "Changes of availability, compacted. Not used yet, and not made by `stockfold setup`."},
    {"partitions", SETTING_NUMBER, "8", 1, 4096, AT(partitions),
     "Partitions of each topic that `stockfold setup` creates; must divide view.shards."},
    {"replication_factor", SETTING_NUMBER, "-1", -1, 100, AT(replication_factor),
     "Replicas of each topic that `stockfold setup` creates; -1: the brokers' default."},
    {"timeout", SETTING_DURATION, "10s", 100, 10 * SETTING_MINUTE, AT(fold.kafka.timeout_ms),
     "How long one-shot commands wait for an answer of Kafka."},
};

static const struct settings_section topics_section = {
    "topics", "Names of the topics, and how `stockfold setup` creates them.", SETTINGS_ROWS(topics_rows)};

static const struct setting fold_rows[] = {
    {"group", SETTING_TEXT, "stockfold", AT(fold.group), "Kafka consumer group that shares the partitions."},
    {"window", SETTING_DURATION, "72h", SETTING_HOUR, 90 * SETTING_DAY, AT(fold.view.rule.window_ms),
     "How late an event may come and still be taken always. Part of the view's data: another value needs another "
     "view."},
    {"history", SETTING_DURATION, "24h", SETTING_MINUTE, 90 * SETTING_DAY, AT(fold.view.rule.history_ms),
     "Older events are taken unless their record got one at least as new so long before. Part of the view's data."},
    {"settle_slack", SETTING_DURATION, "1h", SETTLE_SLACK_MS_MIN, 30 * SETTING_DAY, AT(fold.settle_slack_ms),
     "How long beyond window and history an event waits before it settles: for clocks that step back."},
    {"future_max", SETTING_DURATION, "10m", 0, 30 * SETTING_DAY, AT(fold.view.future_max_ms),
     "How far ahead of its Kafka time an event's time may be; beyond it is refused as future. Part of the view's "
     "data."},
    {"step", SETTING_DURATION, "1h", SETTING_SECOND, 30 * SETTING_DAY, AT(fold.step_ms),
     "How far in Kafka time one partition may be read ahead of the slowest."},
    {"step_patience", SETTING_DURATION, "10s", SETTING_SECOND, SETTING_HOUR, AT(fold.step_patience_ms),
     "A partition without data for so long holds the others back no more."},
    {"master_retention", SETTING_DURATION, "24h", SETTING_SECOND, 365 * SETTING_DAY, AT(fold.master_retention_ms),
     "A topic of items or nodes whose end was not reached for so long is read whole, and what it no longer has is "
     "deleted. At most its delete.retention.ms."},
    {"checkpoint", SETTING_DURATION, "1s", 10, SETTING_MINUTE, AT(fold.checkpoint_ms),
     "How often positions are written to shards that nothing came for."},
    {"linger", SETTING_DURATION, "2ms", 0, SETTING_SECOND, AT(fold.linger_ms),
     "Longest that an event waits for others before its commit; 25 times that where two consumers write one shard."},
    {"commit_records", SETTING_NUMBER, "256", 1, FOLD_COMMIT_RECORDS_MAX, AT(fold.commit_records),
     "Records in one commit at most, 64 while stock is looked up; Redis serves nobody else while it works on one."},
    {"commit_events", SETTING_NUMBER, "4096", 1, FOLD_COMMIT_EVENTS_MAX, AT(fold.commit_events),
     "Events in one commit at most."},
    {"commits_in_flight", SETTING_NUMBER, "4", 1, FOLD_COMMITS_IN_FLIGHT_MAX, AT(fold.commits_in_flight),
     "Commits of one shard on their way at once."},
    {"inspect", SETTING_NUMBER, "1000", 0, FOLD_INSPECT_KEYS_MAX, AT(fold.inspect_keys),
     "Keys of the view a second that are looked at, in idle moments, for what somebody else deleted; 0: none."},
    {"cache", SETTING_BYTES, "96MiB", MIB, MIB << 20, AT(fold.cache_bytes), "Memory for records that are read back."},
    {"pending", SETTING_BYTES, "8MiB", MIB, MIB << 14, AT(fold.pending_bytes),
     "Memory for messages that are read and not yet committed."},
};

static const struct settings_section fold_section = {"fold", "How Kafka is folded into the view.",
                                                     SETTINGS_ROWS(fold_rows)};

static const struct setting log_rows[] = {
    {"level", SETTING_OWN, "info", AT(log_level), "The least urgent lines that are written; -v is debug.",
     "error, warning, info or debug", accepts_log_level},
    {"format", SETTING_OWN, "text", AT(log_json),
     "Lines of words, or each a JSON object with time, level, message and a member for each key.", "text or json",
     accepts_log_format},
};

static const struct settings_section log_section = {
    "log", "What `stockfold` says on stderr; nginx has a log of its own.", SETTINGS_ROWS(log_rows)};

const struct settings_part settings_parts[] = {
    {&kafka_section, offsetof(struct settings, fold.kafka)},
    {&topics_section, 0},
    {&redis_section, offsetof(struct settings, fold.view)},
    {&view_section, offsetof(struct settings, fold.view)},
    {&fold_section, 0},
    {&availability_section, offsetof(struct settings, api)},
    {&promise_section, offsetof(struct settings, api)},
    {&http_section, offsetof(struct settings, api)},
    {&log_section, 0},
    {NULL, 0},
};
