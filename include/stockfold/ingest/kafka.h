/* What every user of Kafka here shares: settings, topic names, and making a librdkafka handle from them. */
#ifndef STOCKFOLD_INGEST_KAFKA_H
#define STOCKFOLD_INGEST_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stockfold/base/error.h"

enum topic_role {
    TOPIC_WAREHOUSE,
    TOPIC_STORE,
    TOPIC_ECOMMERCE,
    TOPIC_ITEMS,
    TOPIC_NODES,
    TOPIC_PUBLISHED, /* how many topics `stockfold publish` writes */
    TOPIC_RESERVATIONS = TOPIC_PUBLISHED,
    TOPIC_INPUTS, /* how many topics the fold reads */
    TOPIC_REFUSED = TOPIC_INPUTS,
    TOPIC_CLOCK,
    TOPIC_HOLDS,
    TOPIC_MADE, /* how many `stockfold setup` makes; of those that follow only the names are kept */
    TOPIC_AVAILABILITY = TOPIC_MADE,
    TOPIC_ROLES
};

/* Topics of events, kept for good: P is taken over them. The others are of documents, compacted. */
static inline bool topic_is_stock(enum topic_role role)
{
    return role <= TOPIC_ECOMMERCE || role == TOPIC_RESERVATIONS;
}

/* Of a topic's name in Kafka, without an end. */
enum { KAFKA_TOPIC_NAME_MAX = 249, KAFKA_INPUT_NAMES_MAX = TOPIC_INPUTS * (KAFKA_TOPIC_NAME_MAX + 2) };
enum { KAFKA_ALL_INPUTS = (1 << TOPIC_INPUTS) - 1 };

/* One [kafka] setting, passed to librdkafka unchanged. */
struct kafka_setting {
    const char *name, *value;
};

struct kafka_config {
    const struct kafka_setting *settings;
    size_t settings_n;
    const char *topics[TOPIC_ROLES]; /* names */
    int timeout_ms;                  /* of one-shot calls: 10000 */
};

/* The brokers to start from, as the settings have it, for commands that are printed. */
const char *kafka_bootstrap(const struct kafka_config *config);
/* The names of the input topics of these roles (a bit for each), with commas between them. */
void kafka_name_inputs(const struct kafka_config *config, int roles, char ret_names[KAFKA_INPUT_NAMES_MAX]);

struct rd_kafka_s;

/* The version of librdkafka from which on it can be told for how long fetching rests when its queue is full: a second
 * before. */
enum { FETCH_BACKOFF_VERSION = 0x020200ff };

/* KAFKA_DEAD_LETTERS: a producer that may send what any broker took, and twice. */
enum kafka_use {
    KAFKA_CONSUMER,
    KAFKA_PRODUCER,
    KAFKA_DEAD_LETTERS,
    KAFKA_ADMIN,
    KAFKA_ENDS, /* a producer that asks for ends: high watermarks, since it reads uncommitted messages */
};

/* Whether librdkafka knows the setting and takes the value, and exactness allows it: ERROR_USAGE saying why not. */
int kafka_setting_check(const char *name, const char *value, struct error *error) WARN_UNUSED;
/* Calls `each` with the name of every setting that librdkafka knows. */
void kafka_each_setting(void (*each)(void *context, const char *name), void *context);
/* Of the librdkafka that runs. */
const char *kafka_library_version(void);

/* A handle with the settings applied on top of our defaults for that use. A [kafka] setting that kafka_setting_check()
 * refuses is ERROR_USAGE. `conf` is an rd_kafka_conf_t with what the caller needs beside that (callbacks, group.id), taken
 * over in any case, or NULL. `opaque` reaches librdkafka's callbacks. kafka_free() takes NULL, and so does
 * kafka_free_within(), which leaves the handle to the end of the process when librdkafka's threads, which sleep for up to a
 * second, have not ended in time; a consumer has to be closed before. */
struct rd_kafka_s *kafka_new(const struct kafka_config *config, enum kafka_use use, void *conf, void *opaque,
                             struct error *error) WARN_UNUSED;
void kafka_free(struct rd_kafka_s *handle);
void kafka_free_within(struct rd_kafka_s *handle, int timeout_ms);

/* ERROR_UNREACHABLE, naming the brokers and why, as a handle other than a consumer has last met it. */
int kafka_cannot_reach(struct rd_kafka_s *handle, const struct kafka_config *config, const char *otherwise,
                       struct error *error);

/* librdkafka's mock broker says so in its cluster id: it takes no CreateTopics and stamps with the producer's clock. */
bool kafka_is_mock(struct rd_kafka_s *handle, int timeout_ms);

#endif
