/* Loading the settings: where the file is, and what [kafka] takes. The table is settings_table.c. */
#include "stockfold/cli/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stockfold/base/nearest.h"
#include "stockfold/base/unconst.h"

static const char *find_file(const char *path)
{
    if (path == NULL)
        path = getenv("STOCKFOLD_CONFIG");
    if (path == NULL && access(SETTINGS_FILE, F_OK) == 0)
        path = SETTINGS_FILE;
    return path;
}

static const struct settings_part *find_settings_part(const char *section)
{
    const struct settings_part *part = settings_parts;
    while (strcmp(part->section->name, section) != 0)
        part++;
    return part;
}

/* One topic for two purposes would be read as two, and its settings would be neither's. */
static int require_distinct_topics(const struct settings *settings, struct error *error)
{
    const struct settings_section *topics = find_settings_part("topics")->section;
    const char *names[TOPIC_ROLES], *keys[TOPIC_ROLES];
    int n = 0;
    for (size_t i = 0; i < topics->rows_n; i++) {
        if (topics->rows[i].type != SETTING_TEXT)
            continue;
        keys[n] = topics->rows[i].key;
        memcpy(&names[n], (const char *)settings + topics->rows[i].offset, sizeof(names[n]));
        for (int before = 0; before < n; before++)
            if (strcmp(names[before], names[n]) == 0)
                return error_set(error, ERROR_USAGE,
                                 "topics.%s and topics.%s are both %s: each needs a topic of its own", keys[before],
                                 keys[n], names[n]);
        n++;
    }
    return 0;
}

int settings_load(const char *path, const char *const *sets, size_t sets_n, struct settings *ret_settings,
                  struct error *error)
{
    *ret_settings = (struct settings){.file = find_file(path)};
    settings_init(settings_parts, ret_settings);
    const char *default_url = ret_settings->api.url;
    ret_settings->api.url = NULL;
    int code = ret_settings->file == NULL ? 0 : settings_read(settings_parts, ret_settings, ret_settings->file, error);
    for (size_t i = 0; code == 0 && i < sets_n; i++)
        code = settings_set(settings_parts, ret_settings, sets[i], error);
    if (code == 0)
        code = require_distinct_topics(ret_settings, error);
    ret_settings->url_given = ret_settings->api.url != NULL;
    if (ret_settings->url_given)
        free(unconst(default_url));
    else
        ret_settings->api.url = default_url;
    return code;
}

void settings_free(struct settings *settings)
{
    settings_done(settings_parts, settings);
    struct kafka_config *kafka = &settings->fold.kafka;
    for (size_t i = 0; i < kafka->settings_n; i++) {
        free(unconst(kafka->settings[i].name));
        free(unconst(kafka->settings[i].value));
    }
    free(unconst(kafka->settings));
}

static void offer(void *context, const char *name)
{
    nearest_offer(context, name);
}

static int refuse_kafka(const char *key, const char *reason, struct error *error)
{
    struct nearest nearest = {.wanted = key};
    kafka_each_setting(offer, &nearest);
    if (nearest.distance == 0)
        return error_set(error, ERROR_USAGE, "kafka.%s", reason);
    bool near = nearest_is_near(&nearest);
    return error_set(error, ERROR_USAGE, "unknown setting kafka.%s; %s%s", key,
                     near ? "the nearest that librdkafka knows is "
                          : "librdkafka knows none like it (CONFIGURATION.md)",
                     near ? nearest.word : "");
}

int settings_take_kafka(void *values, const char *key, const char *value, struct error *error)
{
    struct kafka_config *kafka = values;
    struct error reason = {0};
    if (kafka_setting_check(key, value, &reason) != 0)
        return refuse_kafka(key, reason.text, error);
    struct kafka_setting *list = unconst(kafka->settings); /* ours: settings_free() */
    list = reallocarray(list, kafka->settings_n + 1, sizeof(*list));
    struct kafka_setting taken = {.name = strdup(key), .value = strdup(value)};
    if (list == NULL || taken.name == NULL || taken.value == NULL)
        error_out_of_memory();
    list[kafka->settings_n++] = taken; /* a later one wins */
    kafka->settings = list;
    return 0;
}
