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

int cmd_fold(const struct invocation *invocation, struct error *error)
{
    struct fold_config config = invocation->settings->fold;
    config.until_end = invocation_option(invocation, "until-end") != NULL;
    config.accept_gap = invocation_option(invocation, "accept-gap");
    stop_on_signals();
    struct fold_totals totals = {0};
    int code = fold_run(&config, &stop_requested, &totals, error);
    if (code == 0 && config.until_end)
        print_fold_totals(&totals);
    return code;
}
