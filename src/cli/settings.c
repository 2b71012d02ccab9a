/* Reading settings: the file, --set, and the layers' parts of the result. The table is settings_table.c. */
#include "stockfold/cli/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/cli/nearest.h"

/* A copy that the settings own. */
static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        error_out_of_memory();
    return copy;
}

static void add_kafka(struct settings *settings, const char *key, const char *value)
{
    settings->kafka = reallocarray(settings->kafka, settings->kafka_n + 1, sizeof(*settings->kafka));
    if (settings->kafka == NULL)
        error_out_of_memory();
    settings->kafka[settings->kafka_n++] = (struct kafka_setting){.name = copy_text(key), .value = copy_text(value)};
}

static char **text_field(struct settings *settings, const struct setting *setting)
{
    return (char **)(void *)((char *)settings + setting->offset);
}

/* False when the value is not what the row takes. */
static bool assign(struct settings *settings, const struct setting *setting, const char *value)
{
    if (setting->type == SETTING_KAFKA) {
        add_kafka(settings, setting->key, value);
        return true;
    }
    if (!setting_is_text(setting))
        return setting_parse_number(setting, value, (int64_t *)(void *)((char *)settings + setting->offset));
    struct link_address address;
    struct error error = {0};
    if (value[0] == '\0' || (setting->type == SETTING_REDIS && link_address_parse(value, &address, &error) != 0))
        return false;
    char **field = text_field(settings, setting);
    free(*field);
    *field = copy_text(value);
    return true;
}

void settings_init(struct settings *ret_settings)
{
    *ret_settings = (struct settings){0};
    for (size_t i = 0; i < settings_table_n; i++)
        if (!assign(ret_settings, &settings_table[i], settings_table[i].initial))
            abort(); /* a default outside its own row's bounds */
}

void settings_done(struct settings *settings)
{
    for (size_t i = 0; i < settings_table_n; i++)
        if (setting_is_text(&settings_table[i]))
            free(*text_field(settings, &settings_table[i]));
    for (size_t i = 0; i < settings->kafka_n; i++) {
        free((char *)settings->kafka[i].name);
        free((char *)settings->kafka[i].value);
    }
    free(settings->kafka);
    free(settings->file);
}

/* --- one assignment --------------------------------------------------------------------------------------------- */

/* Where an assignment stands, for messages: a file and line, or (line 0) the option. */
struct origin {
    const char *name;
    int line;
};

/* error_set() with the origin in front: "FILE:LINE: " or "--set: ". */
static int refuse(const struct origin *origin, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const struct origin *origin, struct error *error, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (origin->line == 0)
        return error_set(error, ERROR_USAGE, "%s: %s", origin->name, text);
    return error_set(error, ERROR_USAGE, "%s:%d: %s", origin->name, origin->line, text);
}

static const struct setting *find(const char *section, const char *key)
{
    for (size_t i = 0; i < settings_table_n; i++)
        if (strcmp(settings_table[i].section, section) == 0 && strcmp(settings_table[i].key, key) == 0)
            return &settings_table[i];
    return NULL;
}

static void offer_kafka(void *context, const char *name)
{
    nearest_offer(context, name);
}

/* setting_expectation() as text. */
static void describe(const struct setting *setting, char *ret_text, size_t size)
{
    FILE *out = fmemopen(ret_text, size, "w");
    if (out == NULL)
        error_out_of_memory();
    setting_expectation(setting, out);
    fclose(out);
}

static int refuse_unknown(const struct origin *origin, const char *section, const char *key, struct error *error)
{
    char wanted[128], known[128], expectation[160];
    snprintf(wanted, sizeof(wanted), "%s.%s", section, key);
    const struct setting *nearest = NULL;
    size_t nearest_distance = 0;
    for (size_t i = 0; i < settings_table_n; i++) {
        snprintf(known, sizeof(known), "%s.%s", settings_table[i].section, settings_table[i].key);
        size_t distance = edit_distance(wanted, known);
        if (nearest != NULL && distance >= nearest_distance)
            continue;
        nearest = &settings_table[i];
        nearest_distance = distance;
    }
    describe(nearest, expectation, sizeof(expectation));
    return refuse(origin, error, "unknown setting %s; the nearest known one is %s.%s (%s)", wanted, nearest->section,
                  nearest->key, expectation);
}

static int refuse_kafka(const struct origin *origin, const char *key, const char *reason, struct error *error)
{
    struct nearest nearest = {.wanted = key};
    kafka_each_setting(offer_kafka, &nearest);
    if (nearest.distance == 0)
        return refuse(origin, error, "kafka.%s", reason);
    return refuse(origin, error, "unknown setting kafka.%s; the nearest that librdkafka knows is %s", key,
                  nearest.word);
}

