/* What the build, packages, documentation and producers take from the tables: `config`, `man`, `completion`, `reference`,
 * `openapi`, `schema`. */
#include <string.h>

#include "effective.h"
#include "manual.h"
#include "stockfold/api/reference.h"
#include "stockfold/cli/command.h"
#include "stockfold/codec/field_reference.h"
#include "stockfold/codec/schema.h"

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

static int refuse_page(const char *name, struct error *error)
{
    const char *meant = manual_nearest(name);
    return error_set(error, ERROR_USAGE, "the manual has no page %s%s%s (see stockfold help man)", name,
                     meant == NULL ? "" : "; the nearest is ", meant == NULL ? "" : meant);
}

int cmd_man(const struct invocation *invocation, struct error *error)
{
    const char *name = invocation->arguments_n == 0 ? manual_pages[0].name : invocation->arguments[0];
    const struct manual_page *page = manual_find(name);
    if (page == NULL)
        return refuse_page(name, error);
    manual_print_roff(page, stdout);
    return 0;
}

int cmd_completion(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    print_completion(stdout);
    return 0;
}

/* What was written goes to stdout. */
static int print_buffer(struct buffer *out)
{
    fwrite(out->data, 1, out->len, stdout);
    buffer_done(out);
    return 0;
}

int cmd_openapi(const struct invocation *invocation, struct error *error)
{
    (void)invocation, (void)error;
    struct buffer out;
    buffer_init(&out);
    api_write_openapi(&out);
    buffer_add_byte(&out, '\n');
    return print_buffer(&out);
}

/* DOCUMENT_KINDS: none has that name. */
static enum document_kind find_kind(const char *name)
{
    int kind = 0;
    while (kind < DOCUMENT_KINDS && strcmp(document_kind_names[kind], name) != 0)
        kind++;
    return (enum document_kind)kind;
}

int cmd_reference(const struct invocation *invocation, struct error *error)
{
    const char *name = invocation->arguments_n == 0 ? "http" : invocation->arguments[0];
    enum document_kind kind = find_kind(name);
    struct buffer out;
    buffer_init(&out);
    if (kind != DOCUMENT_KINDS)
        field_reference_write(kind, &out);
    else if (strcmp(name, "http") == 0)
        api_write_reference(&out);
    else if (strcmp(name, "refusal") == 0)
        field_reference_write_refusals(&out);
    else
        return error_set(error, ERROR_USAGE, "%s: expected http, event, item, node or refusal", name);
    return print_buffer(&out);
}

int cmd_schema(const struct invocation *invocation, struct error *error)
{
    enum document_kind kind = find_kind(invocation->arguments[0]);
    if (kind == DOCUMENT_KINDS)
        return error_set(error, ERROR_USAGE, "%s: expected event, item or node", invocation->arguments[0]);
    struct buffer out;
    buffer_init(&out);
    if (invocation_option(invocation, "example") != NULL) {
        buffer_add(&out, schema_example(kind).data, schema_example(kind).len);
    } else {
        schema_write(kind, &out);
        buffer_add_byte(&out, '\n');
    }
    return print_buffer(&out);
}
