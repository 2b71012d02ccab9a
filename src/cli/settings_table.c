/* The table of settings, and what is printed from it: the commented configuration file and what each takes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/cli/settings.h"
#include "stockfold/core/fold.h"

#define AT(field) offsetof(struct settings, field)
#define MS INT64_C(1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (INT64_C(1) << 20)

const struct setting settings_table[] = {
    {"kafka", "bootstrap.servers", SETTING_KAFKA, "127.0.0.1:9092", 0, 0, 0, "Brokers to start from, host:port,..."},

    {"topics", "warehouse", SETTING_TEXT, "stock.warehouse", 0, 0, AT(topics[TOPIC_WAREHOUSE]),
     "Events of warehouses, keyed by sku."},
    {"topics", "store", SETTING_TEXT, "stock.store", 0, 0, AT(topics[TOPIC_STORE]), "Events of stores, keyed by sku."},
    {"topics", "ecommerce", SETTING_TEXT, "stock.ecommerce", 0, 0, AT(topics[TOPIC_ECOMMERCE]),
     "Events of web shops, keyed by sku."},
    {"topics", "items", SETTING_TEXT, "stock.items", 0, 0, AT(topics[TOPIC_ITEMS]),
     "Item documents, keyed by sku, compacted."},
    {"topics", "nodes", SETTING_TEXT, "stock.nodes", 0, 0, AT(topics[TOPIC_NODES]),
     "Node documents, keyed by node id, compacted."},
    {"topics", "refused", SETTING_TEXT, "stock.refused", 0, 0, AT(topics[TOPIC_REFUSED]),
     "Where refused messages go, unchanged, with the reason in their headers."},
    {"topics", "reservations", SETTING_TEXT, "stock.reservations", 0, 0, AT(topics[TOPIC_RESERVATIONS]),
     "Reservations, keyed by reservation id."},
    {"topics", "availability", SETTING_TEXT, "stock.availability", 0, 0, AT(topics[TOPIC_AVAILABILITY]),
     "Changes of availability, compacted."},
    {"topics", "partitions", SETTING_NUMBER, "8", 1, 4096, AT(partitions),
     "Partitions of each topic that `stockfold setup` creates; must divide view.shards."},
    {"topics", "replication_factor", SETTING_NUMBER, "-1", -1, 100, AT(replication_factor),
     "Replicas of each topic that `stockfold setup` creates; -1: the brokers' default."},
    {"topics", "timeout", SETTING_DURATION, "10s", 100 * MS, 10 * MINUTE, AT(kafka_timeout_ms),
     "How long one-shot commands wait for an answer of Kafka."},

    {"redis", "url", SETTING_REDIS, "redis://127.0.0.1:6379/0", 0, 0, AT(redis_url),
     "The server that holds the view; percent-escapes in user and password."},
    {"redis", "timeout", SETTING_DURATION, "5s", 100 * MS, 10 * MINUTE, AT(redis_timeout_ms),
     "How long to wait for a connection, and one-shot commands for an answer."},

    {"view", "prefix", SETTING_TEXT, "sf", 0, 0, AT(prefix), "What every key of the view begins with."},
    {"view", "shards", SETTING_NUMBER, "64", 1, VIEW_SHARDS_MAX, AT(shards),
     "Parts that the view is divided into. Fixed when the view is created."},
    {"view", "buckets", SETTING_NUMBER, "1", 1, 1024, AT(buckets),
     "Hashes that one item's nodes are spread over; more for items at many hundred nodes. Fixed when the view is "
     "created."},

    {"fold", "group", SETTING_TEXT, "stockfold", 0, 0, AT(group), "Kafka consumer group that shares the partitions."},
    {"fold", "window", SETTING_DURATION, "72h", HOUR, 90 * DAY, AT(window_ms),
     "How late an event may come and still be placed exactly where it belongs."},
    {"fold", "settle_slack", SETTING_DURATION, "1h", FOLD_HISTORY_SLACK_MS, 30 * DAY, AT(settle_slack_ms),
     "How long beyond the window an event waits before it settles: for open transactions and clock steps."},
    {"fold", "future_max", SETTING_DURATION, "10m", 0, 30 * DAY, AT(future_max_ms),
     "How far ahead of its Kafka time an event's time may be; beyond it is refused as future."},
    {"fold", "step", SETTING_DURATION, "1h", SECOND, 30 * DAY, AT(step_ms),
     "How far in Kafka time one partition may be read ahead of the slowest."},
    {"fold", "step_patience", SETTING_DURATION, "10s", SECOND, HOUR, AT(step_patience_ms),
     "A partition without data for so long holds the others back no more."},
    {"fold", "master_retention", SETTING_DURATION, "24h", SECOND, 365 * DAY, AT(master_retention_ms),
     "A topic of items or nodes whose end was not reached for so long is read whole, and what it no longer has is "
     "deleted. At most its delete.retention.ms."},
    {"fold", "checkpoint", SETTING_DURATION, "1s", 10 * MS, MINUTE, AT(checkpoint_ms),
     "How often positions are written to shards that nothing came for."},
    {"fold", "linger", SETTING_DURATION, "2ms", 0, SECOND, AT(linger_ms),
     "Longest that an event waits for others before its commit."},
    {"fold", "commit_records", SETTING_NUMBER, "256", 1, 10000, AT(commit_records),
     "Records in one commit at most; Redis serves nobody else while it works on one."},
    {"fold", "commit_events", SETTING_NUMBER, "4096", 1, 1000000, AT(commit_events), "Events in one commit at most."},
    {"fold", "commits_in_flight", SETTING_NUMBER, "4", 1, 64, AT(commits_in_flight),
     "Commits of one shard on their way at once."},
    {"fold", "cache", SETTING_BYTES, "96MiB", MIB, MIB << 20, AT(cache_bytes),
     "Memory for records that are read back."},
    {"fold", "pending", SETTING_BYTES, "8MiB", MIB, MIB << 14, AT(pending_bytes),
     "Memory for messages that are read and not yet committed."},

    {"availability", "safety_stock", SETTING_NUMBER, "0", 0, INT32_MAX, AT(safety_stock),
     "Units withheld where neither item nor node says otherwise."},
};
const size_t settings_table_n = sizeof(settings_table) / sizeof(settings_table[0]);

static const struct {
    const char *name, *help;
} sections[] = {
    {"kafka", "Whatever librdkafka knows, passed to it unchanged; a few settings that exactness needs are refused."},
    {"topics", "Names of the topics, and how `stockfold setup` creates them."},
    {"redis", "Where the view is."},
    {"view", "How the view is laid out."},
    {"fold", "How Kafka is folded into the view."},
    {"availability", "What may be promised."},
};

const char *settings_section_help(const char *section)
{
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (strcmp(sections[i].name, section) == 0)
            return sections[i].help;
    return NULL;
}

/* --- units ------------------------------------------------------------------------------------------------------ */