static int apply(struct settings *settings, const struct origin *origin, const char *section, const char *key,
                 const char *value, struct error *error)
{
    if (strcmp(section, "kafka") == 0) {
        struct error reason = {0};
        if (kafka_setting_check(key, value, &reason) != 0)
            return refuse_kafka(origin, key, reason.text, error);
        add_kafka(settings, key, value);
        return 0;
    }
    const struct setting *setting = find(section, key);
    if (setting == NULL)
        return refuse_unknown(origin, section, key, error);
    if (assign(settings, setting, value))
        return 0;
    char expectation[160];
    describe(setting, expectation, sizeof(expectation));
    return refuse(origin, error, "%s.%s = %.80s: expected %s", section, key, value, expectation);
}

int settings_set(struct settings *settings, const char *assignment, struct error *error)
{
    const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');
    if (dot == NULL || equals == NULL || dot > equals)
        return error_set(error, ERROR_USAGE, "--set %.100s: expected SECTION.KEY=VALUE, such as fold.window=48h",
                         assignment);
    char section[64], key[64];
    snprintf(section, sizeof(section), "%.*s", (int)(dot - assignment), assignment);
    snprintf(key, sizeof(key), "%.*s", (int)(equals - dot - 1), dot + 1);
    return apply(settings, &(struct origin){.name = "--set"}, section, key, equals + 1, error);
}

/* --- the file --------------------------------------------------------------------------------------------------- */

enum { LINE_MAX_BYTES = 4096 };

struct reading {
    struct settings *settings;
    struct error *error;
    struct origin origin;
    FILE *file;
};

/* libinih's fgets: counts lines, and takes indented ones for what they look like. */
static char *read_line(char *line, int size, void *context)
{
    struct reading *reading = context;
    char *text = fgets(line, size, reading->file);
    if (text == NULL)
        return NULL;
    reading->origin.line++;
    if (strchr(text, '\n') == NULL && !feof(reading->file)) {
        refuse(&reading->origin, reading->error, "the line is longer than 4,000 bytes");
        return NULL;
    }
    size_t indent = strspn(text, " \t");
    memmove(text, text + indent, strlen(text + indent) + 1);
    return text;
}

static int take_line(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    return apply(reading->settings, &reading->origin, section, key, value, reading->error) == 0;
}

static int parse(struct reading *reading)
{
    ini_use_stack = false;
    ini_max_line = LINE_MAX_BYTES;
    ini_allow_multiline = false;       /* an indented line is a setting, not the rest of the one before */
    ini_allow_inline_comments = false; /* values reach librdkafka unchanged */
    ini_stop_on_first_error = true;
    int failed = ini_parse_stream(read_line, reading, take_line, reading);
    if (reading->error->code != ERROR_NONE)
        return reading->error->code;
    return failed == 0 ? 0 : refuse(&reading->origin, reading->error, "expected [section], key = value, or a comment");
}

int settings_read(struct settings *settings, const char *path, struct error *error)
{
    if (path == NULL)
        path = getenv("STOCKFOLD_CONFIG");
    if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
        path = SETTINGS_FILE;
    if (path == NULL)
        return 0;
    struct reading reading = {.settings = settings, .error = error, .origin = {.name = path}};
    reading.file = fopen(path, "r");
    if (reading.file == NULL)
        return error_set(error, ERROR_USAGE, "cannot read configuration %s: %s", path, strerror(errno));
    settings->file = copy_text(path);
    int code = parse(&reading);
    fclose(reading.file);
    return code;
}

/* --- the layers' parts ------------------------------------------------------------------------------------------ */

struct kafka_config settings_kafka(const struct settings *settings)
{
    struct kafka_config config = {
        .settings = settings->kafka,
        .settings_n = settings->kafka_n,
        .timeout_ms = (int)settings->kafka_timeout_ms,
    };
    for (int role = 0; role < TOPIC_ROLES; role++)
        config.topics[role] = settings->topics[role];
    return config;
}

int settings_view(const struct settings *settings, struct view_config *ret_config, struct error *error)
{
    *ret_config = (struct view_config){
        .prefix = settings->prefix,
        .shards = (uint32_t)settings->shards,
        .buckets = (uint32_t)settings->buckets,
        .timeout_ms = (int)settings->redis_timeout_ms,
    };
    return link_address_parse(settings->redis_url, &ret_config->address, error);
}

int settings_fold(const struct settings *settings, struct fold_config *ret_config, struct error *error)
{
    *ret_config = (struct fold_config){
        .kafka = settings_kafka(settings),
        .group = settings->group,
        .window_ms = settings->window_ms,
        .settle_slack_ms = settings->settle_slack_ms,
        .future_max_ms = settings->future_max_ms,
        .step_ms = settings->step_ms,
        .step_patience_ms = settings->step_patience_ms,
        .master_retention_ms = settings->master_retention_ms,
        .checkpoint_ms = settings->checkpoint_ms,
        .linger_ms = settings->linger_ms,
        .commit_records = (uint32_t)settings->commit_records,
        .commit_events = (uint32_t)settings->commit_events,
        .commits_in_flight = (uint32_t)settings->commits_in_flight,
        .cache_bytes = (uint64_t)settings->cache_bytes,
        .pending_bytes = (uint64_t)settings->pending_bytes,
    };
    return settings_view(settings, &ret_config->view, error);
}
