/* The settings of a view: where it is, and how it is laid out. */
#include "stockfold/store/view_settings.h"

#include "stockfold/store/view.h"

#define AT(field) SETTING_FIELD(struct view_config, field)

static bool accepts_address(const char *value, void *ret_field)
{
    struct link_address address;
    struct error error = {0};
    if (link_address_parse(value, &address, &error) != 0)
        return false;
    *(struct link_address *)ret_field = address;
    return true;
}

static const struct setting redis_rows[] = {
    {"url", SETTING_OWN, "redis://127.0.0.1:6379/0", AT(address),
     "The server that holds the view; percent-escapes in user and password.",
     "redis://[user:password@]host[:port][/db]", accepts_address},
    {"timeout", SETTING_DURATION, "5s", 100, 10 * SETTING_MINUTE, AT(timeout_ms),
     "How long to wait for a connection, and one-shot commands for an answer."},
};

const struct settings_section redis_section = {"redis", "Where the view is.", SETTINGS_ROWS(redis_rows)};

static const struct setting view_rows[] = {
    {"prefix", SETTING_TEXT, "sf", AT(prefix), "What every key of the view begins with."},
    {"shards", SETTING_NUMBER, "64", 1, VIEW_SHARDS_MAX, AT(shards),
     "Parts that the view is divided into. Fixed when the view is created."},
    {"buckets", SETTING_NUMBER, "1", 1, 1024, AT(buckets),
     "Hashes that one item's nodes are spread over; more for items at many hundred nodes. Fixed when the view is "
     "created."},
};

const struct settings_section view_section = {"view", "How the view is laid out.", SETTINGS_ROWS(view_rows)};
