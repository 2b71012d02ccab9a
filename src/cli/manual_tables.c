/* Pages of the manual that follow from tables: stockfold(1) from that of commands, stockfold.conf(5) from the settings'. */
#include "manual.h"
#include "stockfold/cli/command.h"

const char program_summary[] =
    "Unifies a retailer's inventory: folds stock events from Kafka into one exact view in Redis.";

const char *const exit_status_texts[EXIT_STATUSES] = {
    "done",
    "a result that is \"no\": not found, differs",
    "wrong use or configuration, also a view made with other settings or another number of shards",
    "a needed server cannot be reached or used: a view being rebuilt, a missing topic, a right not given",
    "data refused",
};

/* A bar would end the cell. */
static void print_cell(const char *text, FILE *out)
{
    for (const char *c = text; *c != '\0'; c++)
        fprintf(out, *c == '|' ? "\\|" : "%c", *c);
}

static void print_options_table(const struct option_row *rows, size_t rows_n, FILE *out)
{
    if (rows[0].name == NULL)
        return;
    fputs("| option | |\n|---|---|\n", out);
    for (size_t i = 0; i < rows_n && rows[i].name != NULL; i++) {
        fprintf(out, "| `--%s%s", rows[i].name, rows[i].argument == NULL ? "" : " ");
        print_cell(rows[i].argument == NULL ? "" : rows[i].argument, out);
        fputs("` | ", out);
        print_cell(rows[i].help, out);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

static void print_as_code(const char *lines, FILE *out)
{
    for (const char *line = lines; *line != '\0'; line += strcspn(line, "\n") + 1)
        fprintf(out, "    %.*s\n", (int)strcspn(line, "\n"), line);
    fputc('\n', out);
}

static void print_command_section(const struct command *command, FILE *out)
{
    fprintf(out, "### %s%s%s\n\n", command->name, command->arguments[0] == '\0' ? "" : " ", command->arguments);
    fprintf(out, "%c%s.%s%s\n\n", command->summary[0] - 'a' + 'A', command->summary + 1,
            command->help == NULL ? "" : " ", command->help == NULL ? "" : command->help);
    print_options_table(command->options, OPTIONS_MAX, out);
    print_as_code(command->examples, out);
}

static void print_other_pages(const char *this, FILE *out)
{
    fputs("\n## See also\n\n", out);
    for (size_t i = 0; i < manual_pages_n; i++)
        if (manual_pages[i].name != this)
            fprintf(out, "- %s(%d): %s\n", manual_pages[i].title, manual_pages[i].section, manual_pages[i].summary);
}

void manual_write_commands(FILE *out)
{
    fprintf(
        out,
        "# stockfold(1)\n\n%s\n\n## Synopsis\n\n    stockfold [--config FILE] [--set SECTION.KEY=VALUE]... COMMAND\n\n"
        "Results go to stdout, messages to stderr.\n\n## Options\n\n",
        program_summary);
    print_options_table(global_options, global_options_n, out);
    fputs("## Commands\n\n", out);
    for (size_t i = 0; i < commands_n; i++)
        print_command_section(&commands[i], out);
    fputs("## Exit status\n\n| status | |\n|---|---|\n", out);
    for (int status = 0; status < EXIT_STATUSES; status++)
        fprintf(out, "| %d | %s |\n", status, exit_status_texts[status]);
    fputs("\n## Files\n\n`" SETTINGS_FILE "`: settings, unless `--config` or $STOCKFOLD_CONFIG names another file.\n",
          out);
    print_other_pages("stockfold", out);
}

static void print_setting_row(const struct setting *row, FILE *out)
{
    fprintf(out, "| `%s = ", row->key);
    print_cell(row->initial, out);
    fputs("` | ", out);
    print_cell(row->help, out);
    fputs(" Takes ", out);
    setting_expectation(row, out);
    fputs(". |\n", out);
}

static const char kafka_permissions[] =
    "\n## Permissions in Kafka\n\n"
    "Where brokers have an authorizer, each program needs the following, of the topics that [topics] names and the\n"
    "group `fold.group`. Read and Write comprise Describe, AlterConfigs comprises DescribeConfigs; there are no\n"
    "transactional ids, and nothing is needed on the cluster.\n\n"
    "| program | on | operations |\n|---|---|---|\n"
    "| `fold` | `warehouse` `store` `ecommerce` `items` `nodes` `reservations` | Read |\n"
    "| `fold` | `refused` `clock` `reservations` `holds` | Write |\n"
    "| `fold` | `group` | Read |\n"
    "| `setup` | all topics | Create, Describe, AlterConfigs |\n"
    "| `publish` | `warehouse` `store` `ecommerce` `items` `nodes` | Write, DescribeConfigs |\n"
    "| `delete` | `warehouse` `store` `ecommerce` `items` `nodes` | Write, DescribeConfigs |\n"
    "| `refused` | `refused` | Read |\n"
    "| `refused --replay` | `refused` | Read, DescribeConfigs |\n"
    "| `refused --replay` | `warehouse` `store` `ecommerce` `items` `nodes` `reservations` | Write, DescribeConfigs |\n"
    "| `check` | all topics | Describe, DescribeConfigs |\n"
    "| `check` | `clock` | Write |\n"
    "| `check` | `group` | Describe |\n"
    "| `status` | `warehouse` `store` `ecommerce` `items` `nodes` `reservations` | Describe |\n\n"
    "`show`, `dump` and nginx ask Redis alone. Without Write on `clock`, `check` does not compare brokers' clocks.\n"
    "`setup` alters what a broker made by itself, and nothing else. What somebody lacks, the log of the broker's\n"
    "authorizer says. Permissions in Redis: stockfold-http(7).\n";

void manual_write_settings(FILE *out)
{
    fputs(
        "# stockfold.conf(5)\n\n"
        "An INI file: `[section]`, then `key = value` a line. A line that begins with `#` or `;` is a comment; behind\n"
        "a value there is none. `stockfold config` prints the whole file with every setting commented out at its\n"
        "default, `stockfold config --effective` what holds and where it comes from. nginx reads the same file\n"
        "(`stockfold_config FILE;`) when it starts and reloads, `stockfold` when it starts.\n\n"
        "The file is that of `--config FILE`, else of $STOCKFOLD_CONFIG, else `" SETTINGS_FILE "` where that\n"
        "exists; `--set SECTION.KEY=VALUE` wins over it. An unknown section or key, a key that stands twice and a\n"
        "value that its setting does not take are errors, exit status 2, with the line and the nearest known name.\n\n"
        "`${NAME}` in a value stands for that variable of the environment, as for a password; `$${` for `${`.\n\n"
        "A smallest one:\n\n"
        "    [kafka]\n    bootstrap.servers = kafka-1:9092,kafka-2:9092\n"
        "    [redis]\n    url = redis://stockfold-fold@redis-1:6379/0\n"
        "    password_file = /etc/stockfold/redis.password\n\n"
        "Settings stand below with their defaults.\n",
        out);
    for (const struct settings_part *part = settings_parts; part->section != NULL; part++) {
        fprintf(out, "\n## [%s]\n\n%s\n\n| setting | |\n|---|---|\n", part->section->name, part->section->help);
        for (size_t i = 0; i < part->section->rows_n; i++)
            print_setting_row(&part->section->rows[i], out);
    }
    fputs(kafka_permissions, out);
    print_other_pages("conf", out);
}
