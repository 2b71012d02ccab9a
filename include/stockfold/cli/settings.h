/* The settings of `stockfold`: one list of sections from which the parser, the commented configuration file, the man
 * page and the completion come. The layers' sections are the layers'; those of the fold, Kafka and its topics are in
 * src/cli/settings_table.c.
 *
 * Precedence, weakest first: defaults, the file (--config, else $STOCKFOLD_CONFIG, else /etc/stockfold/stockfold.conf
 * where it exists), each --set. Built once, then const; layers get their part only. */
#ifndef STOCKFOLD_CLI_SETTINGS_H
#define STOCKFOLD_CLI_SETTINGS_H

#include "stockfold/api/config.h"
#include "stockfold/base/log.h"
#include "stockfold/base/settings.h"
#include "stockfold/ingest/fold.h"
#include "stockfold/store/view_settings.h"

#define SETTINGS_FILE "/etc/stockfold/stockfold.conf"

struct settings {
    struct fold_config fold; /* with Kafka, its topics and the view */
    int partitions, replication_factor;
    struct api_config api;
    bool url_given; /* api.url is not just its default */
    enum log_level log_level;
    bool log_json;
    const char *file; /* that was read, borrowed; NULL: none */
};

extern const struct settings_part settings_parts[];

/* `path` NULL: the file of the environment or the default place, if any. settings_free() in any case. */
int settings_load(const char *path, const char *const *sets, size_t sets_n, struct settings *ret_settings,
                  struct error *error) WARN_UNUSED;
void settings_free(struct settings *settings);

/* The `take` of [kafka], into a struct kafka_config: whatever librdkafka knows. */
settings_take_fn settings_take_kafka;

#endif
