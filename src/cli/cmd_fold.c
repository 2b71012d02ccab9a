/* `stockfold fold`: runs the fold and prints its totals. */
#include <inttypes.h>

#include "stockfold/cli/command.h"

static void print_fold_totals(const struct fold_totals *totals)
{
    printf("{\"read\":%" PRId64 ",\"folded\":%" PRId64 ",\"duplicate\":%" PRId64 ",\"refused\":{", totals->read,
           totals->folded, totals->duplicate);
    const char *comma = "";
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSALS; refusal++) {
        if (totals->refused[refusal] == 0)
            continue;
        printf("%s\"%s\":%" PRId64, comma, refusal_texts[refusal].name, totals->refused[refusal]);
        comma = ",";
    }
    printf("},\"seconds\":%.3f}\n", totals->seconds);
}

static int timeout_of(const struct invocation *invocation, int64_t *ret_ms, struct error *error)
{
    static const struct setting row = {
        .type = SETTING_DURATION, .min = 1, .max = 30 * SETTING_DAY, .size = sizeof(*ret_ms)};
    const char *value = invocation_option(invocation, "timeout");
    *ret_ms = 0;
    if (value == NULL)
        return 0;
    if (invocation_option(invocation, "until-end") == NULL)
        return error_set(error, ERROR_USAGE, "--timeout is for --until-end: without it the fold runs until it is told");
    if (setting_assign(&row, value, ret_ms))
        return 0;
    return error_set(error, ERROR_USAGE, "--timeout %s: expected a duration such as 500ms or 10m, up to 30 days",
                     value);
}

int cmd_fold(const struct invocation *invocation, struct error *error)
{
    struct fold_config config = invocation->settings->fold;
    int timeout_code = timeout_of(invocation, &config.until_end_timeout_ms, error);
    if (timeout_code != 0)
        return timeout_code;
    config.until_end = invocation_option(invocation, "until-end") != NULL;
    const char *gaps[GIVEN_MAX];
    size_t position = 0;
    config.accept_gaps = gaps;
    for (const char *gap; (gap = invocation_option_next(invocation, "accept-gap", &position)) != NULL;)
        gaps[config.accept_gaps_n++] = gap;
    stop_on_signals();
    struct fold_totals totals = {0};
    int code = fold_run(&config, &stop_requested, &totals, error);
    if (code == 0 && config.until_end)
        print_fold_totals(&totals);
    return code;
}