struct unit {
    const char *name;
    int64_t size;
};

/* The largest first. */
static const struct unit durations[] = {{"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", SECOND}, {"ms", MS}, {NULL, 0}};
static const struct unit sizes[] = {{"GiB", MIB << 10}, {"MiB", MIB}, {"KiB", 1 << 10}, {"B", 1}, {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

bool setting_is_text(const struct setting *setting)
{
    return setting->type == SETTING_TEXT || setting->type == SETTING_REDIS;
}

static const struct unit *units_of(enum setting_type type)
{
    return type == SETTING_DURATION ? durations : type == SETTING_BYTES ? sizes : plain;
}

bool setting_parse_number(const struct setting *setting, const char *value, int64_t *ret_number)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || errno != 0)
        return false;
    for (const struct unit *unit = units_of(setting->type); unit->name != NULL; unit++)
        if (strcmp(end, unit->name) == 0)
            return !__builtin_mul_overflow((int64_t)number, unit->size, ret_number) && *ret_number >= setting->min &&
                   *ret_number <= setting->max;
    return false;
}

static void print_number(enum setting_type type, int64_t number, FILE *out)
{
    const struct unit *unit = units_of(type);
    while (unit[1].name != NULL && (number % unit->size != 0 || number == 0))
        unit++;
    fprintf(out, "%" PRId64 "%s", number / unit->size, unit->name);
}

void setting_expectation(const struct setting *setting, FILE *out)
{
    static const char *const words[] = {
        [SETTING_TEXT] = "text",
        [SETTING_REDIS] = "redis://[user:password@]host[:port][/db]",
        [SETTING_NUMBER] = "a whole number",
        [SETTING_DURATION] = "a duration such as 500ms, 10s, 15m, 72h or 3d",
        [SETTING_BYTES] = "a size such as 512KiB, 64MiB or 2GiB",
        [SETTING_KAFKA] = "text",
    };
    fputs(words[setting->type], out);
    if (setting_is_text(setting) || setting->type == SETTING_KAFKA)
        return;
    fputs(", from ", out);
    print_number(setting->type, setting->min, out);
    fputs(" to ", out);
    print_number(setting->type, setting->max, out);
}

/* --- the commented file ----------------------------------------------------------------------------------------- */

enum { COMMENT_COLUMNS = 100 };

/* Words of `text` as comment lines. */
static void print_comment(const char *text, FILE *out)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > COMMENT_COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0)
            fputc('#', out);
        fprintf(out, " %.*s", (int)len, text);
        column += len + 1;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

void settings_print(FILE *out)
{
    fputs("# Settings of Stockfold. Each stands here with its default, commented out by a semicolon.\n"
          "# `stockfold --config FILE` reads this file, else $STOCKFOLD_CONFIG, else " SETTINGS_FILE ";\n"
          "# `--set SECTION.KEY=VALUE` wins over it.\n",
          out);
    const char *section = "";
    for (size_t i = 0; i < settings_table_n; i++) {
        const struct setting *setting = &settings_table[i];
        if (strcmp(section, setting->section) != 0) {
            section = setting->section;
            fputc('\n', out);
            print_comment(settings_section_help(section), out);
            fprintf(out, "[%s]\n", section);
        }
        fputc('\n', out);
        print_comment(setting->help, out);
        if (setting->type != SETTING_TEXT && setting->type != SETTING_KAFKA) {
            fputs("# Takes ", out);
            setting_expectation(setting, out);
            fputs(".\n", out);
        }
        fprintf(out, "; %s = %s\n", setting->key, setting->initial);
    }
}
