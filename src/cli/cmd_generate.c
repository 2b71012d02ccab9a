/* What the build and packages take from the tables: `config`, `man`, `completion`. */
#include "stockfold/cli/command.h"

int cmd_config(const struct invocation *call, struct error *error)
{
    (void)call, (void)error;
    settings_print(stdout);
    return 0;
}

int cmd_man(const struct invocation *call, struct error *error)
{
    (void)call, (void)error;
    print_man_page(stdout);
    return 0;
}

int cmd_completion(const struct invocation *call, struct error *error)
{
    (void)call, (void)error;
    print_completion(stdout);
    return 0;
}
