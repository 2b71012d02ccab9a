/* Settings: one table (src/cli/settings_table.c) from which the parser, the commented configuration file, the man page
 * and the completion come.
 *
 * Precedence, weakest first: the table's defaults, the file (--config, else $STOCKFOLD_CONFIG, else
 * /etc/stockfold/stockfold.conf where it exists), each --set. Built once, then const; layers get their part only. */
#ifndef STOCKFOLD_CLI_SETTINGS_H
#define STOCKFOLD_CLI_SETTINGS_H

#include <stdio.h>

#include "stockfold/ingest/fold.h"

#define SETTINGS_FILE "/etc/stockfold/stockfold.conf"

struct settings {
    struct kafka_setting *kafka; /* owned, strings too; a later one wins */
    size_t kafka_n;
    char *topics[TOPIC_ROLES];
    int64_t partitions, replication_factor, kafka_timeout_ms;
    char *redis_url;
    int64_t redis_timeout_ms;
    char *prefix;
    int64_t shards, buckets;
    char *group;
    int64_t window_ms, settle_slack_ms, future_max_ms, step_ms, step_patience_ms, master_retention_ms;
    int64_t checkpoint_ms, linger_ms;
    int64_t commit_records, commit_events, commits_in_flight, cache_bytes, pending_bytes;
    int64_t safety_stock;
    char *file; /* that was read; NULL: none */
};

enum setting_type { SETTING_TEXT, SETTING_REDIS, SETTING_NUMBER, SETTING_DURATION, SETTING_BYTES, SETTING_KAFKA };

/* One row. Durations are milliseconds; `min` and `max` are bounds of numbers, durations and bytes. */
struct setting {
    const char *section, *key;
    enum setting_type type;
    const char *initial; /* as one would write it */
    int64_t min, max;
    size_t offset; /* into struct settings; unused by SETTING_KAFKA */
    const char *help;
};

extern const struct setting settings_table[];
extern const size_t settings_table_n;

/* One line on what a section holds; NULL: there is no such section. */
const char *settings_section_help(const char *section);
/* Whether its field is text: a char * that the settings own. */
bool setting_is_text(const struct setting *setting);
/* Reads the value of a row that is a number, in its units; false when it is none or out of bounds. */
bool setting_parse_number(const struct setting *setting, const char *value, int64_t *ret_number);
/* What values a row takes: "a duration such as 500ms, 10s, 15m, 72h or 3d, from 1m to 90d". */
void setting_expectation(const struct setting *setting, FILE *out);

/* Defaults. */
void settings_init(struct settings *ret_settings);
void settings_done(struct settings *settings);

/* Reads a file; NULL: the one of the environment or the default place, if any. ERROR_USAGE names file, line, key, what
 * was expected and, of an unknown key, the nearest known one. */
int settings_read(struct settings *settings, const char *path, struct error *error) WARN_UNUSED;
/* One --set, SECTION.KEY=VALUE. */
int settings_set(struct settings *settings, const char *assignment, struct error *error) WARN_UNUSED;

/* The commented configuration file. */
void settings_print(FILE *out);

/* The layers' parts; they borrow from `settings`. */
struct kafka_config settings_kafka(const struct settings *settings);
int settings_view(const struct settings *settings, struct view_config *ret_config, struct error *error) WARN_UNUSED;
int settings_fold(const struct settings *settings, struct fold_config *ret_config, struct error *error) WARN_UNUSED;

#endif
