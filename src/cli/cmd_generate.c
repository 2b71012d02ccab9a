/* What the build, packages and documentation take from the tables: `config`, `man`, `completion`, `reference`,
 * `openapi`.
 */
#include "effective.h"
#include "stockfold/api/reference.h"
#include "stockfold/cli/command.h"

int cmd_config(const struct invocation *invocation, struct error *error)
{
    if (invocation_option(invocation, "effective") != NULL)
        return effective_print(invocation, stdout, error);
    fputs("# Settings of Stockfold. Each stands here with its default, commented out by a semicolon.\n"
          "# `stockfold --config FILE` reads this file, else $STOCKFOLD_CONFIG, else " SETTINGS_FILE ";\n"
          "# `--set SECTION.KEY=VALUE` wins over it. ${NAME} in a value stands for that variable of the environment, "
          "as for a\n"
          "# password; $${ for ${.\n",
          stdout);
    settings_print(settings_parts, stdout);
    return 0;
}

int cmd_man(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    print_man_page(stdout);
    return 0;
}

int cmd_completion(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    print_completion(stdout);
    return 0;
}

static void print_written(void (*write)(struct buffer *out))
{
    struct buffer out;
    buffer_init(&out);
    write(&out);
    fwrite(out.data, 1, out.len, stdout);
    buffer_done(&out);
}

int cmd_reference(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    print_written(api_write_reference);
    return 0;
}

int cmd_openapi(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    print_written(api_write_openapi);
    putchar('\n');
    return 0;
}
