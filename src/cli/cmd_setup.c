/* `stockfold setup`: the view, then the topics; each made where it is missing and compared where it is there. */
#include <inttypes.h>

#include "stockfold/cli/command.h"
#include "stockfold/cli/finding.h"

/* Partitions that do not divide the shards would have every commit contend with another consumer's. */
static int require_divisor(const struct settings *settings, struct error *error)
{
    if (settings->shards % settings->partitions == 0)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "topics.partitions = %" PRId64 " does not divide view.shards = %" PRId64
                     ": choose a divisor, such as 1, 2, 4 or 8 of 64",
                     settings->partitions, settings->shards);
}

static int setup_view(const struct settings *settings, struct error *error)
{
    struct view_config config;
    struct view view;
    int code = settings_view(settings, &config, error);
    if (code != 0)
        return code;
    view_init(&view, &config);
    code = view_connect(&view, VIEW_CREATE, true, error);
    if (code == 0)
        finding_line(FINDING_OK, "view %s at %s:%d: %" PRIu32 " shards", config.prefix, config.address.host,
                     config.address.port, view.keys.shards);
    view_done(&view);
    return code;
}

static int create_and_check(struct rd_kafka_s *handle, const struct settings *settings, struct error *error)
{
    struct kafka_config config = settings_kafka(settings);
    int code = topics_create(handle, &config, (int)settings->partitions, (int)settings->replication_factor,
                             finding_print, NULL, error);
    if (code != 0)
        return code;
    int failed = topics_check(handle, &config, (uint32_t)settings->shards, finding_print, NULL, error);
    if (failed <= 0)
        return failed;
    return error_set(error, ERROR_STATE, "topics that exist were left as they are, and cannot be used so (FAIL)");
}

int cmd_setup(const struct invocation *call, struct error *error)
{
    const struct settings *settings = call->settings;
    int code = require_divisor(settings, error);
    if (code == 0)
        code = setup_view(settings, error);
    if (code != 0)
        return code;
    struct kafka_config config = settings_kafka(settings);
    struct rd_kafka_s *handle = kafka_new(&config, KAFKA_ADMIN, NULL, NULL, error);
    if (handle == NULL)
        return error->code;
    code = create_and_check(handle, settings, error);
    kafka_free(handle);
    return code;
}
