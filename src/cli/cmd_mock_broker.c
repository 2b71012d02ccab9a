/* `stockfold mock-broker`: hosts librdkafka's mock broker until told to stop. */
#include "stockfold/cli/command.h"
#include "stockfold/ingest/mock_broker.h"

static int partitions_of(const struct invocation *invocation, int *ret_partitions, struct error *error)
{
    static const struct setting row = {.type = SETTING_NUMBER, .min = 1, .max = 4096, .size = sizeof(int)};
    const char *value = invocation_option(invocation, "partitions");
    *ret_partitions = invocation->settings->partitions;
    if (value == NULL || setting_assign(&row, value, ret_partitions))
        return 0;
    return error_set(error, ERROR_USAGE, "--partitions %s: expected a whole number, from 1 to 4096", value);
}

/* Blocked in the broker's threads too, which inherit it: the signal must wake this one. */
static sigset_t block_signals(void)
{
    sigset_t stopping, before;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGINT);
    sigprocmask(SIG_BLOCK, &stopping, &before);
    return before;
}

int cmd_mock_broker(const struct invocation *invocation, struct error *error)
{
    int partitions;
    int code = partitions_of(invocation, &partitions, error);
    if (code != 0)
        return code;
    stop_on_signals();
    sigset_t before = block_signals();
    struct mock_broker *broker = mock_broker_start(&invocation->settings->fold.kafka, partitions, error);
    if (broker == NULL)
        return error->code;
    printf("%s\n", mock_broker_address(broker));
    fflush(stdout);
    while (!stop_requested)
        sigsuspend(&before);
    mock_broker_stop(broker);
    return 0;
}
