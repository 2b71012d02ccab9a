/* The topics that Stockfold lives from: what each must be, creating those that are missing, and checking the rest.
 *
 * A view can be rebuilt only from stock topics that are kept for good, and lateness is judged by the broker's clock: so
 * they are LogAppendTime with unlimited retention. So is that of reservations, whose messages carry events; those that
 * were never confirmed are kept 31 days, since a reservation is open for at most 30. Items, nodes and the clock are
 * compacted; a deletion of an item or node is kept for ten years, since after partitions were added the document that it
 * deletes may lie in another partition, where compaction does not find it. A topic that exists is changed in one case only
 * (topics_alter()). librdkafka's mock broker knows no topic settings: of it only names and partitions are checked. */
#ifndef STOCKFOLD_INGEST_TOPICS_H
#define STOCKFOLD_INGEST_TOPICS_H

#include "stockfold/ingest/kafka.h"

enum topic_config {
    TOPIC_TIMESTAMP_TYPE,
    TOPIC_RETENTION_MS,
    TOPIC_RETENTION_BYTES,
    TOPIC_CLEANUP,
    TOPIC_DELETE_RETENTION,
    TOPIC_MAX_MESSAGE_BYTES,
    TOPIC_CONFIGS
};

enum { TOPIC_CONFIG_MAX = 32 };

/* What a topic is. */
struct topic_facts {
    int partitions;                               /* 0: it does not exist */
    char values[TOPIC_CONFIGS][TOPIC_CONFIG_MAX]; /* empty: not known */
    bool chosen[TOPIC_CONFIGS];                   /* set for this topic, by somebody; else it is the brokers' default */
};

/* Something found out about a topic, worth one line: fine; slower or unusual; or not to be folded from. */
enum finding { FINDING_OK, FINDING_WARN, FINDING_FAIL };
typedef void topics_report_fn(void *context, enum finding finding, const char *text);

/* Asks the brokers. `handle` is any handle of kafka_new(). */
int topics_read(struct rd_kafka_s *handle, const struct kafka_config *config, struct topic_facts ret_facts[TOPIC_MADE],
                struct error *error) WARN_UNUSED;

/* Compares with what they must be; reports one line a difference, and one for each topic that is right. Returns how
 * many FINDING_FAIL there are. `shards` 0: the view is not known. Pure. */
int topics_judge(const struct topic_facts facts[TOPIC_MADE], const struct kafka_config *config, uint32_t shards,
                 topics_report_fn *report, void *context);

/* topics_read() and topics_judge(), behind a line on the cluster; negative: enum error_code. */
int topics_check(struct rd_kafka_s *handle, const struct kafka_config *config, uint32_t shards,
                 topics_report_fn *report, void *context, struct error *error) WARN_UNUSED;

/* Creates those that are missing and reports each. `replication` -1: the brokers' default. */
int topics_create(struct rd_kafka_s *handle, const struct kafka_config *config, int partitions, int replication,
                  topics_report_fn *report, void *context, struct error *error) WARN_UNUSED;

/* A stock topic that a broker made by itself, when somebody produced to it before `stockfold setup`, has the brokers'
 * defaults: sets those of its settings that must be otherwise and that nobody chose for this topic. Reports each change,
 * and as a warning one that the brokers refuse; what is still wrong then, topics_judge() says with the command. */
int topics_alter(struct rd_kafka_s *handle, const struct kafka_config *config, topics_report_fn *report, void *context,
                 struct error *error) WARN_UNUSED;

/* The value that a setting must have; NULL: any. Pure. */
const char *topic_wanted(enum topic_role role, enum topic_config config);
const char *topic_config_name(enum topic_config config);

#endif
