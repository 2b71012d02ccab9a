/* The settings of answers. */
#include "stockfold/api/config.h"

#include <string.h>

#define AT(field) SETTING_FIELD(struct api_config, field)

static const struct setting availability_rows[] = {
    {"safety_stock", SETTING_NUMBER, "0", 0, INT32_MAX, AT(safety_stock),
     "Units withheld where neither item nor node says otherwise."},
    {"low", SETTING_NUMBER, "3", 0, INT32_MAX, AT(low), "So many units or fewer are answered as low; 0: none are."},
    {"silent", SETTING_DURATION, "24h", SETTING_MINUTE, 30 * SETTING_DAY, AT(silent_ms),
     "A node that was not heard of for so long, while open, is answered as stale."},
};

const struct settings_section availability_section = {"availability", "What may be promised.",
                                                      SETTINGS_ROWS(availability_rows)};

static const struct setting promise_rows[] = {
    {"lead", SETTING_DURATION, "30m", 0, 30 * SETTING_DAY, AT(lead_ms),
     "Opening time that an order takes to be ready, where the node does not say."},
    {"cutoff", SETTING_DURATION, "0m", 0, SETTING_DAY, AT(cutoff_ms),
     "An order later than this before closing counts from the next opening, where the node does not say."},
    {"confidence_half_life", SETTING_DURATION, "14d", SETTING_HOUR, 3650 * SETTING_DAY, AT(confidence_half_life_ms),
     "In which the confidence in what was seen at a place halves."},
};

const struct settings_section promise_section = {"promise", "By when, and how surely.", SETTINGS_ROWS(promise_rows)};

/* The length of "http[s]://host[:port]" at the start of a text; 0: there is none. */
static size_t origin_len(const char *text)
{
    size_t scheme = strncmp(text, "http://", 7) == 0 ? 7 : strncmp(text, "https://", 8) == 0 ? 8 : 0;
    size_t host = scheme == 0 ? 0 : strcspn(text + scheme, "/?#@ \t");
    return host == 0 ? 0 : scheme + host;
}

static bool accepts_url(const char *value, void *ret_field)
{
    (void)ret_field;
    size_t len = origin_len(value);
    return len > 0 && value[len] == '\0';
}

static bool accepts_origins(const char *value, void *ret_field)
{
    (void)ret_field;
    if (strcmp(value, "*") == 0)
        return true;
    for (;; value++) {
        size_t len = origin_len(value);
        value += len;
        if (len == 0 || (*value != ' ' && *value != '\0'))
            return false;
        if (*value == '\0')
            return true;
    }
}

static const struct setting http_rows[] = {
    {"deadline", SETTING_DURATION, "250ms", 10, SETTING_MINUTE, AT(deadline_ms),
     "Longest from a whole request to its answer, beside waiting that it asked for; then the answer is 503."},
    {"wait_max", SETTING_DURATION, "30s", 0, 10 * SETTING_MINUTE, AT(wait_max_ms),
     "Longest that a request may ask to wait for a message."},
    {"lag_max", SETTING_DURATION, "1m", SETTING_SECOND, 30 * SETTING_DAY, AT(lag_max_ms),
     "Further behind Kafka than this, /readyz?strict=true says no."},
    {"requests_max", SETTING_NUMBER, "4096", 1, 1000000, AT(requests_max),
     "Requests that one worker answers at once; more are answered 503. Those that wait for a message are not among "
     "them."},
    {"waiting_max", SETTING_NUMBER, "10000", 1, 1000000, AT(waiting_max),
     "Requests that wait for a message at once, in one worker; more are answered 503."},
    {"waiting_max_of_client", SETTING_NUMBER, "5000", 1, 1000000, AT(waiting_max_of_client),
     "Of them, those of one client's address (of IPv6, of one /64); more are answered 503."},
    {"max_age", SETTING_DURATION, "5s", 0, SETTING_DAY, AT(max_age_ms),
     "How long caches may keep a public answer, in whole seconds."},
    {"origins", SETTING_TEXT, "*", AT(origins), "Whose web pages may ask (CORS).",
     "* or origins such as https://shop.example.com, separated by single spaces", accepts_origins},
    {"url", SETTING_TEXT, "http://127.0.0.1:8080", AT(url), "Where `stockfold check` finds nginx.",
     "http[s]://host[:port]", accepts_url},
};

const struct settings_section http_section = {"http", "How requests are answered.", SETTINGS_ROWS(http_rows)};

static int take_topic(void *values, const char *key, const char *value, struct error *error)
{
    struct api_config *config = values;
    if (strcmp(key, "nodes") != 0)
        return 0;
    if (strlen(value) >= sizeof(config->nodes_topic))
        return error_set(error, ERROR_USAGE, "topics.nodes: expected at most %zu bytes",
                         sizeof(config->nodes_topic) - 1);
    strcpy(config->nodes_topic, value);
    return 0;
}

const struct settings_section answer_topics_section = {"topics", .take = take_topic};
