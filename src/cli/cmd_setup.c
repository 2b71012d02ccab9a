/* `stockfold setup`: the view, then the topics; each made where it is missing and compared where it is there. Stock topics
 * that a broker made by itself get the settings that they must have. */
#include <inttypes.h>

#include "stockfold/cli/command.h"
#include "stockfold/cli/finding.h"

/* Partitions that do not divide the shards would have every commit contend with another consumer's. */
static int require_divisor(const struct settings *settings, struct error *error)
{
    if (settings->fold.view.shards % (uint32_t)settings->partitions == 0)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "topics.partitions = %d does not divide view.shards = %" PRIu32
                     ": choose a divisor, such as 1, 2, 4 or 8 of 64",
                     settings->partitions, settings->fold.view.shards);
}

static int setup_view(const struct settings *settings, struct error *error)
{
    const struct view_config *config = &settings->fold.view;
    struct view view;
    view_init(&view, config);
    int code = view_connect(&view, VIEW_CREATE, true, error);
    if (code == 0)
        finding_line(FINDING_OK, "view %s at %s: %" PRIu32 " shards", config->prefix, view_name(&view),
                     view.keys.shards);
    view_done(&view);
    return code;
}

static int create_and_check(struct rd_kafka_s *handle, const struct settings *settings, struct error *error)
{
    const struct kafka_config *config = &settings->fold.kafka;
    int code =
        topics_create(handle, config, settings->partitions, settings->replication_factor, finding_print, NULL, error);
    if (code == 0)
        code = topics_alter(handle, config, finding_print, NULL, error);
    if (code != 0)
        return code;
    int failed = topics_check(handle, config, settings->fold.view.shards, finding_print, NULL, error);
    if (failed <= 0)
        return failed;
    return error_set(error, ERROR_NO,
                     "topics whose settings somebody chose were left as they are, and cannot be used so (FAIL)");
}

int cmd_setup(const struct invocation *invocation, struct error *error)
{
    const struct settings *settings = invocation->settings;
    int code = require_divisor(settings, error);
    if (code == 0)
        code = setup_view(settings, error);
    if (code != 0)
        return code;
    struct rd_kafka_s *handle = kafka_new(&settings->fold.kafka, KAFKA_ADMIN, NULL, NULL, error);
    if (handle == NULL)
        return error->code;
    code = create_and_check(handle, settings, error);
    kafka_free(handle);
    return code;
}
